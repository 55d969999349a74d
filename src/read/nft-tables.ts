import type { Table } from '../model/ruleset.ts';
import type { Remark } from '../model/source.ts';
import { tableOf } from '../nft/evaluate/table.ts';
import { readNftJson } from '../nft/json/read-ruleset.ts';
import { mergeTables } from '../nft/merge.ts';
import type { NftRuleset, NftTable } from '../nft/ruleset.ts';
import { readNftText } from '../nft/text/read-ruleset.ts';
import type { RulesetBuilder } from './ruleset-builder.ts';

interface Taken {
  readonly table: NftTable;
  /** Those of the listing that the table was read from; they grow as rules are read. */
  readonly remarks: readonly Remark[];
}

/** A table without chains tells nothing of whose it is. */
const isNative = ({ owner, chains }: NftTable): boolean => owner === 'nft' && chains.size > 0;

/** Collects the tables of nft's listings. Listings of one table are laid together; of two of one chain the later counts. */
export class NftTables {
  private readonly listings: NftRuleset[] = [];
  readonly remarks: Remark[] = [];

  addText(text: string, file: string): void {
    this.listings.push(readNftText(text, file));
  }

  addJson(text: string, file: string): void {
    this.listings.push(readNftJson(text, file));
  }

  /** Without those of iptables-nft that its own save tells better. */
  finish(iptables: RulesetBuilder): readonly Table[] {
    const tables = new Map<string, Taken>();
    for (const ruleset of this.listings) {
      const taken = ruleset.tables.filter(table => isNative(table) || !iptables.hasIptables(table.family, table.name));
      if (taken.length === 0) this.remarks.push(...ruleset.remarks);
      for (const [i, table] of taken.entries()) this.take(tables, table, i === 0 ? ruleset.remarks : []);
    }
    return [...tables.values()].map(({ table, remarks }) => tableOf(table, remarks));
  }

  private take(tables: Map<string, Taken>, table: NftTable, remarks: readonly Remark[]): void {
    const key = `${table.family} ${table.name}`;
    const known = tables.get(key);
    if (known) this.remarks.push(...known.remarks);
    tables.set(key, { table: known ? mergeTables(known.table, table) : table, remarks });
  }
}
