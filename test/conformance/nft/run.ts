import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Printer } from '../../../src/nft/printer.ts';
import { RuleParser } from '../../../src/nft/text/rule-parser.ts';
import { checkListing, type Outcome } from './listing.ts';
import { LOSSES } from './lossy.ts';
import { checkRow } from './rows.ts';

// npm run test:nft -- PATH...: rows of nft's own tests (.jsonl) and listings of nft, printed back and held against JSON.
const paths = process.argv.slice(2);
const lost = new Map<string, number>();
let [differences, rows, notLoaded, listings, rules, foreign] = [0, 0, 0, 0, 0, 0];

function* filesUnder(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) yield path;
  else
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).sort())
      if (/^(?:nft-.*\.jsonl|quoting\.jsonl|tricky-nft\.txt|.*\.nft|nft-.*\.txt)$/.test(basename(name)))
        yield join(path, name);
}

function add(name: string, outcome: Outcome): void {
  rules += outcome.rules;
  foreign += outcome.foreign;
  for (const [loss, count] of outcome.lost) lost.set(loss, (lost.get(loss) ?? 0) + count);
  differences += outcome.differences.length;
  for (const difference of outcome.differences) console.log(`${name}\n  ${difference}`);
}

function readRows(path: string): void {
  const files = new Map<string, { rows: number; agree: number; notLoaded: number }>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const { name, file, outcome } = checkRow(line);
    const counts = files.get(file) ?? { rows: 0, agree: 0, notLoaded: 0 };
    files.set(file, counts);
    rows++;
    counts.rows++;
    if (outcome) add(name, outcome);
    if (!outcome) counts.notLoaded++;
    else if (outcome.differences.length === 0) counts.agree++;
  }
  console.log(`${path}\n  ${'file'.padEnd(34)} rows  agree  not loaded`);
  for (const [file, counts] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    notLoaded += counts.notLoaded;
    const cells = [counts.rows, counts.agree, counts.notLoaded].map((n, i) => String(n).padStart([5, 7, 12][i] ?? 0));
    console.log(`  ${file.padEnd(33)}${cells.join('')}`);
  }
}

/** JSON of the same ruleset, by the names that captures and listings have. */
function jsonOf(path: string): string | undefined {
  const candidates = [
    path.replace(/nft-(?:a-)?list-ruleset\.txt$/, 'nft-j-list-ruleset.json'),
    path.replace(/(?:\.relisted)?\.nft$/, '.json'),
  ];
  const found = candidates.find(candidate => candidate !== path && existsSync(candidate));
  return found === undefined ? undefined : readFileSync(found, 'utf8');
}

/** A rule a line. */
function readLines(path: string, text: string): void {
  for (const line of text.split('\n').filter(rule => rule !== '')) {
    const remarks: string[] = [];
    const parser = new RuleParser(line, { file: path, line: 1, column: 1 }, { family: 'inet' });
    const rule = parser.rule(remark => remarks.push(remark.text));
    const printed = new Printer('inet').rule(rule);
    rules++;
    if (printed !== line) remarks.push(`printed ${printed}`);
    differences += remarks.length;
    for (const remark of remarks) console.log(`${line}\n  ${remark}`);
  }
  console.log(`${path}: lines ${text.split('\n').filter(rule => rule !== '').length}`);
}

const files = paths.flatMap(given => [...filesUnder(given)]);
if (files.length === 0) {
  console.error('No rows: name files or folders with nft-*.jsonl, *.nft or nft-*.txt in them.');
  process.exit(2);
}
for (const path of files) {
  if (path.endsWith('.jsonl')) {
    readRows(path);
    continue;
  }
  const text = readFileSync(path, 'utf8');
  listings++;
  if (/^(?:#.*\n)*\s*table /.test(text)) {
    const json = jsonOf(path);
    const outcome = checkListing(text, json);
    add(path, outcome);
    const held = json === undefined ? '' : ', held against JSON';
    console.log(`${path}: rules ${outcome.rules}, of iptables-nft ${outcome.foreign}${held}`);
  } else readLines(path, text);
}
if (lost.size > 0) console.log('what text and JSON cannot agree in, for nft leaves it out:');
for (const { name, reason } of LOSSES)
  if (lost.has(name)) console.log(`  ${String(lost.get(name)).padStart(6)}  ${name}: ${reason}`);
console.log(`rules of iptables-nft, which its own save tells and no comparison is made of: ${foreign}`);
console.log(`rows ${rows}, not loaded ${notLoaded}, listings ${listings}, rules ${rules}, differences ${differences}`);
process.exitCode = differences > 0 ? 1 : 0;
