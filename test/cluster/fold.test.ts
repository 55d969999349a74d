import { describe, expect, it } from 'vitest';
import { fold } from '../../src/cluster/fold.ts';
import { unknown } from '../../src/model/truth.ts';
import { type Choice, type Decide, enumerate } from '../../src/walk/decide.ts';
import { POSITION } from './hops.ts';

const chance = (probability: number): Choice => ({ kind: 'chance', at: POSITION, probability });
const why = (reason: string): Choice => ({ kind: 'unknown', why: unknown(reason) });
const folded = (run: (decide: Decide) => string) => {
  const { branches, complete } = enumerate(run, 64);
  return fold(
    branches,
    complete,
    value => value,
    value => !value.startsWith('drop'),
  );
};
const table = (run: (decide: Decide) => string) =>
  folded(run).outcomes.map(({ value, probability }) => [value, probability === null ? null : +probability.toFixed(6)]);

describe('branches that are the same are one outcome', () => {
  it('one way', () => {
    expect(table(() => 'a')).toEqual([['a', 1]]);
  });

  it('three endpoints', () => {
    const run = (decide: Decide) => {
      if (decide.choose(chance(1 / 3)) === 0) return 'a';
      return decide.choose(chance(1 / 2)) === 0 ? 'b' : 'c';
    };
    expect(table(run)).toEqual([
      ['a', 0.333333],
      ['b', 0.333333],
      ['c', 0.333333],
    ]);
  });

  it('adds up', () => {
    const run = (decide: Decide) => {
      const first = decide.choose(chance(0.25));
      return decide.choose(chance(0.5)) === first ? 'same' : 'other';
    };
    expect(table(run)).toEqual([
      ['same', 0.5],
      ['other', 0.5],
    ]);
  });

  it('next hops by weight, ports as one', () => {
    const run = (decide: Decide) => {
      decide.choose({ kind: 'port', low: 1, high: 9, at: undefined });
      return String(decide.choose({ kind: 'nexthop', weights: [1, 1, 2], labels: ['x', 'y', 'z'] }));
    };
    expect(table(run)).toEqual([
      ['2', 0.5],
      ['0', 0.25],
      ['1', 0.25],
    ]);
  });
});

describe('unknowns', () => {
  it('that change nothing leave the probabilities', () => {
    const run = (decide: Decide) => {
      decide.choose(why('x'));
      return decide.choose(chance(0.5)) === 0 ? 'a' : 'b';
    };
    expect(table(run)).toEqual([
      ['a', 0.5],
      ['b', 0.5],
    ]);
    expect(folded(run).unknowns).toMatchObject([{ matters: false, decidesDelivery: false }]);
  });

  it('between two receivers', () => {
    const run = (decide: Decide) => (decide.choose(why('x')) === 0 ? 'a' : 'b');
    expect(table(run)).toEqual([
      ['a', null],
      ['b', null],
    ]);
    expect(folded(run).unknowns).toMatchObject([{ matters: true, decidesDelivery: false }]);
  });

  it('between delivered and dropped, in a part of the cases', () => {
    const run = (decide: Decide) => {
      if (decide.choose(chance(0.25)) === 0) return 'a';
      return decide.choose(why('x')) === 0 ? 'b' : 'drop';
    };
    expect(table(run)).toEqual([
      ['a', 0.25],
      ['b', null],
      ['drop', null],
    ]);
    expect(folded(run).unknowns).toMatchObject([{ matters: true, decidesDelivery: true }]);
  });

  it('one of two matters', () => {
    const run = (decide: Decide) => {
      decide.choose(why('idle'));
      return decide.choose(why('decides')) === 0 ? 'a' : 'drop';
    };
    expect(folded(run).unknowns.map(u => [u.why.reason, u.matters])).toEqual([
      ['decides', true],
      ['idle', false],
    ]);
  });
});

it('says no probabilities where the walk was not followed to its end', () => {
  const run = (decide: Decide) => Array.from({ length: 10 }, () => decide.choose(chance(0.5))).join('');
  expect(new Set(folded(run).outcomes.map(outcome => outcome.probability))).toEqual(new Set([null]));
});
