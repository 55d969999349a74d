import { readFileSync } from 'node:fs';
import { parseIptablesSave } from '../../src/read/iptables-save.ts';

// Reads a file and parses every rule of it to typed options.
const { tables, remarks } = parseIptablesSave(readFileSync(process.argv[2] ?? ''), 'file');
const start = performance.now();
for (const table of tables) table.parse();
const rules = tables.reduce((sum, table) => sum + table.lines.rules, 0);
const wrong = remarks.length + tables.reduce((sum, table) => sum + table.remarks.length, 0);
if (wrong > 0) throw new Error(`${wrong} remarks`);
process.stdout.write(JSON.stringify({ rules, nanoseconds: ((performance.now() - start) * 1e6) / rules }));
