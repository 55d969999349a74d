import type { PathExplained, PathOutcome } from '../explain/answer.ts';
import { type Cell, columnLines } from './columns.ts';
import { kindWord } from './kinds.ts';
import { safe } from './safe.ts';
import type { Theme } from './theme.ts';

interface Row {
  readonly from: string;
  readonly ends: string;
  readonly good: boolean;
  readonly to: readonly string[];
  readonly nodes: readonly string[];
}

/** What a packet gets at each address from each kind of source; what is the same at several shares a line. */
export function pathLines(paths: readonly PathExplained[], columns: number, theme: Theme): string[] {
  const all = new Set(paths.map(({ node }) => node));
  const byNode = gather(paths.map(rowOf), ({ from, to, ends }) => [from, to, ends]);
  const rows = gather(byNode, ({ from, nodes, ends }) => [from, nodes, ends]);
  const several = rows.some(({ nodes }) => nodes.length < all.size);
  const head = ['from', 'to', ...(several ? ['at'] : []), 'what becomes of it'];
  const cells = [...rows]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ from, to, nodes, ends, good }): Cell[] => [
      { text: from },
      { text: to.join(', ') },
      ...(several ? [{ text: nodes.length === all.size ? 'every node' : safe(nodes.join(' ')) }] : []),
      { text: ends, ...(!good && { paint: theme.bad }) },
    ]);
  return columnLines([head.map(text => ({ text, paint: theme.quiet })), ...cells], columns);
}

/** Rows with the same key as one, with the targets and nodes of all of them. */
function gather(rows: readonly Row[], keyOf: (row: Row) => unknown): Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const known = found.get(key);
    const joined = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];
    found.set(key, known ? { ...known, to: joined(known.to, row.to), nodes: joined(known.nodes, row.nodes) } : row);
  }
  return [...found.values()];
}

const FROM = ['pod', 'node', 'outside'];
const rank = ({ from }: Row): number => FROM.findIndex(word => from.startsWith(word));

function rowOf({ node, from, source, kind, outcomes }: PathExplained): Row {
  const reached = outcomes.filter(isReached);
  const lost = outcomes.filter(outcome => !isReached(outcome));
  const translated = reached.filter(({ dnat }) => dnat);
  const servers = new Set(translated.map(({ dnat }) => `${dnat?.address} ${dnat?.port}`));
  const seen = [...new Set(translated.map(outcome => sourceWords(outcome, from, source)))].join(' or ');
  const words = [
    ...(servers.size > 1 ? [`${servers.size} endpoints see ${seen}`] : []),
    ...(servers.size === 1 ? [`the only endpoint sees ${seen}`] : []),
    ...(reached.length > translated.length ? ['routed on as it is'] : []),
    ...new Set(lost.map(lostWords)),
  ];
  return {
    from: from === 'outside' ? `outside ${source}` : `${from}${source.includes(':') ? ', IPv6' : ''}`,
    to: [kindWord(kind)],
    ends: safe(words.join('; ')),
    good: lost.length === 0 && translated.length === reached.length,
    nodes: [node],
  };
}

const OWN = { pod: 'the pod', node: 'the node', outside: 'the client' } as const;

function sourceWords({ sourceSeen, snat }: PathOutcome, from: PathExplained['from'], source: string): string {
  if (sourceSeen === source) return OWN[from];
  return snat ? 'the node' : (sourceSeen ?? '');
}

const isReached = ({ disposition }: PathOutcome): boolean =>
  disposition === 'delivered' || disposition.startsWith('leaves');

function lostWords({ disposition, reason, decidedBy }: PathOutcome): string {
  const by = decidedBy ? ` by ${decidedBy.table} ${decidedBy.chain}` : reason === '' ? '' : `: ${reason}`;
  return `${disposition.replaceAll('-', ' ')}${by}`;
}
