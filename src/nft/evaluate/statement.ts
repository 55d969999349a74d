import type { Effect } from '../../model/effect.ts';
import type { Chain, Statement as ModelStatement } from '../../model/ruleset.ts';
import type { Source } from '../../model/source.ts';
import { type Truth, type Unknown, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { type Packet, TCP, TCP_FLAG, UDP } from '../../net/packet.ts';
import { Printer } from '../printer.ts';
import { describeStatement } from '../registry.ts';
import type { Expression, ObjectReference, Queue, RuleInPlace, Statement, Tproxy, Verdict, Vmap } from '../schema.ts';
import { subjectOf } from '../statement/match.ts';
import { isVerdict } from '../verdict.ts';
import { constantOf } from './constant.ts';
import { compileSetUpdate } from './dynamic.ts';
import { compile, elementsOf } from './expression.ts';
import { compileMangle } from './mangle.ts';
import { compileMatch } from './match.ts';
import { compileNat, compileOwnAddress } from './nat.ts';
import { compileReset } from './option.ts';
import { ctCountTruth, elementTruth, limitTruth, quotaTruth } from './rate.ts';
import { compileReject } from './reject.ts';
import type { Scope } from './scope.ts';
import { BREAK, isUnknown } from './value.ts';

type Act = (packet: Packet, world: World) => Truth | Effect;
/** What an action comes to: a break is a no, what is not known an undecided effect. */
type Action = (packet: Packet, world: World) => Effect | Unknown | typeof BREAK;

const acting =
  (action: Action): Act =>
  (packet, world) => {
    const answer = action(packet, world);
    if (answer === BREAK) return false;
    return answer.kind === 'unknown' ? { kind: 'undecided', why: answer } : answer;
  };

const note = (text: string): Act => {
  const effect: Effect = { kind: 'note', text };
  return () => effect;
};

/** Where a statement stands: what the table has beside its sets. */
export interface Context extends Scope {
  /** Of the rule. */
  readonly source: Source;
  /** A chain that is written in place. */
  chainInPlace(rules: readonly RuleInPlace[]): Chain;
  limit(name: string): { readonly inverted: boolean } | undefined;
  quota(name: string): Parameters<typeof quotaTruth>[0] | undefined;
  helper(name: string): string | undefined;
}

/** A statement as the walk asks it. */
export function compileStatement(statement: Statement, context: Context): ModelStatement {
  const evaluate = actOf(statement, context);
  const describe = () => describeStatement(statement, new Printer(context.family));
  const made: ModelStatement = {
    name: statement.kind === 'match' ? subjectOf(statement.left) : statement.kind,
    evaluate,
    describe,
    ...(waits(statement) && { waits: true }),
  };
  SYNTAX.set(made, { syntax: statement, scope: context });
  return made;
}

const SYNTAX = new WeakMap<ModelStatement, { readonly syntax: Statement; readonly scope: Scope }>();

/** What a statement of the walk was made of, and where its sets are looked up; undefined: it is none of nft's. */
export const syntaxOf = (
  statement: ModelStatement,
): { readonly syntax: Statement; readonly scope: Scope } | undefined => SYNTAX.get(statement);

/** It counts, throws dice, or writes. */
const waits = ({ kind }: Statement): boolean =>
  ['quota', 'vmap', 'set', 'meter', 'mangle', 'dnat', 'snat', 'masquerade', 'redirect', 'tproxy'].includes(kind);

function actOf(statement: Statement, context: Context): Act {
  switch (statement.kind) {
    case 'accept':
    case 'drop':
    case 'continue':
    case 'return':
    case 'jump':
    case 'goto':
    case 'queue': {
      const effect = verdictEffect(statement, context);
      return () => effect;
    }
    case 'match':
      return compileMatch(statement, context);
    case 'vmap':
      return compileVmap(statement, context);
    case 'counter':
      return 'name' in statement ? named(statement, context, () => true) : note('counted');
    case 'last':
    case 'log':
    case 'dup':
    case 'secmark':
    case 'ct timeout':
    case 'ct expectation':
    case 'tunnel':
    case 'flow':
      return note(statement.kind);
    case 'limit':
      return 'name' in statement
        ? named(statement, context, name => limitTruth(context.limit(name) ?? { inverted: false }))
        : () => limitTruth(statement);
    case 'quota':
      return 'name' in statement ? namedQuota(statement, context) : ownQuota(statement);
    case 'ct count':
      return () => ctCountTruth(statement);
    case 'mangle':
      return acting(compileMangle(statement, context));
    case 'set':
      return acting(compileSetUpdate(statement, context));
    case 'meter':
      return () => true;
    case 'dnat':
    case 'snat':
      return acting(compileNat(statement, context));
    case 'masquerade':
    case 'redirect':
      return acting(compileOwnAddress(statement, context));
    case 'reject':
      return acting(compileReject(statement, context));
    case 'notrack':
      return () => ({ kind: 'changes', changes: [{ kind: 'notrack', evenAttached: true }] });
    case 'ct helper':
      return named(statement, context, name => {
        const helper = context.helper(name) ?? name;
        return { kind: 'changes', changes: [{ kind: 'helper', name: helper }] };
      });
    case 'fwd':
      return () => ({ kind: 'consumed', by: 'fwd' });
    case 'synproxy':
      return ({ protocol, tcp }) => synproxy(protocol, tcp?.flags);
    case 'tproxy':
      return acting(compileTproxy(statement, context));
    case 'reset':
      return acting(compileReset(statement));
    case 'xt':
      return statement.type === 'match'
        ? () => unknown(`nft does not tell the options of ${statement.name}`, 'iptables-nft-save')
        : undecided(`nft does not tell the options of ${statement.name}`, 'iptables-nft-save');
    case 'unread':
      return undecided(`\`${statement.text}\` is not understood: ${statement.reason}`);
  }
}

const undecided = (reason: string, howToLearn?: string): Act => {
  const effect: Effect = { kind: 'undecided', why: unknown(reason, howToLearn) };
  return () => effect;
};

function verdictEffect(verdict: Verdict, context: Context): Effect {
  switch (verdict.kind) {
    case 'jump':
    case 'goto': {
      const { kind, target, rules } = verdict;
      if (!rules) return { kind, chain: target };
      const to = context.chainInPlace(rules);
      return { kind, chain: to.name, to };
    }
    case 'queue':
      return queueEffect(verdict);
    default:
      return { kind: 'verdict', verdict: verdict.kind };
  }
}

function queueEffect({ number, flags }: Queue): Effect {
  const first = number?.kind === 'range' ? number.from : number;
  const value = first ? constantOf(first, []) : 0;
  return { kind: 'queue', number: typeof value === 'number' ? value : 0, bypass: flags.includes('bypass') };
}

/** A key without an element goes on with the next rule. */
function compileVmap({ key, data }: Vmap, context: Context): Act {
  const elements = elementsOf(data, key, context);
  if (!elements) return undecided('the map is not in the listing', 'nft list ruleset');
  const { find } = elements;
  const label = (value: number) => {
    const verdict = elements.lookup.find(value)?.value;
    return verdict && 'target' in verdict ? `${verdict.kind} ${verdict.target}` : (verdict?.kind ?? String(value));
  };
  const evaluate = compile(key, context, [], label);
  return (packet, world) => {
    const value = evaluate(packet, world);
    if (value === BREAK) return false;
    const found = find(value, world);
    if (found === BREAK) return false;
    if ('reason' in found) return { kind: 'undecided', why: found };
    const passes = elementTruth(found, packet, world);
    if (passes === false) return false;
    if (passes !== true)
      return { kind: 'undecided', why: unknown(passes.kind === 'unknown' ? passes.reason : 'an element throws dice') };
    const { value: verdict } = found;
    if (verdict && isVerdict(verdict)) return verdictEffect(verdict, context);
    return { kind: 'undecided', why: unknown('what the map leads to is not understood') };
  };
}

/** An object by its name, or by a map that yields one: a miss ends the rule. */
function named({ name }: ObjectReference, scope: Scope, then: (name: string) => Truth | Effect): Act {
  const evaluate = compile(name, scope, []);
  const fixed: Expression = name;
  if (fixed.kind === 'value') {
    const text = String(fixed.value);
    return () => then(text);
  }
  return (packet, world) => {
    const value = evaluate(packet, world);
    if (value === BREAK) return false;
    return isUnknown(value) ? value : then(String(value));
  };
}

function namedQuota(statement: ObjectReference, context: Context): Act {
  return (packet, world) =>
    named(statement, context, name => {
      const terms = context.quota(name);
      return terms ? quotaTruth(terms, terms, packet, world) : unknown(`quota ${name} is not in the listing`);
    })(packet, world);
}

const ownQuota =
  (terms: Parameters<typeof quotaTruth>[0]): Act =>
  (packet, world) =>
    quotaTruth(terms, terms, packet, world);

/** nft_synproxy_do_eval: it answers the client's SYN and ACK itself, and lets what else there is go on. */
function synproxy(protocol: number, flags: number | undefined): Truth | Effect {
  if (protocol !== TCP) return false;
  if (flags === undefined) return unknown('the TCP flags are not known');
  return flags & (TCP_FLAG.SYN | TCP_FLAG.ACK) ? { kind: 'consumed', by: 'synproxy' } : true;
}

function compileTproxy({ family, address, port }: Tproxy, scope: Scope): Action {
  const evaluateAddress = address && compile(address, scope);
  const evaluatePort = port && compile(port, scope);
  return (packet, world) => {
    if (family !== undefined && packet.family !== family) return BREAK;
    if (packet.protocol !== TCP && packet.protocol !== UDP) return BREAK;
    const to = evaluateAddress?.(packet, world);
    const number = evaluatePort ? evaluatePort(packet, world) : packet.dport;
    if (to === BREAK || number === BREAK) return BREAK;
    if (to !== undefined && isUnknown(to)) return to;
    if (typeof number !== 'number') return unknown('the port that TPROXY leads to is not known');
    return {
      kind: 'tproxy',
      port: number,
      mark: { value: 0, mask: 0 },
      orElse: 'break',
      ...((typeof to === 'number' || typeof to === 'bigint') && { address: to }),
    };
  };
}
