import stringWidth from 'string-width';
import type { Outcome, TraceAnswer } from '../cluster/answer.ts';
import { notes } from './notes.ts';
import { safe } from './safe.ts';
import { commonLines, storyTable } from './table.ts';
import { fateColor, type RenderOptions, type Theme, themeOf } from './theme.ts';
import { answerWords, endpoint, fate, packetWords, place, serviceWords, share, source, sourceWords } from './words.ts';
import { hang, wrap } from './wrap.ts';

const MAX_OUTCOMES = 12;

/** The story: hook by hook what changed or decided something, the fate, the rule that decided it, and what is open. */
export function renderSummary(answer: TraceAnswer, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  const lines = [...head(answer, columns, theme), '', ...told(answer, columns, theme)];
  if (answer.reply) {
    lines.push('', theme.strong('the answer'), answerWords(answer.reply.packet));
    lines.push('', ...told(answer.reply, columns, theme), ...returned(answer, answer.reply, columns, theme));
  }
  lines.push(...notes(answer, columns, theme));
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`;
}

/** The packet, the service that it is for, and where it starts. */
export function head(answer: TraceAnswer, columns: number, theme: Theme): string[] {
  const packet = packetWords(answer.packet);
  const service = answer.service && serviceWords(answer.service);
  const lines: string[] = [];
  const gap = service === undefined ? 0 : columns - stringWidth(packet) - stringWidth(service);
  if (service !== undefined && gap >= 3) lines.push(theme.strong(packet) + ' '.repeat(gap) + theme.name(service));
  else lines.push(...wrap(packet, columns).map(line => theme.strong(line)));
  if (service !== undefined && gap < 3) lines.push(...wrap(service, columns).map(line => theme.name(line)));
  const { node, interface: iif, local } = answer.from;
  lines.push(...wrap(safe(local ? `sent by ${node}` : `comes in by ${iif ?? 'an interface'} of ${node}`), columns));
  return lines;
}

function told(answer: TraceAnswer, columns: number, theme: Theme): string[] {
  const { outcomes } = answer;
  const [first] = outcomes;
  if (!first) return ['no outcome'];
  const story = storyTable(first.hops, columns, theme);
  const lines = story.length > 0 ? story : ['no rule matches or changes anything'];
  lines.push('', ...outcomeLines(first, outcomes.length > 1, columns, theme));
  const classes = new Set([classOf(first)]);
  if (outcomes.length > 1) lines.push('');
  for (const outcome of outcomes.slice(1, MAX_OUTCOMES)) {
    const different = !classes.has(classOf(outcome));
    classes.add(classOf(outcome));
    if (different) {
      const rest = storyTable(outcome.hops, columns, theme, commonLines(first.hops, outcome.hops));
      lines.push(...(rest.length > 0 ? ['or', ...rest, ''] : []));
      lines.push(...outcomeLines(outcome, true, columns, theme));
    } else {
      const { sourceSeen } = outcome;
      const other = sourceSeen && sourceSeen.address !== first.sourceSeen?.address;
      const sees = other ? `, which sees ${sourceWords(outcome)}` : '';
      lines.push(...hang('', `${fateWords(outcome, true)}${sees}`, columns, fateColor(theme, outcome.disposition)));
    }
  }
  if (outcomes.length > MAX_OUTCOMES) {
    const more = `and ${outcomes.length - MAX_OUTCOMES} outcomes more; --format minimal lists all`;
    lines.push(theme.quiet(more));
  }
  return lines;
}

const classOf = ({ disposition, reason }: Outcome): string =>
  disposition === 'delivered' || disposition.startsWith('leaves') ? 'delivered' : `${disposition} ${reason}`;

function fateWords(outcome: Outcome, shared: boolean): string {
  if (!shared) return fate(outcome);
  const how = outcome.probability === null ? 'possibly' : `in ${share(outcome.probability)} of new connections`;
  return `${how}: ${fate(outcome)}`;
}

function outcomeLines(outcome: Outcome, shared: boolean, columns: number, theme: Theme): string[] {
  const paint = fateColor(theme, outcome.disposition);
  const lines = hang('', fateWords(outcome, shared), columns, paint);
  const { sourceSeen, hops, translations, decidedBy, sendsBack } = outcome;
  const changed = translations.find(({ field, rule }) => field === 'source' && rule);
  if (sourceSeen && changed?.rule)
    lines.push(
      ...wrap(
        `it sees ${sourceWords(outcome)}, not ${changed.from.address}: by ${place(changed.rule)} of ${safe(changed.node)}`,
        columns,
      ),
    );
  for (const what of sendsBack)
    lines.push(...wrap(safe(`${hops.at(-1)?.node ?? 'the node'} sends back: ${what}`), columns));
  if (decidedBy) {
    lines.push(...wrap(`decided by ${place(decidedBy)}, ${source(decidedBy)}`, columns));
    lines.push(...hang('  ', safe(decidedBy.text), columns, theme.quiet));
  }
  return lines;
}

function returned({ packet }: TraceAnswer, reply: TraceAnswer, columns: number, theme: Theme): string[] {
  const [first] = reply.outcomes;
  if (!first?.sourceSeen) return [];
  const expected = endpoint(packet.destination);
  const seen = endpoint(first.sourceSeen);
  if (seen === expected)
    return wrap(`the sender gets its answer from ${seen}, whom it asked`, columns).map(l => theme.good(l));
  return wrap(`the sender asked ${expected} and gets an answer from ${seen}: it will not take it`, columns).map(l =>
    theme.bad(l),
  );
}
