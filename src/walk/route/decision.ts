import type { Nexthop } from '../../model/route.ts';
import type { Unknown } from '../../model/truth.ts';
import type { Links } from '../local.ts';
import type { Sysctls } from '../sysctl.ts';
import type { Assumed, Disposition } from '../trace.ts';
import type { Fib, FibResult } from './fib.ts';

/** What a routing decision looks at. */
export interface RouteContext {
  readonly fib: Fib;
  readonly links: Links;
  readonly sysctls: Sysctls;
  readonly assume: (assumed: Assumed) => void;
}

/** Equal where a packet goes the same way on. */
export function keyOfInput(decision: InputDecision): string {
  if (decision.kind === 'unknown') return `? ${decision.reason}`;
  if (decision.kind === 'local') return 'local';
  return decision.kind === 'stop' ? decision.disposition : `forward ${keyOfHops(decision.nexthops)}`;
}

export const keyOfHops = (hops: readonly Nexthop[]): string =>
  hops.map(({ device, gateway, weight }) => `${device} ${gateway} ${weight}`).join();

/** What routing makes of a packet that came in. */
export type InputDecision =
  | { readonly kind: 'local'; readonly result: FibResult | undefined }
  | {
      readonly kind: 'forward';
      readonly result: FibResult;
      readonly nexthops: readonly Nexthop[];
      /** The sender is on the link of the interface it came in by. */
      readonly sourceOnLink: boolean;
    }
  | {
      readonly kind: 'stop';
      readonly disposition: Disposition;
      readonly reason: string;
      readonly result?: FibResult;
      /** ICMP type and code that goes back, if one does. */
      readonly icmp?: readonly [number, number];
    }
  | Unknown;
