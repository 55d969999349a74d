import type { Effect } from '../model/effect.ts';
import type { Owner, Rule, RuleList, Statement, Table } from '../model/ruleset.ts';
import type { Chance, Truth, Unknown } from '../model/truth.ts';
import type { Family } from '../net/address.ts';
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
      at ??= new Position(packet.family, table, chain, rules, place);
      if (!doubts.add(pass, at, answer)) return undefined;
    } else effect = answer;
  }
  at ??= new Position(packet.family, table, chain, rules, place);
  if (doubts && !doubts.settle(pass, at, isIdle(effect))) return undefined;
  if (effect.kind === 'changes') applyChanges(pass, effect.changes);
  if (effect.kind === 'tproxy') effect = proxy(pass, effect);
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
  readonly family: Family;
  readonly owner: Owner;
  readonly table: string;
  readonly chain: string;
  readonly #rules: RuleList;
  readonly #place: number;

  constructor(family: Family, { owner, name }: Table, chain: string, rules: RuleList, place: number) {
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
