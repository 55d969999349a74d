import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allExtensions } from '../../src/xt/registry.ts';

const TESTS = join(import.meta.dirname, '..', 'xt');

/** Extensions of which no tool saved a row, with the vitest files that hold them against the real tool or its manual. */
export function testedElsewhere(saved: ReadonlySet<string>): string[] {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => ({ name, text: readFileSync(join(TESTS, name), 'utf8') }));
  const names = new Set(
    allExtensions()
      .map(e => ({ name: e.name, flag: e.kind === 'match' ? '-m' : '-j' }))
      .filter(({ name }) => !saved.has(name) && !VERDICTS.has(name))
      .map(({ name, flag }) => `${flag} ${name}`),
  );
  return [...names].map(name => {
    const found = files.filter(({ text }) => new RegExp(`${name}\\b`).test(text)).map(file => `test/xt/${file.name}`);
    return `${name}: ${found.length > 0 ? found.join(', ') : 'NOT TESTED'}`;
  });
}

/** Those of netfilter's test of `standard`. */
const VERDICTS = new Set(['ACCEPT', 'DROP', 'RETURN']);
