import type { Remark, Source } from '../../model/source.ts';
import { ReadElements } from '../elements.ts';
import { LazyRules } from '../lazy-rules.ts';
import { readFlowtable } from '../object/flowtable.ts';
import { readObject } from '../object/objects.ts';
import { looksLikeIptables } from '../owner.ts';
import { Printer } from '../printer.ts';
import { ruleOf } from '../rule.ts';
import {
  NFT_FAMILIES,
  NFT_HOOKS,
  type NftBaseChain,
  type NftChain,
  type NftFamily,
  type NftRuleset,
  type NftSet,
  type NftTable,
  TABLE_FLAGS,
} from '../ruleset.ts';
import type { Element, Flowtable, NftObject } from '../schema.ts';
import { NotUnderstood } from '../unread.ts';
import { parseExactJson } from './exact.ts';
import { type Fields, onlyKey } from './fields.ts';
import { JsonReader } from './json-reader.ts';
import { readSet } from './set.ts';

type Part = NftTable['parts'][number];

interface ChainDraft {
  readonly chain: Omit<NftChain, 'rules'>;
  readonly rules: unknown[];
}

interface TableDraft {
  readonly family: NftFamily;
  readonly name: string;
  readonly handle: number | undefined;
  readonly flags: NftTable['flags'];
  readonly comment: string | undefined;
  readonly reader: JsonReader;
  readonly chains: Map<string, ChainDraft>;
  readonly sets: Map<string, NftSet>;
  /** JSON of elements by the set's name. */
  readonly elements: Map<string, unknown[]>;
  readonly flowtables: Map<string, Flowtable>;
  readonly objects: NftObject[];
  /** Of chains the names: they are made at the end. */
  readonly parts: (Exclude<Part, NftChain> | ChainDraft)[];
}

/** Reads the JSON of `nft -j list ruleset`, or of a table, chain or set of it. Rules and elements are read on demand. */
export function readNftJson(text: string, file: string): NftRuleset {
  const remarks: Remark[] = [];
  const reading = new Reading(file, remarks);
  const json = parseExactJson(text, file, remarks);
  const items = listOf(json);
  if (!items && json !== undefined)
    remarks.push({ file, line: 1, severity: 'error', text: 'no object with a list "nftables"' });
  for (const item of items ?? []) reading.item(item);
  return { tables: reading.finish(), remarks };
}

function listOf(json: unknown): readonly unknown[] | undefined {
  const [key, list] = onlyKey(json) ?? [];
  return key === 'nftables' && Array.isArray(list) ? list : undefined;
}

class Reading {
  private readonly file: string;
  private readonly remarks: Remark[];
  private readonly tables = new Map<string, TableDraft>();

  constructor(file: string, remarks: Remark[]) {
    this.file = file;
    this.remarks = remarks;
  }

  /** JSON stands on one line. */
  private get source(): Source {
    return { file: this.file, line: 1 };
  }

  private readonly error = (text: string): void => {
    this.remarks.push({ file: this.file, line: 1, severity: 'error', text });
  };

  item(json: unknown): void {
    try {
      const [key, body] = onlyKey(json) ?? [];
      if (key === 'metainfo') return;
      if (key === 'add' || key === 'create') this.item(body);
      else if (key === undefined) throw new NotUnderstood('an item of "nftables" is no object of one key');
      else if (key === 'table') this.addTable(body);
      else this.object(key, body);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      this.error(error.message);
    }
  }

  private object(key: string, body: unknown): void {
    const reader = new JsonReader({ family: 'ip' }, this.error);
    const fields = reader.fields(body, key);
    const family = fields.word('family', NFT_FAMILIES);
    const table = this.table(family, fields.string('table'));
    if (key === 'chain') this.addChain(table, fields);
    else if (key === 'rule') this.addRule(table, fields);
    else if (key === 'set' || key === 'map' || key === 'meter') this.addSet(table, fields);
    else if (key === 'element') this.addElements(table, fields.string('name'), fields.list('elem'));
    else if (key === 'flowtable') {
      const flowtable = readFlowtable(fields);
      table.flowtables.set(flowtable.name, flowtable);
      table.parts.push(flowtable);
    } else {
      const object = readObject(key, fields);
      if (!object) throw new NotUnderstood(`"${key}" is not known`);
      table.objects.push(object);
      table.parts.push(object);
    }
    fields.finish();
  }

