import type { Rule, Table } from '../../model/ruleset.ts';
import type { Address } from '../../net/address.ts';
import { type RuleShape, shapeOf } from '../../xt/shape.ts';

/** How a chain spreads new connections over endpoints' chains, without affinity. */
export interface Choice {
  readonly shares: ReadonlyMap<string, number>;
  /** Of the client, by `recent`. */
  readonly affinitySeconds: number | undefined;
  /** The rules that choose, and those that do something else. */
  readonly choosing: readonly Rule[];
  readonly others: readonly { readonly rule: Rule; readonly shape: RuleShape }[];
}

const EQUAL = 1e-6;

export function choiceOf({ chains }: Table, name: string): Choice | undefined {
  const chain = chains.get(name);
  if (!chain) return undefined;
  const shares = new Map<string, number>();
  const choosing: Rule[] = [];
  const others: { rule: Rule; shape: RuleShape }[] = [];
  let affinitySeconds: number | undefined;
  let left = 1;
  for (const rule of chain.rules) {
    const shape = shapeOf(rule);
    const { chain: target, recent, probability } = shape;
    if (!target?.startsWith('KUBE-SEP-')) {
      others.push({ rule, shape });
      continue;
    }
    choosing.push(rule);
    if (recent) {
      affinitySeconds = recent.seconds;
      continue;
    }
    const share = probability === undefined ? left : left * probability;
    shares.set(target, (shares.get(target) ?? 0) + share);
    left -= share;
  }
  return { shares: evened(shares), affinitySeconds, choosing, others };
}

/** The kernel keeps 31 bits of each probability: what differs by less than they tell is meant to be alike. */
export function evened(shares: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const even = 1 / shares.size;
  if (![...shares.values()].every(share => Math.abs(share - even) < EQUAL)) return shares;
  return new Map([...shares.keys()].map(key => [key, even]));
}

/** What an endpoint's chain translates to, and the rule that masquerades the endpoint's own connections to itself. */
export interface EndpointChain {
  readonly address: Address;
  readonly port: number;
  readonly hairpin: Rule | undefined;
}

export function endpointOf({ chains }: Table, name: string): EndpointChain | undefined {
  let hairpin: Rule | undefined;
  for (const rule of chains.get(name)?.rules ?? []) {
    const { chain, dnat } = shapeOf(rule);
    if (chain === 'KUBE-MARK-MASQ') hairpin = rule;
    const { minAddress, minPort } = dnat ?? {};
    if (minAddress !== undefined && minPort !== undefined) return { address: minAddress, port: minPort, hairpin };
  }
  return undefined;
}
