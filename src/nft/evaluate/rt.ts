import { unknown } from '../../model/truth.ts';
import type { Rt } from '../schema.ts';
import { BREAK, type Evaluate } from './value.ts';

/** net/netfilter/nft_rt.c: before routing there is no route, and the rule ends. */
export function compileRt({ key, family }: Rt): Evaluate {
  return (packet, world) => {
    if (world.hook === 'prerouting' || (family !== undefined && packet.family !== family)) return BREAK;
    if (key === 'ipsec')
      return packet.ipsec ? Number(packet.ipsec.out) : unknown('whether IPsec will protect the packet is not known');
    if (key !== 'nexthop') return unknown(`rt ${key} of the packet's route is not known`);
    const { daddr, saddr, iif, mark, tos } = packet;
    const answer = world.route({ daddr, saddr, mark, tos, ...(iif !== undefined && { iif }) });
    if (answer.kind === 'unknown') return answer;
    return answer.kind === 'none' ? BREAK : (answer.gateway ?? daddr);
  };
}
