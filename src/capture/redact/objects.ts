import { field, isObject, type JsonObject, stringField } from '../../read/json.ts';
import type { Names } from './names.ts';

/** Parts of an object that decide over no packet, and may hold anything: never in a redacted snapshot. */
const DROPPED = new Set([
  ...['annotations', 'managedFields', 'ownerReferences', 'uid', 'resourceVersion', 'selfLink', 'generateName'],
  ...['env', 'envFrom', 'command', 'args', 'volumes', 'volumeMounts', 'image', 'imageID', 'images', 'containerID'],
  ...['nodeInfo', 'message', 'password', 'passwordSecret', 'imagePullSecrets', 'serviceAccount', 'serviceAccountName'],
]);

/** Labels that are read; of others, names and values are somebody's own. */
const LABELS =
  /^(?:kubernetes\.io\/(?:service-name|hostname)|topology\.kubernetes\.io\/.*|endpointslice\.kubernetes\.io\/.*)$/;

/** Lists of the API server without what is not needed; with `names`, with other names too. */
export function redactObjects(text: string, names: Names | undefined): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return '';
  }
  return `${JSON.stringify(redact(value, '', names), null, 1)}\n`;
}

function redact(value: unknown, kind: string, names: Names | undefined): unknown {
  if (Array.isArray(value)) return value.map(item => redact(item, kind, names));
  if (!isObject(value)) return value;
  const own = stringField(value, 'kind')?.replace(/List$/, '') ?? kind;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !DROPPED.has(key))
      .map(([key, item]) => [key, part(key, item, value, own, names)]),
  );
}

function part(key: string, item: unknown, object: JsonObject, kind: string, names: Names | undefined): unknown {
  if (key === 'labels' && isObject(item))
    return Object.fromEntries(
      Object.entries(item)
        .filter(([label]) => !names || LABELS.test(label))
        .map(([label, value]) => [label, label_(label, value, names)]),
    );
  if (!names) return redact(item, kind, names);
  if (key === 'selector' || key === 'matchLabels') return {};
  if (typeof item === 'string') return renamed(key, item, object, kind, names);
  if (key === 'metadata' && isObject(item)) {
    const { name, namespace, ...rest } = item;
    return {
      ...(typeof name === 'string' && { name: names.rename(kind.toLowerCase() || 'object', name) }),
      ...(typeof namespace === 'string' && { namespace: names.rename('namespace', namespace) }),
      ...(isObject(redact(rest, kind, names)) ? Object(redact(rest, kind, names)) : {}),
    };
  }
  return redact(item, kind, names);
}

function label_(label: string, value: unknown, names: Names | undefined): unknown {
  if (!names || typeof value !== 'string') return value;
  if (label === 'kubernetes.io/service-name') return names.rename('service', value);
  if (label === 'kubernetes.io/hostname') return names.rename('node', value);
  return names.rename('zone', value);
}

function renamed(key: string, text: string, object: JsonObject, kind: string, names: Names): string {
  if (key === 'namespace') return names.rename('namespace', text);
  if (key === 'nodeName' || key === 'hostname' || key === 'node') return names.rename('node', text);
  if (key === 'address' && field(object, 'type') === 'Hostname') return names.rename('node', text);
  if (key === 'name' && field(object, 'kind') === 'Pod') return names.rename('pod', text);
  if (key === 'name' && kind === 'Pod') return names.rename('container', text);
  if (key === 'externalName') return 'example.org';
  return text;
}
