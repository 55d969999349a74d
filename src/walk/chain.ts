import type { Effect, Nat, Reject } from '../model/effect.ts';
import {
  type Chain,
  missingRules,
  type Owner,
  type Rule,
  type RuleList,
  type Statement,
  type Table,
} from '../model/ruleset.ts';
import type { Chance, Truth, Unknown } from '../model/truth.ts';
import type { Family } from '../net/address.ts';
import { setXmark } from '../net/mark.ts';
import type { ChainIndex } from './chain-index.ts';
import { applyChanges } from './changes.ts';
import type { HookChain } from './hooks.ts';
import type { End, Pass } from './pass.ts';
import { proxySocket } from './sockets.ts';
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
  readonly index: ChainIndex | undefined;
  next: number;
  readonly goto: boolean;
}

const enter = (pass: Pass, chain: Chain, goto: boolean): Frame => ({
  chain,
  index: pass.compiled.indexes?.of(chain.rules),
  next: 0,
  goto,
});

type RuleStep = { -readonly [K in keyof Extract<Step, { kind: 'rule' }>]: Extract<Step, { kind: 'rule' }>[K] };
type RuleVerdict = RuleStep['verdict'];

/** Walks a base chain and whatever it calls, to a verdict or its policy. */
export function walkChain(pass: Pass, hookChain: HookChain): ChainResult {
  const { table } = hookChain;
  const stack: Frame[] = [enter(pass, hookChain.chain, false)];
  for (;;) {
    const frame = stack[stack.length - 1];
    if (!frame) return finish(pass, hookChain);
    const { rules } = frame.chain;
    const place = frame.index ? frame.index.next(frame.next, pass.packet) : frame.next;
    if (place >= rules.length) {
      stack.pop();
      if (stack.length === 0) return finish(pass, hookChain);
      pass.steps.push({
        kind: 'return',
        hook: pass.hook,
        table: table.name,
        owner: table.owner,
        chain: frame.chain.name,
        rules: rules.length,
        mark: pass.packet.mark,
      });
      skipGotos(stack, frame);
      if (stack.length === 0) return finish(pass, hookChain);
      continue;
    }
    frame.next = place + 1;
    const ran = runRule(pass, table, frame.chain, place);
    if (!ran) continue;
    const { effect, at } = ran;
    if (effect.kind === 'jump' || effect.kind === 'goto') {
      const chain = effect.to ?? table.chains.get(effect.chain);
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
      stack.push(enter(pass, chain, effect.kind === 'goto'));
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
  const why = missingRules(table);
  if (why && !pass.guess(why)) return { kind: 'end', end: { disposition: 'undecided', reason: why.reason } };
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
      return queue(pass, effect, at);
    case 'undecided':
      if (pass.guess(effect.why, at)) return undefined;
      return { kind: 'end', end: { disposition: 'undecided', reason: effect.why.reason, decidedBy: at } };
    default:
      return undefined;
  }
}

/** Without a program that listens the kernel drops the packet or, with bypass, goes on as if it were accepted. */
function queue(
  { compiled }: Pass,
  { number, bypass }: Extract<Effect, { kind: 'queue' }>,
  at: RulePosition,
): ChainResult {
  const { queues } = compiled.namespace;
  if (queues && !queues.includes(number)) return bypass ? { kind: 'accept' } : { kind: 'drop', at };
  return {
    kind: 'end',
    end: { disposition: 'consumed', reason: `given to a program by queue ${number}`, decidedBy: at },
  };
}

/** tproxy_tg4: without a transparent socket the packet is dropped; nobody captures which sockets are. */
function proxy(pass: Pass, { address, port, mark }: Extract<Effect, { kind: 'tproxy' }>): Effect {
  const found = proxySocket(pass, address, port);
  if (found === false) return { kind: 'verdict', verdict: 'drop' };
  if (found === undefined)
    pass.assume({
      what: `a local program listens for what TPROXY hands over on port ${port}`,
      change: 'nothing tells it: which sockets are transparent is not captured',
    });
  pass.packet.mark = setXmark(pass.packet.mark, mark);
  pass.proxied = true;
  return { kind: 'verdict', verdict: 'accept' };
}

/** Runs a rule's statements from left to right; undefined: the packet goes on to the next rule. */
function runRule(
  pass: Pass,
  table: Table,
  chain: Chain,
  place: number,
): { effect: Effect; at: RulePosition } | undefined {
  const { packet } = pass;
  const markBefore = packet.mark;
  let at: RulePosition | undefined;
  let doubts: Doubts | undefined;
  let effect: Effect = CONTINUE;
  pass.rules = chain.rules;
  pass.place = place;
  pass.ordinal = 0;
  for (const statement of statementsOf(pass, chain, place)) {
    pass.ordinal++;
    if (statement.stateful && doubts && at && !doubts.settle(pass, at)) return undefined;
    const answer: Truth | Effect = statement.evaluate(packet, pass);
    pass.compiled.options.observe?.(statement, answer);
    if (statement.changes) applyChanges(pass, statement.changes(packet, pass));
    if (answer === true) continue;
    if (answer === false) return undefined;
    if (answer.kind === 'unknown' || answer.kind === 'chance') {
      doubts ??= new Doubts();
      at ??= new Position(pass.packet.family, table, chain, place);
      if (!doubts.add(pass, at, answer)) return undefined;
    } else effect = answer;
  }
  const idle = effect.kind === 'note' || (effect.kind === 'verdict' && effect.verdict === 'continue');
  at ??= new Position(pass.packet.family, table, chain, place);
  if (doubts && !doubts.settle(pass, at, idle)) return undefined;
  if (effect.kind === 'changes') applyChanges(pass, effect.changes);
  if (effect.kind === 'tproxy') effect = proxy(pass, effect);
  const verdict = verdictOf(effect);
  const step: RuleStep = { kind: 'rule', hook: pass.hook, at, markBefore, markAfter: packet.mark, verdict };
  if (effect.kind === 'jump' || effect.kind === 'goto') step.chain = effect.chain;
  if (doubts?.seen) step.undecided = doubts.seen;
  pass.steps.push(step);
  return { effect, at };
}

function statementsOf({ compiled }: Pass, { rules }: Chain, place: number): readonly Statement[] {
  return (compiled.options.linear ? undefined : rules.live?.(place)) ?? rules.at(place).statements;
}

/** The rule itself is built when somebody looks at it. */
class Position implements RulePosition {
  readonly family: Family;
  readonly owner: Owner;
  readonly table: string;
  readonly chain: string;
  readonly #rules: RuleList;
  readonly #place: number;

  constructor(family: Family, { owner, name }: Table, chain: Chain, place: number) {
    this.family = family;
    this.owner = owner;
    this.table = name;
    this.chain = chain.name;
    this.#rules = chain.rules;
    this.#place = place;
  }

  get rule(): Rule {
    return this.#rules.at(this.#place);
  }
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
    default:
      return 'continue';
  }
}
