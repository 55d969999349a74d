import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { chainOrigin } from '../../src/kubernetes/maker.ts';
import { detect } from '../../src/read/detect.ts';
import { readNamespace } from '../../src/read/snapshot.ts';

const RULES = new Set(['iptables-save', 'iptables-rules', 'iptables-listing', 'nft', 'nft-json']);

export interface Makers {
  readonly file: string;
  readonly chains: number;
  /** Called by the kernel, everyone puts rules into them. */
  readonly shared: number;
  readonly byMaker: ReadonlyMap<string, number>;
  /** Of nobody that is known: the user's own. */
  readonly own: readonly string[];
}

/** Whose the chains are, of every single file of rules in a path; captures are left out. */
export function makersIn(path: string): Makers[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return makersOf(path);
  if (existsSync(join(path, 'nodes'))) return [];
  return readdirSync(path)
    .sort()
    .flatMap(name => makersIn(join(path, name)));
}

function makersOf(path: string): Makers[] {
  if (/\.md$/.test(path)) return [];
  const text = readFileSync(path, 'utf8');
  if (!RULES.has(detect(text, path)?.format ?? '')) return [];
  const { ruleset } = readNamespace('node', [{ path, text: listed(text) }]);
  const byMaker = new Map<string, number>();
  const own: string[] = [];
  let [chains, shared] = [0, 0];
  for (const table of ruleset.tables)
    for (const name of table.chains.keys()) {
      const origin = chainOrigin(table, name);
      chains++;
      if (origin.kind === 'shared') shared++;
      else if (origin.kind === 'own') own.push(`${table.name} ${name}`);
      else byMaker.set(origin.maker, (byMaker.get(origin.maker) ?? 0) + 1);
    }
  return [{ file: basename(path), chains, shared, byMaker, own }];
}

/** Of commands for nft, which no reader takes, the chains that they make, without their rules; else the text itself. */
function listed(text: string): string {
  const tables = new Map<string, string[]>();
  for (const [, table = '', chain = '', base] of text.matchAll(
    /^(?:add|create) chain (\S+ \S+) (\S+)(?: \{ (.*?) \})?$/gm,
  ))
    tables.set(table, [
      ...(tables.get(table) ?? []),
      `\tchain ${chain} {\n${base === undefined ? '' : `\t\t${base}\n`}\t}\n`,
    ]);
  if (tables.size === 0) return text;
  return [...tables].map(([table, chains]) => `table ${table} {\n${chains.join('')}}\n`).join('');
}

export function makersLine({ file, chains, shared, byMaker, own }: Makers): string {
  const makers = [...byMaker].sort((a, b) => b[1] - a[1]).map(([maker, count]) => `${maker} ${count}`);
  return [`${file}: chains ${chains}`, ...makers, `shared ${shared}`, `the user's own ${own.length}`].join(', ');
}
