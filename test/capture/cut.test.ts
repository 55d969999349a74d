import { describe, expect, it } from 'vitest';
import { cut } from '../../src/capture/cut.ts';

const SEPARATOR = '=chainwalk-0123456789abcdef=';
const marked = (text: string): Buffer => Buffer.from(text.replaceAll('@@', SEPARATOR));
const pieces = (stdout: string, stderr = '') =>
  cut(marked(stdout), marked(stderr), SEPARATOR).pieces.map(({ output, ...piece }) => ({
    ...piece,
    output: Buffer.from(output).toString('latin1'),
  }));

const WHOLE = '\n@@ > a.txt 10.00 tool -x\none\n\n@@ < 0 10.25\n\n@@ > b.txt 10.30 other\n\n@@ < 3 11.00\n\n@@ .\n';
const A = { name: 'a.txt', command: 'tool -x', start: 10, end: 10.25, status: 0, stderr: '', output: 'one\n' };
const B = { name: 'b.txt', command: 'other', start: 10.3, end: 11, status: 3, stderr: '', output: '' };

describe('cut', () => {
  it('finds each command with its output, byte for byte', () => {
    expect(pieces(WHOLE)).toEqual([A, B]);
    expect(cut(marked(WHOLE), Buffer.alloc(0), SEPARATOR).complete).toBe(true);
  });

  it.each([
    'no end of line',
    'ends\n',
    '\n\n',
    '\0\xff binary',
    '= chainwalk- > b.txt',
    `=chainwalk-${'0'.repeat(16)}= < 0 1`,
  ])('keeps an output of %j', output => {
    const bytes = Buffer.from(output, 'latin1');
    const whole = Buffer.concat([marked('\n@@ > a.txt 1 x\n'), bytes, marked('\n@@ < 0 2\n')]);
    expect(Buffer.from(cut(whole, Buffer.alloc(0), SEPARATOR).pieces[0]?.output ?? [])).toEqual(bytes);
  });

  it('takes what was said to standard error, and what was said outside of commands', () => {
    const stderr = 'Welcome\n@@ > a.txt\nwarning\nmore\n\n@@ > b.txt\nfailed\n\n@@ .\n';
    const { pieces, noise } = cut(marked(WHOLE), marked(`${stderr}`), SEPARATOR);
    expect(pieces.map(piece => piece.stderr)).toEqual(['warning\nmore\n', 'failed\n']);
    expect(noise).toBe('Welcome');
  });

  it.each([
    ['\n@@ ! c.txt nft\n', { name: 'c.txt', command: 'nft', notRun: 'nft is not installed' }],
    ['\n@@ - c.txt nf_tables is not loaded\n', { name: 'c.txt', command: '', notRun: 'nf_tables is not loaded' }],
  ])('%j was not run', (text, piece) => expect(pieces(text)).toEqual([{ ...piece, stderr: '', output: '' }]));

  it.each([...marked(WHOLE).keys()])('cut off at byte %i, a command without its end has no status', length => {
    const { pieces, complete } = cut(marked(WHOLE).subarray(0, length), Buffer.alloc(0), SEPARATOR);
    const end = (text: string) => marked(WHOLE).indexOf(marked(text)) + marked(text).length;
    expect(complete).toBe(length >= end('@@ .\n'));
    for (const piece of pieces) {
      const full = piece.name === 'a.txt' ? A : B;
      const done = length >= end(piece.name === 'a.txt' ? '@@ < 0 10.25\n' : '@@ < 3 11.00\n');
      expect(piece.status).toBe(done ? full.status : undefined);
      expect(full.output.startsWith(Buffer.from(piece.output).toString('utf8').replace(/\n$/, ''))).toBe(true);
    }
  });

  it.each([
    '../../x',
    '/etc/passwd',
    'a/b.txt',
    '..',
    '.ssh',
    'pods/net-x/a.txt',
    'pods/net-1/../a',
    '@a/b',
    'x\x1b[2J',
  ])('a host that names a file %j is not believed', name =>
    expect(pieces(`\n@@ > ${name} 1 x\nout\n@@ < 0 1\n`)).toEqual([]),
  );

  it('knows the files of pods', () =>
    expect(pieces('\n@@ > pods/net-4026532177/ip-rule.txt 1 ip rule\nx\n@@ < 0 1\n')[0]?.name).toBe(
      'pods/net-4026532177/ip-rule.txt',
    ));
});
