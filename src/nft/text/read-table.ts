import { looksLikeIptables } from '../owner.ts';
import { NFT_FAMILIES, type NftChain, type NftSet, type NftTable, TABLE_FLAGS } from '../ruleset.ts';
import type { Flowtable, NftObject } from '../schema.ts';
import { ListedText } from './listed-text.ts';
import { readBlock } from './read-block.ts';
import { readChain } from './read-chain.ts';
import { readSet } from './read-set.ts';
import { nameOf, type Reading, unquoted } from './reading.ts';
import type { Scope } from './rule-parser.ts';
import { RuleReader } from './rule-reader.ts';

const TABLE = /^table (\S+) (\S+|"[^"]*") \{$/;

/**
 * From the line that opens a table up to its closing brace. `managed`: the tables that a notice of nft gave to
 * iptables-nft, as `ip filter`. Undefined: the line opens none that is known.
 */
export function readTable(reading: Reading, managed: ReadonlySet<string>): NftTable | undefined {
  const { line, handle } = reading.head;
  const [, word, quoted = ''] = TABLE.exec(line) ?? [];
  const family = NFT_FAMILIES.find(known => known === word);
  if (!family) {
    reading.wrong('expected "table FAMILY NAME {"');
    if (line.endsWith('{')) reading.skipBlock();
    return undefined;
  }
  const name = unquoted(quoted);
  return new TableReader(reading, { family, name, handle }, managed.has(`${family} ${name}`)).read();
}

type Head = Pick<NftTable, 'family' | 'name' | 'handle'>;

class TableReader {
  private readonly reading: Reading;
  private readonly head: Head;
  private readonly managed: boolean;
  private readonly source: NftTable['source'];
  private readonly scope: Scope;
  private readonly rules: RuleReader;
  private flags: NftTable['flags'] = [];
  private comment: string | undefined;
  private cutOff: NftTable['cutOff'];
  private readonly chains = new Map<string, NftChain>();
  private readonly sets = new Map<string, NftSet>();
  private readonly flowtables = new Map<string, Flowtable>();
  private readonly objects: NftObject[] = [];
  private readonly parts: NftTable['parts'][number][] = [];

  constructor(reading: Reading, head: Head, managed: boolean) {
    this.reading = reading;
    this.head = head;
    this.managed = managed;
    this.source = reading.source;
    this.scope = { family: head.family };
    this.rules = new RuleReader(reading.ground, this.scope, () => this.isIptables);
  }

  private get isIptables(): boolean {
    const { chains, sets } = this;
    return this.managed || looksLikeIptables({ ...this.head, chains, sets });
  }

  read(): NftTable {
    const { lines } = this.reading;
    let closed = false;
    while (!closed && lines.next()) {
      closed = lines.isClosing;
      if (!closed) this.part();
    }
    if (!closed) this.cutOff ??= this.reading.source;
    const { source, flags, comment, cutOff, chains, sets, flowtables, objects, parts } = this;
    const owner = this.isIptables ? 'iptables-nft' : 'nft';
    const listed = new ListedText(this.rules.text, parts);
    return { ...this.head, owner, flags, comment, chains, sets, flowtables, objects, parts, source, cutOff, listed };
  }

  private part(): void {
    const { reading, scope } = this;
    const chain = reading.lines.heading('chain ');
    if (chain !== undefined) {
      this.chain(unquoted(chain), undefined);
      return;
    }
    const { line, handle } = reading.head;
    if (line.startsWith('#')) this.notice(line);
    else if (line.startsWith('chain ') && line.endsWith(' {')) this.chain(unquoted(line.slice(6, -2)), handle);
    else if (/^(?:set|map|meter) \S.* \{$/.test(line)) this.set(nameOf(line), handle);
    else if (line.startsWith('comment ')) this.comment = reading.quoted(scope);
    else if (line.startsWith('flags ')) this.flags = tableFlags(line);
    else if (line.endsWith('{')) this.block(line, handle);
    else reading.wrong('this is not known of a table');
  }

  /** Warnings of nft stand among the lines. */
  private notice(line: string): void {
    if (!/^# (?:Warning|handle)/.test(line)) this.reading.wrong(`a comment in table ${this.head.name}`);
  }

  private chain(name: string, handle: number | undefined): void {
    const { part, cutOff } = readChain(this.reading, this.scope, this.rules, name, handle);
    this.cutOff ??= cutOff;
    const { size } = this.chains;
    if (this.chains.set(name, part).size === size) this.reading.wrong(`a second chain ${name}`);
    this.parts.push(part);
  }

  private set(name: string, handle: number | undefined): void {
    const { part, cutOff } = readSet(this.reading, this.scope, name, handle);
    this.cutOff ??= cutOff;
    this.sets.set(name, part);
    this.parts.push(part);
  }

  private block(line: string, handle: number | undefined): void {
    const { part, cutOff } = readBlock(this.reading, this.scope, line, handle);
    this.cutOff ??= cutOff;
    this.parts.push(part);
    if (part.kind === 'flowtable') this.flowtables.set(part.name, part);
    else this.objects.push(part);
  }
}

function tableFlags(line: string): NftTable['flags'] {
  const words = line.slice(6).split(/[ ,;]+/);
  return TABLE_FLAGS.filter(flag => words.includes(flag));
}
