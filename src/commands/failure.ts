import { isInputError } from '../model/source.ts';
import { safe } from '../render/safe.ts';

/** What `--json` prints instead of an answer. */
export interface ErrorAnswer {
  readonly schema: 'chainwalk.error/1';
  readonly version: string;
  readonly error: {
    readonly message: string;
    readonly file?: string;
    readonly line?: number;
    readonly exitCode: number;
  };
}

/** An error as one line for a person, and the exit code; null: nothing to say, the program was just left. */
export interface Failure {
  readonly line: string | null;
  readonly exitCode: number;
  readonly file?: string;
  readonly sourceLine?: number;
}

const WRONG_USE = 2;

/** Never a stack trace: what happened, and what to do next. */
export function failureOf(error: unknown): Failure {
  if (isInputError(error)) {
    const { source } = error;
    return {
      line: safe(error.message),
      exitCode: WRONG_USE,
      ...(source && { file: source.file, sourceLine: source.line }),
    };
  }
  const exit = oclifExit(error);
  if (exit !== undefined && isNamed(error, 'EEXIT')) return { line: null, exitCode: exit };
  const message = error instanceof Error ? error.message : String(error);
  if (exit !== undefined) return { line: safe(`${usage(message)} (see chainwalk --help)`), exitCode: WRONG_USE };
  const first = message.split('\n', 1)[0] ?? '';
  return {
    line: safe(
      `this is an error in chainwalk itself: ${first.slice(0, 300)}; please report it, DEBUG=chainwalk shows where`,
    ),
    exitCode: WRONG_USE,
  };
}

/** oclif's message as one line: what is wrong, of missing arguments their names. */
function usage(message: string): string {
  const [first = '', ...rest] = message.split('\n').map(line => line.trim());
  if (!first.endsWith(':')) return first;
  const names = rest.flatMap(line => /^([\w-]+) {2,}/.exec(line)?.[1]?.toUpperCase() ?? []);
  return `${first} ${names.join(', ')}`;
}

/** Of the errors by which oclif says that an argument is wrong, or that it is done. */
function oclifExit(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('oclif' in error)) return undefined;
  const { oclif } = error;
  if (typeof oclif !== 'object' || oclif === null || !('exit' in oclif)) return undefined;
  return typeof oclif.exit === 'number' ? oclif.exit : WRONG_USE;
}

const isNamed = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

export const errorAnswer = ({ line, exitCode, file, sourceLine }: Failure, version: string): ErrorAnswer => ({
  schema: 'chainwalk.error/1',
  version,
  error: {
    message: line ?? '',
    ...(file !== undefined && { file }),
    ...(sourceLine !== undefined && { line: sourceLine }),
    exitCode,
  },
});

/** Whether the person asked to see the stack. */
export function wantsStack(): boolean {
  const { DEBUG = '' } = process.env;
  return DEBUG.split(',').some(word => word === 'chainwalk' || word === '*');
}
