import { describe, expect, it } from 'vitest';
import { errorAnswer, failureOf } from '../../src/commands/failure.ts';
import { InputError } from '../../src/model/source.ts';

describe('an error is one line', () => {
  it('of input: file, line, what', () => {
    const failure = failureOf(new InputError('not a chain\n\x1b[2J', { file: 'a.txt', line: 3 }));
    expect(failure).toEqual({ line: 'a.txt:3: not a chain\\n\\x1b[2J', exitCode: 2, file: 'a.txt', sourceLine: 3 });
    expect(errorAnswer(failure, '1.0.0').error).toEqual({
      message: 'a.txt:3: not a chain\\n\\x1b[2J',
      file: 'a.txt',
      line: 3,
      exitCode: 2,
    });
  });

  it.each([new TypeError('x is undefined\n    at foo'), 'a string', undefined])('of the program itself: %s', error => {
    const { line, exitCode } = failureOf(error);
    expect(line).toMatch(/^this is an error in chainwalk itself: .*please report it, DEBUG=chainwalk shows where$/);
    expect(exitCode).toBe(2);
  });
});
