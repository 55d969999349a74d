import type { LocalSocket } from '../../../src/model/socket.ts';
import { TCP, TCP_FLAG, UDP } from '../../../src/net/packet.ts';
import type { Journey, Observation, Probe } from '../observation.ts';
import { LISTENING, TRANSPARENT_PORT } from '../topology.ts';
import { addressOf } from './arrival.ts';

/** The node's own, which topology.ts opens. */
export function listening(): LocalSocket[] {
  const any = (protocol: 'tcp' | 'udp', port: number, transparent: boolean): LocalSocket[] =>
    [0, 0n].map(address => ({ protocol, address, port, transparent, mark: 0 }));
  return [
    ...LISTENING.udp.flatMap(port => any('udp', port, false)),
    ...LISTENING.tcp.flatMap(port => any('tcp', port, false)),
    ...any('udp', TRANSPARENT_PORT, true),
  ];
}

/** Sockets of the moment when a journey begins: connections of TCP, and the socket that sent the probe. */
export function momentary(probe: Probe, observed: Observation, index: number): LocalSocket[] {
  const until = observed.journeys.slice(0, index + 1);
  return [...connected(observed), ...until.flatMap(halfOpen), ...sending(probe, until)];
}

const connected = ({ sockets = [] }: Observation): LocalSocket[] =>
  sockets.map(({ address, port, peer, state }) => ({
    protocol: 'tcp',
    address: addressOf(address),
    port,
    peer: { address: addressOf(peer.address), port: peer.port },
    transparent: false,
    mark: 0,
    ...((state === 'half-open' || state === 'time-wait') && { state }),
  }));

/** Who answers a SYN remembers whom. */
function halfOpen({ injected, packet }: Journey): LocalSocket[] {
  const both = TCP_FLAG.SYN | TCP_FLAG.ACK;
  if (injected >= 0 || packet?.protocol !== TCP || ((packet.flags ?? 0) & both) !== both) return [];
  const { saddr, sport = 0, daddr, dport = 0 } = packet;
  const peer = { address: addressOf(daddr), port: dport };
  return [{ protocol: 'tcp', address: addressOf(saddr), port: sport, peer, transparent: false, state: 'half-open' }];
}

/** It is closed, if at all, after what comes back by lo before the sending call is over: errors, and no datagrams. */
function sending({ via, packet }: Probe, until: readonly Journey[]): LocalSocket[] {
  if (via.kind !== 'socket' || packet.sport === undefined) return [];
  if (via.close && until.some(isAfterSending)) return [];
  const address = via.bind === undefined ? (packet.family === 'ip' ? 0 : 0n) : addressOf(via.bind);
  return [{ protocol: 'udp', address, port: packet.sport, transparent: false, mark: via.mark ?? 0 }];
}

/** An answer from outside, or of a server of the node: datagrams that the observer sends. */
const isAfterSending = ({ injected, packet }: Journey): boolean =>
  injected > 0 || (injected < 0 && packet?.protocol === UDP);
