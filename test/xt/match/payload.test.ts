import { describe, expect, it } from 'vitest';
import { answerOf, readRule } from '../rows.ts';

// IPv4, UDP from port 4000 to 5000, `hello world`: 39 bytes.
const BYTES = Uint8Array.from([
  ...[0x45, 0, 0, 39, 0, 0, 0x40, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1],
  ...[0x0f, 0xa0, 0x13, 0x88, 0, 19, 0, 0],
  ...new TextEncoder().encode('hello world'),
]);
const PACKET = {
  protocol: 17,
  saddr: 0x7f000001,
  daddr: 0x7f000001,
  sport: 4000,
  dport: 5000,
  length: 39,
  bytes: BYTES,
};

describe('-m string', () => {
  it.each([
    ['--algo bm --string test', '--string "test" --algo bm'],
    ['! --hex-string "|41|" --algo kmp', '! --string "A" --algo kmp'],
    ['--hex-string "abc|0a 0b|def" --algo bm', '--hex-string "|6162630a0b646566|" --algo bm'],
    ['--hex-string "|41||42|" --algo bm', '--string "A|42" --algo bm'],
    ['--hex-string "|  41 |" --algo bm', '--string "A" --algo bm'],
    ['--hex-string "a\\\\\\\\" --algo bm', '--hex-string "|615c|" --algo bm'],
    ['--string "a\\\\" --algo bm', '--hex-string "|615c|" --algo bm'],
    ['--string "a\\"b\\\\c" --algo bm', '--string "a\\"b\\\\c" --algo bm'],
    ['--string "é" --algo bm', '--hex-string "|c3a9|" --algo bm'],
    ['--icase --to 65535 --from 0 --string a --algo bm', '--string "a" --algo bm --icase'],
    ['--string a --algo bm --to 10 --from 5', '--string "a" --algo bm --from 5 --to 10'],
  ])('%s', (options, printed) => {
    expect(readRule(`-m string ${options}`)).toMatchObject({ text: `-m string ${printed}`, problems: [] });
  });

  it.each([
    '--algo bm',
    '--string test',
    '--string test --algo BM',
    '--string "" --algo bm',
    '--string a --hex-string b --algo bm',
    '--string a --algo bm --from 10 --to 5',
    '--string a --algo bm --to 65536',
    '--hex-string "|4|" --algo bm',
    '--hex-string "|4g|" --algo bm',
    '--hex-string "|41" --algo bm',
    '--hex-string "||" --algo bm',
    '--hex-string "|41  42|" --algo bm',
    `--string ${'x'.repeat(129)} --algo bm`,
  ])('refuses %s', options => {
    expect(readRule(`-m string ${options}`).problems).not.toEqual([]);
  });

  // Counted on Linux 6.18.
  it.each([
    ['--string hello --algo bm', true],
    ['--string HELLO --algo bm', false],
    ['--string HELLO --algo bm --icase', true],
    ['--string hello --algo kmp --from 28 --to 33', true],
    ['--string hello --algo kmp --from 29', false],
    ['! --string hello --algo kmp --from 29', true],
    ['--string world --algo bm --to 39', true],
    ['--string d --algo bm --from 38 --to 39', true],
  ])('%s', (options, expected) => {
    expect(answerOf(`-m string ${options}`, PACKET)).toBe(expected);
  });

  // skb_find_text; 6.18 asked with a string that passes --to by one byte.
  it.each([
    ['6.18.44', false],
    ['6.7.0-rc1', false],
    ['10.0', false],
    ['6.6.99', { kind: 'unknown' }],
    ['5.15.0-generic', { kind: 'unknown' }],
    ['', { kind: 'unknown' }],
  ])('a string that passes --to, Linux %j', (release, expected) => {
    const world = { sysctl: (name: string) => (name === 'kernel.osrelease' ? release : undefined) };
    const answer = answerOf('-m string --string world --algo bm --to 38', PACKET, world);
    expect({ answer }).toMatchObject({ answer: expected });
  });

  it('does not know where kernels differ or bytes are missing', () => {
    expect(answerOf('-m string --string world --algo bm --to 38', PACKET)).toMatchObject({ kind: 'unknown' });
    expect(answerOf('-m string --string hello --algo bm')).toMatchObject({ kind: 'unknown' });
    expect(answerOf('-m string --string bye --algo bm', { ...PACKET, length: 60 })).toMatchObject({ kind: 'unknown' });
  });
});

describe('-m u32', () => {
  it.each([
    ['6&0xFF=1 && 0>>22&0x3C@0>>24=0', '0x6&0xff=0x1&&0x0>>0x16&0x3c@0x0>>0x18=0x0'],
    [' 0 = 1 , 2 : 3 && 4 << 3 = 010 ', '0x0=0x1,0x2:0x3&&0x4<<0x3=0x8'],
    ['0=5:1', '0x0=0x5:0x1'],
    ['0&1&2&3&4&5&6&7&8&9=1', '0x0&0x1&0x2&0x3&0x4&0x5&0x6&0x7&0x8&0x9=0x1'],
  ])('%s', (test, printed) => {
    expect(readRule(`-m u32 ! --u32 "${test}"`)).toMatchObject({ text: `-m u32 ! --u32 "${printed}"`, problems: [] });
  });

  it.each(['', '0', '0=', '0=1 &&', '0=1 & 0=2', '0=1,', '0=:5', '0<3=8', '0=09', '0=0x1FFFFFFFF', '0=1 1', '0>>32=2'])(
    'refuses `%s`',
    test => {
      expect(readRule(`-m u32 --u32 "${test}"`).problems).not.toEqual([]);
    },
  );

  it.each([
    ['more than ten tests', Array(11).fill('0=1').join('&&')],
    ['more than ten numbers', `0${'&1'.repeat(10)}=1`],
    ['more than ten values', `0=${Array(11).fill('1').join(',')}`],
  ])('refuses %s', (_, test) => {
    expect(readRule(`-m u32 --u32 "${test}"`).problems).not.toEqual([]);
  });

  // Counted on Linux 6.18.
  it.each([
    ['--u32 "6&0xFF=17"', true],
    ['--u32 "0>>22&0x3C@0=0x0fa01388"', true],
    ['--u32 "0>>22&0x3C@8=0x68656c6c"', true],
    ['--u32 "0>>22&0x3C@16=0"', false],
    ['! --u32 "0>>22&0x3C@16=0"', true],
    ['--u32 "35=0:0xFFFFFFFF"', true],
    ['--u32 "36=0:0xFFFFFFFF"', false],
    ['--u32 "0<<4>>28=5,7:9"', true],
    ['! --u32 "0=1 && 0=2"', true],
  ])('%s', (options, expected) => {
    expect(answerOf(`-m u32 ${options}`, PACKET)).toBe(expected);
  });

  it('does not know bytes that nobody told', () => {
    expect(answerOf('-m u32 --u32 "0=1"')).toMatchObject({ kind: 'unknown' });
    expect(answerOf('-m u32 --u32 "40=1"', { ...PACKET, length: 60 })).toMatchObject({ kind: 'unknown' });
  });
});
