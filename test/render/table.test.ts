import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { HopAnswer } from '../../src/cluster/answer.ts';
import { safe } from '../../src/render/safe.ts';
import { storyTable } from '../../src/render/table.ts';
import { themeOf } from '../../src/render/theme.ts';

const hop = (node: string, text: string, bridge = 'cni0'): HopAnswer => ({
  id: 'o1.h1',
  node,
  kind: 'node',
  steps: [
    { id: 'o1.h1.1', kind: 'bridge', bridge, up: true },
    { id: 'o1.h1.2', kind: 'note', text },
  ],
});

const ESC = String.fromCharCode(27);
const solid = (text: string): string => text.replace(/\s/gu, '');

const words = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', ' ', '中', 'ก็', 'हि', '🇩🇪', '👩‍👩‍👧', '☺️'),
    fc.string({ unit: 'grapheme', maxLength: 1 }),
  ),
  maxLength: 200,
});

describe('whatever is told', () => {
  it('stands in the table whole', () => {
    fc.assert(
      fc.property(
        words,
        fc.string({ unit: 'grapheme', maxLength: 90 }),
        fc.integer({ min: 40, max: 130 }),
        (text, name, columns) => {
          const lines = storyTable([hop(name, text)], columns, themeOf(0));
          const told = solid(lines.join(''));
          expect(told).toContain(solid(safe(name)));
          expect(told.endsWith(solid(safe(text)))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps within the width', () => {
    fc.assert(
      fc.property(
        fc.lorem({ maxCount: 30 }),
        fc.string({ unit: 'grapheme-ascii', minLength: 30, maxLength: 200 }),
        fc.integer({ min: 40, max: 130 }),
        (text, long, columns) => {
          for (const line of storyTable([hop('n1', text), hop('n2', long)], columns, themeOf(0)))
            expect(stringWidth(line.trimEnd())).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});

it('puts a long node name on a line of its own', () => {
  const lines = storyTable([hop('ip-10-0-0-1.eu-central-1', 'logged')], 80, themeOf(0));
  expect(lines.map(line => line.trimEnd())).toEqual([
    'ip-10-0-0-1.eu-central-1',
    '  bridge       cni0   up to IP',
    '  note                logged',
  ]);
});

it('closes the colours of every line', () => {
  const lines = storyTable([hop('n1', 'one two three four five six seven eight nine ten')], 40, themeOf(1));
  const notes = lines.filter(line => /one|three|five|eight/.test(line));
  expect(notes.length).toBeGreaterThan(1);
  for (const line of notes) expect(line).toMatch(new RegExp(`${ESC}\\[2m.*${ESC}\\[22m`));
});
