import { unknown } from '../model/truth.ts';
import { type HookChain, type HookEntry, tied } from './hooks.ts';
import type { Pass } from './pass.ts';

/** What runs on a hook, in order; which of tied chains is next is asked when their turn comes. */
export const entriesInOrder = (pass: Pass, entries: readonly HookEntry[]): Iterable<HookEntry> =>
  pass.compiled.ties.length === 0
    ? entries
    : inOrder(pass, entries, entry => (entry.kind === 'chain' ? entry.chain : undefined));

/** The same of the nat chains of a hook. */
export const chainsInOrder = (pass: Pass, chains: readonly HookChain[]): Iterable<HookChain> =>
  pass.compiled.ties.length === 0 ? chains : inOrder(pass, chains, chain => chain);

function* inOrder<T extends object>(
  pass: Pass,
  list: readonly T[],
  chainOf: (one: T) => HookChain | undefined,
): Generator<T> {
  const left = [...list];
  for (;;) {
    const first = left.shift();
    if (!first) return;
    const mine = chainOf(first);
    const rival = left.find(one => {
      const other = chainOf(one);
      return mine !== undefined && other !== undefined && tied(mine, other);
    });
    const theirs = rival && chainOf(rival);
    if (!rival || !mine || !theirs || runsBefore(pass, mine, theirs)) {
      yield first;
      continue;
    }
    left.splice(left.indexOf(rival), 1);
    left.unshift(first);
    yield rival;
  }
}

function runsBefore(pass: Pass, { table, chain }: HookChain, other: HookChain): boolean {
  const name = `${table.name} ${chain.name}`;
  const reason = `which runs first, ${name} of ${table.owner} or of ${other.table.owner}, depends on which was registered last`;
  const order = {
    hook: pass.hook,
    first: { table: table.name, chain: chain.name },
    second: { table: other.table.name, chain: other.chain.name },
  };
  return pass.guess(unknown(reason, '`nft list hooks`, where the kernel has it'), undefined, order);
}
