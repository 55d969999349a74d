import { formatAddress } from '../../../src/net/address.ts';
import { ICMP, ICMPV6, type Packet, TCP } from '../../../src/net/packet.ts';
import type { Seen } from '../observation.ts';
import { addressOf } from './arrival.ts';

type Ends = Pick<Packet, 'saddr' | 'daddr' | 'sport' | 'dport'>;

/** What NAT writes to. */
export function endsText({ saddr, daddr, sport, dport }: Ends): string {
  const ports = sport === undefined ? '' : ` ports ${sport} ${dport}`;
  return `${formatAddress(saddr)} > ${formatAddress(daddr)}${ports}`;
}

export function seenEnds({ saddr, daddr, sport, dport }: Seen): string {
  const ports = { ...(sport !== undefined && { sport }), ...(dport !== undefined && { dport }) };
  return endsText({ saddr: addressOf(saddr), daddr: addressOf(daddr), ...ports });
}

/** The headers that both sides tell, in one line. */
export function packetText(packet: Packet): string {
  const { protocol, tcp, icmp, ttl, tos } = packet;
  const flags = protocol === TCP && tcp ? ` flags ${tcp.flags}` : '';
  const message = icmp ? ` type ${icmp.type}/${icmp.code}` : '';
  return `${packet.extensionHeaders?.[0] ?? protocol} ${endsText(packet)}${flags}${message} ttl ${ttl} tos ${tos}`;
}

export function seenText(seen: Seen): string {
  const { protocol, sport, dport, flags, icmpType, icmpCode = 0 } = seen;
  const isIcmp = (protocol === ICMP || protocol === ICMPV6) && icmpType !== undefined;
  return packetText({
    family: seen.family,
    saddr: addressOf(seen.saddr),
    daddr: addressOf(seen.daddr),
    protocol,
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    ...(flags !== undefined && { tcp: { flags } }),
    ...(isIcmp && { icmp: { type: icmpType, code: icmpCode } }),
    ttl: seen.ttl,
    tos: seen.tos,
    mark: 0,
  });
}
