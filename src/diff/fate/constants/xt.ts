import type { IpSet } from '../../../model/ipset.ts';
import type { Statement } from '../../../model/ruleset.ts';
import type { Prefix } from '../../../net/prefix.ts';
import { parseElement } from '../../../xt/ipset/element.ts';
import { typeOf } from '../../../xt/ipset/type.ts';
import type { XtStatement } from '../../../xt/statement.ts';
import { CutList } from './cuts.ts';

/** Extensions that ask of addresses, ports and protocol only whether they are, or lie between, what their options say. */
const COMPARING: ReadonlySet<string> = new Set([
  'ip',
  'addrtype',
  'ah',
  'conntrack',
  'connmark',
  'dccp',
  'devgroup',
  'dst',
  'ecn',
  'esp',
  'frag',
  'hbh',
  'icmp',
  'icmp6',
  'ipcomp',
  'iprange',
  'ipv6header',
  'mark',
  'mh',
  'multiport',
  'owner',
  'physdev',
  'pkttype',
  'recent',
  'rpfilter',
  'sctp',
  'set',
  'state',
  'tcp',
  'tcpmss',
  'udp',
  'CONNMARK',
  'CT',
  'DNAT',
  'ECN',
  'MARK',
  'MASQUERADE',
  'NETMAP',
  'REDIRECT',
  'REJECT',
  'SET',
  'SNAT',
  'SYNPROXY',
  'TCPMSS',
  'TCPOPTSTRIP',
  'TOS',
  'TPROXY',
]);

/** Those that ask for routes, or for kinds of addresses that no option names. */
export const ROUTED: ReadonlySet<string> = new Set(['addrtype', 'rpfilter', 'TCPMSS']);

export const isXt = (statement: Statement): statement is XtStatement => 'options' in statement && 'print' in statement;

export function xtConstants(statement: XtStatement, sets: (name: string) => IpSet | undefined): CutList {
  const list = new CutList();
  if (!COMPARING.has(statement.name)) list.opaque = `-m ${statement.name} is not taken apart`;
  collect(statement.options, list);
  if (statement.name === 'set' || statement.name === 'SET') for (const name of setsOf(statement)) add(name, sets, list);
  return list;
}

function collect(value: unknown, list: CutList): void {
  if (typeof value === 'number' || typeof value === 'bigint') list.add(value);
  else if (value instanceof Map) for (const item of value.values()) collect(item, list);
  else if (value instanceof Set || Array.isArray(value)) for (const item of value) collect(item, list);
  else if (typeof value === 'object' && value !== null) {
    if (isPrefix(value)) list.prefix(value);
    else for (const item of Object.values(value)) collect(item, list);
  }
}

const isPrefix = (value: object): value is Prefix => 'family' in value && 'address' in value && 'mask' in value;

/** The names are strings among the options; other strings name no set. */
function setsOf({ options }: XtStatement): readonly string[] {
  if (typeof options !== 'object' || options === null) return [];
  return Object.values(options).flatMap((value): string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null && 'set' in value && typeof value.set === 'string'
      ? [value.set]
      : [];
  });
}

function add(name: string, sets: (name: string) => IpSet | undefined, list: CutList, depth = 0): void {
  const set = sets(name);
  if (!set || depth > 1) return;
  if (set.type === 'list:set') {
    for (const { key } of set.elements) add(key, sets, list, depth + 1);
    return;
  }
  const type = typeOf(set);
  if (typeof type === 'string') return;
  if (type.range) list.span(...type.range);
  for (const { key } of set.elements) {
    const elements = parseElement(type, key);
    if (typeof elements === 'string') continue;
    for (const part of elements.flat()) {
      if (part.dimension === 'net') list.network(part.address, part.length);
      else if (part.dimension === 'port') {
        list.add(part.port);
        list.add(part.protocol);
      } else if (part.dimension === 'ip') {
        list.add(part.address);
        if (typeof part.address === 'number' && typeof type.mask === 'number') list.holes(part.address, type.mask);
        else if (type.mask !== undefined) list.opaque ??= `set ${name} has a mask`;
      }
    }
    if (type.nets > 0 && type.mask !== undefined) list.opaque ??= `set ${name} has a mask`;
  }
}
