import { not, type Truth, type Unknown, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import type { Packet } from '../../net/packet.ts';
import type { Expression, Fib, Match, MatchOperator } from '../schema.ts';
import { type Types, typeOf } from '../type/type-of.ts';
import { bitwise, constantOf } from './constant.ts';
import { compile, elementsOf } from './expression.ts';
import { testOf } from './lookup.ts';
import { randomTruth } from './random.ts';
import { elementTruth } from './rate.ts';
import type { Scope } from './scope.ts';
import { type Answer, BREAK, compare, isParts, isUnknown, keyOf, type Value } from './value.ts';

export type Ask = (packet: Packet, world: World) => Truth;

/** Whether a value stands in the relation; a set may hold elements that nobody understands. */
type Relation = (value: Value | Unknown, packet: Packet, world: World) => Truth;

/** A comparison of the left side with what the right side stands for. A left side that breaks is a no, even with `!=`. */
export function compileMatch(match: Match, scope: Scope): Ask {
  const { right, operator } = match;
  const left = asksForExistence(match) ? { ...match.left, result: 'check' as const } : match.left;
  const chance = randomTruth(match);
  if (chance !== undefined) return () => chance;
  const types = typeOf(left);
  const evaluate = compile(left, scope, types);
  const relation = relationOf(operator, right, left, types, scope);
  if (!relation) return compareTwo(evaluate, operator, compile(right, scope, types));
  return (packet, world) => {
    const value = evaluate(packet, world);
    return value === BREAK ? false : relation(value, packet, world);
  };
}

/** `fib ... oif exists` and `missing`: the device is no matter. */
const asksForExistence = (match: Match): match is Match & { readonly left: Fib } =>
  match.left.kind === 'fib' && match.right.kind === 'value' && typeof match.right.value === 'boolean';

function relationOf(
  operator: MatchOperator,
  right: Expression,
  left: Expression,
  types: Types,
  scope: Scope,
): Relation | undefined {
  if (right.kind === 'set-reference' || right.kind === 'set') {
    const elements = elementsOf(right, left, scope);
    if (!elements) return () => unknown('the set is not in the listing', 'nft list ruleset');
    return (value, packet, world) => {
      const found = elements.find(value, world);
      if (found !== BREAK && 'reason' in found) return found;
      if (found === BREAK || operator === '!=') return (found === BREAK) === (operator === '!=');
      return elementTruth(found, packet, world);
    };
  }
  const test = constantTest(operator, right, types);
  return test && (value => (isUnknown(value) ? value : test(value)));
}

function constantTest(operator: MatchOperator, right: Expression, types: Types): ((value: Value) => Truth) | undefined {
  if (operator === '==' || operator === '!=') {
    const test = testOf(right, types);
    return test && (value => test(value) === (operator === '=='));
  }
  const constant = constantOf(right, types);
  if (constant === undefined) return undefined;
  return value => related(operator, value, constant);
}

function related(operator: Exclude<MatchOperator, '==' | '!='>, value: Value, other: Value): Truth {
  if (operator === 'in') return sharesBits(value, other);
  return operator === '!' ? not(sharesBits(value, other)) : ordered(operator, value, other);
}

/** Flags: some bit of the right side is set on the left. */
function sharesBits(value: Value, flags: Value): Truth {
  if (isParts(value) || isParts(flags)) return unknown('flags of a concatenation');
  const bits = bitwise('&', value, flags);
  return bits === undefined ? unknown('flags that are no numbers') : BigInt(bits) !== 0n;
}

function ordered(operator: '<' | '>' | '<=' | '>=', value: Value, constant: Value): Truth {
  if (isParts(value) || isParts(constant)) return unknown('a concatenation is neither more nor less');
  const order = compare(value, constant);
  return operator === '<' ? order < 0 : operator === '>' ? order > 0 : operator === '<=' ? order <= 0 : order >= 0;
}

/** Two sides that are both of the packet. */
function compareTwo(
  left: (packet: Packet, world: World) => Answer,
  operator: MatchOperator,
  right: (packet: Packet, world: World) => Answer,
): Ask {
  return (packet, world) => {
    const a = left(packet, world);
    const b = right(packet, world);
    if (a === BREAK || b === BREAK) return false;
    if (isUnknown(a)) return a;
    if (isUnknown(b)) return b;
    if (operator === '==' || operator === '!=') return (keyOf(a) === keyOf(b)) === (operator === '==');
    return related(operator, a, b);
  };
}
