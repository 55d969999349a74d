import type { RemarkAnswer } from '../cluster/answer.ts';

/**
 * What `chainwalk diff --json` prints; docs/json.md describes it and a test freezes it. What several nodes have alike is
 * said once. A layer that was not asked for is absent.
 */
export interface DiffAnswer {
  readonly schema: 'chainwalk.diff/1';
  readonly version: string;
  /** `nodes`: those of one capture, each with what most have: that is the side before. */
  readonly compares: 'captures' | 'nodes';
  /** As they were given; of `nodes` both are the capture. */
  readonly before: string;
  readonly after: string;
  readonly nodes: readonly DiffNode[];
  readonly different: boolean;
  readonly rules?: readonly ChainChange[];
  readonly sets?: readonly SetChange[];
  readonly meaning?: readonly MeaningChange[];
  readonly fate?: FateLayer;
  /** What was known as equal by its text, without being parsed. */
  readonly passedOver: PassedOver;
  /** In words: what differs and was not counted as a difference. */
  readonly setAside: readonly Noted[];
  /** In words: what could not be held against each other. */
  readonly notCompared: readonly Noted[];
  readonly remarks: readonly RemarkAnswer[];
}

export interface DiffNode {
  readonly name: string;
  /** `before`, `after`: only there. */
  readonly in: 'both' | 'before' | 'after';
}

export interface Noted {
  readonly nodes: readonly string[];
  readonly text: string;
}

export interface PassedOver {
  readonly chains: number;
  readonly rules: number;
}

export interface ChainChange {
  readonly nodes: readonly string[];
  readonly family: string;
  readonly owner: string;
  readonly table: string;
  readonly chain: string;
  /** `renamed`: under a new name it is what the other was. */
  readonly kind: 'added' | 'removed' | 'changed' | 'renamed';
  /** Of a chain that has a new name. */
  readonly chainBefore?: string;
  /** Hook, priority and policy where they changed. */
  readonly base?: { readonly before: string; readonly after: string };
  readonly lines: readonly LineChange[];
}

export interface LineChange {
  readonly kind: 'added' | 'removed' | 'edited' | 'moved';
  readonly before?: LineAnswer;
  readonly after?: LineAnswer;
  /** It does what it did. */
  readonly commentOnly?: true;
}

/** A rule as it is listed, without counters and handle. */
export interface LineAnswer {
  readonly number: number;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

export interface SetChange {
  readonly nodes: readonly string[];
  /** `object`: a helper, limit, quota, flowtable... of a table of nft. */
  readonly of: 'ipset' | 'set' | 'map' | 'object';
  /** Of nft. */
  readonly family?: string;
  readonly table?: string;
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Type and options, where they changed. */
  readonly declaration?: { readonly before: string; readonly after: string };
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export type MeaningSubject =
  | 'service'
  | 'proxy'
  | 'node'
  | 'sysctl'
  | 'route'
  | 'rule'
  | 'neighbour'
  | 'interface'
  | 'helper'
  | 'ipsec'
  | 'program'
  | 'module';

export interface MeaningChange {
  readonly nodes: readonly string[];
  readonly subject: MeaningSubject;
  /** Whose: `default/web:http`, `net.ipv4.ip_forward`, `cni0`. */
  readonly name: string;
  readonly kind: 'came' | 'went' | 'changed';
  /** The whole statement in words, without the nodes. */
  readonly text: string;
}

/** Which packets are treated differently; over all nodes. */
export interface FateLayer {
  /** Classes of packets that were examined, within which no rule tells two packets apart. */
  readonly classes: number;
  readonly walks: number;
  /** What changed, as a person would tell it; the widest statement first. */
  readonly summary: readonly FateSummary[];
  /** The same, exactly. */
  readonly changed: readonly FateChanged[];
  readonly undecided: readonly FateUndecided[];
  /** False: the budget of walks was spent before every class was examined. */
  readonly complete: boolean;
  /** Why all packets of a node were examined, and not only those that may get to something that differs. */
  readonly everything: readonly Noted[];
  readonly assumptions: readonly Noted[];
}

/** What is done alike with packets to one destination, by nodes that do so. */
export interface FateSummary {
  readonly nodes: readonly string[];
  readonly packets: string;
  readonly before: string;
  readonly after: string;
}

export interface FateChanged {
  readonly nodes: readonly string[];
  /** In words, sets of packets that have nothing in common: `tcp from anywhere to 169.10.10.1:80`. */
  readonly packets: readonly string[];
  readonly before: readonly FateWay[];
  readonly after: readonly FateWay[];
  /** In words: what has to hold for it, of what is not known. */
  readonly condition?: string;
}

export interface FateUndecided {
  readonly nodes: readonly string[];
  readonly packets: readonly string[];
  readonly why: string;
}

/** One way that a packet of the class may go; shares add up to 1. */
export interface FateWay {
  readonly probability: number;
  readonly disposition: string;
  /** In words: `leaves by eth0 to 10.0.0.1, DNAT to 10.1.0.3:8080, masqueraded`. */
  readonly text: string;
  readonly decidedBy?: { readonly table: string; readonly chain: string; readonly number: number };
}
