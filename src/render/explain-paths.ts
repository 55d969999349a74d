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
  const senders = [...new Set([...rows].sort((a, b) => rank(a) - rank(b)).map(({ from }) => from))];
  const cells = senders.map(from =>
    rows.flatMap((row): Cell[][] =>
      row.from !== from
        ? []
        : [
            [
              { text: `  ${row.to.join(', ')}` },
              ...(several ? [{ text: nodeWords(row.nodes, all.size) }] : []),
              { text: row.ends, ...(!row.good && { paint: theme.bad }) },
            ],
          ],
    ),
  );
  const lines = columnLines(cells.flat(), columns);
  if (lines.length !== cells.flat().length)
    return senders.flatMap((from, i) => [from, ...columnLines(cells[i] ?? [], columns)]);
  return senders.flatMap((from, i) => [theme.quiet(from), ...lines.splice(0, cells[i]?.length ?? 0)]);
}

function nodeWords(nodes: readonly string[], all: number): string {
  if (nodes.length === all) return 'all nodes';
  const names = nodes.join(' ');
  return safe(names.length <= MAX_NAMES ? names : `${nodes.length} of ${all} nodes`);
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

const MAX_NAMES = 18;
const FROM = ['from a pod', 'from the node', 'from outside'];
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
    ...(reached.length > translated.length ? [untranslatedWords(reached)] : []),
    ...new Set(lost.map(lostWords)),
  ];
  return {
    from: senderWords(from, source),
    to: [kindWord(kind)],
    ends: safe(words.join('; ')),
    good: lost.length === 0 && translated.length === reached.length,
    nodes: [node],
  };
}

function senderWords(from: PathExplained['from'], source: string): string {
  if (from === 'outside') return `from outside, as ${source}`;
  return `${from === 'pod' ? 'from a pod' : 'from the node itself'}${source.includes(':') ? ', IPv6' : ''}`;
}

const OWN = { pod: 'the pod', node: 'the node', outside: 'the client' } as const;

function sourceWords({ sourceSeen, snat }: PathOutcome, from: PathExplained['from'], source: string): string {
  if (sourceSeen === source) return OWN[from];
  return snat ? 'the node' : (sourceSeen ?? '');
}

const isReached = ({ disposition }: PathOutcome): boolean =>
  disposition === 'delivered' || disposition.startsWith('leaves');

const untranslatedWords = (reached: readonly PathOutcome[]): string =>
  reached.some(({ reasons }) => reasons.some(({ kind }) => kind === 'mark'))
    ? 'marked to be dropped; else routed on as it is'
    : 'routed on as it is';

function lostWords({ disposition, reason, reasons, decidedBy }: PathOutcome): string {
  if (reasons.some(({ kind }) => kind === 'came-back')) {
    const marked = reasons.some(({ kind }) => kind === 'mark') ? 'marked to be dropped, and not dropped for it: ' : '';
    return `${marked}goes out untranslated, comes back, and is discarded`;
  }
  const by = decidedBy && disposition !== 'martian' ? ` by ${decidedBy.chain}` : reason === '' ? '' : `: ${reason}`;
  return `${disposition.replaceAll('-', ' ')}${by}`;
}
