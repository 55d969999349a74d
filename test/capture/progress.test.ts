import { expect, it } from 'vitest';
import { plainProgress } from '../../src/capture/progress.ts';

it('plain lines tell of each change of state, once, and of nothing that a terminal would act on', () => {
  const lines: string[] = [];
  const progress = plainProgress(text => lines.push(text));
  progress.tell('n1', { state: 'connecting', bytes: 0 });
  progress.tell('n1', { state: 'running', bytes: 5, file: 'a.txt' });
  progress.tell('n1', { state: 'running', bytes: 9, file: 'b.txt' });
  progress.tell('n1', { state: 'complete', bytes: 20 });
  progress.tell('n\x1b[2J2', { state: 'failed', bytes: 0, problem: 'refused\x07' });
  expect(lines).toEqual(['n1: connected\n', 'n1: complete, 20 bytes\n', 'n\\x1b[2J2: failed, 0 bytes: refused\\x07\n']);
});
