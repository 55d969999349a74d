import type { Effect } from '../model/effect.ts';
import type { RuleList, Statement } from '../model/ruleset.ts';
import type { Truth } from '../model/truth.ts';
import type { Packet } from '../net/packet.ts';
import type { Manip } from './nat/range.ts';
import type { Pass } from './pass.ts';

/** What the range of a NAT statement came to where it was applied: addresses and ports, both ends included. */
export interface Bound {
  readonly type: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'netmap';
  readonly minAddress?: Packet['saddr'] | undefined;
  readonly maxAddress?: Packet['saddr'] | undefined;
  readonly minPort?: number | undefined;
  readonly maxPort?: number | undefined;
  readonly basePort?: number | undefined;
  readonly random?: boolean | undefined;
  readonly fullyRandom?: boolean | undefined;
}

/** Decisions of the walk's own that hang on the packet. */
export type Matter =
  | 'device'
  | 'bridge'
  | 'to-bridge'
  | 'martian'
  | 'input'
  | 'forwardable'
  | 'output'
  | 'translated'
  | 'range';

/**
 * Notes what a walk asks of its packet. Each question may be asked again for other packets, so that it is known which
 * ones would have had the same answer; the walk itself goes on with the answer for its own. What the node sends back
 * is not made.
 */
export interface Recorder {
  /** The packet that is walked, which tells when it is read and written. */
  packet(packet: Packet): Packet;
  /** The packet as it is, for what is only reported. */
  bare(packet: Packet): Packet;
  statement(statement: Statement, pass: Pass): Truth | Effect;
  /** `keyOf`: equal answers, as far as the packet's way goes, have equal keys. */
  ask<T>(about: Matter, pass: Pass, run: () => T, keyOf: (answer: T) => string): T;
  /** Reads here are no questions; what is written counts. */
  unasked<T>(run: () => T): T;
  /** Rules of a long chain that were not asked, from one place to before another: each demands what the packet is not. */
  skipped(rules: RuleList, from: number, to: number): void;
  /** A translation is about to be made of the packet as it is. */
  bound(manip: Manip, bound: Bound): void;
}
