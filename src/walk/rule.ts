import type { Effect } from '../model/effect.ts';
import type { Statement } from '../model/ruleset.ts';
import type { Truth } from '../model/truth.ts';
import { setXmark } from '../net/mark.ts';
import { applyChanges } from './changes.ts';
import type { Doubts } from './doubts.ts';
import type { Frame } from './frame.ts';
import type { Pass } from './pass.ts';
import { proxySocket } from './sockets.ts';
import type { RuleStep } from './trace.ts';

/** Runs a rule's statements from left to right: what it does; undefined: the packet goes on to the next rule. */
export function runRule(pass: Pass, frame: Frame): Effect | undefined {
  const { packet, recorder, observe, doubts } = pass;
  const markBefore = packet.mark;
  const statements = statementsOf(pass, frame);
  let doubtful = false;
  let effect: Effect = CONTINUE;
  pass.frame = frame;
  pass.ordinal = 0;
  for (const statement of statements) {
    pass.ordinal++;
    if (doubtful && statement.waits && !settled(pass, frame)) return undefined;
    const answer: Truth | Effect = recorder?.statement(statement, pass) ?? statement.evaluate(packet, pass);
    observe?.(statement, answer);
    if (statement.changes) applyChanges(pass, statement.changes(pass.bare, pass));
    if (answer === true) continue;
    if (answer === false) return undefined;
    switch (answer.kind) {
      case 'unknown':
      case 'chance':
        if (!doubtful) doubts.begin();
        doubtful = true;
        if (!doubts.add(pass, frame, answer)) return undefined;
        break;
      case 'changes':
      case 'tproxy': {
        if (doubtful && !settled(pass, frame)) return undefined;
        const done = carryOut(pass, answer);
        if (!done) return undefined;
        effect = done;
        break;
      }
      default:
        effect = answer;
    }
  }
  if (doubtful && !doubts.settle(pass, frame, isIdle(effect))) return undefined;
  noteRule(pass, frame, effect, markBefore, doubtful ? doubts : undefined);
  return effect;
}

function statementsOf({ isPlain }: Pass, { rules, place }: Frame): readonly Statement[] {
  return (isPlain ? rules.live?.(place) : undefined) ?? rules.at(place).statements;
}

/** Whoever decides may look at other rules, and live statements are those of the rule that was looked at last. */
function settled(pass: Pass, frame: Frame): boolean {
  if (!pass.doubts.settle(pass, frame)) return false;
  statementsOf(pass, frame);
  return true;
}

const isIdle = (effect: Effect): boolean =>
  effect.kind === 'note' || (effect.kind === 'verdict' && effect.verdict === 'continue');

/** Writes before the next statement of the rule is asked, of nft's there may be more; undefined: the rule ends. */
function carryOut(pass: Pass, effect: Extract<Effect, { kind: 'changes' | 'tproxy' }>): Effect | undefined {
  if (effect.kind === 'tproxy') return proxy(pass, effect);
  applyChanges(pass, effect.changes);
  return CONTINUE;
}

/**
 * tproxy_tg4, nft_tproxy_eval_v4: without a transparent socket the packet is dropped, or the rule ends (undefined); nobody
 * captures which sockets are.
 */
function proxy(pass: Pass, { address, port, mark, orElse }: Extract<Effect, { kind: 'tproxy' }>): Effect | undefined {
  const found = proxySocket(pass, address, port);
  const isTransparent = found === 'unknown' ? undefined : (found?.transparent ?? (found ? undefined : false));
  if (isTransparent === false) return orElse === 'break' ? undefined : { kind: 'verdict', verdict: 'drop' };
  if (isTransparent === undefined)
    pass.assume({
      what: `a local program listens for what TPROXY hands over on port ${port}`,
      change: 'nothing tells it: which sockets are transparent is not captured',
    });
  pass.packet.mark = setXmark(pass.packet.mark, mark);
  pass.proxied = true;
  pass.held = 'the local socket that TPROXY gave it to';
  pass.proxiedTo = found === 'unknown' ? undefined : found;
  return orElse === 'break' ? CONTINUE : { kind: 'verdict', verdict: 'accept' };
}

const CONTINUE: Effect = { kind: 'verdict', verdict: 'continue' };

function noteRule(pass: Pass, frame: Frame, effect: Effect, markBefore: number, doubts: Doubts | undefined): void {
  let verdict: RuleStep['verdict'] = 'continue';
  let chain: string | undefined;
  switch (effect.kind) {
    case 'verdict':
      verdict = effect.verdict;
      break;
    case 'jump':
    case 'goto':
      verdict = effect.kind;
      chain = effect.chain;
      break;
    case 'reject':
    case 'nat':
    case 'queue':
    case 'consumed':
      verdict = effect.kind;
  }
  pass.steps.push({
    kind: 'rule',
    hook: pass.hook,
    at: doubts?.at(frame) ?? frame.position(),
    markBefore,
    markAfter: pass.packet.mark,
    verdict,
    chain,
    undecided: doubts?.seen,
  });
}
