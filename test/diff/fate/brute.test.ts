import { describe, expect, it } from 'vitest';
import { Random } from '../../kernel/generate/random.ts';
import { bruteForce } from './brute.ts';
import { generatePair } from './pairs.ts';
import { partOf } from './part.ts';

/** `npm run test:diff` takes more pairs, and 20,000 packets of each. */
describe('answers hold against packets that are walked one by one', () => {
  it.each([24, 31, 33, 34, 41])('pair %i', seed => {
    const pair = generatePair(seed);
    const random = new Random(seed);
    const within = [partOf(random.fork('part'), pair)];
    const held = bruteForce({ before: pair.before, after: pair.after, within, budget: 2000 }, random, 1000);
    expect(held.wrong).toEqual([]);
    expect(held.answer.complete).toBe(true);
    expect(held.differing).toBeGreaterThan(20);
  });
});
