import type { IpSet } from '../../model/ipset.ts';
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import { maskOf } from '../../net/prefix.ts';
import { parseInteger } from '../numbers.ts';

/** What one comma field of an element holds. */
export type Dimension = 'ip' | 'net' | 'port' | 'mac' | 'mark' | 'iface' | 'set';

interface TypeFacts {
  readonly dimensions: readonly Dimension[];
  /** `either`: as the set was created; `any`: packets of both families. */
  readonly family: 'ip' | 'either' | 'any';
  /** A network of length 0 may be stored. */
  readonly wholeNet?: true;
  /** An address of zero is refused. */
  readonly noZero?: true;
}

const TYPES: ReadonlyMap<string, TypeFacts> = new Map([
  ['bitmap:ip', { dimensions: ['ip'], family: 'ip' }],
  ['bitmap:ip,mac', { dimensions: ['ip', 'mac'], family: 'ip' }],
  ['bitmap:port', { dimensions: ['port'], family: 'any' }],
  ['hash:ip', { dimensions: ['ip'], family: 'either', noZero: true }],
  ['hash:mac', { dimensions: ['mac'], family: 'any' }],
  ['hash:ip,mac', { dimensions: ['ip', 'mac'], family: 'either' }],
  ['hash:ip,mark', { dimensions: ['ip', 'mark'], family: 'either' }],
  ['hash:ip,port', { dimensions: ['ip', 'port'], family: 'either', noZero: true }],
  ['hash:ip,port,ip', { dimensions: ['ip', 'port', 'ip'], family: 'either' }],
  ['hash:ip,port,net', { dimensions: ['ip', 'port', 'net'], family: 'either' }],
  ['hash:net', { dimensions: ['net'], family: 'either' }],
  ['hash:net,net', { dimensions: ['net', 'net'], family: 'either' }],
  ['hash:net,port', { dimensions: ['net', 'port'], family: 'either' }],
  ['hash:net,port,net', { dimensions: ['net', 'port', 'net'], family: 'either', wholeNet: true }],
  ['hash:net,iface', { dimensions: ['net', 'iface'], family: 'either', wholeNet: true }],
  ['list:set', { dimensions: ['set'], family: 'any' }],
]);

/** A set's type with the options of its creation that decide what its elements are. */
export interface SetType {
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  /** Undefined: packets of both families are looked up. */
  readonly family: Family | undefined;
  readonly bitmap: boolean;
  /** Has nets, and with them `nomatch` and a search over prefix sizes. */
  readonly nets: number;
  readonly wholeNet: boolean;
  readonly noZero: boolean;
  /** Every address is masked with it before anything else; from `netmask` or `bitmask`. */
  readonly mask: Address | undefined;
  readonly markmask: number;
  /** Of a bitmap: first and last address or port. */
  readonly range: readonly [number, number] | undefined;
  readonly maxElements: number;
  readonly counters: boolean;
  readonly skbinfo: boolean;
  readonly timeout: boolean;
  readonly forceadd: boolean;
}

/** The type of the set, or why it cannot be understood. */
export function typeOf(set: IpSet): SetType | string {
  const facts = TYPES.get(set.type);
  if (!facts) return `set type ${set.type} is not known to chainwalk`;
  const { dimensions } = facts;
  const family = facts.family === 'any' ? undefined : facts.family === 'ip' ? 'ip' : (set.family ?? 'ip');
  const bitmap = set.type.startsWith('bitmap:');
  const mask = maskOption(set, family);
  const markmask = numberOption(set, 'markmask', 0xffffffff);
  const maxElements = numberOption(set, 'maxelem', 65536);
  const range = bitmap ? rangeOption(set, dimensions[0] === 'port', mask) : undefined;
  for (const value of [mask, markmask, maxElements, range]) if (typeof value === 'string') return value;
  if (typeof mask === 'string' || typeof markmask === 'string') return `options of set ${set.name} not understood`;
  if (typeof maxElements === 'string' || typeof range === 'string') return `options of set ${set.name} not understood`;
  return {
    name: set.type,
    dimensions,
    family,
    bitmap,
    nets: dimensions.filter(d => d === 'net').length,
    wholeNet: facts.wholeNet ?? false,
    noZero: facts.noZero ?? false,
    mask,
    markmask,
    range,
    maxElements: bitmap || set.type === 'list:set' ? Number.POSITIVE_INFINITY : maxElements,
    counters: set.options.has('counters'),
    skbinfo: set.options.has('skbinfo'),
    timeout: set.options.has('timeout'),
    forceadd: set.options.has('forceadd'),
  };
}

const notUnderstood = (set: IpSet, option: string): string =>
  `set ${set.name}: ${option} ${set.options.get(option) ?? ''} not understood`;

function maskOption(set: IpSet, family: Family | undefined): Address | undefined | string {
  const netmask = set.options.get('netmask');
  const bitmask = set.options.get('bitmask');
  if (netmask !== undefined && family) {
    const length = parseInteger(netmask, 1, family === 'ip' ? 32 : 128);
    return length === undefined ? notUnderstood(set, 'netmask') : maskOf(family, length);
  }
  if (bitmask === undefined) return undefined;
  const mask = parseAddress(bitmask);
  return typeof mask === (family === 'ip' ? 'number' : 'bigint') ? mask : notUnderstood(set, 'bitmask');
}

function numberOption(set: IpSet, option: string, fallback: number): number | string {
  const text = set.options.get(option);
  return text === undefined ? fallback : (parseInteger(text) ?? notUnderstood(set, option));
}

function rangeOption(set: IpSet, ports: boolean, mask: Address | undefined | string): [number, number] | string {
  const text = set.options.get('range') ?? '';
  const of = ports ? (word: string) => parseInteger(word, 0, 0xffff) : ipv4;
  const [from, to, rest] = text.split('-');
  const first = of(from ?? '');
  const last = to === undefined ? undefined : of(to);
  if (first === undefined || last === undefined || rest !== undefined) return notUnderstood(set, 'range');
  const bits = typeof mask === 'number' && !ports ? mask : 0xffffffff;
  return [(Math.min(first, last) & bits) >>> 0, (Math.max(first, last) | ~bits) >>> 0];
}

function ipv4(word: string): number | undefined {
  const address = parseAddress(word);
  return typeof address === 'number' ? address : undefined;
}
