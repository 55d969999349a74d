import type { Table } from '../model/ruleset.ts';
import type { Remark } from '../model/source.ts';
import { tableOf } from '../nft/evaluate/table.ts';
import { readNftJson } from '../nft/json/read-ruleset.ts';
import type { NftRuleset } from '../nft/ruleset.ts';
import { remarkNft } from './nft-notice.ts';
import type { RulesetBuilder } from './ruleset-builder.ts';

/** Collects the tables of nft's listings; of two listings of one table the later counts. */
export class NftTables {
  private readonly listings: { readonly file: string; readonly ruleset: NftRuleset }[] = [];
  private readonly texts: { readonly text: string; readonly file: string }[] = [];
  readonly remarks: Remark[] = [];

  addText(text: string, file: string): void {
    this.texts.push({ text, file });
  }

  addJson(text: string, file: string): void {
    this.listings.push({ file, ruleset: readNftJson(text, file) });
  }

  /** Without those of iptables-nft that its own save tells better. */
  finish(iptables: RulesetBuilder): readonly Table[] {
    const tables = new Map<string, Table>();
    for (const { ruleset } of this.listings) {
      const taken = ruleset.tables.filter(
        ({ owner, family, name }) => owner === 'nft' || !iptables.hasIptables(family, name),
      );
      if (taken.length === 0) this.remarks.push(...ruleset.remarks);
      for (const [i, table] of taken.entries())
        tables.set(`${table.family} ${table.name}`, tableOf(table, i === 0 ? ruleset.remarks : []));
    }
    for (const { text, file } of this.texts) this.remarks.push(...remarkNft(text, file, 'nft', iptables));
    return [...tables.values()];
  }
}
