import { type Truth, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { ICMP, ICMPV6, isIcmpError, type Packet, TCP, UDP } from '../../net/packet.ts';
import { match } from '../extension.ts';
import { requireHook } from '../require.ts';

export interface SocketOptions {
  readonly transparent: boolean;
  readonly nowildcard: boolean;
  readonly restoreSkmark: boolean;
}

/** A socket that listens on every address counts only with --nowildcard, in spite of its name (xt_socket.c). */
function evaluate({ transparent, nowildcard, restoreSkmark }: SocketOptions, packet: Packet, world: World): Truth {
  const { protocol } = packet;
  if (protocol !== TCP && protocol !== UDP && !((protocol === ICMP || protocol === ICMPV6) && isIcmpError(packet)))
    return false;
  const socket = world.socket();
  if (socket === undefined) return false;
  if ('kind' in socket) return socket;
  if (socket.wildcard && !nowildcard) return false;
  if (transparent && socket.transparent === undefined)
    return unknown('which sockets are transparent is not captured', 'nothing tells it: ss does not show it');
  if (transparent && !socket.transparent) return false;
  if (restoreSkmark && socket.mark === undefined) return unknown('the mark of the socket is not known', 'ss -tulnpem');
  return true;
}

export const socket = match<SocketOptions>({
  name: 'socket',
  families: ['ip', 'ip6'],
  options: { '--transparent': { args: 0 }, '--nowildcard': { args: 0 }, '--restore-skmark': { args: 0 } },
  parse(given, context) {
    requireHook('socket', context, ['prerouting', 'input']);
    return {
      transparent: given.has('--transparent'),
      nowildcard: given.has('--nowildcard'),
      restoreSkmark: given.has('--restore-skmark'),
    };
  },
  print({ transparent, nowildcard, restoreSkmark }) {
    const out = (transparent ? ' --transparent' : '') + (nowildcard ? ' --nowildcard' : '');
    return restoreSkmark ? `${out} --restore-skmark` : out;
  },
  describe: ({ transparent, restoreSkmark }) =>
    `for ${transparent ? 'a transparent' : 'an open'} local socket${restoreSkmark ? ', with its mark' : ''}`,
  evaluate,
  changes(options, packet, world) {
    if (!options.restoreSkmark || evaluate(options, packet, world) !== true) return [];
    const socket = world.socket();
    return socket !== undefined && 'mark' in socket && typeof socket.mark === 'number'
      ? [{ kind: 'set', field: 'mark', value: socket.mark }]
      : [];
  },
});
