import type { Owner } from '../model/ruleset.ts';
import type { Family } from '../net/address.ts';
import type { HookEntry } from '../walk/hooks.ts';
import type { Compiled } from '../walk/machine.ts';
import type { Hop } from '../walk/trace.ts';
import type { AssumptionAnswer } from './answer.ts';

interface Placed {
  readonly priority: number;
  readonly owner: Owner;
}

/** Chains of two owners at one priority of a hook run in the order of their registration, which no dump holds. */
export function orderAssumed({ hooks }: Compiled, family: Family, hops: readonly Hop[]): AssumptionAnswer[] {
  const visited = new Set(hops.flatMap(hop => hop.steps.flatMap(step => (step.kind === 'hook' ? [step.hook] : []))));
  const tied = [...visited].filter(hook => hasTie(hooks[family][hook].flatMap(chainsOf)));
  if (tied.length === 0) return [];
  const what = `iptables-nft runs before iptables-legacy where both have chains at one priority (${tied.join(', ')})`;
  return [{ what, change: 'nothing tells it: the order is that of registration' }];
}

const chainsOf = (entry: HookEntry): Placed[] => {
  const chains = entry.kind === 'conntrack' ? [] : entry.kind === 'nat' ? entry.chains : [entry.chain];
  return chains
    .filter(({ chain }) => chain.rules.length > 0)
    .map(({ priority, table }) => ({ priority, owner: table.owner }));
};

const hasTie = (chains: readonly Placed[]): boolean =>
  chains.some((one, i) => chains.slice(i + 1).some(two => one.priority === two.priority && one.owner !== two.owner));
