import type { Source } from '../../model/source.ts';
import type { NftBaseChain, NftChain, NftRule, NftRuleList } from '../ruleset.ts';
import { placesOfLines, type RulePlace } from './rule-places.ts';
import type { RuleReader } from './rule-reader.ts';

/** What a chain may be told beside its name. */
export type Beside = Pick<NftChain, 'handle' | 'base' | 'comment'>;

/** One object, and small: of a large table a walk meets few chains. */
export class TextChain implements NftChain {
  readonly name: string;
  /** Where the text of its rules starts and ends. */
  readonly start: number;
  readonly end: number;
  readonly count: number;
  private readonly line: number;
  private readonly reader: RuleReader;
  private readonly beside: Beside | undefined;
  private places: readonly RulePlace[] | undefined;
  private made: NftRuleList | undefined;

  private constructor(
    name: string,
    reader: RuleReader,
    start: number,
    end: number,
    count: number,
    line: number,
    beside: Beside | undefined,
    places: readonly RulePlace[] | undefined,
  ) {
    this.name = name;
    this.start = start;
    this.end = end;
    this.count = count;
    this.line = line;
    this.reader = reader;
    this.beside = beside;
    this.places = places;
    this.made = undefined;
  }

  /** `line`: where it begins. */
  static of(name: string, reader: RuleReader, beside: Beside, places: readonly RulePlace[], line: number): TextChain {
    const [start, end] = [places[0]?.start ?? 0, places.at(-1)?.end ?? 0];
    return new TextChain(name, reader, start, end, places.length, line, beside, places);
  }

  /** Of which each rule is a line, the first of them behind that where the chain begins. */
  static ofLines(name: string, reader: RuleReader, start: number, end: number, count: number, line: number): TextChain {
    return new TextChain(name, reader, start, end, count, line, undefined, undefined);
  }

  get kind(): 'chain' {
    return 'chain';
  }

  get handle(): number | undefined {
    return this.beside?.handle;
  }

  get base(): NftBaseChain | undefined {
    return this.beside?.base;
  }

  get comment(): string | undefined {
    return this.beside?.comment;
  }

  get rules(): NftRuleList {
    this.made ??= new TextRules(this.reader, this);
    return this.made;
  }

  get rulePlaces(): readonly RulePlace[] {
    this.places ??= placesOfLines(this.reader.text, this.start, this.count, this.line + 1);
    return this.places;
  }

  /** The number of the rule, from 0, at which an offset into the text stands; -1: it stands in none. */
  ruleAt(offset: number): number {
    return this.rulePlaces.findIndex(({ start, end }) => start <= offset && offset < end);
  }

  listed(): string {
    return this.reader.text.slice(this.start, this.end);
  }

  get source(): Source {
    return { file: this.reader.file, line: this.line };
  }
}

/** The rules of one chain, read when they are first asked for. */
class TextRules implements NftRuleList {
  private readonly reader: RuleReader;
  private readonly chain: TextChain;
  private made: (NftRule | undefined)[] | undefined;

  constructor(reader: RuleReader, chain: TextChain) {
    this.reader = reader;
    this.chain = chain;
    this.made = undefined;
  }

  get length(): number {
    return this.chain.count;
  }

  private placeOf(index: number): RulePlace {
    const place = this.chain.rulePlaces[index];
    if (!place) throw new RangeError(`no rule ${index} of ${this.length}`);
    return place;
  }

  at(index: number): NftRule {
    const known = this.made?.[index];
    if (known) return known;
    const rule = this.reader.read(this.placeOf(index), index + 1);
    this.made ??= [];
    this.made[index] = rule;
    return rule;
  }

  listed(index: number): string {
    const { start, end } = this.placeOf(index);
    return this.reader.text.slice(start, end);
  }

  *[Symbol.iterator](): Iterator<NftRule> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}
