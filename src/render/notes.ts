import type { TraceAnswer, UnknownAnswer } from '../cluster/answer.ts';
import { safe } from './safe.ts';
import type { Theme } from './theme.ts';
import { source } from './words.ts';
import { hang } from './wrap.ts';

const MAX_REMARKS = 5;

/** What is open: unknowns, assumptions, and what of the files was not read. Starts with a blank line, or is nothing. */
export function notes(answer: TraceAnswer, columns: number, theme: Theme): string[] {
  const unknowns = [...answer.unknowns, ...(answer.reply?.unknowns ?? [])];
  const assumptions = [...answer.assumptions, ...(answer.reply?.assumptions ?? [])];
  const lines: string[] = [];
  for (const unknown of unknowns.filter(({ matters }) => matters))
    lines.push(...hang('not known  ', unknownWords(unknown), columns, theme.unsure));
  const idle = unknowns.filter(({ matters }) => !matters);
  for (const unknown of idle)
    lines.push(...hang('not known  ', `${unknownWords(unknown)} (makes no difference here)`, columns, theme.quiet));
  const byChange = new Map<string, Set<string>>();
  for (const { what, change } of assumptions) byChange.set(change, (byChange.get(change) ?? new Set()).add(what));
  const assumed = [...byChange].map(([change, whats]) => safe(`${[...whats].join('; ')} (${change})`));
  for (const [i, what] of assumed.entries())
    lines.push(...hang(i === 0 ? 'assumed    ' : '           ', what, columns, theme.quiet));
  for (const { severity, text, ...at } of answer.remarks.slice(0, MAX_REMARKS))
    lines.push(
      ...hang(
        severity === 'lossy' ? 'lost       ' : 'not read   ',
        `${source(at)}: ${safe(text)}`,
        columns,
        theme.unsure,
      ),
    );
  const more = answer.remarks.length - MAX_REMARKS;
  if (more > 0) lines.push(`           and ${more} remarks more; --json lists them`);
  return lines.length > 0 ? ['', ...lines] : [];
}

function unknownWords({ what, where, howToLearn }: UnknownAnswer): string {
  const place = where === undefined ? '' : ` (${where})`;
  return safe(`${what}${place}${howToLearn === undefined ? '' : `; to learn it: ${howToLearn}`}`);
}
