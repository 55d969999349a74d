import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.ts';

export const PROGRAM = './bin/run.js ';

/** A command that a page shows, and what it says that it prints. */
export interface Shown {
  readonly command: string;
  readonly output: string;
}

/** The commands of a page. */
export const shownIn = (path: string): readonly Shown[] =>
  [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^```console\n\$ (.+)\n([\s\S]*?)^```$/gm)].map(
    ([, command = '', output = '']) => ({ command, output }),
  );

export const STORIES = readdirSync(join(ROOT, 'docs/stories')).map(name => `docs/stories/${name}`);

/** A command line of a page: words of the program, and what `printf` gives it on standard input. */
export function wordsOf(command: string): { readonly words: readonly string[]; readonly stdin: string } {
  const [, printed = '', rest = command] = /^printf '([^']*)' \| (.*)$/.exec(command) ?? [];
  const words = [...rest.slice(PROGRAM.length).matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, word = '']) => quoted ?? word,
  );
  return { words, stdin: printed.replaceAll('\\n', '\n').replaceAll('\\t', '\t') };
}
