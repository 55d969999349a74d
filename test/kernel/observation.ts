import type { ConntrackEntry, CtState, CtStatus, Direction } from '../../src/model/conntrack.ts';
import type { Hook } from '../../src/model/ruleset.ts';
import type { Family } from '../../src/net/address.ts';

export type Owner = 'iptables-nft' | 'iptables-legacy' | 'nft';

/** What a probe says of its packet. `id` of the probe becomes the IP id, or the flow label. */
export interface PacketSpec {
  readonly family: Family;
  readonly saddr: string;
  readonly daddr: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'sctp' | 'udplite' | 'esp' | 'ah' | 'gre' | number;
  readonly sport?: number;
  readonly dport?: number;
  /** Letters of FSRPAUEC. */
  readonly flags?: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly mss?: number;
  /** Kinds of TCP options besides mss: 1, 3, 4, 8. */
  readonly options?: readonly number[];
  readonly window?: number;
  /** TCP's window scale option, and the edges of a SACK option's blocks. */
  readonly scale?: number;
  readonly sack?: readonly number[];
  readonly type?: number;
  readonly code?: number;
  readonly icmpId?: number;
  /** The packet that an ICMP error is about. */
  readonly inner?: PacketSpec;
  /** SCTP chunk type with its flags, the verification tag, and the tag that an INIT or INIT ACK asks for. */
  readonly chunk?: number;
  readonly chunkFlags?: number;
  readonly tag?: number;
  readonly initTag?: number;
  readonly spi?: number;
  readonly ttl?: number;
  readonly tos?: number;
  /** Latin-1 text behind the probe's mark. */
  readonly payload?: string;
  readonly badChecksum?: boolean;
}

/** A process of the node; `bind` is its address. */
interface Sender {
  readonly uid?: number;
  readonly gid?: number;
  readonly mark?: number;
  readonly bind?: string;
  readonly device?: string;
}

/** How a packet comes to be: a frame on a link, raw from a process of the node, or by a datagram socket of one. */
export type Via =
  | { readonly kind: 'frame'; readonly device: string; readonly smac: string; readonly dmac: string }
  | ({ readonly kind: 'raw' } & Sender)
  | ({ readonly kind: 'socket'; readonly close?: boolean } & Sender);

/** What the receiver outside (or a socket of the node) sends back; `handshake`: to the SYN-ACK that the node sent. */
export type Wish =
  | {
      readonly kind: 'reply';
      readonly to?: 'probe' | 'handshake';
      readonly flags?: string;
      readonly seq?: number;
      readonly payload?: string;
      readonly window?: number;
      readonly scale?: number;
      readonly options?: readonly number[];
      readonly ttl?: number;
      readonly tos?: number;
      readonly chunk?: number;
      readonly chunkFlags?: number;
      readonly tag?: number;
      readonly initTag?: number;
    }
  | { readonly kind: 'error'; readonly type: number; readonly code: number; readonly saddr?: string };

export interface Probe {
  readonly id: number;
  readonly via: Via;
  readonly packet: PacketSpec;
  readonly answers?: readonly Wish[];
}

/** Headers as the observer read them; `about` is the id of the packet that an ICMP error quotes. */
export interface Seen {
  readonly family: Family;
  readonly saddr: string;
  readonly daddr: string;
  readonly protocol: number;
  readonly ttl: number;
  readonly tos: number;
  readonly length: number;
  readonly id: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly flags?: number;
  readonly window?: number;
  readonly dataLength?: number;
  /** TCP's, in hexadecimal: of packets that were seen in full. */
  readonly options?: string;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
  readonly about?: number;
}

export interface SeenConnection {
  readonly state: CtState;
  readonly id?: number;
  readonly direction?: Direction;
  readonly status?: readonly CtStatus[];
}

/** Of a step in a chain below IP: its table's family. */
interface BelowIp {
  readonly family?: 'netdev' | 'bridge' | 'inet';
}

/** `mark`: after the rule where iptables-nft owns it, before its target where iptables-legacy does. */
export type ObservedStep =
  | (BelowIp & {
      readonly kind: 'rule';
      readonly hook: Hook;
      readonly owner: Owner;
      readonly table: string;
      readonly chain: string;
      readonly number: number;
      readonly mark: number;
      /** iptables-nft only. */
      readonly verdict?: string;
      readonly target?: string;
    })
  /** The end of a user chain, which only iptables-legacy tells of; the policy of a base chain. */
  | (BelowIp & {
      readonly kind: 'return' | 'policy';
      readonly hook: Hook;
      readonly owner: Owner;
      readonly table: string;
      readonly chain: string;
      readonly mark: number;
      readonly verdict?: string;
    })
  | {
      readonly kind: 'hook-end';
      readonly hook: Hook;
      readonly mark: number;
      readonly packet?: Seen;
      readonly iif?: string;
      readonly oif?: string;
      readonly connection?: SeenConnection;
    };

export interface DecidedBy {
  readonly owner: Owner;
  readonly table: string;
  readonly chain: string;
  /** Absent: by the chain's policy. */
  readonly number?: number;
}

