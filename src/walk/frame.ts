import type { Chain, Owner, Rule, RuleList, Table } from '../model/ruleset.ts';
import type { ChainIndex } from './chain-index.ts';
import type { Pass } from './pass.ts';
import type { RulePosition } from './trace.ts';

/** A chain on its way to be walked through: a base chain, or one that a rule of `caller` jumped or went to. */
export class Frame {
  readonly table: Table;
  readonly chain: Chain;
  readonly rules: RuleList;
  readonly caller: Frame | undefined;
  /** Entered by goto: its end is the end of its caller too. */
  readonly goto: boolean;
  readonly depth: number;
  /** The rule that is being run, from 0; before the first it is -1. */
  place = -1;
  private readonly length: number;
  private readonly index: ChainIndex | undefined;

  constructor(pass: Pass, table: Table, chain: Chain, caller: Frame | undefined, goto: boolean) {
    this.table = table;
    this.chain = chain;
    this.rules = chain.rules;
    this.length = this.rules.length;
    this.caller = caller;
    this.goto = goto;
    this.depth = caller ? caller.depth + 1 : 0;
    this.index = pass.compiled.indexes?.of(this.rules);
  }

  /** Steps to the next rule that could match the packet as it is now; false: the chain ends. */
  advance(pass: Pass): boolean {
    const next = this.place + 1;
    if (this.index) {
      this.place = this.index.next(next, pass.bare);
      pass.recorder?.skipped(this.rules, next, this.place);
    } else this.place = next;
    return this.place < this.length;
  }

  /** Where the walk goes on when this chain ends; undefined: it was the base chain. */
  end(): Frame | undefined {
    let ended: Frame | undefined = this;
    while (ended?.goto) ended = ended.caller;
    return ended?.caller;
  }

  /** Of the rule that is being run. */
  position(): RulePosition {
    return new Position(this, this.place);
  }
}

/** Small, for a walk makes many; the rule itself is built when somebody looks at it. */
class Position implements RulePosition {
  readonly #frame: Frame;
  readonly #place: number;

  constructor(frame: Frame, place: number) {
    this.#frame = frame;
    this.#place = place;
  }

  get family(): Table['family'] {
    return this.#frame.table.family;
  }

  get owner(): Owner {
    return this.#frame.table.owner;
  }

  get table(): string {
    return this.#frame.table.name;
  }

  get chain(): string {
    return this.#frame.chain.name;
  }

  get rule(): Rule {
    return this.#frame.rules.at(this.#place);
  }
}
