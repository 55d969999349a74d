import { describe, expect, it } from 'vitest';
import { answerOf, readRule } from '../rows.ts';

describe('-m mark', () => {
  it.each(['-m mark --mark 0x1', '-m mark ! --mark 0x4000/0x4000', '-m mark --mark 0x0/0xff0'])(
    'prints %s again',
    text => {
      expect(readRule(text).text).toBe(text);
    },
  );

  it.each([
    ['--mark 42', ' -m mark --mark 0x2a'],
    ['--mark 0x4000/0xffffffff', ' -m mark --mark 0x4000'],
  ])('reads %s as iptables does', (options, printed) => {
    expect(` ${readRule(`-m mark ${options}`).text}`).toBe(printed);
  });

  it.each([
    ['--mark 0x4000/0x4000', 0xc000, true],
    ['--mark 0x4000/0x4000', 0x8000, false],
    ['! --mark 0x4000/0x4000', 0x8000, true],
    ['--mark 0x1', 0x3, false],
  ])('%s against 0x%x', (options, mark, expected) => {
    expect(answerOf(`-m mark ${options}`, { mark })).toBe(expected);
  });
});
