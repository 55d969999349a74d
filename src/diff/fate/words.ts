import { bitsOf, type Family, formatAddress } from '../../net/address.ts';
import { formatPrefix, prefixOf } from '../../net/prefix.ts';
import { protocolName } from '../../net/protocol.ts';
import { type Box, SELF } from './space/box.ts';
import { type Interval, type Intervals, sameIntervals, subtract } from './space/intervals.ts';
import { addresses, PORTS, PROTOCOLS, WITH_PORTS } from './space/whole.ts';

/** More are counted and not named. */
const MOST_NAMED = 4;

/** `tcp from anywhere to 10.96.0.10:53, in by eth0`; `interfaces`: all that packets may come in by. */
export function boxWords(box: Box, interfaces: readonly string[]): string {
  const { family, protocol, sport, dport } = box;
  const ports = subtract(protocol, WITH_PORTS).length === 0;
  const from = endWords(family, box.saddr, ports ? sport : PORTS);
  const to = endWords(family, box.daddr, ports ? dport : PORTS);
  const isIp6 = family === 'ip6' && from === 'anywhere' && to === 'anywhere' ? ' of IPv6' : '';
  return `${protocolWords(protocol)}${isIp6} from ${from} to ${to}${wayIn(box.iif, interfaces)}`;
}

function wayIn(names: readonly string[], interfaces: readonly string[]): string {
  const others = names.filter(name => name !== SELF);
  const self = names.length > others.length;
  if (others.length === 0) return ', sent by the node itself';
  if (others.length >= interfaces.length) return self ? '' : ', in by any interface';
  const left = interfaces.filter(name => !others.includes(name));
  const named =
    left.length < others.length && left.length <= MOST_NAMED ? `any interface but ${listed(left)}` : listed(others);
  return `, in by ${named}${self ? ' or sent by the node itself' : ''}`;
}

function listed(names: readonly string[]): string {
  if (names.length <= MOST_NAMED) return names.join(', ');
  return `${names.slice(0, MOST_NAMED - 1).join(', ')} and ${names.length - MOST_NAMED + 1} more`;
}

function protocolWords(set: Intervals): string {
  if (sameIntervals(set, PROTOCOLS)) return 'anything';
  const beyond = subtract(PROTOCOLS, set);
  const name = ({ low, high }: Interval) =>
    low === high ? (protocolName(Number(low)) ?? `protocol ${low}`) : `protocols ${low}-${high}`;
  return beyond.length < set.length ? `anything but ${listed(beyond.map(name))}` : listed(set.map(name));
}

function endWords(family: Family, set: Intervals, ports: Intervals): string {
  const address = addressWords(family, set);
  if (sameIntervals(ports, PORTS)) return address;
  const port = portWords(ports);
  if (/^[\w.]+$/.test(address) && /^\d+$/.test(port) && address !== 'anywhere') return `${address}:${port}`;
  if (/^[\da-f:]+$/.test(address) && /^\d+$/.test(port)) return `[${address}]:${port}`;
  return `${address} port ${port}`;
}

function addressWords(family: Family, set: Intervals): string {
  const all = addresses(family);
  if (sameIntervals(set, all)) return 'anywhere';
  const beyond = subtract(all, set);
  const isMost = sizeOf(beyond) < sizeOf(set);
  const name = (interval: Interval) => spanWords(family, interval);
  return isMost ? `anywhere but ${listed(beyond.map(name))}` : listed(set.map(name));
}

const sizeOf = (set: Intervals): bigint =>
  set.reduce((sum, { low, high }) => sum + BigInt(high) - BigInt(low) + 1n, 0n);

function portWords(set: Intervals): string {
  const beyond = subtract(PORTS, set);
  const isMost = sizeOf(beyond) < sizeOf(set);
  const name = ({ low, high }: Interval) => (low === high ? `${low}` : `${low}-${high}`);
  return isMost ? `any but ${listed(beyond.map(name))}` : listed(set.map(name));
}

function spanWords(family: Family, { low, high }: Interval): string {
  if (low === high) return formatAddress(low);
  const size = BigInt(high) - BigInt(low) + 1n;
  const isPrefix = (size & (size - 1n)) === 0n && (BigInt(low) & (size - 1n)) === 0n;
  if (isPrefix) return formatPrefix(prefixOf(low, bitsOf(family) - (size.toString(2).length - 1)));
  return `${formatAddress(low)}-${formatAddress(high)}`;
}
