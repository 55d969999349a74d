import { type Address, parseAddress } from '../../../src/net/address.ts';
import { ICMP, ICMPV6, type Packet, type PacketType, TCP } from '../../../src/net/packet.ts';
import type { Injected, Journey, Probe, Seen } from '../observation.ts';
import { packetFromBytes } from './bytes.ts';

export const addressOf = (text: string): Address => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
};

/** The packet of a journey as it stood when the journey began. */
export function arriving(probe: Probe, journey: Journey, injected: Injected | undefined): Packet | undefined {
  const { packet: seen } = journey;
  const bytes = injected?.packet === undefined ? undefined : Uint8Array.from(Buffer.from(injected.packet, 'hex'));
  const base = bytes ? packetFromBytes(bytes) : seen && packetFromSeen(seen);
  if (!base) return undefined;
  const own = injected?.what === 'probe';
  const { via } = probe;
  const local = own && via.kind !== 'frame';
  return {
    ...base,
    ...(own && probe.packet.badChecksum && { badChecksum: true }),
    ...(injected?.device !== undefined && { iif: injected.device, ...linkOf(injected) }),
    ...(local && { mark: via.mark ?? 0, owner: ownerOf(via), ...(via.device !== undefined && { oif: via.device }) }),
  };
}

function ownerOf(via: { readonly uid?: number; readonly gid?: number }): NonNullable<Packet['owner']> {
  return { uid: via.uid ?? 0, gid: via.gid ?? 0 };
}

function linkOf({ smac, dmac }: Injected): Pick<Packet, 'link' | 'type'> {
  return {
    link: { ...(smac !== undefined && { smac }), ...(dmac !== undefined && { dmac }) },
    ...(dmac !== undefined && { type: typeOf(dmac) }),
  };
}

/** What the frame's destination alone tells; whether a unicast one is the node's the walk finds out. */
function typeOf(dmac: string): PacketType {
  if (dmac === 'ff:ff:ff:ff:ff:ff') return 'broadcast';
  return Number.parseInt(dmac.slice(0, 2), 16) & 1 ? 'multicast' : 'unicast';
}

/** Of a packet that the node made: the headers that the trace shows. */
function packetFromSeen(seen: Seen): Packet {
  const { protocol } = seen;
  return {
    family: seen.family,
    saddr: addressOf(seen.saddr),
    daddr: addressOf(seen.daddr),
    protocol,
    ...(seen.sport !== undefined && { sport: seen.sport }),
    ...(seen.dport !== undefined && { dport: seen.dport }),
    ...(protocol === TCP && seen.flags !== undefined && { tcp: { flags: seen.flags } }),
    ...((protocol === ICMP || protocol === ICMPV6) &&
      seen.icmpType !== undefined && {
        icmp: { type: seen.icmpType, code: seen.icmpCode ?? 0, ...(seen.icmpId !== undefined && { id: seen.icmpId }) },
      }),
    ...(seen.family === 'ip6' && { extensionHeaders: [] }),
    ttl: seen.ttl,
    tos: seen.tos,
    length: seen.length,
    ipsec: { in: false, out: false },
    mark: 0,
  };
}
