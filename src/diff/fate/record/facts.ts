import type { IpSet } from '../../../model/ipset.ts';
import type { Statement } from '../../../model/ruleset.ts';
import { syntaxOf } from '../../../nft/evaluate/statement.ts';
import { CutList, type Cuts } from '../constants/cuts.ts';
import { nftConstants } from '../constants/nft.ts';
import { isXt, ROUTED, xtConstants } from '../constants/xt.ts';

export interface Constants {
  readonly cuts: Cuts;
  /** Why they do not tell all that an answer hangs on. */
  readonly opaque: string | undefined;
}

/** What is known of a statement without asking it. */
export interface Facts {
  /** Its constants, which may be those of a long list. */
  readonly constants: Constants;
  /** It asks for routes, or for kinds of addresses. */
  readonly routed: boolean;
  /** Why its own constants do not tell all that its answer hangs on. */
  readonly opaque: string | undefined;
  /** Equal for statements that answer alike. */
  readonly text: string;
}

/** The facts of one side's statements, each found out when it is first asked for. */
export class FactBook {
  private readonly known = new Map<Statement, Facts>();
  private readonly sets: ReadonlyMap<string, IpSet> | undefined;

  constructor(sets: ReadonlyMap<string, IpSet> | undefined) {
    this.sets = sets;
  }

  of(statement: Statement): Facts {
    const known = this.known.get(statement);
    if (known) return known;
    const made = this.make(statement);
    this.known.set(statement, made);
    return made;
  }

  private make(statement: Statement): Facts {
    const nft = syntaxOf(statement);
    if (nft) {
      const { list, routed, whole } = nftConstants(nft.syntax, nft.scope);
      return facts(list, routed, fingerprint(nft.syntax), whole);
    }
    if (!isXt(statement)) {
      const list = new CutList();
      list.opaque = `${statement.name} is not taken apart`;
      return facts(list, true, statement.describe());
    }
    const list = xtConstants(statement, name => this.sets?.get(name));
    return facts(list, ROUTED.has(statement.name), `${statement.name} ${fingerprint(statement.options)}`);
  }
}

function facts(list: CutList, routed: boolean, text: string, whole: () => CutList = () => list): Facts {
  let constants: Constants | undefined;
  return {
    get constants() {
      if (constants) return constants;
      const all = whole();
      constants = { cuts: all.sorted(), opaque: all.opaque };
      return constants;
    },
    routed,
    opaque: list.opaque,
    text,
  };
}

/** A tree of plain values as text; equal trees have equal texts. */
export const fingerprint = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    if (item instanceof Map) return [...item];
    return item instanceof Set ? [...item] : item;
  }) ?? '';
