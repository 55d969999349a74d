import type { Effect } from '../model/effect.ts';
import type { Owner, Rule, RuleList, Statement, Table } from '../model/ruleset.ts';
import type { Chance, Truth, Unknown } from '../model/truth.ts';
import { setXmark } from '../net/mark.ts';
import { applyChanges } from './changes.ts';
import type { Pass } from './pass.ts';
import { proxySocket } from './sockets.ts';
import type { RulePosition, RuleStep } from './trace.ts';

/** A rule whose matches said yes: what it does. */
export interface Ran {
  readonly effect: Effect;
  readonly at: RulePosition;
}

/** Runs a rule's statements from left to right; undefined: the packet goes on to the next rule. */
export function runRule(pass: Pass, table: Table, chain: string, rules: RuleList, place: number): Ran | undefined {
  const { packet } = pass;
  const { options } = pass.compiled;
  const markBefore = packet.mark;
  let at: Position | undefined;
  let doubts: Doubts | undefined;
  let effect: Effect = CONTINUE;
  pass.rules = rules;
  pass.place = place;
  const statements = statementsOf(options.linear === true, rules, place);
  for (let i = 0; i < statements.length; ) {
    const statement = statements[i];
    pass.ordinal = ++i;
    if (!statement) continue;
    if (statement.stateful && doubts && at && !doubts.settle(pass, at)) return undefined;
    const answer: Truth | Effect = statement.evaluate(packet, pass);
    options.observe?.(statement, answer);
    if (statement.changes) applyChanges(pass, statement.changes(packet, pass));
    if (answer === true) continue;
    if (answer === false) return undefined;
    if (answer.kind === 'unknown' || answer.kind === 'chance') {
      doubts ??= new Doubts();
      at ??= new Position(table, chain, rules, place);
      if (!doubts.add(pass, at, answer)) return undefined;
    } else if (answer.kind === 'changes' || answer.kind === 'tproxy') {
      at ??= new Position(table, chain, rules, place);
      if (doubts && !doubts.settle(pass, at)) return undefined;
      const done = carryOut(pass, answer);
      if (!done) return undefined;
      effect = done;
    } else effect = answer;
  }
  at ??= new Position(table, chain, rules, place);
  if (doubts && !doubts.settle(pass, at, isIdle(effect))) return undefined;
  const step: RuleStep = {
    kind: 'rule',
    hook: pass.hook,
    at,
    markBefore,
    markAfter: packet.mark,
    verdict: verdictOf(effect),
    chain: effect.kind === 'jump' || effect.kind === 'goto' ? effect.chain : undefined,
    undecided: doubts?.seen,
  };
  pass.steps.push(step);
  return { effect, at };
}

const statementsOf = (linear: boolean, rules: RuleList, place: number): readonly Statement[] =>
  (linear ? undefined : rules.live?.(place)) ?? rules.at(place).statements;

const isIdle = (effect: Effect): boolean =>
  effect.kind === 'note' || (effect.kind === 'verdict' && effect.verdict === 'continue');

/** The rule itself is built when somebody looks at it. */
class Position implements RulePosition {
  readonly family: Table['family'];
  readonly owner: Owner;
  readonly table: string;
  readonly chain: string;
  readonly #rules: RuleList;
  readonly #place: number;

  constructor({ family, owner, name }: Table, chain: string, rules: RuleList, place: number) {
    this.family = family;
    this.owner = owner;
    this.table = name;
    this.chain = chain;
    this.#rules = rules;
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
    return chance === undefined || pass.decide.choose({ kind: 'chance', at, probability: chance }, pass.steps) === 0;
  }
}

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
  if (found === false) return orElse === 'break' ? undefined : { kind: 'verdict', verdict: 'drop' };
  if (found === undefined)
    pass.assume({
      what: `a local program listens for what TPROXY hands over on port ${port}`,
      change: 'nothing tells it: which sockets are transparent is not captured',
    });
  pass.packet.mark = setXmark(pass.packet.mark, mark);
  pass.proxied = true;
  return orElse === 'break' ? CONTINUE : { kind: 'verdict', verdict: 'accept' };
}

const CONTINUE: Effect = { kind: 'verdict', verdict: 'continue' };

function verdictOf(effect: Effect): RuleStep['verdict'] {
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
