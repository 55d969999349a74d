import { unknown } from '../../model/truth.ts';
import { bytesOf } from '../../net/bytes.ts';
import { DCCP, GRE, hasPorts, ICMP, ICMPV6, type Packet, SCTP, TCP, UDP, UDPLITE } from '../../net/packet.ts';
import type { Payload, RawPayload } from '../schema.ts';
import { type Field, HEADERS, type Header, payloadField } from '../type/fields.ts';
import { bitsAt } from './bits.ts';
import { type Answer, BREAK, type Evaluate, type Scalar } from './value.ts';

const notKnown = (what: string): Answer => unknown(`${what} of the packet is not known`, 'tell the whole packet');

/**
 * A field by name. nft tests for its header without saying so, and later fragments have none (nft_payload_eval): the
 * rule ends where the packet is another one.
 */
export function compilePayload({ protocol, field, tunnel }: Payload): Evaluate {
  const header = HEADERS.get(protocol);
  const place = payloadField(protocol, field);
  const what = `${protocol} ${field}`;
  if (!header || !place || tunnel !== undefined) return () => notKnown(what);
  const read = readerOf(protocol, field);
  return packet => {
    if (!carries(packet, protocol, header.base, field)) return BREAK;
    const known = read?.(packet);
    return known ?? fromBytes(packet, header.base, place) ?? notKnown(what);
  };
}

/** `@nh,96,32`. */
export function compileRawPayload({ base, offset, length, tunnel }: RawPayload): Evaluate {
  const what = `@${base},${offset},${length}`;
  if (tunnel !== undefined || base === 'ih') return () => notKnown(what);
  return packet => {
    if (base === 'th' && packet.fragment === 'later') return BREAK;
    return fromBytes(packet, base, { offset, length }) ?? notKnown(what);
  };
}

/** The protocol that nft tests for, where a header stands for one. */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', ICMP],
  ['igmp', 2],
  ['tcp', TCP],
  ['udp', UDP],
  ['dccp', DCCP],
  ['gre', GRE],
  ['esp', 50],
  ['ah', 51],
  ['icmpv6', ICMPV6],
  ['comp', 108],
  ['sctp', SCTP],
  ['udplite', UDPLITE],
]);

function carries(packet: Packet, protocol: string, base: Header['base'], field: string): boolean {
  if (protocol === 'ip' || protocol === 'ip6') return packet.family === protocol;
  if (base !== 'th') return base === 'll' && protocol === 'ether';
  if (packet.fragment === 'later') return false;
  const number = PROTOCOLS.get(protocol);
  return (number === undefined || number === packet.protocol) && icmpCarries(packet, field);
}

const ECHO = { ip: [0, 8], ip6: [128, 129] } as const;
const BEHIND: Readonly<Record<string, { readonly ip: readonly number[]; readonly ip6: readonly number[] }>> = {
  id: ECHO,
  sequence: ECHO,
  gateway: { ip: [5], ip6: [] },
  mtu: { ip: [3], ip6: [2] },
  'packet-too-big': { ip: [], ip6: [2] },
  'parameter-problem': { ip: [], ip6: [4] },
  'max-delay': { ip: [], ip6: [130] },
  taddr: { ip: [], ip6: [135, 136, 137] },
};

/** Fields of some ICMP messages only: nft tests for these, too (src/payload.c of nftables, icmp_dep). */
function icmpCarries({ icmp, family }: Packet, field: string): boolean {
  if (!icmp || !Object.hasOwn(BEHIND, field)) return true;
  return BEHIND[field]?.[family].includes(icmp.type) ?? true;
}

type Read = (packet: Packet) => Scalar | undefined;

const address: Readonly<Record<string, Read>> = { saddr: ({ saddr }) => saddr, daddr: ({ daddr }) => daddr };
const ports: Readonly<Record<string, Read>> = {
  sport: ({ sport, protocol }) => (hasPorts(protocol) ? sport : undefined),
  dport: ({ dport, protocol }) => (hasPorts(protocol) ? dport : undefined),
};
const icmp: Readonly<Record<string, Read>> = {
  type: packet => packet.icmp?.type,
  code: packet => packet.icmp?.code,
  id: packet => packet.icmp?.id,
};
const octet: Readonly<Record<string, Read>> = { dscp: ({ tos }) => tos >> 2, ecn: ({ tos }) => tos & 3 };
const spi: Readonly<Record<string, Read>> = { spi: packet => packet.spi };

const READERS: ReadonlyMap<string, Readonly<Record<string, Read>>> = new Map<string, Readonly<Record<string, Read>>>([
  [
    'ether',
    {
      type: ({ family }) => (family === 'ip' ? 0x0800 : 0x86dd),
      saddr: ({ link }) => macNumber(link?.smac),
      daddr: ({ link }) => macNumber(link?.dmac),
    },
  ],
  [
    'ip',
    {
      ...address,
      ...octet,
      version: () => 4,
      protocol: ({ protocol }) => protocol,
      ttl: ({ ttl }) => ttl,
      length: ({ length }) => length,
      'frag-off': ({ fragment, bytes }) => (fragment || bytes ? undefined : 0),
    },
  ],
  [
    'ip6',
    {
      ...address,
      ...octet,
      version: () => 6,
      nexthdr: ({ extensionHeaders, protocol }) => extensionHeaders?.[0] ?? protocol,
      hoplimit: ({ ttl }) => ttl,
      length: ({ length }) => length && length - 40,
    },
  ],
  ['icmp', icmp],
  ['icmpv6', icmp],
  ['tcp', { ...ports, flags: ({ tcp }) => tcp?.flags }],
  ['udp', ports],
  ['udplite', ports],
  ['dccp', ports],
  ['sctp', { ...ports, vtag: ({ sctp }) => sctp?.tag }],
  ['th', ports],
  ['ah', spi],
  ['esp', spi],
  ['comp', { cpi: packet => packet.spi }],
]);

function readerOf(protocol: string, field: string): Read | undefined {
  const readers = READERS.get(protocol);
  return readers && Object.hasOwn(readers, field) ? readers[field] : undefined;
}

const macNumber = (mac: string | undefined): number | undefined =>
  mac === undefined ? undefined : Number.parseInt(mac.replaceAll(':', ''), 16);

/** Of the packet as it is now; undefined: nobody told the bytes. A field behind the end of the packet breaks. */
function fromBytes(
  packet: Packet,
  base: Header['base'],
  { offset, length }: Pick<Field, 'offset' | 'length'>,
): Answer | undefined {
  const bytes = base === 'll' ? undefined : bytesOf(packet);
  if (!bytes) return undefined;
  const start = base === 'nh' ? 0 : transportOffset(packet, bytes);
  if (start === undefined) return undefined;
  return bitsAt(bytes, start * 8 + offset, length) ?? BREAK;
}

/** Extension headers of IPv6 are passed over where the packet says that it has none. */
function transportOffset({ family, extensionHeaders }: Packet, bytes: Uint8Array): number | undefined {
  if (family === 'ip') return ((bytes[0] ?? 0) & 15) * 4;
  return extensionHeaders && extensionHeaders.length > 0 ? undefined : 40;
}
