import type { Unknown } from '../model/truth.ts';
import { TCP, UDP } from '../net/packet.ts';
import { icmpError, isToMany, tcpReset } from './answers.ts';
import type { Pass } from './pass.ts';
import { socketOf, unlistedSocket } from './sockets.ts';
import type { Answer } from './trace.ts';

/**
 * What the stack answers to the first packet of a connection that was delivered and that no captured socket is for: a
 * reset of TCP, port unreachable of UDP. Undefined: somebody listens, or it is not known; of a protocol of which no
 * listening socket at all was listed (`ss -t` lists none) nothing is concluded. Unknown: the one that is for it may not have
 * been listed.
 */
export function refusal(pass: Pass): Answer | Unknown | undefined {
  const { packet, sockets, flow } = pass;
  const name = packet.protocol === TCP ? 'tcp' : packet.protocol === UDP ? 'udp' : undefined;
  const isListed = sockets?.some(({ protocol, peer }) => protocol === name && !peer);
  if (!sockets || !isListed || pass.proxied || isToMany(pass)) return undefined;
  if (flow && (flow.state !== 'new' || flow.direction !== 'original')) return undefined;
  if (!flow && pass.tracked !== 'untracked') return undefined;
  if (packet.fragment === 'later' || packet.badChecksum || socketOf(pass, sockets)) return undefined;
  const unlisted = unlistedSocket(pass);
  if (unlisted) return unlisted;
  const before = pass.answers.length;
  if (name === 'tcp') tcpReset(pass, 'kernel');
  else if (packet.family === 'ip') icmpError(pass, 3, 3, 'icmp-port-unreachable');
  else icmpError(pass, 1, 4, 'icmp6-port-unreachable');
  return pass.answers.length > before ? pass.answers.pop() : undefined;
}
