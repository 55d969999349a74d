import type { HopAnswer, RuleAnswer, StepAnswer } from '../cluster/answer.ts';
import { markMeaning } from '../kubernetes/meaning.ts';
import { safe } from './safe.ts';
import { changeWords, endpoint, hex, ownEndpoint, packetWords } from './words.ts';

export type Tone = 'good' | 'bad' | 'unsure' | 'change' | 'plain' | 'quiet';

/** One line of the story: during which hook, by which rule, what happened. */
export interface StoryLine {
  /** A hook, or `route`, `bridge`. */
  readonly stage: string;
  readonly rule?: RuleAnswer;
  /** Where no rule is the cause: `connection`. */
  readonly cause?: string;
  readonly text: string;
  readonly tone: Tone;
  /** Stands for the whole chain that the rule jumps to. */
  readonly folded?: true;
}

type RuleStep = Extract<StepAnswer, { kind: 'rule' }>;
type Translation = Extract<StepAnswer, { kind: 'translation' }>;

/** A chain that the packet is in because a rule jumped to it. */
interface Frame {
  readonly jump: RuleStep;
  readonly lines: StoryLine[];
}

/**
 * The steps of a hop that changed or decided something, and the jumps that led there. A chain that did nothing is left
 * out; one that did nothing but set a mark is told as the jump to it.
 */
export function storyOf(hop: HopAnswer): StoryLine[] {
  const told: StoryLine[] = [];
  if (hop.around !== undefined && hop.packet)
    told.push({
      stage: 'tunnel',
      cause: safe(hop.around),
      text: `around it: ${packetWords(hop.packet)}`,
      tone: 'quiet',
    });
  const frames: Frame[] = [];
  const tell = (line: StoryLine) => (frames.at(-1)?.lines ?? told).push(line);
  const leave = () => {
    const frame = frames.pop();
    if (frame) (frames.at(-1)?.lines ?? told).push(...closed(frame, frames.length === 0));
  };
  const leaveAll = () => {
    while (frames.length > 0) leave();
  };
  const translations = new Map<string, Translation>();
  for (const step of hop.steps)
    if (step.kind === 'translation' && step.rule) translations.set(ruleKey(step.rule, step.hook), step);
  for (const step of hop.steps) {
    switch (step.kind) {
      case 'hook':
        leaveAll();
        break;
      case 'rule': {
        const line = ruleLine(step, translations, step === hop.steps.at(-1));
        if (line) tell(line);
        if (step.verdict === 'jump' || step.verdict === 'goto') frames.push({ jump: step, lines: [] });
        else if (step.verdict === 'return') returned(frames, leave);
        else if (step.verdict !== 'continue') leaveAll();
        break;
      }
      case 'return':
        returned(frames, leave);
        break;
      case 'policy':
        leaveAll();
        if (step.policy === 'drop')
          tell({ stage: step.hook, cause: `${step.table} ${step.chain}`, text: 'policy DROP', tone: 'bad' });
        break;
      default: {
        const line = otherLine(step, translations);
        if (!line) break;
        leaveAll();
        tell(line);
      }
    }
  }
  leaveAll();
  return told;
}

function returned(frames: readonly Frame[], leave: () => void): void {
  while (frames.at(-1)?.jump.verdict === 'goto') leave();
  leave();
}

const ruleKey = ({ file, line, chain, number }: RuleAnswer, hook: string): string =>
  JSON.stringify([hook, file, line, chain, number]);

function closed({ jump, lines }: Frame, fromBase: boolean): StoryLine[] {
  const [only] = lines;
  if (!only) return [];
  if (lines.length === 1 && !only.folded && only.rule && only.tone === 'change' && only.text.startsWith('mark '))
    return [{ ...only, folded: true, rule: jump.rule, text: markWords(jump.meaning, only.text) }];
  if (fromBase) return lines;
  const text = jump.meaning ?? `> ${jump.target}`;
  return [{ stage: jump.hook, rule: jump.rule, text: safe(text), tone: 'plain' }, ...lines];
}

