import type { InterfaceAddress } from '../model/interface.ts';
import { parseAddress } from '../net/address.ts';
import { parseMac } from '../net/mac.ts';
import { addressOf, groupOf, type InterfacePart, scopeOf } from './interfaces.ts';
import {
  field,
  isObject,
  type JsonObject,
  numberField,
  objectsField,
  parseObjects,
  stringField,
  stringsField,
} from './json.ts';
import { excerpt, type Reading, Remarks } from './reading.ts';
import { parseTunnelJson } from './tunnels.ts';

/** `ip -j addr`, `ip -j link` and `bridge -j link`, each with and without -d. */
export function parseInterfacesJson(text: string, file: string): Reading<readonly InterfacePart[]> {
  const remarks = new Remarks(file);
  const parts: InterfacePart[] = [];
  for (const object of parseObjects(text, remarks)) {
    const name = stringField(object, 'ifname');
    if (name === undefined) remarks.error(1, `an interface without a name: ${excerpt(JSON.stringify(object))}`);
    else parts.push(partOf(name, object, file, remarks));
  }
  return { value: parts, remarks: remarks.list };
}

function partOf(name: string, object: JsonObject, file: string, remarks: Remarks): InterfacePart {
  const info = field(object, 'linkinfo');
  const slave = isObject(info) ? field(info, 'info_slave_data') : undefined;
  const hairpin = field(object, 'hairpin') ?? (isObject(slave) ? field(slave, 'hairpin') : undefined);
  const index = numberField(object, 'ifindex');
  const mtu = numberField(object, 'mtu');
  const mac = parseMac(stringField(object, 'address') ?? '');
  const group = stringField(object, 'group');
  const kind = isObject(info) ? stringField(info, 'info_kind') : undefined;
  const master = stringField(object, 'master');
  const tunnel = isObject(info) ? parseTunnelJson(info) : undefined;
  return {
    name,
    source: { file, line: 1 },
    ...(index !== undefined && { index }),
    ...(Object.hasOwn(object, 'flags') && { flags: stringsField(object, 'flags') }),
    ...(mtu !== undefined && { mtu }),
    ...(mac !== undefined && { mac }),
    ...(group !== undefined && { group: groupOf(group, 1, remarks) }),
    ...(kind !== undefined && { kind }),
    ...(master !== undefined && { master }),
    ...(typeof hairpin === 'boolean' && { hairpin }),
    ...(tunnel && { tunnel }),
    ...(Object.hasOwn(object, 'addr_info') && {
      addresses: objectsField(object, 'addr_info').flatMap(item => addressesOf(item, remarks)),
    }),
  };
}

const FLAGS = [
  ['secondary', 'secondary'],
  ['temporary', 'temporary'],
  ['dynamic', 'dynamic'],
  ['noprefixroute', 'noprefixroute'],
  ['tentative', 'tentative'],
  ['deprecated', 'deprecated'],
  ['dadfailed', 'dadfailed'],
  ['nodad', 'nodad'],
  ['mngtmpaddr', 'mngtmpaddr'],
  ['home', 'home'],
  ['optimistic', 'optimistic'],
  ['stable-privacy', 'stable-privacy'],
  ['autojoin', 'autojoin'],
] as const;

function addressesOf(item: JsonObject, remarks: Remarks): InterfaceAddress[] {
  const local = parseAddress(stringField(item, 'local') ?? '');
  if (local === undefined) {
    if (Object.keys(item).length > 0) remarks.error(1, `not an address: ${excerpt(JSON.stringify(item))}`);
    return [];
  }
  const flags = FLAGS.flatMap(([key, flag]) => (field(item, key) === true ? [flag] : []));
  const broadcast = parseAddress(stringField(item, 'broadcast') ?? '');
  const peer = parseAddress(stringField(item, 'address') ?? '');
  const scope = scopeOf(stringField(item, 'scope') ?? 'global', 1, remarks);
  return [addressOf(local, numberField(item, 'prefixlen'), scope, flags, broadcast, peer)];
}
