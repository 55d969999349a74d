import type { Table } from '../../model/ruleset.ts';
import { listingOf } from '../../nft/evaluate/table.ts';
import { printPriority } from '../../nft/priority.ts';
import type { NftChain } from '../../nft/ruleset.ts';
import { XtTable } from '../../xt/chain.ts';
import { compareChains } from '../../xt/columns/same.ts';
import type { ChainChange } from '../answer.ts';
import { compareLines, type NewNames } from './chain.ts';
import { type ChainLines, linesOf } from './lines.ts';
import { pairRenamed } from './rename.ts';

export type LoneChange = Omit<ChainChange, 'nodes'>;

/** What became of one table's chains. */
export interface TableDiff {
  readonly changes: readonly LoneChange[];
  /** Of chains whose names changed, also of those that are what they were. */
  readonly names: NewNames;
  readonly sameChains: number;
  readonly sameRules: number;
}

/** Chains by name, and which of those that both have may differ. */
interface Candidates {
  readonly both: readonly string[];
  readonly removed: readonly string[];
  readonly added: readonly string[];
  readonly sameChains: number;
  readonly sameRules: number;
}

/** Both are of one family and name; undefined: they are written so that their rules cannot be held together. */
export function compareTables(before: Table, after: Table): TableDiff | undefined {
  const candidates = candidatesOf(before, after);
  if (!candidates) return undefined;
  const { sameChains, sameRules } = candidates;
  const lone = (table: Table, names: readonly string[]) =>
    new Map(names.flatMap(name => pairOf(name, linesOf(table, name))));
  const [removed, added] = [lone(before, candidates.removed), lone(after, candidates.added)];
  const names = pairRenamed(removed, added);
  const head = { family: after.family, owner: after.owner, table: after.name };
  const changes: LoneChange[] = [];
  const changed = (oldName: string, chain: string, kind: 'changed' | 'renamed') => {
    const [a, b] = [linesOf(before, oldName), linesOf(after, chain)];
    if (!a || !b) return;
    const base = baseChange(before, oldName, after, chain);
    const lines = compareLines(a, b, chain, names);
    if (kind === 'changed' && lines.length === 0 && !base) return;
    const differs = lines.length > 0 || base !== undefined;
    changes.push({
      ...head,
      chain,
      kind: differs ? 'changed' : kind,
      ...(kind === 'renamed' && { chainBefore: oldName }),
      ...(base && { base }),
      lines,
    });
  };
  for (const chain of candidates.both) changed(chain, chain, 'changed');
  for (const [oldName, chain] of names) changed(oldName, chain, 'renamed');
  for (const [chain, lines] of removed)
    if (!names.has(chain)) changes.push({ ...head, chain, kind: 'removed', lines: whole(lines, 'removed') });
  const kept = new Set(names.values());
  for (const [chain, lines] of added)
    if (!kept.has(chain)) changes.push({ ...head, chain, kind: 'added', lines: whole(lines, 'added') });
  return { changes, names, sameChains, sameRules };
}

const pairOf = (name: string, lines: ChainLines | undefined): (readonly [string, ChainLines])[] =>
  lines ? [[name, lines]] : [];

function whole(lines: ChainLines, kind: 'added' | 'removed'): LoneChange['lines'] {
  return Array.from({ length: lines.length }, (_, i) =>
    kind === 'added' ? { kind, after: lines.answer(i) } : { kind, before: lines.answer(i) },
  );
}

/** A table that only one side has: all its chains came or went. */
export function loneTable(table: Table, kind: 'added' | 'removed'): LoneChange[] {
  return [...table.chains.keys()].flatMap(chain => {
    const lines = linesOf(table, chain);
    const head = { family: table.family, owner: table.owner, table: table.name };
    return lines ? [{ ...head, chain, kind, lines: whole(lines, kind) }] : [];
  });
}

function candidatesOf(before: Table, after: Table): Candidates | undefined {
  if (before instanceof XtTable && after instanceof XtTable) {
    const { same, sameRules, others, removed, added } = compareChains(before.lines, after.lines);
    return {
      both: others.map(([chain]) => before.lines.nameOf(chain)),
      removed: removed.map(chain => before.lines.nameOf(chain)),
      added: added.map(chain => after.lines.nameOf(chain)),
      sameChains: same,
      sameRules,
    };
  }
  const [a, b] = [listingOf(before), listingOf(after)];
  return a && b ? nftCandidates(a.chains, b.chains) : undefined;
}

type NftChains = ReadonlyMap<string, NftChain>;

function nftCandidates(before: NftChains, after: NftChains): Candidates {
  const both: string[] = [];
  const removed: string[] = [];
  let [sameChains, sameRules] = [0, 0];
  const next = after.entries();
  for (const [name, chain] of before) {
    // Nearly always the chains stand in the same order: comparing two names is quicker than looking one up.
    const { value: [sameName, samePlace] = [] } = next.next();
    const other = sameName === name ? samePlace : after.get(name);
    if (!other) removed.push(name);
    else if (!alikeAsListed(chain, other)) both.push(name);
    else {
      sameChains++;
      sameRules += chain.rules.length;
    }
  }
  const complete = sameChains + both.length === after.size;
  const added = complete ? [] : [...after.keys()].filter(name => !before.has(name));
  return { both, removed, added, sameChains, sameRules };
}

function alikeAsListed(a: NftChain, b: NftChain): boolean {
  if (nftBase(a) !== nftBase(b)) return false;
  const text = a.listed?.();
  return text !== undefined && text === b.listed?.();
}

function nftBase({ base }: NftChain): string {
  if (!base) return 'no hook';
  const { type, hook, priority, policy, devices } = base;
  const on = devices.length === 0 ? '' : ` devices ${devices.join(', ')}`;
  return `type ${type} hook ${hook}${on} priority ${printPriority(priority, 'inet', hook)}; policy ${policy}`;
}

function baseChange(before: Table, oldName: string, after: Table, chain: string): LoneChange['base'] {
  const [a, b] = [baseText(before, oldName), baseText(after, chain)];
  return a === b ? undefined : { before: a, after: b };
}

export function baseText(table: Table, chain: string): string {
  if (table instanceof XtTable) return `policy ${table.chains.get(chain)?.policy ?? '-'}`;
  const listed = listingOf(table)?.chains.get(chain);
  return listed ? nftBase(listed) : '';
}
