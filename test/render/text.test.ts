import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { safe, safeJson } from '../../src/render/safe.ts';
import { shortNames } from '../../src/render/shorten.ts';
import { share } from '../../src/render/words.ts';
import { hang, wrap } from '../../src/render/wrap.ts';

describe('hostile text', () => {
  it.each([
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\x00\x7f\x9b2J', '\\x00\\x7f\\x9b2J'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['zero\u200bwidth', 'zero\\u200bwidth'],
    ['\ud800', '\\ud800'],
    ['Grüße 中文 🙂', 'Grüße 中文 🙂'],
  ])('%j', (text, expected) => {
    expect(safe(text)).toBe(expected);
  });

  it('leaves no control character, of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(safe(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});

describe('hostile text in JSON', () => {
  it('is escaped, and is the same when it is read', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = safeJson({ value, text });
        expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      }),
    );
  });
});

describe('wrapping', () => {
  it('keeps lines within the width, also of long words and wide characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }).map(safe), fc.integer({ min: 8, max: 100 }), (text, width) => {
        for (const line of wrap(text, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('loses nothing but blanks', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 40 }), fc.integer({ min: 8, max: 60 }), (text, width) => {
        expect(wrap(text, width).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });

  it('hangs', () => {
    expect(hang('- ', 'one two three', 12)).toEqual(['- one two', '  three']);
  });
});

it.each([
  [1, '1'],
  [1 / 3, '1/3'],
  // What statistic makes of a third: (1 - 0.33333333349) * 0.5.
  [0.333333333255, '1/3'],
  [2 / 3, '2/3'],
  [0.4, '2/5'],
  [1 / 1100, '1/1100'],
  [0.123456, '12.3%'],
  [null, 'unknown'],
])('share of %s', (probability, expected) => {
  expect(share(probability)).toBe(expected);
});

describe('short names', () => {
  it('cuts what stays different', () => {
    const short = shortNames(['KUBE-SEP-A7EDZZMBUYTUZGVD', 'KUBE-SEP-YWLBYSJ75AAA7OCQ', 'KUBE-SERVICES'], 14);
    expect(Object.fromEntries(short)).toEqual({
      'KUBE-SEP-A7EDZZMBUYTUZGVD': 'KUBE-SEP-A7ED…',
      'KUBE-SEP-YWLBYSJ75AAA7OCQ': 'KUBE-SEP-YWLB…',
      'KUBE-SERVICES': 'KUBE-SERVICES',
    });
  });

  it('goes on until it does, or leaves the name whole', () => {
    const short = shortNames(['abcdefgh1-more', 'abcdefgh2-more', 'aaaaaaaaaaaa', 'aaaaaaaaaaaab'], 5);
    expect(Object.fromEntries(short)).toEqual({
      'abcdefgh1-more': 'abcdefgh1…',
      'abcdefgh2-more': 'abcdefgh2…',
      aaaaaaaaaaaa: 'aaaaaaaaaaaa',
      aaaaaaaaaaaab: 'aaaaaaaaaaaab',
    });
  });
});
