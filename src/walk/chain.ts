import type { Effect, Nat, Reject } from '../model/effect.ts';
import type { Chain, Rule, Table } from '../model/ruleset.ts';
import type { Chance, Truth, Unknown } from '../model/truth.ts';
import { applyChanges } from './changes.ts';
import type { HookChain } from './hooks.ts';
import type { End, Pass } from './pass.ts';
import type { RulePosition, Step } from './trace.ts';

/** How a base chain let go of a packet. */
export type ChainResult =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop'; readonly at: RulePosition | undefined }
  | { readonly kind: 'nat'; readonly nat: Nat; readonly at: RulePosition }
  | { readonly kind: 'reject'; readonly reject: Reject; readonly at: RulePosition }
  | { readonly kind: 'end'; readonly end: End };

/** More jumps on one hook than any sane ruleset makes: a loop of gotos, which only a damaged dump holds. */
const MAX_JUMPS = 65_536;
const MAX_DEPTH = 1024;

/** A user chain that is being walked; `goto` is gone back over when its chain ends. */
interface Frame {
  readonly chain: Chain;
  next: number;
  readonly goto: boolean;
}

type RuleVerdict = Extract<Step, { kind: 'rule' }>['verdict'];

/** Walks a base chain and whatever it calls, to a verdict or its policy. */
export function walkChain(pass: Pass, hookChain: HookChain): ChainResult {
  const { table } = hookChain;
  const stack: Frame[] = [{ chain: hookChain.chain, next: 0, goto: false }];
  for (;;) {
    const frame = stack[stack.length - 1];
    if (!frame) return finish(pass, hookChain);
    if (frame.next >= frame.chain.rules.length) {
      stack.pop();
      if (stack.length === 0) return finish(pass, hookChain);
      pass.steps.push({
        kind: 'return',
        hook: pass.hook,
        table: table.name,
        owner: table.owner,
        chain: frame.chain.name,
        rules: frame.chain.rules.length,
        mark: pass.packet.mark,
      });
      skipGotos(stack, frame);
      if (stack.length === 0) return finish(pass, hookChain);
      continue;
    }
    const rule = frame.chain.rules.at(frame.next++);
    const ran = runRule(pass, table, frame.chain, rule);
    if (!ran) continue;
    const { effect, at } = ran;
    if (effect.kind === 'jump' || effect.kind === 'goto') {
      const chain = table.chains.get(effect.chain);
      if (!chain)
        return {
          kind: 'end',
          end: { disposition: 'undecided', reason: `chain ${effect.chain} is not in the dump`, decidedBy: at },
        };
      if (++pass.jumps > MAX_JUMPS || stack.length > MAX_DEPTH)
        return {
          kind: 'end',
          end: { disposition: 'loop', reason: `chains call each other in a circle at ${chain.name}`, decidedBy: at },
        };
      stack.push({ chain, next: 0, goto: effect.kind === 'goto' });
      continue;
    }
    if (effect.kind === 'verdict' && effect.verdict === 'return') {
      stack.pop();
      skipGotos(stack, frame);
      if (stack.length === 0) return finish(pass, hookChain);
      continue;
    }
    const result = resultOf(pass, effect, at);
    if (result) return result;
  }
}

/** The end of a chain that was entered by goto is the end of the chain that has the goto, too. */
function skipGotos(stack: Frame[], ended: Frame): void {
  for (let frame: Frame | undefined = ended; frame?.goto; ) frame = stack.pop();
}

function finish(pass: Pass, { table, chain, policy }: HookChain): ChainResult {
  pass.steps.push({
    kind: 'policy',
    hook: pass.hook,
    table: table.name,
    owner: table.owner,
    chain: chain.name,
    policy,
    mark: pass.packet.mark,
  });
  return policy === 'accept' ? { kind: 'accept' } : { kind: 'drop', at: undefined };
}

