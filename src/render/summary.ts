import stringWidth from 'string-width';
import type { Outcome, TraceAnswer } from '../cluster/answer.ts';
import { notes } from './notes.ts';
import { safe } from './safe.ts';
import { commonLines, storyTable } from './table.ts';
import { fateColor, type RenderOptions, type Theme, themeOf } from './theme.ts';
import { answerWords, fate, packetWords, place, serviceWords, share, source, sourceWords } from './words.ts';
import { hang, wrap } from './wrap.ts';

const MAX_OUTCOMES = 12;
/** Of a packet that goes round the first visits tell it. */
const MAX_HOPS = 8;

/** The story: hook by hook what changed or decided something, the fate, the rule that decided it, and what is open. */
export function renderSummary(answer: TraceAnswer, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  const lines = [...head(answer, columns, theme), '', ...told(answer, columns, theme)];
  if (answer.reply) {
    const title = answer.outcomes.some(({ answered }) => answered)
      ? answer.app && answer.app.name !== 'sip'
        ? 'the data'
        : 'the answer'
      : 'what is sent back';
    lines.push('', theme.strong(title), answerWords(answer.reply.packet));
    lines.push('', ...told(answer.reply, columns, theme), ...returned(answer, answer.reply, columns, theme));
    if (answer.app) lines.push(...wrap(safe(answer.app.text), columns));
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
  lines.push(...firstNode(answer, columns, theme));
  return lines;
}

/** To which node a packet from outside comes, and how that is known; what speaks against it. */
function firstNode({ from, outcomes }: TraceAnswer, columns: number, theme: Theme): string[] {
  const hops = outcomes[0]?.hops ?? [];
  const last = from.kind === 'outside' ? hops.find(({ next }) => next?.kind === 'node') : undefined;
  const why = last?.next?.evidence[0]?.what;
  const lines = why === undefined ? [] : wrap(safe(`to ${last?.next?.name}: ${why}`), columns);
  for (const { next } of hops)
    for (const { what } of next?.against ?? []) lines.push(...wrap(safe(`but ${what}`), columns).map(theme.unsure));
  return lines;
}

function told(answer: TraceAnswer, columns: number, theme: Theme): string[] {
  const { outcomes } = answer;
  const [first] = outcomes;
  if (!first) return ['no outcome'];
  const story = storyTable(first.hops.slice(0, MAX_HOPS), columns, theme);
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
  const { sourceSeen, hops, translations, decidedBy } = outcome;
  const changed = translations.find(({ field, rule }) => field === 'source' && rule);
  if (sourceSeen && changed?.rule)
    lines.push(
      ...wrap(
        `it sees ${sourceWords(outcome)}, not ${changed.from.address}: by ${place(changed.rule)} of ${safe(changed.node)}`,
        columns,
      ),
    );
  for (const { node, sendsBack = [] } of hops.slice(0, MAX_HOPS))
    for (const what of sendsBack) lines.push(...wrap(safe(`${node} sends back: ${what}`), columns));
  if (decidedBy) {
    lines.push(...wrap(`decided by ${place(decidedBy)}, ${source(decidedBy)}`, columns));
    lines.push(...hang('  ', safe(decidedBy.text), columns, theme.quiet));
  }
  return [...lines, ...reasonLines(outcome, columns, theme)];
}

/** Each a point of its own: why it is so, then what would work. */
function reasonLines({ reasons }: Outcome, columns: number, theme: Theme): string[] {
  return reasons.flatMap(({ kind, text, file, line }) => {
    const at = file === undefined || line === undefined ? '' : ` (${source({ file, line })})`;
    const words = `${safe(text)}${at}`;
    return kind === 'instead' ? hang('+ ', words, columns, theme.good) : hang('- ', words, columns);
  });
}

/** What the sender makes of the answer; of an error, whether it reaches him. */
function returned({ outcomes }: TraceAnswer, reply: TraceAnswer, columns: number, theme: Theme): string[] {
  const answered = outcomes.find(outcome => outcome.answered)?.answered;
  if (!answered) {
    const reaches = reply.outcomes[0]?.disposition === 'delivered';
    return reaches ? wrap('the sender is told, and gives up at once', columns).map(line => theme.bad(line)) : [];
  }
  const paint = answered.accepted ? theme.good : theme.bad;
  const others = outcomes.filter(outcome => outcome.answered && outcome.answered.accepted !== answered.accepted);
  const rest = others.map(outcome => `in outcome ${outcome.id.slice(1)}: ${outcome.answered?.text ?? ''}`);
  return [safe(answered.text), ...rest.map(safe)].flatMap((text, i) =>
    wrap(text, columns).map(line => (i === 0 ? paint(line) : theme.unsure(line))),
  );
}
