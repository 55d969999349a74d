import { UDP } from '../../../src/net/packet.ts';
import type { Injected, Journey, Probe, Seen } from '../observation.ts';
import { packetFromBytes } from './bytes.ts';
import { packetText, seenText } from './texts.ts';

/** A bridge sends a group frame out of every port and up: several packets that the observer sees as one. */
export const isFlooded = ({ via }: Probe): boolean =>
  via.kind === 'frame' && /^pod[12]$/.test(via.device) && (Number.parseInt(via.dmac.slice(0, 2), 16) & 1) === 1;

export const isBroadcast = (address: string): boolean => address.endsWith('.255');

/** The headers that a datagram socket was asked to send: one that is not bound has no address before it is routed. */
function seenOf(
  { family, saddr, daddr, sport = 0, dport = 0, ttl = 64, tos = 0 }: Probe['packet'],
  bind?: string,
): Seen {
  const from = bind === undefined ? { ip: '0.0.0.0', ip6: '::' }[family] : saddr;
  return { family, saddr: from, daddr, protocol: UDP, sport, dport, ttl, tos, length: 0, id: 0 };
}

/** What stands for a probe that reached no hook. */
export function unseen({ via, packet }: Probe): Journey {
  const named = via.kind === 'socket' ? { packet: seenOf(packet, via.bind) } : {};
  return { family: packet.family, injected: 0, steps: [], fate: { kind: 'nothing-seen' }, ...named };
}

/** Answers of one probe share an id: the bytes tell them apart. */
export function injectedAs({ injected, packet }: Journey, all: readonly Injected[]): Injected | undefined {
  const named = all[injected];
  const text = packet && seenText(packet);
  const isSame = ({ packet: hex }: Injected) =>
    hex !== undefined && packetText(packetFromBytes(Uint8Array.from(Buffer.from(hex, 'hex')))) === text;
  if (!named || isSame(named)) return named;
  return all.find(one => one.what === named.what && isSame(one)) ?? all.find(isSame) ?? named;
}

/** Out by lo and in again is one walk: the record has two journeys of it. */
export function joinLoopback(journeys: readonly Journey[]): Journey[] {
  const joined: Journey[] = [];
  const open: Journey[] = [];
  for (const journey of journeys) {
    const last = open.findIndex(
      one => one.packet?.id === journey.packet?.id && one.packet?.protocol === journey.packet?.protocol,
    );
    const first = journey.iif === 'lo' ? open[last] : undefined;
    if (first) {
      open.splice(last, 1);
      joined[joined.indexOf(first)] = { ...first, steps: [...first.steps, ...journey.steps], fate: journey.fate };
      continue;
    }
    joined.push(journey);
    const end = journey.steps.findLast(step => step.kind === 'hook-end');
    if (end?.kind === 'hook-end' && end.oif === 'lo' && journey.fate.kind === 'sent') open.push(journey);
  }
  return joined;
}
