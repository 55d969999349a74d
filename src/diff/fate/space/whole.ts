import type { Family } from '../../../net/address.ts';
import type { Box, Names } from './box.ts';
import { SELF } from './box.ts';
import { NO_MARK } from './cube.ts';
import { from, type Intervals, subtract, union } from './intervals.ts';

const ALL6 = (1n << 128n) - 1n;

export const PROTOCOLS: Intervals = from(0, 255);
export const PORTS: Intervals = from(0, 0xffff);
/** TCP, UDP, DCCP, SCTP and UDP-Lite. */
export const WITH_PORTS: Intervals = union([6, 17, 33, 132, 136].flatMap(protocol => from(protocol)));

export const addresses = (family: Family): Intervals => (family === 'ip' ? from(0, 0xffffffff) : from(0n, ALL6));

/** Protocols whose first packets have a header of their own, each apart; the others are alike until a rule asks. */
const APART = [1, 6, 17, 33, 47, 58, 59, 132, 136];

/**
 * Every packet that comes in by one of the interfaces or is sent by the node itself, cut where the header of a first
 * packet is another. Off the wire there is no mark, and a socket seldom gives one.
 */
export function startBoxes(interfaces: Names): readonly Box[] {
  const groups = [...APART.map(protocol => from(protocol)), subtract(PROTOCOLS, union(APART.flatMap(p => from(p))))];
  const ways: readonly Names[] = interfaces.length > 0 ? [[SELF], [...interfaces].sort()] : [[SELF]];
  return FAMILIES.flatMap(family =>
    ways.flatMap(iif =>
      groups.map((protocol): Box => {
        const all = addresses(family);
        return { family, iif, saddr: all, daddr: all, protocol, sport: PORTS, dport: PORTS, mark: NO_MARK };
      }),
    ),
  );
}

const FAMILIES: readonly Family[] = ['ip', 'ip6'];
