import type { LimitTerms, QuotaTerms, Statement, SynproxyTerms } from './statement.ts';

/** Whether a set is of one key type or of several, joined: names of datatypes. */
export type SetType = readonly string[];

export const SET_FLAGS = ['constant', 'dynamic', 'interval', 'timeout'] as const;
export type SetFlag = (typeof SET_FLAGS)[number];

/** What a set or map is, beside its elements. */
export interface SetDeclaration {
  readonly name: string;
  readonly handle?: number;
  /** Datatypes of the key; more than one: a concatenation. Of `typeof` sets those of its expressions. */
  readonly type: SetType;
  /** `typeof` as it was printed: the words after it. */
  readonly typeOf?: string;
  /**
   * Of a map: the datatypes of its values, `verdict`, or the kind of object that they name (`counter`). Absent: a set.
   */
  readonly map?: SetType;
  readonly flags: readonly SetFlag[];
  readonly policy?: 'performance' | 'memory';
  /** Milliseconds. */
  readonly timeout?: number;
  readonly gcInterval?: number;
  readonly size?: number;
  /** How many elements there are, where nft tells. */
  readonly count?: number;
  readonly autoMerge: boolean;
  readonly comment?: string;
  /** What every element gets: `counter`, `limit rate ...`. */
  readonly statements: readonly Statement[];
}

export interface Flowtable {
  readonly kind: 'flowtable';
  readonly name: string;
  readonly handle?: number;
  readonly hook?: string;
  readonly priority?: number;
  readonly devices: readonly string[];
  /** `offload`. */
  readonly flags: readonly string[];
  readonly counter: boolean;
}

interface Named {
  readonly name: string;
  readonly handle?: number;
  readonly comment?: string;
}

/** The stateful objects of a table. */
export type NftObject =
  | (Named & {
      readonly kind: 'counter';
      /** Absent in a listing without state (`nft -s`). */
      readonly packets?: bigint;
      readonly bytes?: bigint;
    })
  | (Named & { readonly kind: 'quota' } & QuotaTerms)
  | (Named & { readonly kind: 'limit' } & LimitTerms)
  | (Named & {
      readonly kind: 'ct helper';
      readonly type: string;
      readonly protocol: string;
      readonly l3proto?: string;
    })
  | (Named & {
      readonly kind: 'ct timeout';
      readonly protocol: string;
      readonly l3proto?: string;
      /** Seconds by state. */
      readonly policy: ReadonlyMap<string, number>;
    })
  | (Named & {
      readonly kind: 'ct expectation';
      readonly protocol: string;
      readonly l3proto?: string;
      readonly dport: number;
      /** Milliseconds. */
      readonly timeout: number;
      readonly size: number;
    })
  | (Named & { readonly kind: 'secmark'; readonly context: string })
  | (Named & { readonly kind: 'synproxy' } & SynproxyTerms)
  | (Named & { readonly kind: 'unread'; readonly text: string; readonly reason: string });

export type NftObjectKind = NftObject['kind'];