  private addTable(body: unknown): void {
    const fields = new JsonReader({ family: 'ip' }, this.error).fields(body, 'table');
    const family = fields.word('family', NFT_FAMILIES);
    const name = fields.string('name');
    const handle = fields.optionalNumber('handle');
    const comment = fields.optionalString('comment');
    const flags = fields.strings('flags');
    const known = TABLE_FLAGS.filter(flag => flags.includes(flag));
    // nft 1.0.6 prints garbage for flags.
    if (known.length < flags.length)
      this.error(`table ${name}: this JSON does not tell its flags; it may be dormant (nft list ruleset tells)`);
    fields.finish();
    this.tables.set(`${family} ${name}`, this.draft(family, name, handle, known, comment));
  }

  private draft(
    family: NftFamily,
    name: string,
    handle?: number,
    flags: NftTable['flags'] = [],
    comment?: string,
  ): TableDraft {
    return {
      family,
      name,
      handle,
      flags,
      comment,
      reader: new JsonReader({ family }, this.error),
      chains: new Map(),
      sets: new Map(),
      elements: new Map(),
      flowtables: new Map(),
      objects: [],
      parts: [],
    };
  }

  /** A listing of a single chain or set does not name its table before. */
  private table(family: NftFamily, name: string): TableDraft {
    const key = `${family} ${name}`;
    const table = this.tables.get(key) ?? this.draft(family, name);
    this.tables.set(key, table);
    return table;
  }

  private addChain(table: TableDraft, fields: Fields): void {
    const name = fields.string('name');
    const handle = fields.optionalNumber('handle');
    const comment = fields.optionalString('comment');
    const type = fields.optionalWord('type', ['filter', 'nat', 'route']);
    const base: NftBaseChain | undefined = type && {
      type,
      hook: fields.word('hook', NFT_HOOKS),
      priority: fields.number('prio'),
      policy: fields.optionalWord('policy', ['accept', 'drop']) ?? 'accept',
      devices: fields.strings('dev'),
    };
    this.chainDraft(table, { kind: 'chain', name, handle, base, comment, source: this.source });
  }

  private chainDraft(table: TableDraft, chain: ChainDraft['chain']): ChainDraft {
    const draft: ChainDraft = { chain, rules: [] };
    table.chains.set(chain.name, draft);
    table.parts.push(draft);
    return draft;
  }

  private addRule(table: TableDraft, fields: Fields): void {
    const name = fields.string('chain');
    const unlisted = { handle: undefined, base: undefined, comment: undefined, source: this.source };
    const chain = table.chains.get(name) ?? this.chainDraft(table, { kind: 'chain', name, ...unlisted });
    const rule = { expr: fields.raw('expr'), handle: fields.raw('handle'), comment: fields.raw('comment') };
    fields.raw('index');
    chain.rules.push(rule);
  }

  private addSet(table: TableDraft, fields: Fields): void {
    const declaration = readSet(fields, table.reader);
    this.addElements(table, declaration.name, fields.list('elem'));
    const read = (): readonly Element[] =>
      (table.elements.get(declaration.name) ?? []).map(item => table.reader.element(item));
    const elements = new ReadElements(read);
    const set: NftSet = { kind: 'set', ...declaration, source: this.source, elements };
    table.sets.set(set.name, set);
    table.parts.push(set);
  }

  private addElements(table: TableDraft, set: string, elements: readonly unknown[]): void {
    const known = table.elements.get(set);
    if (known) for (const element of elements) known.push(element);
    else table.elements.set(set, [...elements]);
  }

  finish(): readonly NftTable[] {
    return [...this.tables.values()].map(draft => this.finished(draft));
  }

  private finished({ elements: _, reader, chains: drafts, parts: items, ...table }: TableDraft): NftTable {
    const printer = new Printer(table.family);
    const chains = new Map<string, NftChain>();
    for (const [name, { chain, rules }] of drafts) {
      const list = new LazyRules(rules.length, index => this.rule(rules[index], index, reader, printer));
      chains.set(name, { ...chain, rules: list });
    }
    const parts = items.flatMap((part): readonly Part[] => {
      if (!('rules' in part)) return [part];
      const chain = chains.get(part.chain.name);
      return chain ? [chain] : [];
    });
    const owner = looksLikeIptables({ ...table, chains }) ? 'iptables-nft' : 'nft';
    return { ...table, chains, parts, owner, source: this.source, cutOff: undefined };
  }

  private rule(json: unknown, index: number, reader: JsonReader, printer: Printer) {
    const fields = reader.fields(json, 'rule');
    const handle = fields.raw('handle');
    const comment = fields.raw('comment');
    return ruleOf(
      {
        number: index + 1,
        handle: typeof handle === 'number' ? handle : undefined,
        comment: typeof comment === 'string' ? comment : undefined,
        statements: reader.statements(fields.raw('expr') ?? []),
        source: this.source,
      },
      printer,
    );
  }
}
