import { type Unknown, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { bitsOf, familyOf } from '../../net/address.ts';
import { ICMP, ICMPV6, type Packet, SCTP, TCP, UDP, UDPLITE } from '../../net/packet.ts';
import { masked, type Part, type Parts, ZERO_MAC } from './element.ts';
import type { ProtocolPort } from './port.ts';
import type { SetType } from './type.ts';

export type Direction = 'src' | 'dst';

/** What lookups need to know of the place where the packet is. */
export type SetWorld = Pick<World, 'hook' | 'set'>;

/** The packet has no such field, and the kernel finds nothing. */
export const ABSENT = { kind: 'absent' } as const;
type Absent = typeof ABSENT;

/** The packet's values for the fields of a set, nets with the length of a host. */
export function fieldsOf(
  type: SetType,
  directions: readonly Direction[],
  packet: Packet,
  world: SetWorld,
): Parts | Absent | Unknown {
  const parts: Part[] = [];
  let undecided: Unknown | undefined;
  for (const [i, dimension] of type.dimensions.entries()) {
    const part = fieldOf(type, dimension, directions[i] === 'src', packet, world);
    if ('dimension' in part) parts.push(part);
    else if (part.kind === 'absent') return part;
    else undecided ??= part;
  }
  return undecided ?? parts;
}

function fieldOf(
  type: SetType,
  dimension: SetType['dimensions'][number],
  source: boolean,
  packet: Packet,
  world: SetWorld,
): Part | Absent | Unknown {
  const address = source ? packet.saddr : packet.daddr;
  switch (dimension) {
    case 'ip':
      if (typeof address === 'number' && type.range && !between(type.range, address)) return ABSENT;
      return { dimension, address: masked(address, type.mask) };
    case 'net':
      return { dimension, address: masked(address, type.mask), length: bitsOf(familyOf(address)) };
    case 'port': {
      const found = portOf(packet, source);
      if ('kind' in found) return found;
      if (!type.bitmap) return { dimension, ...found };
      // ip_set_bitmap_port.c looks at TCP and UDP only, and keeps no protocol.
      if (found.protocol !== TCP && found.protocol !== UDP) return ABSENT;
      return type.range && !between(type.range, found.port) ? ABSENT : { dimension, protocol: 0, port: found.port };
    }
    case 'mac':
      return macOf(packet, source, world);
    case 'mark':
      return { dimension, mark: (packet.mark & type.markmask) >>> 0 };
    case 'iface': {
      const name = source ? packet.iif : packet.oif;
      return name ? { dimension, name, physdev: false } : ABSENT;
    }
    case 'set':
      return ABSENT;
  }
}

const between = ([first, last]: readonly [number, number], value: number): boolean => value >= first && value <= last;

/** ip_set_getport.c: a protocol without ports has port 0. */
function portOf(packet: Packet, source: boolean): ProtocolPort | Absent | Unknown {
  const { protocol } = packet;
  const known = [TCP, UDP, SCTP, UDPLITE, ICMP].includes(protocol);
  if (packet.fragment === 'later' && (known || packet.family === 'ip6')) return ABSENT;
  if (packet.family === 'ip' && protocol === 0) return ABSENT;
  if (protocol === ICMP || protocol === ICMPV6) {
    if (!packet.icmp) return unknown('the ICMP type of the packet is not known');
    return { protocol, port: packet.icmp.type * 256 + packet.icmp.code };
  }
  if (!known) return { protocol, port: 0 };
  const port = source ? packet.sport : packet.dport;
  if (port === undefined) return unknown(`the ${source ? 'source' : 'destination'} port of the packet is not known`);
  return { protocol, port };
}

function macOf(packet: Packet, source: boolean, world: SetWorld): Part | Absent | Unknown {
  if (world.hook === 'output') return ABSENT;
  const mac = source ? packet.link?.smac : packet.link?.dmac;
  if (mac === undefined) return unknown(`the ${source ? 'source' : 'destination'} MAC of the packet is not known`);
  return mac === ZERO_MAC ? ABSENT : { dimension: 'mac', mac };
}
