import type { CtState } from '../model/conntrack.ts';
import { type Asked, missingRules, type RuleList, type Table } from '../model/ruleset.ts';
import type { Packet } from '../net/packet.ts';
import { jumpOf } from '../xt/statement.ts';
import type { ChainResult } from './chain.ts';
import type { HookChain } from './hooks.ts';
import type { Pass } from './pass.ts';
import type { Step } from './trace.ts';

/** Larger ones ask too much for two packets to be alike. */
const MAX_RULES = 256;
const MAX_PASSAGES = 32;
/** So many packets in a row that none of them is like: the chain's rules ask too much of those that come. */
const MAX_VAIN = 64;

type Value = Packet[Exclude<Asked, 'ctstate'>] | CtState;

/** What a base chain did to one packet, and will do to all that are alike in what its rules ask. */
interface Passage {
  readonly values: readonly Value[];
  readonly markBefore: number;
  readonly markAfter: number;
  readonly jumps: number;
  readonly steps: readonly Step[];
  readonly result: ChainResult;
}

/**
 * The passages through one base chain whose rules ask little: the same steps are taken again for the next packet that
 * gives the same answers. Whatever may differ from one time to the next (dice, unknowns, state) is asked in no such chain.
 */
export class Replay {
  private readonly asked: readonly Asked[];
  private readonly passages: Passage[] = [];
  private inVain = 0;

  private constructor(asked: readonly Asked[]) {
    this.asked = asked;
  }

  /** Undefined: the chain, or one that it leads to, asks more. */
  static of({ table, chain }: HookChain): Replay | undefined {
    if (table.byName || missingRules(table)) return undefined;
    const asked = new Set<Asked>();
    const lists = new Set([chain.rules]);
    let rules = 0;
    for (const list of lists) {
      rules += list.length;
      if (rules > MAX_RULES || !addAsks(table, list, asked, lists)) return undefined;
    }
    return new Replay([...asked]);
  }

  /** It is full, and what it keeps is of no use. */
  get isVain(): boolean {
    return this.inVain > MAX_VAIN;
  }

  find(pass: Pass): Passage | undefined {
    const { mark } = pass.packet;
    for (const passage of this.passages)
      if (passage.markBefore === mark && this.isLike(passage, pass)) {
        this.inVain = 0;
        return passage;
      }
    if (this.isFull) this.inVain++;
    return undefined;
  }

  private get isFull(): boolean {
    return this.passages.length === MAX_PASSAGES;
  }

  private isLike({ values }: Passage, pass: Pass): boolean {
    const { asked } = this;
    for (let i = 0; i < asked.length; i++) {
      const field = asked[i];
      if (field !== undefined && askedOf(pass, field) !== values[i]) return false;
    }
    return true;
  }

  /** Walks the chain by its rules, and keeps how it went while there is room. */
  record(pass: Pass, walk: () => ChainResult): ChainResult {
    if (this.isFull) return walk();
    const values = this.asked.map(field => askedOf(pass, field));
    const { jumps, packet, steps } = pass;
    const { mark: markBefore } = packet;
    const first = steps.length;
    const result = walk();
    if (result.kind !== 'end')
      this.passages.push({
        values,
        markBefore,
        markAfter: packet.mark,
        jumps: pass.jumps - jumps,
        steps: steps.slice(first),
        result,
      });
    return result;
  }
}

/** Notes what the rules of one chain ask, and the chains that they lead to. False: they ask more than can be named. */
function addAsks(table: Table, list: RuleList, asked: Set<Asked>, lists: Set<RuleList>): boolean {
  for (let place = 0; place < list.length; place++) {
    const asks = list.asks?.(place);
    if (!asks) return false;
    for (const field of asks) asked.add(field);
    for (const statement of list.at(place).statements) {
      const name = jumpOf(statement);
      const called = name === undefined ? undefined : table.chains.get(name);
      if (name !== undefined && !called) return false;
      if (called) lists.add(called.rules);
    }
  }
  return true;
}

const askedOf = (pass: Pass, field: Asked): Value => (field === 'ctstate' ? pass.ctstate : pass.packet[field]);

/** So many packets pass a chain before it is looked into: most questions are about one. */
const WORTH = 8;

/** Those of a ruleset's base chains. */
export class Replays {
  private readonly known = new Map<HookChain, { walks: number; replay: Replay | undefined }>();

  of(chain: HookChain): Replay | undefined {
    let known = this.known.get(chain);
    if (!known) {
      known = { walks: 0, replay: undefined };
      this.known.set(chain, known);
    }
    if (known.walks <= WORTH && ++known.walks === WORTH) known.replay = Replay.of(chain);
    if (known.replay?.isVain) known.replay = undefined;
    return known.replay;
  }
}
