import { HOOKS, type Hook, type ListedChain } from '../model/ruleset.ts';
import type { Family } from '../net/address.ts';
import { excerpt, linesOf, type Reading, Remarks } from './reading.ts';

/** Legacy tables by the priority of their chains, the first two of raw (`raw_before_defrag`). */
const LEGACY: ReadonlyMap<number, string> = new Map([
  [-450, 'raw'],
  [-300, 'raw'],
  [-150, 'mangle'],
  [-100, 'nat'],
  [0, 'filter'],
  [50, 'security'],
  [100, 'nat'],
]);

/**
 * `nft list hooks` (nftables 1.0.1 and later, Linux 5.14 with CONFIG_NETFILTER_NETLINK_HOOK). What is no chain of
 * iptables or nf_tables (conntrack, NAT, SELinux) is passed over.
 */
export function parseNftHooks(text: string, file: string): Reading<readonly ListedChain[]> {
  const remarks = new Remarks(file);
  const chains: ListedChain[] = [];
  let family: Family | undefined;
  let hook: Hook | undefined;
  for (const { text: line, number } of linesOf(text)) {
    const [, ofFamily, name] = /^\s*(?:family (\w+) ?)?(?:hook (\w+) ?)?(?:device \S+ ?)?\{\s*$/.exec(line) ?? [];
    if (ofFamily !== undefined) family = ofFamily === 'ip' || ofFamily === 'ip6' ? ofFamily : undefined;
    if (ofFamily !== undefined || name !== undefined) hook = HOOKS.find(one => one === name);
    if (ofFamily !== undefined || name !== undefined || /^\s*\}\s*$/.test(line)) continue;
    const [, sign, digits, what] = /^\s*([-+]?)\s*(\d{1,10}) (\S.*)$/.exec(line) ?? [];
    if (what === undefined) remarks.warning(number, `not a line of nft list hooks: ${excerpt(line)}`);
    else if (family && hook) {
      const chain = chainOf(what, Number(`${sign}${digits}`));
      if (chain) chains.push({ family, hook, ...chain });
    }
  }
  return { value: chains, remarks: remarks.list };
}

/** `chain ip filter INPUT [nf_tables]`; `ipt_do_table [ip_tables]`, before 5.16 `iptable_filter_hook [iptable_filter]`. */
function chainOf(what: string, priority: number): Omit<ListedChain, 'family' | 'hook'> | undefined {
  const [, table, chain] = /^chain (?:ip6?|inet) (\S+) (\S+)/.exec(what) ?? [];
  if (table !== undefined && chain !== undefined) return { priority, backend: 'nft', table, chain };
  const named = /^ip6?table_(\w+)_hook\b/.exec(what)?.[1];
  const legacy = named ?? (/^ip6?t_do_table\b/.test(what) ? LEGACY.get(priority) : undefined);
  return legacy === undefined ? undefined : { priority, backend: 'legacy', table: legacy };
}
