import { formatServicePort, parseServiceComment } from '../../kubernetes/comment.ts';
import { suffixOf } from '../../kubernetes/proxy/dispatch.ts';
import { parseNftChain } from '../../kubernetes/proxy/nft-name.ts';
import type { Table } from '../../model/ruleset.ts';
import { grouped } from '../../net/grouped.ts';
import type { ChainChange } from '../answer.ts';
import { chainKey, mergeNodes, type OfNode } from '../merge.ts';
import { compareLines } from '../rules/chain.ts';
import { type ChainLines, linesOf } from '../rules/lines.ts';
import { baseText, type LoneChange } from '../rules/tables.ts';
import { settledOrder } from '../rules/unordered.ts';
import { majorityOf } from './majority.ts';
import { type Cluster, isOfLocalEndpoints, isOfPods, type Localise, localisers } from './own.ts';

/** Which services nodes disagree about: by label, and by what their chains share in their names. */
export interface Disputed {
  readonly labels: ReadonlySet<string>;
  readonly suffixes: ReadonlySet<string>;
}

export interface NodeRules {
  readonly chains: readonly ChainChange[];
  /** Chains in which only rules of single services or of nodes' own pods differ, as each node's place asks for. */
  readonly ofServices: number;
  readonly ofPods: number;
  readonly same: { readonly chains: number; readonly rules: number };
}

interface HasChain {
  readonly table: Table;
  readonly lines: ChainLines;
}

/** Chains that some nodes have otherwise than most. */
export function compareNodeRules(cluster: Cluster, disputed: Disputed): NodeRules {
  const { nodes } = cluster;
  const localise = localisers(cluster);
  const places = nodes.flatMap(({ name, ruleset }) =>
    ruleset.tables.flatMap(table => [...table.chains.keys()].map(chain => ({ node: name, table, chain }))),
  );
  const capturedIn = (table: Table) =>
    nodes.filter(({ ruleset }) =>
      ruleset.tables.some(other => other.family === table.family && other.name === table.name),
    );
  const changes: OfNode<LoneChange>[] = [];
  let [ofServices, ofPods, sameChains, sameRules] = [0, 0, 0, 0];
  for (const group of grouped(places, ({ table, chain }) => `${table.family} ${table.name} ${chain}`).values()) {
    const [first] = group;
    if (!first) continue;
    if (isOfPods(first.chain)) {
      if (group.length < nodes.length) ofPods++;
      continue;
    }
    const all = capturedIn(first.table).map(({ name }) => {
      const table = group.find(({ node }) => node === name)?.table;
      const lines = table && linesOf(table, first.chain);
      return { node: name, value: table && lines ? { table, lines: localised(lines, localise.get(name)) } : undefined };
    });
    const { most, others } = majorityOf(all, value => contentOf(first.chain, value));
    if (others.length === 0) {
      sameChains += all.length;
      sameRules += all.length * (most[0]?.value?.lines.length ?? 0);
      continue;
    }
    for (const { node, value } of others.flat()) {
      const change = changeOf(first.chain, most[0]?.value, value);
      const told = change && about(change, disputed);
      if (told) changes.push({ node, key: chainKey(told), value: told });
      else if (change) ofServices++;
    }
  }
  return { chains: mergeNodes(changes), ofServices, ofPods, same: { chains: sameChains, rules: sameRules } };
}

/** Texts as they stand; where no other node has such a text, in words that are the same for every node. */
function localised(lines: ChainLines, localise: Localise = text => text): ChainLines {
  return {
    length: lines.length,
    text: index => lines.text(index),
    canonical: index => localise(lines.canonical(index)),
    answer: index => lines.answer(index),
  };
}

function contentOf(chain: string, has: HasChain | undefined): string {
  if (!has) return 'none';
  const texts = Array.from({ length: has.lines.length }, (_, i) => has.lines.canonical(i));
  const order = settledOrder(chain, texts);
  return [baseText(has.table, chain), ...order.map(place => texts[place])].join('\n');
}

const NONE: ChainLines = {
  length: 0,
  text: () => '',
  canonical: () => '',
  answer: () => ({ number: 0, text: '', file: '', line: 0 }),
};

function changeOf(chain: string, most: HasChain | undefined, has: HasChain | undefined): LoneChange | undefined {
  const table = (has ?? most)?.table;
  if (!table) return undefined;
  const lines = compareLines(most?.lines ?? NONE, has?.lines ?? NONE, chain, new Map());
  const [before, after] = [most && baseText(most.table, chain), has && baseText(has.table, chain)];
  const kind = !most ? 'added' : !has ? 'removed' : 'changed';
  const base = before !== undefined && after !== undefined && before !== after ? { before, after } : undefined;
  if (kind === 'changed' && lines.length === 0 && !base) return undefined;
  const { family, owner, name } = table;
  return { family, owner, table: name, chain, kind, ...(base && { base }), lines };
}

/** What of a change is not of a service about which the nodes agree, each in its place. Undefined: nothing. */
function about(change: LoneChange, disputed: Disputed): LoneChange | undefined {
  const { chain, kind, base } = change;
  const own = serviceOf(chain, disputed);
  if (own !== undefined) return own ? change : undefined;
  const lines = change.lines.filter(({ before, after }) =>
    [before?.text, after?.text].some(text => text !== undefined && serviceOfText(text, disputed) !== false),
  );
  if (lines.length === 0 && !base && (kind === 'changed' || change.lines.length > 0)) return undefined;
  return { ...change, lines };
}

/** Whether the chain is of a service that nodes disagree about; undefined: it is of none. */
function serviceOf(chain: string, { suffixes }: Disputed): boolean | undefined {
  if (isOfLocalEndpoints(chain)) return false;
  const suffix = suffixOf(chain) ?? parseNftChain(chain)?.suffix.replace(/__.*/, '');
  return suffix === undefined ? undefined : suffixes.has(suffix);
}

/** The same of a rule. */
function serviceOfText(text: string, disputed: Disputed): boolean | undefined {
  const [, quoted, bare] = / --comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(text) ?? [];
  const said = parseServiceComment(quoted ?? bare ?? '');
  if (said) return disputed.labels.has(formatServicePort(said.service));
  const target = /(?: -[jg] |\b(?:goto|jump) )([^\s,}]+)/.exec(text)?.[1];
  if (target !== undefined && (isOfPods(target) || /^KUBE-SEP-/.test(target))) return false;
  return /^-A KUBE-SEP-/.test(text) ? false : target === undefined ? undefined : serviceOf(target, disputed);
}
