import type { Counters, Owner } from '../model/ruleset.ts';
import type { Family } from '../net/address.ts';
import { type Policy, XtTable } from '../xt/chain.ts';
import { nameOfChain, TableLines } from '../xt/columns/lines.ts';
import { builtinHook, TABLE_NAMES } from '../xt/tables.ts';
import { excerpt, type Remarks } from './reading.ts';

export interface DraftRule {
  /** `-A CHAIN ...`, counters in front where there are any. */
  readonly line: string;
  readonly number: number;
}

export interface ChainDraft {
  policy: Policy;
  counters?: Counters;
  readonly line: number;
  readonly rules: DraftRule[];
}

/** A table of which the name may only show when all of it was read. */
export interface TableDraft {
  readonly name: string | undefined;
  readonly line: number;
  readonly chains: Map<string, ChainDraft>;
}

const HOOK_ORDER = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

/**
 * Begins a new table where a chain comes again. Built-in chains are listed in the order of the hooks: those at the end
 * that come before this one's are the new table's already.
 */
export function splitAtRepeat(draft: TableDraft, repeated: string, line: number): TableDraft {
  const next: TableDraft = { name: draft.name, line, chains: new Map() };
  let bound = HOOK_ORDER.indexOf(repeated);
  const moved: string[] = [];
  for (const name of [...draft.chains.keys()].reverse()) {
    const order = HOOK_ORDER.indexOf(name);
    if (order < 0 || order >= bound) break;
    bound = order;
    moved.unshift(name);
  }
  for (const name of moved) {
    const chain = draft.chains.get(name);
    if (chain) next.chains.set(name, chain);
    draft.chains.delete(name);
  }
  return next;
}

const NAT_TARGETS = / -j (?:DNAT|SNAT|MASQUERADE|REDIRECT|NETMAP)(?= |$)/;
const MANGLE_TARGETS = / -j (?:TPROXY|TOS|DSCP|TTL|HL|CLASSIFY|ECN)(?= |$)/;
const RAW_TARGETS = / -j (?:NOTRACK|CT)(?= |$)/;

/** Built-in chains name the table, nearly; targets that only one table takes name it where chains do not. */
function guessTable(draft: TableDraft): { readonly name: string; readonly why: string } {
  const has = (chain: string) => draft.chains.has(chain);
  const takes = (pattern: RegExp) =>
    [...draft.chains.values()].some(chain => chain.rules.some(rule => pattern.test(rule.line)));
  if (takes(NAT_TARGETS)) return { name: 'nat', why: 'its targets' };
  if (has('FORWARD'))
    return has('PREROUTING') ? { name: 'mangle', why: 'its chains' } : { name: 'filter', why: 'its chains' };
  if (has('PREROUTING') && has('POSTROUTING')) return { name: 'nat', why: 'its chains' };
  if (takes(RAW_TARGETS)) return { name: 'raw', why: 'its targets' };
  if (takes(MANGLE_TARGETS)) return { name: 'mangle', why: 'its targets' };
  if (has('PREROUTING') && has('OUTPUT')) return { name: 'raw', why: 'its chains' };
  if (has('POSTROUTING') || has('PREROUTING')) return { name: 'nat', why: 'its chains' };
  return { name: 'filter', why: 'nothing that speaks against it' };
}

/** What a file's name says of the table, family and owner of its rules. */
export interface TableHints {
  readonly family?: Family;
  readonly owner?: Owner;
  readonly table?: string;
}

/** The finished table. Chains of the kernel's own that are jumped to or filled without being declared are added. */
export function buildTable(draft: TableDraft, family: Family, hints: TableHints, remarks: Remarks): XtTable {
  const guess = draft.name === undefined && hints.table === undefined ? guessTable(draft) : undefined;
  const name = draft.name ?? hints.table ?? guess?.name ?? 'filter';
  if (guess) remarks.warning(draft.line, `the table is not named; read as ${name}, judged by ${guess.why}`);
  if (!TABLE_NAMES.some(known => known === name)) remarks.warning(draft.line, `${name} is no table of iptables`);
  const source = { file: remarks.file, line: draft.line };
  const pieces: string[] = [];
  for (const [chainName, chain] of draft.chains) {
    const builtin = builtinHook(name, chainName) !== undefined;
    const policy: Policy = builtin && chain.policy === '-' ? 'ACCEPT' : chain.policy;
    if (builtin && chain.policy === '-')
      remarks.warning(chain.line, `the policy of ${chainName} is not said; read as ACCEPT`);
    const { counters } = chain;
    pieces.push(`:${chainName} ${policy}${counters ? ` [${counters.packets}:${counters.bytes}]` : ''}\n`);
    for (const rule of chain.rules) pieces.push(`${rule.line}\n`);
  }
  return new XtTable(family, name, hints.owner ?? 'iptables', source, linesOf(draft, pieces, remarks));
}

/** The table as iptables-save would print it, with the numbers of the lines that it was read from. */
function linesOf(draft: TableDraft, pieces: readonly string[], remarks: Remarks): TableLines {
  const encoded = pieces.map(piece => new TextEncoder().encode(piece));
  const bytes = new Uint8Array(encoded.reduce((sum, piece) => sum + piece.length, 0));
  const lines = new TableLines(bytes);
  let piece = 0;
  let at = 0;
  const next = (): number => {
    const start = at;
    bytes.set(encoded[piece] ?? [], start);
    at += encoded[piece++]?.length ?? 0;
    return start;
  };
  for (const [name, chain] of draft.chains) {
    const start = next() + 1;
    lines.declare(start, start + new TextEncoder().encode(name).length, chain.line);
    for (const { number } of chain.rules) {
      const rule = next();
      const nameAt = nameOfChain(bytes, rule);
      if (nameAt < 0 || !lines.append(rule, nameAt, number))
        remarks.error(number, `not a rule of chain ${excerpt(name)}`);
    }
  }
  return lines;
}
