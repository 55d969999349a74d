import type { HopAnswer, StepAnswer, TraceAnswer } from '../cluster/answer.ts';
import { notes } from './notes.ts';
import { safe } from './safe.ts';
import { head } from './summary.ts';
import { fateColor, type RenderOptions, type Theme, themeOf } from './theme.ts';
import {
  answerWords,
  changeWords,
  endpoint,
  fate,
  hex,
  packetWords,
  place,
  share,
  source,
  sourceWords,
} from './words.ts';
import { hang, wrap } from './wrap.ts';

/** Every step of every outcome, with the text of each rule and where it stands. */
export function renderDetailed(answer: TraceAnswer, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  const lines = [...head(answer, columns, theme), ...outcomes(answer, columns, theme)];
  if (answer.reply)
    lines.push(
      '',
      theme.strong('the answer'),
      answerWords(answer.reply.packet),
      ...outcomes(answer.reply, columns, theme),
    );
  lines.push(...notes(answer, columns, theme));
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`;
}

function outcomes(answer: TraceAnswer, columns: number, theme: Theme): string[] {
  return answer.outcomes.flatMap(outcome => {
    const title = `outcome ${outcome.id.slice(1)} of ${answer.outcomes.length}, probability ${share(outcome.probability)}`;
    const lines = ['', theme.strong(title), ...outcome.hops.flatMap(hop => hopLines(hop, columns, theme))];
    lines.push(...wrap(fate(outcome), columns).map(line => fateColor(theme, outcome.disposition)(line)));
    for (const what of outcome.sendsBack) lines.push(...wrap(safe(`sends back ${what}`), columns));
    const { sourceSeen } = outcome;
    if (sourceSeen) lines.push(`source ${endpoint({ ...sourceSeen, address: sourceWords(outcome) ?? '' })}`);
    if (outcome.mark !== 0) lines.push(`mark ${hex(outcome.mark)}`);
    if (outcome.decidedBy)
      lines.push(...wrap(`decided by ${place(outcome.decidedBy)}, ${source(outcome.decidedBy)}`, columns));
    return lines;
  });
}

function hopLines(hop: HopAnswer, columns: number, theme: Theme): string[] {
  const { node, in: iif, steps, next, tunnel, around, packet } = hop;
  const lines = [safe(`${node}${iif === undefined ? '' : `, in by ${iif}`}`)];
  if (around !== undefined && packet)
    lines.push(...hang('  ', safe(`around it, by ${around}: ${packetWords(packet)}`), columns));
  for (const step of steps) lines.push(...stepLines(step, columns, theme));
  if (tunnel) lines.push(...hang('  ', safe(`into the tunnel ${tunnel.device}`), columns));
  if (next?.name !== undefined)
    lines.push(
      ...hang('  ', safe(`to ${next.name}${next.interface === undefined ? '' : `, ${next.interface}`}`), columns),
    );
  for (const { what, file, line } of [...(next?.evidence ?? []), ...(tunnel?.evidence ?? [])])
    lines.push(
      ...hang(
        '    ',
        `${safe(what)}${file === undefined ? '' : `  ${source({ file, line: line ?? 1 })}`}`,
        columns,
        theme.quiet,
      ),
    );
  for (const { what } of next?.against ?? []) lines.push(...hang('    but ', safe(what), columns, theme.unsure));
  return lines;
}

function stepLines(step: StepAnswer, columns: number, theme: Theme): string[] {
  const line = (first: string, text: string) => hang(`    ${first}`, safe(text), columns);
  switch (step.kind) {
    case 'hook':
      return [`  ${theme.strong(step.hook)}`];
    case 'rule': {
      const { rule, verdict, target, markBefore, markAfter, meaning, undecided } = step;
      const mark = markBefore === markAfter ? '' : `, mark ${hex(markBefore)} > ${hex(markAfter)}`;
      const open = undecided === undefined ? '' : `, not known: ${undecided}`;
      const why = meaning === undefined ? '' : ` (${meaning})`;
      return [
        ...hang(
          '    ',
          safe(`${place(rule)}: ${verdict}${target === undefined ? '' : ` ${target}`}${mark}${open}${why}`),
          columns,
          theme.name,
        ),
        ...hang('        ', `${safe(rule.text)}  ${source(rule)}`, columns, theme.quiet),
      ];
    }
    case 'return':
      return line('', `${step.table} ${step.chain}: end of chain`);
    case 'policy':
      return line('', `${step.table} ${step.chain}: policy ${step.policy}`);
    case 'connection':
      return line('connection ', step.text);
    case 'translation':
      return hang('    ', `${step.type}: ${changeWords(step)}`, columns, theme.change);
    case 'route':
      return line(step.why === 'reverse-path' ? 'route back to the source ' : 'route ', step.text);
    case 'ttl':
      return line('', `ttl ${step.ttl}`);
    case 'bridge':
      return line('', `bridge ${step.bridge}: ${step.up ? 'up to IP' : `to port ${step.port ?? 'not known'}`}`);
    case 'neighbour':
      return line('', `neighbour ${step.address} on ${step.device}: ${step.mac ?? 'no address'}, ${step.state}`);
    case 'note':
      return line('', step.text);
  }
}
