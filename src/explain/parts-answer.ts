import type { ReasonAnswer, RuleAnswer } from '../cluster/answer.ts';
import type { AnnouncedBy, NodeProxyAnswer, OutsideAnswer } from './answer.ts';

/** What `chainwalk explain rule --json` prints. */
export interface RuleExplained {
  readonly schema: 'chainwalk.explain.rule/1';
  readonly version: string;
  readonly rules: readonly RulePart[];
}

export interface RulePart {
  readonly rule: RuleAnswer;
  /** Null: nothing tells who put it there: it is the user's own. */
  readonly maker: string | null;
  /** One sentence. */
  readonly purpose: string;
  /** The service that it is about: `default/web:http`. */
  readonly service?: string;
  readonly packets?: string;
  readonly bytes?: string;
  /** What the counters count, where that is not each packet. */
  readonly counts?: string;
  /** Of a rule whose ways are taken in turn. */
  readonly turns?: string;
  /** Rules that jump to its chain. */
  readonly jumpedFrom: readonly RuleAnswer[];
}

/** What `chainwalk explain chain --json` prints. */
export interface ChainExplained {
  readonly schema: 'chainwalk.explain.chain/1';
  readonly version: string;
  readonly name: string;
  readonly chains: readonly ChainPart[];
}

export interface ChainPart {
  readonly node: string;
  readonly family: string;
  readonly owner: string;
  readonly table: string;
  /** The hook that calls it; absent of a user chain. */
  readonly hook?: string;
  /** `shared`: called by the kernel, everyone puts rules into it; null: the user's own. */
  readonly maker: string | null;
  readonly shared: boolean;
  readonly purpose: string;
  readonly service?: string;
  readonly rules: readonly RulePart[];
  readonly jumpedFrom: readonly RuleAnswer[];
}

/** What `chainwalk explain address --json` prints. */
export interface AddressAnswer {
  readonly schema: 'chainwalk.explain.address/1';
  readonly version: string;
  readonly address: string;
  readonly uses: readonly AddressUse[];
  readonly announcedBy: readonly AnnouncedBy[];
  /** Why nobody announces it, where nobody does. */
  readonly reasons: readonly ReasonAnswer[];
  readonly outside: readonly OutsideAnswer[];
}

export interface AddressUse {
  /** `cluster IP`..., `endpoint`, `node`, `pod`, `host`. */
  readonly kind: string;
  readonly text: string;
  readonly nodes: readonly string[];
}

/** What `chainwalk explain mark --json` prints. */
export interface MarkAnswer {
  readonly schema: 'chainwalk.explain.mark/1';
  readonly version: string;
  readonly mark: number;
  readonly bits: readonly MarkBits[];
}

export interface MarkBits {
  readonly value: number;
  readonly mask: number;
  /** By the defaults of the programs that use it; several may. */
  readonly uses: readonly { readonly maker: string; readonly meaning: string; readonly here: boolean }[];
  /** Rules that write these bits, and rules that ask for them. */
  readonly setBy: readonly RuleAnswer[];
  readonly askedBy: readonly RuleAnswer[];
}

interface Listed<W extends string, R> {
  readonly schema: 'chainwalk.list/1';
  readonly version: string;
  readonly what: W;
  readonly rows: readonly R[];
}

/** What `chainwalk list --json` prints. */
export type ListAnswer =
  | Listed<'services', ServiceRow>
  | Listed<'nodes', NodeRow>
  | Listed<'chains', ChainRow>
  | Listed<'addresses', AddressRow>;

export interface ServiceRow {
  readonly namespace: string | null;
  readonly name: string | null;
  readonly portName?: string;
  readonly protocol: string;
  readonly port: number | null;
  readonly addresses: readonly string[];
  readonly nodePort?: number;
  /** How many. */
  readonly endpoints: number;
  readonly disagreements: number;
  readonly chains: readonly string[];
}

export interface NodeRow extends NodeProxyAnswer {
  readonly addresses: readonly string[];
  /** `ip nat`. */
  readonly tables: readonly string[];
}

export interface ChainRow {
  readonly node: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** How many. */
  readonly rules: number;
  /** Null: the user's own; `shared`: called by the kernel, everyone puts rules into it. */
  readonly maker: string | null;
  readonly purpose: string;
}

export interface AddressRow {
  readonly address: string;
  readonly uses: readonly string[];
}
