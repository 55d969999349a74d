import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { detect } from '../../src/read/detect.ts';
import { parseIptablesSave, printIptablesSave } from '../../src/read/iptables-save.ts';
import type { XtTable } from '../../src/xt/chain.ts';

// npm run test:corpus -- [FILE | FOLDER]...
// Every iptables-save found is read, its text thrown away, and printed back: it must be the same but for comments.

/** Hand-edited dumps: iptables-save itself would print the default that these leave out. */
const REJECT_DEFAULT = ['docker-kubelet-forward-drop.iptables-save'];

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const given = process.argv.slice(2);
if (given.length === 0) console.log(`no path given: reading ${fixtures}`);
let files = 0;
let rules = 0;
let unread = 0;
let differences = 0;

for (const path of given.length > 0 ? given : [fixtures]) for (const file of filesUnder(path)) check(file);
console.log(`files ${files}, rules ${rules}, unread ${unread}, differences ${differences}`);
process.exitCode = differences > 0 ? 1 : 0;

function* filesUnder(path: string): Generator<string> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) {
    console.log(`${path}: not found`);
    if (given.length > 0) differences++;
  } else if (!found.isDirectory()) yield path;
  else for (const name of readdirSync(path).sort()) yield* filesUnder(join(path, name));
}

function check(file: string): void {
  const text = readFileSync(file, 'utf8');
  if (detect(text, file)?.format !== 'iptables-save') return;
  const { tables, remarks } = parseIptablesSave(text, file);
  for (const table of tables) table.forget();
  const counted = /^\[\d+:\d+\] -A/m.test(text);
  const before = text
    .split(/\r?\n/)
    .map(line => line.trimEnd())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => expected(file, line));
  const after = printIptablesSave(tables, counted).trimEnd().split('\n');
  const mine = countRules(tables);
  const changed = differing(before, after);
  files++;
  rules += mine.rules;
  unread += mine.unread;
  differences += changed.length;
  console.log(`${file}: rules ${mine.rules}, unread ${mine.unread}, differences ${changed.length}`);
  for (const remark of remarks) console.log(`  ${remark.line}: ${remark.text}`);
  for (const [was, is] of changed.slice(0, 10))
    console.log(`  ${was ?? '(nothing)'}\n    printed ${is ?? '(nothing)'}`);
}

function expected(file: string, line: string): string {
  const bare = REJECT_DEFAULT.some(name => file.endsWith(name)) && / -j REJECT$/.test(line);
  return bare ? `${line} --reject-with icmp-port-unreachable` : line;
}

function countRules(tables: readonly XtTable[]): { rules: number; unread: number } {
  let [all, problems] = [0, 0];
  for (const table of tables)
    for (const chain of table.chains.values())
      for (const rule of chain.rules) {
        all++;
        if (rule.problems.length > 0) problems++;
      }
  return { rules: all, unread: problems };
}

function differing(
  before: readonly string[],
  after: readonly string[],
): (readonly [string | undefined, string | undefined])[] {
  const out: (readonly [string | undefined, string | undefined])[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++)
    if (before[i] !== after[i]) out.push([before[i], after[i]]);
  return out;
}
