import { TUNNEL_KINDS, type Tunnel } from '../model/tunnel.ts';
import { parseAddress } from '../net/address.ts';
import { field, isObject, type JsonObject, numberField, stringField } from './json.ts';
import { numberOf } from './reading.ts';

const kindOf = (name: string) => TUNNEL_KINDS.find(kind => kind === name);

/** The detail line of a tunnel device: `vxlan id 1 local 10.0.0.1 dev eth0 srcport 0 0 dstport 8472 ...`. */
export function parseTunnel(words: readonly string[]): Tunnel | undefined {
  const kind = kindOf(words[0] ?? '');
  if (kind === undefined) return undefined;
  const after = (name: string) => words[words.indexOf(name, 1) + 1];
  const has = (name: string) => words.indexOf(name, 1) > 0;
  const value = (name: string) => (has(name) ? after(name) : undefined);
  const first = words.indexOf('srcport', 1);
  const ports = first < 0 ? undefined : [numberOf(words[first + 1]), numberOf(words[first + 2])];
  return tunnelOf(kind, {
    id: numberOf(value('id')),
    local: value('local') ?? value('local6'),
    remote: value('remote') ?? value('remote6') ?? value('group') ?? value('group6'),
    device: value('dev'),
    port: numberOf(value('dstport')),
    low: ports?.[0],
    high: ports?.[1],
    ttl: numberOf(value('ttl')),
    external: has('external'),
  });
}

/** The same of `ip -d -j link`: the object `linkinfo`. */
export function parseTunnelJson(info: JsonObject): Tunnel | undefined {
  const kind = kindOf(stringField(info, 'info_kind') ?? '');
  if (kind === undefined) return undefined;
  const data = field(info, 'info_data');
  if (!isObject(data)) return { kind };
  const range = field(data, 'port_range');
  const bounds = isObject(range) ? range : {};
  return tunnelOf(kind, {
    id: numberField(data, 'id'),
    local: stringField(data, 'local') ?? stringField(data, 'local6'),
    remote:
      stringField(data, 'remote') ??
      stringField(data, 'remote6') ??
      stringField(data, 'group') ??
      stringField(data, 'group6'),
    device: stringField(data, 'link'),
    port: numberField(data, 'port'),
    low: numberField(bounds, 'low'),
    high: numberField(bounds, 'high'),
    ttl: numberField(data, 'ttl'),
    external: field(data, 'external') === true || Object.hasOwn(data, 'external'),
  });
}

interface Shown {
  readonly id: number | undefined;
  readonly local: string | undefined;
  readonly remote: string | undefined;
  readonly device: string | undefined;
  readonly port: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly ttl: number | undefined;
  readonly external: boolean;
}

function tunnelOf(kind: Tunnel['kind'], shown: Shown): Tunnel {
  const { id, device, port, low, high, ttl, external } = shown;
  const local = addressOf(shown.local);
  const remote = addressOf(shown.remote);
  return {
    kind,
    ...(id !== undefined && { id }),
    ...(local !== undefined && { local }),
    ...(remote !== undefined && { remote }),
    ...(device !== undefined && { device }),
    ...(port !== undefined && { port }),
    ...(low && high && { sourcePorts: [low, high] as const }),
    ...(ttl && { ttl }),
    ...(external && { external }),
  };
}

/** `any` and all zeros are no address. */
function addressOf(text: string | undefined) {
  const address = text === undefined ? undefined : parseAddress(text);
  return address === 0 || address === 0n ? undefined : address;
}
