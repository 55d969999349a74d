import type { BaseChain, Hook, Owner } from '../model/ruleset.ts';

const PRIORITY: Readonly<Record<string, number>> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 };
const TABLE_HOOKS: Readonly<Record<string, readonly Hook[]>> = {
  raw: ['prerouting', 'output'],
  mangle: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
  nat: ['prerouting', 'input', 'output', 'postrouting'],
  filter: ['input', 'forward', 'output'],
  security: ['input', 'forward', 'output'],
};

/** The tables of iptables in the order in which their hooks run. */
export const TABLE_NAMES = ['raw', 'mangle', 'nat', 'filter', 'security'] as const;

/** The chains that hang on hooks; a table has some of them. */
export const BUILTIN_CHAINS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;

/** The hook that a table's built-in chain hangs on; undefined for every other name. */
export function builtinHook(table: string, chain: string): Hook | undefined {
  const hook = chain.toLowerCase();
  if (chain !== hook.toUpperCase() || !Object.hasOwn(TABLE_HOOKS, table)) return undefined;
  return TABLE_HOOKS[table]?.find(h => h === hook);
}

/**
 * nat is registered at 100 where it changes sources; mangle OUTPUT routes again after a change. iptables-nft puts
 * `security` behind it, at 150 (xtables_ipv4 in iptables/nft.c), the legacy module before, at 50.
 */
export function baseChain(table: string, hook: Hook, policy: BaseChain['policy'], owner: Owner): BaseChain {
  const nat = table === 'nat';
  const fixed = table === 'security' && owner === 'iptables-nft' ? 150 : (PRIORITY[table] ?? 0);
  return {
    type: nat ? 'nat' : table === 'mangle' && hook === 'output' ? 'route' : 'filter',
    hook,
    priority: nat && (hook === 'postrouting' || hook === 'input') ? 100 : fixed,
    policy,
  };
}
