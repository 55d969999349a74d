import { parseProtocol } from '../../net/protocol.ts';
import type { Value } from '../schema.ts';
import { type DataType, host, network } from './datatype.ts';
import { printDuration, readDuration } from './duration.ts';
import * as symbols from './symbols.ts';

/** Numbers that JSON has as strings: an interface's index, a routing realm. */
const asString = (word: string): string => word;

/** An index without an interface, a realm without a name: prints as the number it is. */
const unresolved = (value: Value['value']): string | undefined =>
  typeof value === 'string' && /^\d+$/.test(value) ? value : undefined;

export const INTEGER: DataType = { name: 'integer', order: 'network', base: 'decimal' };
export const HOST_INTEGER: DataType = { ...INTEGER, order: 'host' };
/** Of raw payloads, which print in hexadecimal. */
export const HEX_INTEGER: DataType = { ...INTEGER, base: 'hex' };
export const BITMASK: DataType = { ...INTEGER, name: 'bitmask', base: 'hex' };
export const STRING: DataType = { name: 'string', order: 'host', base: 'decimal', quoted: true, read: asString };
/** Seconds; the kernel has milliseconds. */
export const TIME = host('time', 32, {
  read: word => readDuration(word)?.seconds,
  print: value => (typeof value === 'number' ? printDuration(value * 1000) : undefined),
});

const ALL: readonly DataType[] = [
  INTEGER,
  BITMASK,
  STRING,
  TIME,
  network('verdict', 32),
  host('nf_proto', 8, { symbols: symbols.NF_PROTOCOLS }),
  network('lladdr', 48),
  network('ipv4_addr', 32),
  network('ipv6_addr', 128),
  network('ether_addr', 48),
  network('ether_type', 16, { symbols: symbols.ETHER_TYPES, base: 4 }),
  network('arp_op', 16, { symbols: symbols.ARP_OPERATIONS }),
  network('inet_proto', 8),
  network('inet_service', 16),
  network('icmp_type', 8, { symbols: symbols.ICMP_TYPES }),
  network('tcp_flag', 8, { symbols: symbols.TCP_FLAGS, bitmask: true, base: 'hex' }),
  network('dccp_pkttype', 4, { symbols: symbols.DCCP_TYPES, base: 'hex' }),
  network('mh_type', 8, { symbols: symbols.MH_TYPES }),
  host('mark', 32, { base: 8, quoted: true }),
  host('iface_index', 32, { quoted: true, read: asString, print: unresolved }),
  host('iface_type', 16, { symbols: symbols.INTERFACE_TYPES }),
  host('realm', 32, { quoted: true, read: asString, print: unresolved }),
  host('classid', 32, { read: asString }),
  host('uid', 32),
  host('gid', 32),
  host('ct_state', 32, { symbols: symbols.CT_STATES, bitmask: true, base: 'hex' }),
  host('ct_dir', 8, { symbols: symbols.CT_DIRECTIONS }),
  host('ct_status', 32, { symbols: symbols.CT_STATUS, bitmask: true, base: 'hex' }),
  network('icmpv6_type', 8, { symbols: symbols.ICMPV6_TYPES }),
  host('pkt_type', 8, { symbols: symbols.PACKET_TYPES }),
  network('icmp_code', 8, { symbols: symbols.ICMP_CODES }),
  network('icmpv6_code', 8, { symbols: symbols.ICMPV6_CODES }),
  network('icmpx_code', 8, { symbols: symbols.ICMPX_CODES }),
  host('devgroup', 32, { quoted: true }),
  network('dscp', 6, { symbols: symbols.DSCP, base: 2 }),
  network('ecn', 2, { symbols: symbols.ECN, base: 'decimal' }),
  host('fib_addrtype', 32, { symbols: symbols.FIB_TYPES }),
  host('boolean', 8, { symbols: symbols.BOOLEANS }),
  host('ct_event', 32, { symbols: symbols.CT_EVENTS, bitmask: true, base: 'hex' }),
  host('ct_label', 128, { bitmask: true }),
  host('ifname', 128, { quoted: true, read: asString }),
  network('igmp_type', 8, { symbols: symbols.IGMP_TYPES }),
  host('hour', 32, { quoted: true }),
  host('day', 8, { symbols: symbols.DAYS, quoted: true }),
  host('date', 64, { quoted: true }),
  host('cgroupsv2', 64, { quoted: true }),
];

const byName = new Map(ALL.map(type => [type.name, type] as const));

/** A datatype by the name that `nft describe` and set declarations give it. */
export const dataType = (name: string): DataType | undefined => byName.get(name);

/** A datatype that must be in the list above: for the tables of this folder. */
export function named(name: string): DataType {
  const type = byName.get(name);
  if (!type) throw new Error(`no datatype ${name}`);
  return type;
}

/** The number that a symbol stands for. */
export const symbolValue = (type: DataType, word: string): number | undefined =>
  type.name === 'inet_proto' ? parseProtocol(word) : type.symbols?.get(word);

export const isSymbol = (type: DataType, word: string): boolean => symbolValue(type, word) !== undefined;

/** The first symbol of a value, which is the one that nft prints; of protocols none. */
export function symbolOf(type: DataType, value: number): string | undefined {
  for (const [symbol, number] of type.symbols ?? []) if (number === value) return symbol;
  return undefined;
}

const OBJECTS: ReadonlySet<string> = new Set(['counter', 'quota', 'limit', 'synproxy', 'secmark', 'ct helper']);

/** The datatypes of what a map's declaration says its keys lead to: of objects their names. */
export const valueTypesNamed = (names: readonly string[] = []): readonly DataType[] =>
  names.every(name => OBJECTS.has(name)) ? names.map(() => STRING) : typesNamed(names);

/** The datatypes of a set's declaration; one that is not known counts as an integer. */
export const typesNamed = (names: readonly string[]): readonly DataType[] =>
  names.map(name => dataType(name) ?? { ...INTEGER, name });
