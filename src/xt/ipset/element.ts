import { type Address, bitsOf, familyOf, formatAddress, parseAddress } from '../../net/address.ts';
import { type Mac, parseMac } from '../../net/mac.ts';
import { maskOf } from '../../net/prefix.ts';
import { parseInteger } from '../numbers.ts';
import { formatPort, parsePorts } from './port.ts';
import type { Dimension, SetType } from './type.ts';

/** One comma field of an element. */
export type Part =
  | { readonly dimension: 'ip'; readonly address: Address }
  | { readonly dimension: 'net'; readonly address: Address; readonly length: number }
  | { readonly dimension: 'port'; readonly protocol: number; readonly port: number }
  | { readonly dimension: 'mac'; readonly mac: Mac }
  | { readonly dimension: 'mark'; readonly mark: number }
  | { readonly dimension: 'iface'; readonly name: string; readonly physdev: boolean }
  | { readonly dimension: 'set'; readonly name: string };

export type Parts = readonly Part[];

/** More elements than this from one key (`0.0.0.0/0` in a hash:ip) are refused. */
const MOST = 1 << 20;
export const ZERO_MAC = '00:00:00:00:00:00';

/**
 * The elements that a key stands for: one as `ipset save` prints them, several where `ipset add` takes a range. Text
 * says why the key cannot be read or is refused.
 */
export function parseElement(type: SetType, key: string): readonly Parts[] | string {
  const words = splitKey(type, key);
  const optional = type.bitmap && type.dimensions.length === 2 && words.length === 1;
  if (words.length !== type.dimensions.length && !optional) return `${type.name} takes ${type.dimensions.join(',')}`;
  let elements: Parts[] = [[]];
  for (const [i, word] of words.entries()) {
    const fields = parseField(type, type.dimensions[i] ?? 'ip', word);
    if (typeof fields === 'string') return fields;
    if (fields.length * elements.length > Math.min(MOST, type.maxElements)) return 'more elements than a set can hold';
    elements = elements.flatMap(parts => fields.map(field => [...parts, field]));
  }
  return elements;
}

/** Interface and set names may have commas. */
function splitKey(type: SetType, key: string): readonly string[] {
  if (type.dimensions[0] === 'set') return [key];
  if (type.dimensions[1] !== 'iface') return key.split(',');
  const comma = key.indexOf(',');
  return comma < 0 ? [key] : [key.slice(0, comma), key.slice(comma + 1)];
}

function parseField(type: SetType, dimension: Dimension, word: string): readonly Part[] | string {
  switch (dimension) {
    case 'ip':
      return parseIps(type, word);
    case 'net':
      return parseNets(type, word);
    case 'port': {
      const ports = parsePorts(word);
      if (!ports) return `port ${word} not understood`;
      const [low, high] = type.range ?? [0, 0xffff];
      if (ports.first.port < low || ports.last > high) return `port ${word} is out of the range of the set`;
      const protocol = type.bitmap ? 0 : ports.first.protocol;
      const port = (i: number): Part => ({ dimension, protocol, port: ports.first.port + i });
      return Array.from({ length: ports.last - ports.first.port + 1 }, (_, i) => port(i));
    }
    case 'mac': {
      const mac = parseMac(word);
      if (mac === undefined || (mac === ZERO_MAC && !type.bitmap)) return `mac ${word} not understood`;
      return [{ dimension, mac }];
    }
    case 'mark': {
      const mark = parseInteger(word);
      return mark === undefined ? `mark ${word} not understood` : [{ dimension, mark: (mark & type.markmask) >>> 0 }];
    }
    case 'iface': {
      const physdev = word.startsWith('physdev:');
      const name = physdev ? word.slice(8) : word;
      return name === '' || name.length > 15 ? `interface ${word} not understood` : [{ dimension, name, physdev }];
    }
    case 'set':
      return word === '' ? 'no name' : [{ dimension, name: word }];
  }
}

export const masked = (address: Address, mask: Address | undefined): Address => {
  if (typeof address === 'number') return typeof mask === 'number' ? (address & mask) >>> 0 : address;
  return typeof mask === 'bigint' ? address & mask : address;
};

