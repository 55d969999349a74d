import type { Source } from '../../model/source.ts';
import type { NftBaseChain, NftChain, NftRule, NftRuleList } from '../ruleset.ts';
import type { RuleReader } from './rule-reader.ts';

type Told = Pick<NftChain, 'name' | 'handle' | 'base' | 'comment'>;

/** Small: of a large table a walk meets few chains. */
export class TextChain implements NftChain {
  readonly name: string;
  readonly handle: number | undefined;
  readonly base: NftBaseChain | undefined;
  readonly comment: string | undefined;
  private readonly reader: RuleReader;
  /** Its first rule among those of its table. */
  readonly first: number;
  private readonly count: number;
  private readonly line: number;
  private made: NftRuleList | undefined;

  /** Its rules are those of the reader from `first` on; `line`: where it begins. */
  constructor({ name, handle, base, comment }: Told, reader: RuleReader, first: number, line: number) {
    this.name = name;
    this.handle = handle;
    this.base = base;
    this.comment = comment;
    this.reader = reader;
    this.first = first;
    this.count = reader.length - first;
    this.line = line;
  }

  get kind(): 'chain' {
    return 'chain';
  }

  get rules(): NftRuleList {
    this.made ??= new TextRules(this.reader, this.first, this.count);
    return this.made;
  }

  listed(): string {
    return this.reader.listed(this.first, this.count);
  }

  get source(): Source {
    return { file: this.reader.file, line: this.line };
  }
}

/** The rules of one chain: some of those of its table, read when they are first asked for. */
class TextRules implements NftRuleList {
  readonly length: number;
  private readonly first: number;
  private readonly reader: RuleReader;
  private readonly made: (NftRule | undefined)[] = [];

  constructor(reader: RuleReader, first: number, length: number) {
    this.reader = reader;
    this.first = first;
    this.length = length;
  }

  at(index: number): NftRule {
    const known = this.made[index];
    if (known) return known;
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no rule ${index} of ${this.length}`);
    const rule = this.reader.read(this.first + index, index + 1);
    this.made[index] = rule;
    return rule;
  }

  listed(index: number): string {
    return this.reader.listed(this.first + index, 1);
  }

  *[Symbol.iterator](): Iterator<NftRule> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}
