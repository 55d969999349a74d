import type { Route } from '../../model/route.ts';
import type { Address } from '../../net/address.ts';
import { networkOf, prefixLength } from '../../net/prefix.ts';

/** One routing table: the longest prefix first, then the exact TOS, then the lowest metric. */
export class RouteTable {
  /** Prefix lengths in descending order, each with its networks. */
  private readonly lengths: {
    readonly length: number;
    readonly mask: Address;
    readonly routes: Map<Address, Route[]>;
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
      for (const list of group.routes.values()) list.sort((a, b) => b.tos - a.tos || a.metric - b.metric);
      this.lengths.push({ length, ...group });
    }
  }

  /** Routes that cover the address, best first. */
  covering(address: Address, tos: number): readonly { readonly route: Route; readonly length: number }[] {
    const found: { readonly route: Route; readonly length: number }[] = [];
    for (const { length, mask, routes } of this.lengths) {
      const network =
        typeof address === 'number'
          ? typeof mask === 'number'
            ? (address & mask) >>> 0
            : undefined
          : typeof mask === 'bigint'
            ? address & mask
            : undefined;
      if (network === undefined) continue;
      for (const route of routes.get(network) ?? [])
        if (route.tos === 0 || route.tos === tos) found.push({ route, length });
    }
    return found;
  }
}
