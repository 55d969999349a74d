import type { Outcome, TraceAnswer } from '../cluster/answer.ts';
import { countsAsDelivered } from '../cluster/fate.ts';
import { safe } from './safe.ts';
import { fateColor, type RenderOptions, themeOf } from './theme.ts';
import { place, receiver, share, sourceWords } from './words.ts';

/** One line an outcome, of what a packet's fate is made of: suited to compare two states of a cluster. */
export function renderMinimal(answer: TraceAnswer, { color }: RenderOptions): string {
  const theme = themeOf(color);
  const line = (outcome: Outcome, prefix: string) =>
    `${fateColor(theme, outcome.disposition)(`${prefix}${share(outcome.probability)} ${end(outcome)}`)}${rest(outcome)}\n`;
  return [
    ...answer.outcomes.map(outcome => line(outcome, '')),
    ...(answer.reply?.outcomes ?? []).map(outcome => line(outcome, 'reply ')),
    ...(answer.app ? [`${safe(answer.app.name)}: ${safe(answer.app.text)}\n`] : []),
  ].join('');
}

/** How it ends; of a lost packet why. */
function end({ disposition, reason }: Outcome): string {
  if (countsAsDelivered(disposition)) return disposition;
  return reason.startsWith(disposition) ? safe(reason) : `${disposition}: ${safe(reason)}`;
}

function rest(outcome: Outcome): string {
  const { deliveredTo, headedFor, sourceSeen, decidedBy, hops, mark, answered } = outcome;
  const out = hops.at(-1)?.out;
  const parts: string[] = [];
  if (deliveredTo) parts.push(`to ${receiver(deliveredTo)}`);
  if (headedFor) parts.push(`for ${receiver(headedFor)}`);
  if (out !== undefined && sourceSeen) parts.push(`by ${safe(out)}`);
  if (sourceSeen) parts.push(`source ${sourceWords(outcome)}`);
  if (mark !== 0) parts.push(`mark 0x${mark.toString(16)}`);
  if (decidedBy) parts.push(`rule ${place(decidedBy)}`);
  if (answered) parts.push(answered.accepted ? 'answered' : `not answered: ${safe(answered.text)}`);
  return parts.map(part => `; ${part}`).join('');
}
