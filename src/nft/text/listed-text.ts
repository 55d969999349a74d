import type { ListedRules, NftChain } from '../ruleset.ts';
import type { RuleReader } from './rule-reader.ts';
import type { TextChain } from './text-chain.ts';

/** Where the rules of a table stand in the text that it is read from. */
export class ListedText implements ListedRules {
  private readonly reader: RuleReader;
  private readonly chains: readonly TextChain[];

  /** `chains`: all of the reader, in the order of the text. */
  constructor(reader: RuleReader, chains: readonly TextChain[]) {
    this.reader = reader;
    this.chains = chains;
  }

  get text(): string {
    return this.reader.listed(0, this.reader.length);
  }

  at(place: number): { readonly chain: NftChain; readonly index: number } | undefined {
    const { reader, chains } = this;
    const rule = reader.placeAt(reader.startOf(0) + place);
    let low = 0;
    for (let high = chains.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((chains[middle]?.first ?? 0) <= rule) low = middle + 1;
      else high = middle;
    }
    const chain = rule < 0 ? undefined : chains[low - 1];
    return chain && { chain, index: rule - chain.first };
  }
}
