import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { HopAnswer } from '../cluster/answer.ts';
import { BORDERLESS, BORDERLESS_STYLE } from './columns.ts';
import { safe } from './safe.ts';
import { shortNames } from './shorten.ts';
import { type StoryLine, storyOf, type Tone } from './story.ts';
import type { Theme } from './theme.ts';
import { wrap } from './wrap.ts';

const STAGE = 13;
const GAP = '   ';
const INDENT = '  ';
const NARROW = 100;

const paints = (theme: Theme, tone: Tone): ((text: string) => string) => {
  if (tone === 'plain') return text => text;
  return theme[tone];
};

/** Lines of several hops in columns: node, hook, rule, what happened. `skip` lines are left out at the start. */
export function storyTable(hops: readonly HopAnswer[], columns: number, theme: Theme, skip = 0): string[] {
  const names = hops.map(hop => safe(hop.node));
  const widest = Math.max(0, ...names.map(name => stringWidth(name)));
  const beside = widest <= 10;
  const node = beside ? widest + GAP.length : INDENT.length;
  const stories = hops.map(storyOf);
  const chains = stories.flat().flatMap(({ rule }) => (rule ? [safe(rule.chain)] : []));
  const short = shortNames(chains, columns < NARROW ? 18 : Number.POSITIVE_INFINITY);
  const rows = stories.map(lines => rowsOf(lines, short));
  const cause = Math.max(0, ...rows.flat().map(({ cause }) => stringWidth(cause))) + GAP.length;
  const table = new Table({ chars: BORDERLESS, style: BORDERLESS_STYLE, colWidths: [null, STAGE] });
  const heights = rows.map(() => 0);
  let left = skip;
  for (const [i, hopRows] of rows.entries()) {
    const name = names[i] ?? '';
    let stage = '';
    for (const row of hopRows) {
      if (left-- > 0) continue;
      const lead = beside ? `${heights[i] === 0 ? theme.strong(name) : ''}${GAP}` : INDENT;
      const text = wrap(row.text, columns - node - STAGE - cause);
      const shown = row.stage === stage ? '' : row.stage;
      ({ stage } = row);
      const cells = [lead, theme.quiet(shown), `${theme.name(row.cause)}${GAP}`];
      table.push([...cells, paints(theme, row.tone)(text.join('\n'))]);
      heights[i] = (heights[i] ?? 0) + text.length;
    }
  }
  const lines = table.length > 0 ? table.toString().split('\n') : [];
  return heights.flatMap((height, i) => {
    const title = beside || height === 0 ? [] : wrap(names[i] ?? '', columns).map(line => theme.strong(line));
    return [...title, ...lines.splice(0, height)];
  });
}

interface Row {
  readonly stage: string;
  readonly cause: string;
  readonly text: string;
  readonly tone: Tone;
}

function rowsOf(lines: readonly StoryLine[], short: ReadonlyMap<string, string>): Row[] {
  let table = '';
  let stage = '';
  return lines.map(line => {
    if (line.stage !== stage) table = '';
    ({ stage } = line);
    let cause = safe(line.cause ?? '');
    if (line.rule) {
      const chain = safe(line.rule.chain);
      cause = `${line.rule.table === table ? '' : `${safe(line.rule.table)} `}${short.get(chain) ?? chain} ${line.rule.number}`;
      ({ table } = line.rule);
    }
    return { stage: line.stage, cause, text: line.text, tone: line.tone };
  });
}

/** How many lines at the start the stories of two outcomes have in common. */
export function commonLines(a: readonly HopAnswer[], b: readonly HopAnswer[]): number {
  const [x, y] = [a.flatMap(storyOf), b.flatMap(storyOf)];
  const same = (i: number) => {
    const [p, q] = [x[i], y[i]];
    return p && q && p.text === q.text && p.stage === q.stage && p.rule?.line === q.rule?.line && p.cause === q.cause;
  };
  let count = 0;
  while (count < x.length && same(count)) count++;
  return count;
}