function resultOf(pass: Pass, effect: Effect, at: RulePosition): ChainResult | undefined {
  switch (effect.kind) {
    case 'verdict':
      return effect.verdict === 'accept'
        ? { kind: 'accept' }
        : effect.verdict === 'drop'
          ? { kind: 'drop', at }
          : undefined;
    case 'nat':
      return { kind: 'nat', nat: effect, at };
    case 'reject':
      return { kind: 'reject', reject: effect, at };
    case 'consumed':
      return { kind: 'end', end: { disposition: 'consumed', reason: `consumed by ${effect.by}`, decidedBy: at } };
    case 'queue':
      return {
        kind: 'end',
        end: { disposition: 'consumed', reason: `given to a program by queue ${effect.number}`, decidedBy: at },
      };
    case 'tproxy':
      pass.assume({
        what: `a local program listens for what TPROXY hands over on port ${effect.port}`,
        change: 'nothing tells it: sockets are not captured',
      });
      return { kind: 'accept' };
    case 'undecided':
      if (pass.guess(effect.why, at)) return undefined;
      return { kind: 'end', end: { disposition: 'undecided', reason: effect.why.reason, decidedBy: at } };
    default:
      return undefined;
  }
}

/** Runs a rule's statements from left to right; undefined: the packet goes on to the next rule. */
function runRule(pass: Pass, table: Table, chain: Chain, rule: Rule): { effect: Effect; at: RulePosition } | undefined {
  const { packet } = pass;
  const at: RulePosition = { family: packet.family, owner: table.owner, table: table.name, chain: chain.name, rule };
  const markBefore = packet.mark;
  const doubts = new Doubts();
  let effect: Effect = CONTINUE;
  for (const statement of rule.statements) {
    if (statement.changes && !doubts.settle(pass, at)) return undefined;
    const answer: Truth | Effect = statement.evaluate(packet, pass);
    const changes = statement.changes?.(packet, pass);
    if (changes) applyChanges(pass, changes);
    if (answer === true) continue;
    if (answer === false) return undefined;
    if (answer.kind === 'unknown' || answer.kind === 'chance') {
      if (!doubts.add(pass, at, answer)) return undefined;
    } else effect = answer;
  }
  const idle = effect.kind === 'note' || (effect.kind === 'verdict' && effect.verdict === 'continue');
  if (!doubts.settle(pass, at, idle)) return undefined;
  if (effect.kind === 'changes') applyChanges(pass, effect.changes);
  if (effect.kind === 'tproxy') packet.mark = ((packet.mark & ~effect.mark.mask) ^ effect.mark.value) >>> 0;
  pass.steps.push({
    kind: 'rule',
    hook: pass.hook,
    at,
    markBefore,
    markAfter: packet.mark,
    verdict: verdictOf(effect),
    ...((effect.kind === 'jump' || effect.kind === 'goto') && { chain: effect.chain }),
    ...(doubts.seen && { undecided: doubts.seen }),
  });
  return { effect, at };
}

/** Answers of one rule's matches that are neither yes nor no; asked about once no other match has said no. */
class Doubts {
  /** The first unknown of the rule, settled or not. */
  seen: Unknown | undefined;
  private open: Unknown | undefined;
  private chance: number | undefined;

  /** False: what usually holds says no. */
  add(pass: Pass, at: RulePosition, answer: Unknown | Chance): boolean {
    if (answer.kind === 'chance') this.chance = (this.chance ?? 1) * answer.probability;
    else if (answer.usual !== undefined) return pass.settle({ ...answer, usual: answer.usual }, at);
    else {
      this.open ??= answer;
      this.seen ??= answer;
    }
    return true;
  }

  /** Takes the decisions; `idle`: the rule changes nothing, whether it matches or not. */
  settle(pass: Pass, at: RulePosition, idle = false): boolean {
    const { open, chance } = this;
    this.open = undefined;
    this.chance = undefined;
    if (open && !idle && !pass.guess(open, at)) return false;
    return chance === undefined || pass.decide.choose({ kind: 'chance', at, probability: chance }) === 0;
  }
}

const CONTINUE: Effect = { kind: 'verdict', verdict: 'continue' };

function verdictOf(effect: Effect): RuleVerdict {
  switch (effect.kind) {
    case 'verdict':
      return effect.verdict;
    case 'jump':
    case 'goto':
    case 'reject':
    case 'nat':
    case 'queue':
    case 'consumed':
      return effect.kind;
    case 'tproxy':
      return 'accept';
    default:
      return 'continue';
  }
}
