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

interface Length {
  readonly mask: Address;
  readonly routes: ReadonlyMap<Address, readonly Candidate[]>;
}

/** One routing table: the longest prefix first, then the exact TOS, then the lowest metric. */
export class RouteTable {
  /** Prefix lengths in descending order, each with its networks. */
  private readonly lengths: readonly Length[];
  /** Some route is for one TOS alone. */
  private readonly asksTos: boolean;
  /** Of IPv4: where other routes begin to cover, and which do from there on, once somebody asked. */
  private readonly starts: Float64Array;
  private readonly from: (readonly Candidate[] | undefined)[];

  constructor(routes: readonly Route[]) {
    const byLength = new Map<number, { mask: Address; routes: Map<Address, Route[]> }>();
    const starts = new Set([0]);
    for (const route of routes) {
      const { address, mask } = networkOf(route.destination);
      const length = prefixLength(route.destination);
      if (length === undefined) continue;
      const group = byLength.get(length) ?? { mask, routes: new Map<Address, Route[]>() };
      byLength.set(length, group);
      const list = group.routes.get(address);
      if (list) list.push(route);
      else group.routes.set(address, [route]);
      if (typeof address === 'number') starts.add(address).add(address + 2 ** (32 - length));
    }
    this.lengths = [...byLength]
      .sort(([a], [b]) => b - a)
      .map(([length, { mask, routes }]) => ({
        mask,
        routes: new Map([...routes].map(([network, list]) => [network, bestFirst(list, length)] as const)),
      }));
    this.asksTos = routes.some(({ tos }) => tos !== 0);
    this.starts = new Float64Array(starts).sort();
    this.from = new Array<readonly Candidate[] | undefined>(this.starts.length).fill(undefined);
  }

  /** Routes that cover the address, best first. */
  covering(address: Address, tos: number): readonly Candidate[] {
    const covering = typeof address === 'number' ? this.covering4(address) : this.seek(address);
    if (!this.asksTos) return covering;
    return covering.filter(({ found: { route } }) => route.tos === 0 || route.tos === tos);
  }

  private covering4(address: number): readonly Candidate[] {
    const { starts, from } = this;
    let low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= address) low = middle;
      else high = middle;
    }
    const known = from[low];
    if (known) return known;
    const covering = this.seek(address);
    from[low] = covering;
    return covering;
  }

  private seek(address: Address): readonly Candidate[] {
    return this.lengths.flatMap(({ mask, routes }) => {
      if (typeof address === 'number')
        return typeof mask === 'number' ? (routes.get((address & mask) >>> 0) ?? []) : [];
      return typeof mask === 'bigint' ? (routes.get(address & mask) ?? []) : [];
    });
  }
}

const bestFirst = (routes: Route[], length: number): readonly Candidate[] =>
  routes.sort((a, b) => b.tos - a.tos || a.metric - b.metric).map(route => candidate(route, length));
