import { describe, expect, it } from 'vitest';
import { readTarget } from './effect.ts';

const DIGITS = '1234567890'.repeat(7);

describe('LOG, NFLOG, ULOG', () => {
  // As iptables 1.8.9 saves them. No kernel since 3.17 loads ULOG: its rows follow the man page and an old source.
  it.each([
    ['-j LOG --log-level 4', '-j LOG'],
    ['-j LOG --log-level panic', '-j LOG --log-level 0'],
    ['-j LOG --log-level 0x5', '-j LOG --log-level 5'],
    [`-j LOG --log-prefix ${DIGITS}`, `-j LOG --log-prefix ${DIGITS.slice(0, 29)}`],
    ['-j LOG --log-prefix "a\\"b\\\\c"', '-j LOG --log-prefix "a\\"b\\\\c"'],
    ['-j LOG --log-prefix --log-level', '-j LOG --log-prefix --log-level'],
    [
      '-j LOG --log-macdecode --log-uid --log-ip-options --log-tcp-options --log-tcp-sequence --log-level 1 --log-prefix x',
      '-j LOG --log-prefix x --log-level 1 --log-tcp-sequence --log-tcp-options --log-ip-options --log-uid --log-macdecode',
    ],
    ['-j NFLOG --nflog-threshold 0 --nflog-group 0', '-j NFLOG'],
    [
      '-j NFLOG --nflog-size 5 --nflog-threshold 3 --nflog-group 65535 --nflog-prefix x',
      '-j NFLOG --nflog-prefix x --nflog-group 65535 --nflog-size 5 --nflog-threshold 3',
    ],
    ['-j ULOG --ulog-nlgroup 1 --ulog-qthreshold 1', '-j ULOG'],
    [
      '-j ULOG --ulog-qthreshold 50 --ulog-cprange 48 --ulog-nlgroup 2 --ulog-prefix "a b"',
      '-j ULOG --ulog-prefix "a b" --ulog-nlgroup 2 --ulog-cprange 48 --ulog-qthreshold 50',
    ],
  ])('%s', (words, saved) => {
    const rule = readTarget('ip filter INPUT', words);
    expect(rule.printed).toBe(saved);
    expect(rule.effectOn()).toMatchObject({ kind: 'note' });
  });

  it.each([
    ['legacy', `-j NFLOG --nflog-prefix ${DIGITS}`, `-j NFLOG --nflog-prefix ${DIGITS.slice(0, 63)}`],
    ['nft', `-j NFLOG --nflog-prefix ${DIGITS}`, `-j NFLOG --nflog-prefix ${DIGITS}`],
    ['legacy', '-j NFLOG --nflog-range 5', '-j NFLOG --nflog-range 5'],
    ['nft', '-j NFLOG --nflog-range 5', '-j NFLOG'],
  ] as const)('%s saves %s', (backend, words, saved) => {
    expect(readTarget('ip filter INPUT', words, backend).printed).toBe(saved);
  });

  it.each([
    '-j LOG --log-level warn',
    '-j LOG --log-level DEBUG',
    '-j LOG --log-level 8',
    '-j LOG --log-prefix ""',
    '-j NFLOG --nflog-group 65536',
    '-j NFLOG --nflog-range 5 --nflog-size 6',
    '-j ULOG --ulog-nlgroup 33',
    '-j ULOG --ulog-qthreshold 51',
  ])('refuses %s', words => {
    expect(readTarget('ip filter INPUT', words).printed).toBe('refused');
  });
});