/** `packet`: as the base chain that ended it got it (iptables-nft), or the rule (iptables-legacy). */
export type Fate =
  /** `sent`: past postrouting. `to-local`: past input. `ended`: between two hooks. */
  | { readonly kind: 'sent' | 'to-local' | 'ended'; readonly hook: Hook }
  | { readonly kind: 'dropped'; readonly hook: Hook; readonly by: DecidedBy; readonly packet?: Seen }
  /** Within a hook, and by no rule that drops: the kernel's conntrack, NAT, a failed re-route. */
  | { readonly kind: 'ended-in-hook'; readonly hook: Hook; readonly packet?: Seen }
  | { readonly kind: 'nothing-seen' };

/** One visit of one packet to the node, in the order in which the visits began. */
export interface Journey {
  readonly family: Family;
  /** Index into `injected`; -1: the node made this packet itself. */
  readonly injected: number;
  /** A copy of the packet of that journey, which went on by itself (flooded frames). */
  readonly continues?: number;
  readonly packet?: Seen;
  readonly iif?: string;
  readonly oif?: string;
  readonly smac?: string;
  readonly dmac?: string;
  readonly steps: readonly ObservedStep[];
  readonly fate: Fate;
}

/** A packet that the observer put in, as bytes where it made them itself. */
export interface Injected {
  readonly what: 'probe' | 'answer' | 'socket-answer';
  readonly device?: string;
  readonly smac?: string;
  readonly dmac?: string;
  /** Hexadecimal, from the IP header on. */
  readonly packet?: string;
}

export type SeenTuple = Pick<
  Seen,
  'saddr' | 'daddr' | 'protocol' | 'sport' | 'dport' | 'icmpType' | 'icmpCode' | 'icmpId'
>;

export interface SeenEntry extends Pick<ConntrackEntry, 'family' | 'mark'> {
  readonly id: number;
  readonly original: SeenTuple;
  readonly reply: SeenTuple;
  readonly status: readonly CtStatus[];
  readonly timeout?: number;
  readonly zone?: number;
  readonly zoneOriginal?: number;
  readonly zoneReply?: number;
  readonly helper?: string;
  readonly labels?: string;
  readonly tcpState?: string;
}

/** A TCP connection of the node's own stack. */
export interface SeenSocket {
  readonly address: string;
  readonly port: number;
  readonly peer: { readonly address: string; readonly port: number };
  readonly state: 'established' | 'half-open' | 'time-wait' | 'closing';
}

/** Everything that became of one probe. */
export interface Observation {
  readonly id: number;
  /** Before the probe was sent, where it is a segment or a rule may ask for sockets. */
  readonly sockets?: readonly SeenSocket[];
  readonly injected: readonly Injected[];
  readonly journeys: readonly Journey[];
  /** What left by a link, at its far end. */
  readonly wire: readonly {
    readonly device: string;
    readonly smac: string;
    readonly dmac: string;
    readonly packet: Seen;
  }[];
  /** To which of the node's listening sockets something was delivered, and from whom it came as they see it. */
  readonly delivered: readonly {
    readonly protocol: 'udp' | 'tcp';
    readonly address: string;
    readonly port: number;
    readonly saddr: string;
    readonly sport: number;
    readonly id?: number;
  }[];
  /** What the probe's own socket received. */
  readonly returned?:
    | { readonly saddr: string; readonly sport: number; readonly id: number }
    | { readonly error: string };
  readonly connections?: readonly (SeenEntry & { readonly event: 'new' | 'updated' | 'destroyed' })[];
  /** How many packets a hook dropped, at the least: by rules, NAT, conntrack. Absent where the kernel cannot be traced. */
  readonly droppedOnHooks?: number;
  /** Other drops: function of the kernel, and the reason it gives. */
  readonly drops?: readonly { readonly place: string; readonly reason: string }[];
  /** A bridge flooded the frame: legacy steps cannot be told apart between the copies. */
  readonly copies?: true;
  /** What the send call returned. */
  readonly error?: string;
  readonly socketErrors?: readonly string[];
}

/** A chain on a hook. Of equal priorities the one registered last runs first. */
export interface Registration {
  readonly owner: Owner;
  readonly family: Family | 'inet' | 'netdev' | 'bridge';
  readonly table: string;
  readonly chain: string;
  readonly hook: Hook;
  readonly priority: number;
  readonly type: 'filter' | 'nat' | 'route';
}

/** What a capture would take of the node (`iptables-nft-save-c` and so on), and what no dump holds. */
export interface Snapshot {
  readonly files: Readonly<Record<string, string>>;
  readonly registered: readonly Registration[];
  readonly recent: Readonly<Record<string, string>>;
}

/** A tool with its input, run in the node; `undo` is the input that takes it back. */
export interface LoadStep {
  readonly argv: readonly string[];
  readonly input: string;
  readonly undo?: string;
}

/** Everything that is loaded on a node at once. */
export interface Load {
  readonly steps: readonly LoadStep[];
  readonly sysctls?: Readonly<Record<string, string | number>>;
}
