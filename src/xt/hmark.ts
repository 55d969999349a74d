import { type Unknown, unknown } from '../model/truth.ts';
import type { ConnectionView } from '../model/world.ts';
import type { Address } from '../net/address.ts';
import { jhash2, reciprocalScale } from '../net/jhash.ts';
import { hasPorts, ICMP, ICMPV6, isIcmpError, type Packet } from '../net/packet.ts';
import { maskOf } from '../net/prefix.ts';

/** struct xt_hmark_info; an option that the rule does not have is undefined. Prefixes are lengths in bits. */
export interface HmarkOptions {
  readonly sourcePrefix: number | undefined;
  readonly destinationPrefix: number | undefined;
  readonly sportMask: number | undefined;
  readonly dportMask: number | undefined;
  readonly spiMask: number | undefined;
  readonly sport: number | undefined;
  readonly dport: number | undefined;
  readonly spi: number | undefined;
  readonly protoMask: number | undefined;
  readonly seed: number;
  readonly modulus: number;
  readonly offset: number | undefined;
  /** Hash the connection's tuples instead of the packet. */
  readonly conntrack: boolean;
}

interface HashedTuple {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  /** Absent: the kernel hashes none. */
  readonly ports: { readonly sport: number; readonly dport: number } | undefined;
}

const PROTOCOLS_WITH_SPI: readonly number[] = [50, 51];

function masked(address: Address, length: number | undefined): number {
  if (length === undefined) return 0;
  if (typeof address === 'number') return (address & maskOf('ip', length)) >>> 0;
  const rest = address & maskOf('ip6', length);
  return [96n, 64n, 32n, 0n].reduce((sum, shift) => (sum ^ Number((rest >> shift) & 0xffffffffn)) >>> 0, 0);
}

function mixPorts(options: HmarkOptions, { sport, dport }: { sport: number; dport: number }): number {
  const spiMask = options.spiMask ?? 0;
  const spi = options.spi ?? 0;
  const first = (sport & ((options.sportMask ?? 0) | (spiMask >>> 16))) | (options.sport ?? 0) | (spi >>> 16);
  const second = (dport & ((options.dportMask ?? 0) | (spiMask & 0xffff))) | (options.dport ?? 0) | (spi & 0xffff);
  return ((Math.max(first, second) << 16) | Math.min(first, second)) >>> 0;
}

function fromConnection({ entry }: ConnectionView): HashedTuple | undefined {
  if (!entry) return undefined;
  const { original, reply } = entry;
  const ports = { sport: original.sport ?? 0, dport: reply.sport ?? 0 };
  return {
    source: original.saddr,
    destination: reply.saddr,
    protocol: original.protocol,
    ports: original.protocol === ICMP ? undefined : ports,
  };
}

/** Of an ICMP error the packet that it is about; no ports of ICMP and of fragments. */
function fromPacket(packet: Packet): HashedTuple | Unknown {
  if (isIcmpError(packet)) {
    if (!packet.inner) return unknown('HMARK: the packet that the ICMP error is about was not told');
    return fromPacket({ ...packet.inner, icmp: { type: 0, code: 0 } });
  }
  const { saddr, daddr, protocol, sport, dport, fragment } = packet;
  const tuple = { source: saddr, destination: daddr, protocol, ports: undefined };
  if (protocol === ICMP || protocol === ICMPV6 || fragment) return tuple;
  if (PROTOCOLS_WITH_SPI.includes(protocol)) return unknown('HMARK: the SPI of the packet was not told');
  if (!hasPorts(protocol)) return tuple;
  if (sport === undefined || dport === undefined) return unknown('HMARK: the ports of the packet were not told');
  return { ...tuple, ports: { sport, dport } };
}

/** The mark that xt_HMARK.c computes; undefined: it leaves the packet's as it is. */
export function hashMark(
  options: HmarkOptions,
  packet: Packet,
  connection: ConnectionView,
): number | undefined | Unknown {
  const tuple = options.conntrack ? fromConnection(connection) : fromPacket(packet);
  if (tuple === undefined || 'kind' in tuple) return tuple;
  const source = masked(tuple.source, options.sourcePrefix);
  const destination = masked(tuple.destination, options.destinationPrefix);
  const ports = tuple.ports ? mixPorts(options, tuple.ports) : 0;
  const hash = jhash2([Math.min(source, destination), Math.max(source, destination), ports], options.seed);
  const mixed = (hash ^ (tuple.protocol & (options.protoMask ?? 0))) >>> 0;
  return (reciprocalScale(mixed, options.modulus) + (options.offset ?? 0)) >>> 0;
}
