import { describe, expect, it } from 'vitest';
import { answerOf, packetOf, readRule, worldOf } from '../rows.ts';

describe('-m statistic', () => {
  it.each([
    ['--mode random --probability 0.33333333349', '--mode random --probability 0.33333333349'],
    ['--mode random --probability 0.3333', '--mode random --probability 0.33330000006'],
    ['--mode random ! --probability .25', '--mode random ! --probability 0.25000000000'],
    ['--mode random --probability 0x0.8', '--mode random --probability 0.50000000000'],
    ['--mode random --probability 0.0000000003', '--mode random --probability 0.00000000047'],
    ['--mode random --probability 0.99999999999', '--mode random --probability 1.00000000000'],
    ['--mode nth --packet 2 ! --every 3', '--mode nth ! --every 3 --packet 2'],
  ])('%s', (options, printed) => {
    expect(readRule(`-m statistic ${options}`)).toMatchObject({ text: `-m statistic ${printed}`, problems: [] });
  });

  it.each([
    '',
    '--probability 1',
    '--mode random',
    '--mode random --probability 1.1',
    '--mode random --probability 0.1x',
    '--mode nth --every 3',
    '--mode nth --every 3 --packet 3',
    '--mode nth --every 0 --packet 0',
    '--mode random --probability 0.5 --packet 1',
  ])('refuses `%s`', options => {
    expect(readRule(`-m statistic ${options}`).problems).not.toEqual([]);
  });

  it.each([
    ['--probability 0.5', { kind: 'chance', probability: 0.5 }],
    ['! --probability 0.25', { kind: 'chance', probability: 0.75 }],
    ['--probability 1', true],
    ['! --probability 1', false],
    ['--probability 0', false],
  ])('random %s', (options, expected) => {
    expect(answerOf(`-m statistic --mode random ${options}`)).toEqual(expected);
  });

  // Which of six packets Linux 6.18 counted in a fresh rule.
  it.each([
    ['--every 3 --packet 0', [true, false, false, true, false, false]],
    ['--every 3 --packet 1', [false, true, false, false, true, false]],
    ['! --every 3 --packet 1', [true, false, true, true, false, true]],
    ['--every 1 --packet 0', [true, true, true, true, true, true]],
    ['--every 2 --packet 1', [false, true, false, true, false, true]],
  ])('nth %s', (options, expected) => {
    const states = new Map<object, unknown>();
    const world = worldOf({
      state<T extends object>(owner: object, initial: () => T): T {
        const state = states.get(owner) ?? initial();
        states.set(owner, state);
        return state as T;
      },
    });
    const [statement] = readRule(`-m statistic --mode nth ${options}`).statements;
    expect(expected.map(() => statement?.evaluate(packetOf(), world))).toEqual(expected);
  });

  it('does not know how far a rule that has run has counted', () => {
    expect(answerOf('-m statistic --mode nth --every 3 --packet 0')).toMatchObject({ kind: 'unknown' });
  });
});
