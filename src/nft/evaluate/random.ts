import type { Chance } from '../../model/truth.ts';
import type { Expression, Match } from '../schema.ts';
import { HOST_INTEGER } from '../type/types.ts';
import { bitwise, constantOf } from './constant.ts';
import { Lookup, testOf } from './lookup.ts';

/** Beyond so many values a share is taken from the bounds of a comparison alone. */
const COUNTABLE = 65_536;

/** Numbers that the kernel throws for each packet anew: from `offset`, `count` of them. */
interface Dice {
  readonly offset: number;
  readonly count: number;
}

/** `numgen random`, and `meta random` under a mask of ones, which iptables-nft makes of `statistic`. */
function diceOf(expression: Expression): Dice | undefined {
  if (expression.kind === 'numgen')
    return expression.mode === 'random' ? { offset: expression.offset, count: expression.modulus } : undefined;
  if (expression.kind === 'meta') return expression.key === 'random' ? { offset: 0, count: 2 ** 32 } : undefined;
  if (expression.kind !== 'binary' || expression.operator !== '&') return undefined;
  if (expression.left.kind !== 'meta' || expression.left.key !== 'random') return undefined;
  const mask = constantOf(expression.right, [HOST_INTEGER]);
  return typeof mask === 'number' && (bitwise('&', mask, mask + 1) ?? 1) === 0
    ? { offset: 0, count: mask + 1 }
    : undefined;
}

/** The share of the numbers for which a comparison with dice says yes; undefined: no dice, or it cannot be counted. */
export function randomTruth({ left, right, operator }: Match): Chance | boolean | undefined {
  const dice = diceOf(left);
  if (!dice) return undefined;
  const share = shareOf(dice, right, operator);
  if (share === undefined) return undefined;
  return share <= 0 ? false : share >= 1 ? true : { kind: 'chance', probability: share };
}

function shareOf({ offset, count }: Dice, right: Expression, operator: Match['operator']): number | undefined {
  const bound = constantOf(right, [HOST_INTEGER]);
  if (typeof bound === 'number') {
    const below = Math.min(Math.max(bound - offset, 0), count);
    const equal = bound >= offset && bound < offset + count ? 1 : 0;
    const yes = { '<': below, '<=': below + equal, '==': equal, in: undefined, '!': undefined, '!=': count - equal };
    if (operator === '>') return (count - below - equal) / count;
    if (operator === '>=') return (count - below) / count;
    const counted = yes[operator];
    return counted === undefined ? undefined : counted / count;
  }
  if (count > COUNTABLE || (operator !== '==' && operator !== '!=')) return undefined;
  const lookup = right.kind === 'set' ? new Lookup(right.elements, [HOST_INTEGER]) : undefined;
  const test = lookup ? (value: number) => lookup.find(value) !== undefined : testOf(right, [HOST_INTEGER]);
  if (!test) return undefined;
  let yes = 0;
  for (let value = offset; value < offset + count; value++) if (test(value)) yes++;
  return (operator === '==' ? yes : count - yes) / count;
}
