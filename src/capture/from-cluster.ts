import { parse as parseYaml } from 'yaml';
import { field, isObject, type JsonObject, objectsField, stringField } from '../read/json.ts';
import type { Found } from './from.ts';
import type { CapturedHost } from './host.ts';

/** The file that objects of a kind go to. */
const FILES = new Map([
  ['Node', 'nodes'],
  ['Service', 'services'],
  ['EndpointSlice', 'endpointslices'],
  ['Endpoints', 'endpoints'],
  ['Pod', 'pods'],
  ['IPAddressPool', 'ipaddresspools'],
  ['L2Advertisement', 'l2advertisements'],
  ['BGPAdvertisement', 'bgpadvertisements'],
  ['BGPPeer', 'bgppeers'],
  ['ServiceL2Status', 'servicel2statuses'],
  ['ServiceBGPStatus', 'servicebgpstatuses'],
]);

/** Lists of the API server made of whatever objects and lists the files hold, JSON or YAML; others are left out. */
export function clusterFrom(files: readonly Found[], time: string): CapturedHost | undefined {
  const lists = new Map<string, JsonObject[]>();
  const unread: string[] = [];
  for (const { from, bytes } of files) {
    const value = parsed(bytes.toString('utf8'));
    if (!isObject(value)) {
      unread.push(from);
      continue;
    }
    const kind = stringField(value, 'kind') ?? '';
    const items = Array.isArray(field(value, 'items')) ? objectsField(value, 'items') : [value];
    for (const item of items) {
      const own = stringField(item, 'kind') ?? kind.replace(/List$/, '');
      const list = lists.get(own) ?? [];
      list.push({ ...item, kind: own });
      lists.set(own, list);
    }
  }
  const known = [...FILES].flatMap(([kind, file]) => {
    const items = lists.get(kind);
    return items ? [{ kind, file: `${file}.json`, items }] : [];
  });
  if (known.length === 0) return undefined;
  return {
    about: {
      name: 'cluster',
      folder: 'cluster',
      how: 'from files',
      state: unread.length === 0 ? 'complete' : 'partial',
      ...(unread.length > 0 && { problem: `neither JSON nor YAML: ${unread.slice(0, 5).join(', ')}` }),
      start: time,
      end: time,
      commands: known.map(({ kind, file }) => ({ file, command: `${kind} of the files` })),
    },
    files: new Map(
      known.map(({ file, items }) => [
        `cluster/${file}`,
        Buffer.from(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 1)}\n`),
      ]),
    ),
  };
}

function parsed(text: string): unknown {
  try {
    return /^\s*[[{]/.test(text) ? JSON.parse(text) : parseYaml(text);
  } catch {
    return undefined;
  }
}
