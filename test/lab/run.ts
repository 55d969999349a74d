import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareDocument, type Difference } from './compare.ts';
import { compareProbes } from './crossing.ts';
import { looksLikeDocument } from './document.ts';
import type { NftForm } from './state.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const USAGE = 'usage: npm run test:lab -- [--verbose] [--only TEXT] [--nft text|json] [PATH...]';

process.stdout.on('error', () => process.exit(1));
process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  const paths: string[] = [];
  const only: string[] = [];
  let verbose = false;
  let nft: NftForm = 'json';
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--verbose') verbose = true;
    else if (arg === '--nft' && (args[i + 1] === 'text' || args[i + 1] === 'json'))
      nft = args[++i] === 'json' ? 'json' : 'text';
    else if (arg === '--only' && args[i + 1] !== undefined) only.push(args[++i] ?? '');
    else if (arg.startsWith('--')) return wrongUse(`${arg}: ${USAGE}`);
    else paths.push(arg);
  }
  const missing = paths.find(path => !existsSync(path));
  if (missing !== undefined) return wrongUse(`${missing}: no such file or folder`);
  if (paths.length === 0) console.log('no PATH given: the documents in fixtures/');
  const files = (paths.length === 0 ? [FIXTURES] : paths).flatMap(filesOf);
  return compareAll(
    files.filter(file => only.length === 0 || only.some(text => file.includes(text))),
    verbose,
    nft,
  );
}

function wrongUse(message: string): number {
  console.error(message);
  return 2;
}

function filesOf(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.json'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}

function compareAll(files: readonly string[], verbose: boolean, nft: NftForm): number {
  const kinds = new Map<string, number>();
  let [documents, journeys, rules, probes, visits, differences] = [0, 0, 0, 0, 0, 0];
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    if (!looksLikeDocument(text)) continue;
    documents++;
    const found = compareDocument(file, text, undefined, nft);
    const crossing = compareProbes(file, text, nft);
    const all = [...found.differences, ...crossing.differences];
    const count = all.length;
    const crossed = `probes ${crossing.probes} across ${crossing.visits} visits`;
    console.log(`${file}  journeys ${found.journeys}  rules ${found.rules}  ${crossed}  differences ${count}`);
    probes += crossing.probes;
    visits += crossing.visits;
    journeys += found.journeys;
    rules += found.rules;
    differences += count;
    for (const difference of all) {
      kinds.set(difference.kind, (kinds.get(difference.kind) ?? 0) + 1);
      if (verbose) console.log(formatDifference(difference));
    }
  }
  for (const [kind, count] of [...kinds].sort((a, b) => b[1] - a[1])) console.log(`  ${kind}: ${count}`);
  if (documents === 0) return wrongUse('no documents found');
  console.log(
    `journeys ${journeys}, rules ${rules}, probes ${probes} across ${visits} visits of nodes, differences ${differences}`,
  );
  return differences > 0 ? 1 : 0;
}

function formatDifference({ kind, node, journey, lines }: Difference): string {
  const key = journey?.key ? ` ${journey.key.kind} ${journey.key.id}` : '';
  const packet = journey ? `${key}  ${journey.before}${journey.iif === undefined ? '' : `  in ${journey.iif}`}` : '';
  return [`  ${kind}: ${node ?? ''}${packet}`, ...lines.map(line => `      ${line}`)].join('\n');
}