/** `10.0.0.1`, `10.0.0.0/24` and `10.0.0.1-10.0.0.9` as first and last address; `length` where a slash gave it. */
function parseSpan(type: SetType, word: string): { first: Address; last: Address; length?: number } | undefined {
  const slash = word.indexOf('/');
  const dash = slash < 0 ? word.indexOf('-') : -1;
  const cut = slash < 0 ? dash : slash;
  const first = parseAddress(cut < 0 ? word : word.slice(0, cut));
  if (first === undefined || familyOf(first) !== type.family) return undefined;
  if (cut < 0) return { first, last: first };
  if (slash >= 0) {
    const length = parseInteger(word.slice(slash + 1), 0, bitsOf(type.family));
    if (length === undefined) return undefined;
    const mask = maskOf(type.family, length);
    const network = masked(first, mask);
    if (typeof network === 'bigint') return { first: network, last: network, length };
    return { first: network, last: (network | ~Number(mask)) >>> 0, length };
  }
  const last = parseAddress(word.slice(dash + 1));
  if (typeof last !== 'number' || typeof first !== 'number') return undefined;
  return { first: Math.min(first, last), last: Math.max(first, last) };
}

function parseIps(type: SetType, word: string): readonly Part[] | string {
  const span = parseSpan(type, word);
  if (!span) return `address ${word} not understood`;
  const whole = type.family === 'ip' ? 0 : 127;
  if (span.length !== undefined && span.length <= whole) return `address ${word}: prefix length not allowed`;
  const first = masked(span.first, type.mask);
  const last = span.first === span.last ? first : span.last;
  if (type.noZero && Number(first) === 0) return `address ${word}: zero cannot be stored`;
  if (typeof first === 'bigint' || typeof last === 'bigint') return [{ dimension: 'ip', address: first }];
  const [low, high] = type.range ?? [0, 0xffffffff];
  if (Number(span.first) < low || last > high) return `address ${word} is out of the range of the set`;
  const step = typeof type.mask === 'number' ? (type.mask & -type.mask) >>> 0 || 1 : 1;
  if ((last - first) / step >= MOST) return 'more elements than a set can hold';
  const parts: Part[] = [];
  for (let address = first; address <= last; address += step)
    parts.push({ dimension: 'ip', address: masked(address, type.mask) });
  return parts;
}

function parseNets(type: SetType, word: string): readonly Part[] | string {
  const span = parseSpan(type, word);
  if (!span) return `network ${word} not understood`;
  const { first, last } = span;
  const bits = bitsOf(familyOf(first));
  const part = (address: Address, length: number): Part => ({
    dimension: 'net',
    address: masked(address, type.mask),
    length,
  });
  if (span.length === undefined && typeof first === 'number' && typeof last === 'number' && first !== last) {
    if (!type.wholeNet && last - first === 0xffffffff) return `network ${word}: the whole range cannot be stored`;
    return networksOf(first, last).map(([address, length]) => part(address, length));
  }
  const length = span.length ?? bits;
  return length === 0 && !type.wholeNet ? `network ${word}: length 0 cannot be stored` : [part(first, length)];
}

/** The fewest networks that cover a range of IPv4 addresses. */
function networksOf(first: number, last: number): (readonly [address: number, length: number])[] {
  const networks: (readonly [number, number])[] = [];
  for (let at = first; at <= last; ) {
    let length = 32;
    for (let size = 2; length > 0 && at % size === 0 && at + size - 1 <= last; size *= 2) length--;
    networks.push([at, length]);
    at += 2 ** (32 - length);
  }
  return networks;
}

const addressAtom = (address: Address): string => address.toString(36);

/** What tells the elements of a set apart in its index: interfaces and a bitmap's MAC are compared beside it. */
export function indexKey(type: SetType, parts: Parts): string {
  let key = '';
  for (const part of parts) {
    if (part.dimension === 'ip') key += addressAtom(part.address);
    else if (part.dimension === 'net') key += `${addressAtom(part.address)}/${part.length}`;
    else if (part.dimension === 'port') key += `${part.protocol}:${part.port}`;
    else if (part.dimension === 'mark') key += part.mark;
    else if (part.dimension === 'set') key += part.name;
    else if (part.dimension === 'mac' && !type.bitmap) key += part.mac;
    key += ',';
  }
  return type.bitmap && parts[1] ? key.slice(0, -1) : key;
}

/** The element as `ipset save` writes it. */
export const formatElement = (type: SetType, parts: Parts): string =>
  parts.map(part => formatPart(type, part)).join(',');

function formatPart(type: SetType, part: Part): string {
  switch (part.dimension) {
    case 'ip':
      return formatAddress(part.address);
    case 'net':
      return formatAddress(part.address) + (part.length === bitsOf(familyOf(part.address)) ? '' : `/${part.length}`);
    case 'port':
      return type.bitmap ? String(part.port) : formatPort(part);
    case 'mac':
      return part.mac.toUpperCase();
    case 'mark':
      return `0x${part.mark.toString(16).padStart(8, '0')}`;
    case 'iface':
      return `${part.physdev ? 'physdev:' : ''}${part.name}`;
    case 'set':
      return part.name;
  }
}
