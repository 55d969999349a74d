import type { FateLayer, FateSummary, FateUndecided } from '../diff/answer.ts';
import { count } from '../net/count.ts';
import type { NodeWords } from './diff.ts';
import { safe } from './safe.ts';
import type { Theme } from './theme.ts';
import { hang } from './wrap.ts';

const MAX_CHANGED = 12;
const MAX_PACKETS = 8;
const MAX_UNDECIDED = 20;

/** Which packets are treated differently, what was and what is; how many classes are equal, and which nobody decides. */
export function fateLines(fate: FateLayer, who: NodeWords, columns: number, theme: Theme): string[] {
  const { summary, undecided, complete, assumptions, everything } = fate;
  const lines = summary.slice(0, MAX_CHANGED).flatMap(each => summaryLines(each, who, columns, theme));
  const more = summary.length - MAX_CHANGED;
  if (more > 0) lines.push(theme.quiet(`and ${more} more, about fewer or stranger packets; --json lists all`));
  for (const each of undecided.slice(0, MAX_UNDECIDED)) lines.push(...undecidedLines(each, who, columns, theme));
  if (undecided.length > MAX_UNDECIDED)
    lines.push(theme.unsure(`and ${undecided.length - MAX_UNDECIDED} more that are not decided; --json lists all`));
  lines.push(...hang('', sumLine(fate), columns, complete && undecided.length === 0 ? theme.quiet : theme.unsure));
  for (const { nodes, text } of everything)
    lines.push(...hang('', safe(at(`all packets were examined: ${text}`, who(nodes))), columns, theme.quiet));
  const held = assumptions.map(({ nodes, text }) => safe(at(text, who(nodes))));
  if (held.length > 0) lines.push(...hang('', `held equal or left out: ${held.join('; ')}`, columns, theme.quiet));
  return lines;
}

const at = (text: string, words: string): string =>
  words === '' || words === 'every node' ? text : `${text} (${words})`;

function summaryLines(
  { nodes, packets, before, after }: FateSummary,
  who: NodeWords,
  columns: number,
  theme: Theme,
): string[] {
  const words = who(nodes);
  return [
    ...hang('', safe(words === '' ? packets : `${packets}; at ${words}`), columns, theme.strong),
    ...hang('  was   ', safe(before), columns, theme.bad),
    ...hang('  now   ', safe(after), columns, theme.good),
  ];
}

function packetLines(packets: readonly string[], words: string, columns: number, theme: Theme): string[] {
  const shown = packets.slice(0, MAX_PACKETS);
  const more = packets.length > shown.length ? [`and ${packets.length - shown.length} sets of packets more`] : [];
  return [...shown, ...more].flatMap((text, i) =>
    hang('', safe(i === 0 && words !== '' ? `${text}; at ${words}` : text), columns, theme.strong),
  );
}

function undecidedLines(
  { nodes, packets, why }: FateUndecided,
  who: NodeWords,
  columns: number,
  theme: Theme,
): string[] {
  return [
    ...packetLines(packets, who(nodes), columns, theme),
    ...hang('  not decided: ', safe(why), columns, theme.unsure),
  ];
}

function sumLine({ classes, changed, undecided, complete }: FateLayer): string {
  if (classes === 0) return 'nothing differs that a packet could get to: all are treated alike';
  const others = changed.length > 0 ? 'all other packets are treated alike' : 'all packets are treated alike';
  const open =
    undecided.length === 0 ? 'nothing is undecided' : `but for ${count(undecided.length, 'set')} not decided`;
  const done = complete ? '' : '; the walks were spent before every class was examined (--budget)';
  return `${classes} ${classes === 1 ? 'class' : 'classes'} of packets examined: ${others}, ${open}${done}`;
}
