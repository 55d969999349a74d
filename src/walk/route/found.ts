import type { Nexthop, Route } from '../../model/route.ts';
import { bitsOf, formatAddress } from '../../net/address.ts';
import { formatPrefix, prefixOf } from '../../net/prefix.ts';

/** A route that a look-up found, with the next hops that may be taken; `length`: of its prefix, in bits. */
export class FoundRoute {
  readonly kind = 'route';
  readonly route: Route;
  readonly nexthops: readonly Nexthop[];
  readonly length: number;
  #text: string | undefined;

  constructor(route: Route, nexthops: readonly Nexthop[], length: number) {
    this.route = route;
    this.nexthops = nexthops;
    this.length = length;
  }

  /** Roughly as `ip route` prints it. */
  get text(): string {
    this.#text ??= textOf(this);
    return this.#text;
  }
}

function textOf({ route, nexthops, length }: FoundRoute): string {
  const type = route.type === 'unicast' ? '' : `${route.type} `;
  const destination =
    length === 0
      ? 'default'
      : length === bitsOf(route.family)
        ? formatAddress(route.destination.address)
        : formatPrefix(prefixOf(route.destination.address, length));
  const hops = nexthops.map(
    hop =>
      `${hop.gateway === undefined ? '' : ` via ${formatAddress(hop.gateway)}`}${hop.device === undefined ? '' : ` dev ${hop.device}`}`,
  );
  return `${type}${destination}${hops.join(' or')}`;
}
