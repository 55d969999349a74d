import { type Address, parseAddress } from '../../../net/address.ts';
import { type Box, type Point, SELF } from './box.ts';
import { cubeMember } from './cube.ts';
import { holds, type Intervals, type Scalar } from './intervals.ts';

/** Addresses of nobody in particular, for classes that hold almost all. */
const SOURCES = ['203.0.113.77', '198.51.100.77', '10.77.77.77', '2001:db8:77::77', 'fd77::77'].map(parseAddress);
const DESTINATIONS = ['198.51.100.7', '203.0.113.7', '10.7.7.7', '2001:db8:7::7', 'fd07::7'].map(parseAddress);
const SPORTS = [40000, 50000];
const DPORTS = [80, 443, 8080];

const pick = (set: Intervals, liked: readonly (Scalar | undefined)[]): Scalar => {
  const found = liked.find(value => value !== undefined && typeof value === typeof set[0]?.low && holds(set, value));
  return found ?? set[0]?.low ?? 0;
};

/** One packet of the box. */
export function buildFields(box: Box): Point & { readonly saddr: Address; readonly daddr: Address } {
  const { family, iif, saddr, daddr, protocol, sport, dport, mark } = box;
  return {
    family,
    iif: iif[0] ?? SELF,
    saddr: pick(saddr, SOURCES),
    daddr: pick(daddr, DESTINATIONS),
    protocol: Number(pick(protocol, [6, 17])),
    sport: Number(pick(sport, SPORTS)),
    dport: Number(pick(dport, DPORTS)),
    mark: cubeMember(mark),
  };
}
