import { readFileSync } from 'node:fs';
import type { Namespace } from '../../../src/model/namespace.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';
import type { Fixture } from '../../kernel/fixtures.ts';

const SURROUNDINGS = new URL('../../../fixtures/kernel/answered-protocols.json', import.meta.url);
const OTHERS = /tables|nft|ipset|conntrack/;

/** Interfaces, routes and sysctls of the node that the kernel tests build. */
const files = (() => {
  const fixture: Fixture = JSON.parse(readFileSync(SURROUNDINGS, 'utf8'));
  return Object.entries(fixture.files)
    .filter(([name]) => !OTHERS.test(name))
    .map(([path, lines]) => ({ path, text: lines.map(line => `${line}\n`).join('') }));
})();

/** That node with rules and sets: files by the name of the command that prints them. */
export const nodeWith = (rules: Readonly<Record<string, string>>): Namespace =>
  readNamespace('node', [...files, ...Object.entries(rules).map(([path, text]) => ({ path, text }))]);