/** `mark 0x4000: to be masqueraded`, with the reason that the jump gives where it gives a longer one. */
function markWords(meaning: string | undefined, text: string): string {
  const colon = text.indexOf(': ');
  if (colon < 0 || meaning === undefined || !meaning.endsWith(text.slice(colon + 2))) return text;
  return safe(`${text.slice(0, colon)}: ${meaning}`);
}

function ruleLine(
  step: RuleStep,
  translations: ReadonlyMap<string, Translation>,
  last: boolean,
): StoryLine | undefined {
  const { hook: stage, rule, verdict, markBefore, markAfter, undecided, meaning } = step;
  const line = (text: string, tone: Tone): StoryLine =>
    undecided === undefined
      ? { stage, rule, text: safe(text), tone }
      : { stage, rule, text: safe(`${text}, perhaps: ${undecided}`), tone: 'unsure' };
  const mark = markAfter === 0 ? '' : `, mark ${hex(markAfter)}`;
  switch (verdict) {
    case 'accept':
      return line(`ACCEPT${mark}`, 'good');
    case 'drop':
      return line(meaning === undefined ? `DROP${mark}` : `DROP: ${meaning}`, 'bad');
    case 'reject':
      return line(meaning === undefined ? 'REJECT' : `REJECT: ${meaning}`, 'bad');
    case 'queue':
      return line('QUEUE: a program decides', 'unsure');
    case 'consumed':
      return line('taken out of the stack', 'bad');
    case 'nat': {
      const done = translations.get(ruleKey(rule, stage));
      if (done) return translated(done);
      return last ? line('translation', 'unsure') : line('translates to what it is already', 'quiet');
    }
  }
  if (markBefore === markAfter) return undecided === undefined ? undefined : line('matches', 'unsure');
  const why = markMeaning(markBefore, markAfter);
  if (why === 'masquerade mark cleared') return undefined;
  return line(`mark ${hex(markAfter)}${why === undefined ? '' : `: ${why}`}`, 'change');
}

const NAT_WORDS = new Map([
  ['dnat', 'DNAT to'],
  ['snat', 'SNAT to'],
  ['masquerade', 'MASQUERADE as'],
  ['redirect', 'REDIRECT to'],
  ['netmap', 'NETMAP to'],
]);

function translated({ hook: stage, type, from, to, field, rule }: Translation): StoryLine {
  const words = NAT_WORDS.get(type);
  const target = type === 'masquerade' ? ownEndpoint({ address: to.address }) : endpoint(to);
  if (rule && words !== undefined) return { stage, rule, text: `${words} ${target}`, tone: 'change' };
  return { stage, cause: 'connection', text: changeWords({ field, from, to }), tone: 'change' };
}

function otherLine(step: StepAnswer, translations: ReadonlyMap<string, Translation>): StoryLine | undefined {
  switch (step.kind) {
    case 'translation':
      return step.rule && translations.has(ruleKey(step.rule, step.hook)) ? undefined : translated(step);
    case 'route':
      return step.why === 'reverse-path' ? undefined : { stage: 'route', text: safe(step.text), tone: 'plain' };
    case 'connection':
      if (step.state === 'new') return undefined;
      return { stage: step.hook, cause: 'connection', text: safe(step.text), tone: 'plain' };
    case 'bridge': {
      const to = step.up ? 'up to IP' : `to port ${step.port ?? 'not known'}`;
      return { stage: 'bridge', cause: safe(step.bridge), text: safe(to), tone: 'plain' };
    }
    case 'neighbour':
      if (step.mac !== undefined) return undefined;
      return { stage: 'neighbour', text: safe(`${step.address} on ${step.device}: ${step.state}`), tone: 'bad' };
    case 'note':
      return { stage: 'note', text: safe(step.text), tone: 'quiet' };
    default:
      return undefined;
  }
}
