import type { FateChanged, FateLayer, FateUndecided, FateWay } from '../diff/answer.ts';
import { count } from '../net/count.ts';
import { share } from '../net/share.ts';
import type { NodeWords } from './diff.ts';
import { safe } from './safe.ts';
import type { Theme } from './theme.ts';
import { hang } from './wrap.ts';

const MAX_CHANGED = 60;
const MAX_PACKETS = 8;
const MAX_UNDECIDED = 20;

/** Which packets are treated differently, what was and what is; how many classes are equal, and which nobody decides. */
export function fateLines(fate: FateLayer, who: NodeWords, columns: number, theme: Theme): string[] {
  const { changed, undecided, complete, assumptions, everything } = fate;
  const lines = changed.slice(0, MAX_CHANGED).flatMap(each => changedLines(each, who, columns, theme));
  const more = changed.length - MAX_CHANGED;
  if (more > 0) lines.push(theme.quiet(`and ${more} more; --json lists all`));
  for (const each of undecided.slice(0, MAX_UNDECIDED)) lines.push(...undecidedLines(each, who, columns, theme));
  if (undecided.length > MAX_UNDECIDED)
    lines.push(theme.unsure(`and ${undecided.length - MAX_UNDECIDED} more that are not decided; --json lists all`));
  lines.push(...hang('', summary(fate), columns, complete && undecided.length === 0 ? theme.quiet : theme.unsure));
  for (const { nodes, text } of everything)
    lines.push(
      ...hang('', safe(at(`all packets were examined, for ${text} differ`, who(nodes))), columns, theme.quiet),
    );
  for (const { nodes, text } of assumptions)
    lines.push(...hang('held  ', safe(at(text, who(nodes))), columns, theme.quiet));
  return lines;
}

const at = (text: string, words: string): string =>
  words === '' || words === 'every node' ? text : `${text} (${words})`;

function packetLines(packets: readonly string[], words: string, columns: number, theme: Theme): string[] {
  const shown = packets.slice(0, MAX_PACKETS);
  const more = packets.length > shown.length ? [`and ${packets.length - shown.length} sets of packets more`] : [];
  return [...shown, ...more].flatMap((text, i) =>
    hang('', safe(i === 0 && words !== '' ? `${text}   at ${words}` : text), columns, theme.strong),
  );
}

function changedLines(changed: FateChanged, who: NodeWords, columns: number, theme: Theme): string[] {
  const { nodes, packets, before, after, condition } = changed;
  return [
    ...packetLines(packets, who(nodes), columns, theme),
    ...sideLines('was', before, columns, theme.bad),
    ...sideLines('now', after, columns, theme.good),
    ...(condition === undefined ? [] : hang('  if    ', safe(condition), columns, theme.unsure)),
  ];
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

function summary({ classes, changed, undecided, complete }: FateLayer): string {
  if (classes === 0) return 'nothing differs that a packet could get to: all are treated alike';
  const others = changed.length > 0 ? 'all other packets are treated alike' : 'all packets are treated alike';
  const open =
    undecided.length === 0 ? 'nothing is undecided' : `but for ${count(undecided.length, 'set')} not decided`;
  const done = complete ? '' : '; the walks were spent before every class was examined (--budget)';
  return `${classes} ${classes === 1 ? 'class' : 'classes'} of packets examined: ${others}, ${open}${done}`;
}

function sideLines(word: string, ways: readonly FateWay[], columns: number, paint: (text: string) => string): string[] {
  return ways.flatMap(({ probability, text, decidedBy }, i) => {
    const part = ways.length === 1 ? '' : `${share(probability)} `;
    const by = decidedBy ? `   ${decidedBy.table} ${decidedBy.chain} ${decidedBy.number}` : '';
    return hang(`  ${(i === 0 ? word : '').padEnd(6)}`, safe(`${part}${text}${by}`), columns, paint);
  });
}
