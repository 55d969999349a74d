import type { Nexthop, Route } from '../../model/route.ts';
import type { Address } from '../../net/address.ts';
import { networkOf, prefixLength } from '../../net/prefix.ts';
import { FoundRoute } from './found.ts';

/** A route of a table that may cover an address: as it is found where all of its devices will do. */
interface Candidate {
  readonly found: FoundRoute;
  /** It has next hops, and all of them are dead. */
  readonly dead: boolean;
}

function candidate(route: Route, length: number): Candidate {
  const alive = route.nexthops.filter(hop => !isDead(hop));
  return { found: new FoundRoute(route, alive, length), dead: route.nexthops.length > 0 && alive.length === 0 };
}

const isDead = (hop: Nexthop): boolean => hop.flags.includes('dead');

/** One routing table: the longest prefix first, then the exact TOS, then the lowest metric. */
export class RouteTable {
  /** Prefix lengths in descending order, each with its networks. */
  private readonly lengths: {
    readonly mask: Address;
    readonly routes: ReadonlyMap<Address, readonly Candidate[]>;
  }[] = [];

  constructor(routes: readonly Route[]) {
    const byLength = new Map<number, { mask: Address; routes: Map<Address, Route[]> }>();
    for (const route of routes) {
      const { address, mask } = networkOf(route.destination);
      const length = prefixLength(route.destination);
      if (length === undefined) continue;
      const group = byLength.get(length) ?? { mask, routes: new Map<Address, Route[]>() };
      byLength.set(length, group);
      const list = group.routes.get(address);
      if (list) list.push(route);
      else group.routes.set(address, [route]);
    }
    for (const [length, group] of [...byLength].sort((a, b) => b[0] - a[0])) {
      const routes = new Map<Address, readonly Candidate[]>();
      for (const [network, list] of group.routes)
        routes.set(
          network,
          list.sort((a, b) => b.tos - a.tos || a.metric - b.metric).map(route => candidate(route, length)),
        );
      this.lengths.push({ mask: group.mask, routes });
    }
  }

  /** Routes that cover the address, best first. */
  covering(address: Address, tos: number): readonly Candidate[] {
    const covering: Candidate[] = [];
    for (const { mask, routes } of this.lengths) {
      const network =
        typeof address === 'number'
          ? typeof mask === 'number'
            ? (address & mask) >>> 0
            : undefined
          : typeof mask === 'bigint'
            ? address & mask
            : undefined;
      if (network === undefined) continue;
      const list = routes.get(network);
      if (!list) continue;
      for (const candidate of list) {
        const own = candidate.found.route.tos;
        if (own === 0 || own === tos) covering.push(candidate);
      }
    }
    return covering;
  }
}
