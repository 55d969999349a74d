import { readFileSync } from 'node:fs';
import { type Row, save } from './rows.ts';

// npx tsx test/conformance/run.ts [--ext NAME]... FILE.jsonl
const args = process.argv.slice(2);
const wanted = new Set<string>();
const files: string[] = [];
for (let i = 0; i < args.length; i++) {
  const arg = args[i] ?? '';
  if (arg === '--ext') wanted.add(args[++i] ?? '');
  else files.push(arg);
}
let rows = 0;
let differences = 0;
for (const file of files) {
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (text === '') continue;
    const row: Row = JSON.parse(text);
    if (wanted.size > 0 && !wanted.has(row.ext)) continue;
    rows++;
    for (const backend of ['legacy', 'nft'] as const) {
      const saved = backend === 'legacy' ? row.saved_legacy : row.saved_nft;
      const refused = backend === 'legacy' ? row.err_legacy : row.err_nft;
      const mine = save(row, row.input, backend);
      const again = saved === null ? undefined : save(row, saved.slice(`-A ${row.chain} `.length), backend);
      const problem =
        saved === null
          ? mine.line === undefined
            ? undefined
            : `accepted, printed ${mine.line}\n    refused with ${refused}`
          : mine.line !== saved
            ? `printed ${mine.line ?? mine.problems.join('; ')}\n    instead of ${saved}`
            : again?.line !== saved
              ? `read again: ${again?.line ?? again?.problems.join('; ')}`
              : undefined;
      if (problem) {
        differences++;
        console.log(`${row.id} ${row.family} ${row.ext} ${backend}: ${row.input}\n    ${problem}`);
      }
    }
  }
}
console.log(`rows ${rows}, differences ${differences}`);
process.exitCode = differences > 0 ? 1 : 0;
