import type { Source } from './source.ts';

/** One `add` line. The key stays text here; xt/ipset reads it by the set's type when it is asked. */
export interface IpSetElement {
  readonly key: string;
  readonly nomatch: boolean;
  /** hash:net,iface: the interface is the beginning of a name. */
  readonly wildcard?: boolean;
  /** Seconds left at the time of the dump; 0: permanent; absent: the set has no timeouts. */
  readonly timeout?: number;
  readonly packets?: bigint;
  readonly bytes?: bigint;
  readonly comment?: string;
  readonly skbmark?: { readonly value: number; readonly mask: number };
  readonly skbprio?: string;
  readonly skbqueue?: number;
  readonly source: Source;
}

export interface IpSet {
  readonly name: string;
  /** `hash:ip,port`, `bitmap:port`, `list:set`... */
  readonly type: string;
  readonly family: 'ip' | 'ip6' | undefined;
  /** The words after the type, by name; words without a value are `''`. */
  readonly options: ReadonlyMap<string, string>;
  readonly elements: readonly IpSetElement[];
  readonly source: Source;
}
