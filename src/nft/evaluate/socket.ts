import { unknown } from '../../model/truth.ts';
import type { Socket } from '../schema.ts';
import { BREAK, type Evaluate } from './value.ts';

/** net/netfilter/nft_socket.c: without a socket the rule ends. */
export function compileSocket({ key }: Socket): Evaluate {
  return (_packet, world) => {
    const socket = world.socket();
    if (socket === undefined) return BREAK;
    if ('kind' in socket) return socket;
    if (key === 'transparent')
      return socket.transparent === undefined
        ? unknown('which sockets are transparent is not captured', 'nothing tells it: ss does not show it')
        : Number(socket.transparent);
    // What is half-open or in TIME-WAIT is no socket in full.
    if (socket.mark === null) return BREAK;
    if (key === 'wildcard') return Number(socket.wildcard);
    if (key === 'mark') return socket.mark ?? unknown('the mark of the socket is not known', 'ss -tulnpem');
    return unknown(`socket ${key} is not known`);
  };
}
