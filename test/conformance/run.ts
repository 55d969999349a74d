import { checkRow } from './check.ts';
import { testedElsewhere } from './elsewhere.ts';
import { findFiles, readRows } from './rows.ts';
import { Tally } from './tally.ts';

// npm run test:conformance -- [--ext NAME]... PATH...: netfilter's own test rules, against both backends' printers.
const wanted = new Set<string>();
const paths: string[] = [];
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  const arg = args[i] ?? '';
  if (arg === '--ext') wanted.add(args[++i] ?? '');
  else paths.push(arg);
}
const files = findFiles(paths);
if (files.length === 0) {
  console.error('No rows: name files, or folders with iptables-*.jsonl in them.');
  process.exit(2);
}
const tally = new Tally();
let rows = 0;
for (const file of files) {
  for (const row of readRows(file)) {
    if (wanted.size > 0 && !wanted.has(row.ext)) continue;
    rows++;
    for (const backend of ['legacy', 'nft'] as const) {
      const outcome = checkRow(row, backend);
      tally.add(row.ext, outcome);
      if (outcome.kind === 'difference')
        console.log(`${row.id} ${row.family} ${row.ext} ${backend}: ${row.input}\n    ${outcome.text}`);
    }
  }
}
console.log(tally.lines().join('\n'));
if (wanted.size === 0) {
  console.log('extensions without a row that loads, and where they are tested:');
  for (const line of testedElsewhere(tally.saved())) console.log(`  ${line}`);
}
const differences = tally.total('difference');
console.log(`rows ${rows}, differences ${differences}`);
process.exitCode = differences > 0 ? 1 : 0;
