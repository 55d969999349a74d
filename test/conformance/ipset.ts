import { readFileSync } from 'node:fs';
import { savedSets } from '../xt/ipset/sets.ts';
import { IpsetMachine } from './ipset-machine.ts';

// npm run test:ipset -- FILE.jsonl: netfilter's own tests of ipset, a JSON object a line.
interface Row {
  readonly file: string;
  readonly step: number;
  readonly cmd?: string;
  readonly expect_rc: number;
  readonly pass: boolean;
  readonly save_after: string | null;
}

let rows = 0;
let saves = 0;
let skipped = 0;
let differences = 0;

function differ(row: Row, text: string): void {
  differences++;
  console.log(`${row.file} ${row.step}: ${row.cmd}\n    ${text}`);
}

/** The elements of every set, without what counts or runs. */
const contents = (sets: IpsetMachine['sets']): string =>
  [...sets.values()]
    .map(set =>
      [set.name, ...set.elements.map(({ key, nomatch }) => `${key}${nomatch ? ' nomatch' : ''}`).sort()].join(' '),
    )
    .sort()
    .join('\n');

for (const path of process.argv.slice(2)) {
  let machine = new IpsetMachine();
  let file = '';
  // What the kernel of the recording holds is known, and it is what this program holds.
  let together = true;
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue;
    const row: Row = JSON.parse(text);
    if (row.file !== file) {
      machine = new IpsetMachine();
      together = true;
    }
    file = row.file;
    const command = (row.cmd ?? '').replace(',smtp', ',25');
    const sleep = /^sleep (\d+)/.exec(command);
    if (sleep) machine.sleep(Number(sleep[1]));
    const status = sleep ? 0 : machine.run(command);
    if (status === undefined) skipped++;
    else if (!sleep) {
      rows++;
      if ((status === 0) !== (row.expect_rc === 0)) differ(row, `exit ${status} instead of ${row.expect_rc}`);
    }
    if (status === 0 && !row.pass) together = false;
    if (status === undefined && (!row.pass || row.save_after === null)) together = false;
    if (!row.pass || row.save_after === null) continue;
    const saved = savedSets(row.save_after);
    if (status !== undefined && together) {
      saves++;
      const [mine, theirs] = [contents(machine.sets), contents(saved)];
      if (mine !== theirs) differ(row, `holds ${mine}\n    instead of ${theirs}`);
    } else if (status === undefined && saved.size > 0) {
      machine.load(saved);
      together = true;
    }
  }
}
console.log(`rows ${rows}, saves ${saves}, not played ${skipped}, differences ${differences}`);
process.exitCode = differences > 0 ? 1 : 0;
