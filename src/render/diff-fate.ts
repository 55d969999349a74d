import type { FateLayer, FateWay } from '../diff/answer.ts';
import { share } from '../net/share.ts';
import type { NodeWords } from './diff.ts';
import { safe } from './safe.ts';
import type { Theme } from './theme.ts';
import { hang } from './wrap.ts';

const MAX_CHANGED = 100;

/** Which packets are treated differently, what was and what is; how many classes are equal, and which nobody decides. */
export function fateLines(fate: FateLayer, who: NodeWords, columns: number, theme: Theme): string[] {
  const { classes, changed, undecided, complete, assumptions } = fate;
  const lines = changed.slice(0, MAX_CHANGED).flatMap(({ nodes, packets, before, after }) => {
    const words = who(nodes);
    return [
      ...hang('', safe(words === '' ? packets : `${packets}   at ${words}`), columns, theme.strong),
      ...sideLines('was', before, columns, theme.bad),
      ...sideLines('now', after, columns, theme.good),
    ];
  });
  if (changed.length > MAX_CHANGED)
    lines.push(theme.quiet(`and ${changed.length - MAX_CHANGED} more; --json lists all`));
  for (const { nodes, packets, why } of undecided) {
    const words = who(nodes);
    lines.push(
      ...hang('not decided  ', safe(`${packets}${words === '' ? '' : ` at ${words}`}: ${why}`), columns, theme.unsure),
    );
  }
  lines.push(...hang('', summary(fate), columns, complete ? theme.quiet : theme.unsure));
  for (const { what } of assumptions) lines.push(...hang('assumed  ', safe(what), columns, theme.quiet));
  return lines.length > 0 && classes === 0 && changed.length === 0 && undecided.length === 0 && complete
    ? ['no rule, route or setting differs that a packet could meet']
    : lines;
}

function summary({ classes, changed, undecided, complete }: FateLayer): string {
  const others =
    changed.length > 0 ? 'all other packets of first connections are treated alike' : 'all packets are treated alike';
  const open = undecided.length === 0 ? 'nothing is undecided' : `${undecided.length} not decided`;
  const done = complete ? '' : '; not every class was examined: the rest is not known';
  return `${classes} classes of packets were examined; ${others}; ${open}${done}`;
}

function sideLines(word: string, ways: readonly FateWay[], columns: number, paint: (text: string) => string): string[] {
  return ways.flatMap(({ probability, text, decidedBy }, i) => {
    const lead = `  ${(i === 0 ? word : '').padEnd(6)}`;
    const part =
      ways.length === 1 && probability === 1 ? '' : `${probability === null ? 'perhaps' : share(probability)} `;
    const by = decidedBy === undefined ? '' : `   ${decidedBy}`;
    return hang(lead, safe(`${part}${text}${by}`), columns, paint);
  });
}
