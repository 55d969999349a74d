/** Where a parsed thing stood. Lines count from 1. */
export interface Source {
  readonly file: string;
  readonly line: number;
}

/** Something of a file that a reader could not use; nothing is skipped without one of these. */
export interface Remark extends Source {
  readonly severity: 'error' | 'warning' | 'lossy';
  readonly text: string;
}

/** Bad input or wrong use: shown with file and line, exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly source: Source | undefined;
  constructor(message: string, source?: Source) {
    super(source ? `${source.file}:${source.line}: ${message}` : message);
    this.source = source;
  }
}

/** Also of a part of the program that is bundled for itself, with a class of its own. */
export const isInputError = (error: unknown): error is InputError =>
  error instanceof InputError || (error instanceof Error && error.name === 'InputError' && 'source' in error);
