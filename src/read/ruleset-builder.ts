import type { Remark } from '../model/source.ts';
import type { XtTable } from '../xt/chain.ts';
import type { IptablesSave } from './iptables-save.ts';

/** From the most exact to the least. */
const KINDS = ['save', 'rules', 'listing'] as const;
export type DumpKind = (typeof KINDS)[number];

interface Dump {
  readonly kind: DumpKind;
  readonly tables: readonly XtTable[];
  readonly remarks: readonly Remark[];
}

/**
 * Collects the tables of all dumps. Those of iptables-legacy and of iptables-nft stand side by side, as in the kernel;
 * of several dumps of one table the most exact is taken, and of two of a kind the later.
 */
export class RulesetBuilder {
  private readonly dumps: Dump[] = [];
  readonly remarks: Remark[] = [];

  add({ tables, remarks }: IptablesSave, kind: DumpKind): void {
    this.dumps.push({ kind, tables, remarks });
  }

  /** Whether iptables-nft's own dump of the table is at hand. */
  hasIptables(family: string, name: string): boolean {
    return this.dumps.some(dump =>
      dump.tables.some(t => t.family === family && t.name === name && t.owner !== 'iptables-legacy'),
    );
  }

  finish(): readonly XtTable[] {
    let taken: XtTable[] = [];
    for (const kind of KINDS) {
      const found: XtTable[] = [];
      for (const dump of this.dumps) {
        if (dump.kind !== kind) continue;
        const useful = dump.tables.filter(table => !taken.some(other => sameTable(table, other)));
        if (useful.length > 0 || dump.tables.length === 0) for (const remark of dump.remarks) this.remarks.push(remark);
        for (const table of useful) this.put(found, table);
      }
      taken = [...taken, ...found];
    }
    return taken;
  }

  private put(found: XtTable[], table: XtTable): void {
    const at = found.findIndex(other => other.owner === table.owner && sameTable(table, other));
    const known = found[at];
    if (!known) {
      found.push(table);
      return;
    }
    const text = `table ${table.name} (${table.family}) is in ${known.source.file} too; this one counts`;
    this.remarks.push({ ...table.source, severity: 'warning', text });
    found[at] = table;
  }
}

/** A dump that does not say whose it is may be of either. */
const sameTable = (a: XtTable, b: XtTable): boolean =>
  a.family === b.family &&
  a.name === b.name &&
  (a.owner === b.owner || a.owner === 'iptables' || b.owner === 'iptables');
