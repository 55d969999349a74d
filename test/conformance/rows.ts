import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Family } from '../../src/net/address.ts';

/** One of netfilter's own test rules with what the two tools made of it. */
export interface Row {
  readonly id: string;
  readonly ext: string;
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly input: string;
  /** What netfilter's own test expects: OK, FAIL; UNLOADABLE: a translation's rule that no kernel takes. */
  readonly status: string;
  /** The words that netfilter's own test expects of an OK row. */
  readonly expect?: string | null;
  readonly saved_legacy: string | null;
  readonly saved_nft: string | null;
  readonly err_legacy?: string | null;
  readonly err_nft?: string | null;
}

/** Files as they are; of folders every iptables-*.jsonl in them, at any depth. */
export function findFiles(paths: readonly string[]): string[] {
  return paths.flatMap(path => {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter(name => /^iptables-.*\.jsonl$/.test(basename(name)))
      .sort()
      .map(name => join(path, name));
  });
}

export function* readRows(file: string): Generator<Row> {
  for (const line of readFileSync(file, 'utf8').split('\n')) if (line !== '') yield JSON.parse(line);
}
