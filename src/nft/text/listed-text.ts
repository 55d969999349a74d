import type { ListedRules, NftChain, NftTable } from '../ruleset.ts';
import { TextChain } from './text-chain.ts';

/** Where the rules of a table stand in the text that it is read from. */
export class ListedText implements ListedRules {
  private readonly whole: string;
  private readonly parts: NftTable['parts'];
  private found: readonly TextChain[] | undefined;

  /** `parts`: all of the table, in the order of the text. */
  constructor(text: string, parts: NftTable['parts']) {
    this.whole = text;
    this.parts = parts;
  }

  private get chains(): readonly TextChain[] {
    this.found ??= this.parts.filter(part => part instanceof TextChain).filter(({ count }) => count > 0);
    return this.found;
  }

  private get start(): number {
    return this.chains[0]?.start ?? 0;
  }

  get text(): string {
    return this.whole.slice(this.start, this.chains.at(-1)?.end ?? 0);
  }

  at(place: number): { readonly chain: NftChain; readonly index: number } | undefined {
    const { chains } = this;
    const offset = this.start + place;
    let low = 0;
    for (let high = chains.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((chains[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const chain = chains[low - 1];
    const index = chain ? chain.ruleAt(offset) : -1;
    return chain && index >= 0 ? { chain, index } : undefined;
  }
}
