import type { ConntrackEntry, CtStatus, Direction, Tuple } from '../../model/conntrack.ts';
import type { ConnectionEntry } from '../../model/world.ts';
import type { Family } from '../../net/address.ts';
import { SCTP, TCP } from '../../net/packet.ts';
import type { ConnectionSnapshot } from '../trace.ts';
import type { Expectation } from './expect.ts';
import { sctpStateOf } from './sctp.ts';
import { capturedSctp, type SctpTracking } from './sctp-tracking.ts';
import { tcpStateOf } from './tcp.ts';
import { capturedTcp, type TcpTracking } from './tcp-tracking.ts';
import type { Template } from './track.ts';
import { invert, sameTuple } from './tuple.ts';

/** Bits of nf_conn.status (include/uapi/linux/netfilter/nf_conntrack_common.h). */
export const STATUS = {
  EXPECTED: 1,
  SEEN_REPLY: 2,
  ASSURED: 4,
  CONFIRMED: 8,
  SRC_NAT: 16,
  DST_NAT: 32,
  SEQ_ADJUST: 64,
  SRC_NAT_DONE: 128,
  DST_NAT_DONE: 256,
  DYING: 512,
  FIXED_TIMEOUT: 1024,
  TEMPLATE: 2048,
  NAT_CLASH: 4096,
  HELPER: 8192,
  OFFLOAD: 16384,
} as const satisfies Partial<Record<CtStatus, number>>;

const NAMES = Object.entries(STATUS) as readonly [keyof typeof STATUS, number][];
export const NAT_MASK = STATUS.SRC_NAT | STATUS.DST_NAT;
export const NAT_DONE = STATUS.SRC_NAT_DONE | STATUS.DST_NAT_DONE;

export interface Zone {
  readonly id: number;
  readonly direction: 'both' | 'original' | 'reply';
}
export const DEFAULT_ZONE: Zone = { id: 0, direction: 'both' };
export const zoneIn = (zone: Zone, direction: Direction): number =>
  zone.direction === 'both' || zone.direction === direction ? zone.id : 0;

/** One connection of the walk (struct nf_conn). */
export interface Connection {
  readonly family: Family;
  readonly original: Tuple;
  reply: Tuple;
  status: number;
  mark: number;
  readonly zone: Zone;
  /** Replaced, never written to. */
  tcp: TcpTracking | undefined;
  sctp: SctpTracking | undefined;
  helper: string | undefined;
  /** The device that MASQUERADE took its address from. */
  masqueradeDevice: string | undefined;
  /** Of a connection that was captured: what its line says. */
  readonly entry: ConntrackEntry | undefined;
}

export const has = (connection: Connection, bit: number): boolean => (connection.status & bit) !== 0;

/** A connection as a packet finds it. */
export interface Tracked {
  readonly connection: Connection;
  readonly state: 'new' | 'established' | 'related';
  readonly direction: Direction;
  /** Of the first packet of a connection that a helper waited for. */
  readonly expected?: Expectation;
}

export function newConnection(family: Family, original: Tuple, reply: Tuple, zone: Zone): Connection {
  return {
    family,
    original,
    reply,
    status: 0,
    mark: 0,
    zone,
    tcp: undefined,
    sctp: undefined,
    helper: undefined,
    masqueradeDevice: undefined,
    entry: undefined,
  };
}

/** What a captured line tells: NAT shows in the difference between the two tuples. */
export function fromEntry(entry: ConntrackEntry): Connection {
  const { family, original, reply } = entry;
  let status: number = STATUS.CONFIRMED | NAT_DONE;
  if (!entry.unreplied) status |= STATUS.SEEN_REPLY;
  if (entry.assured) status |= STATUS.ASSURED;
  const answered = invert(reply);
  if (answered && !sameTuple(answered, original)) {
    const port = (tuple: Tuple, side: 'sport' | 'dport') => (tuple.icmp ? tuple.icmp.id : tuple[side]);
    if (answered.saddr !== original.saddr || port(answered, 'sport') !== port(original, 'sport'))
      status |= STATUS.SRC_NAT;
    if (answered.daddr !== original.daddr || (!original.icmp && answered.dport !== original.dport))
      status |= STATUS.DST_NAT;
  }
  if (entry.helper !== undefined) status |= STATUS.HELPER;
  return {
    family,
    original,
    reply,
    status,
    mark: entry.mark,
    zone: zoneOf(entry),
    tcp: entry.original.protocol === TCP ? capturedTcp(tcpStateOf(entry.protocolState) ?? 'ESTABLISHED') : undefined,
    sctp:
      entry.original.protocol === SCTP ? capturedSctp(sctpStateOf(entry.protocolState) ?? 'ESTABLISHED') : undefined,
    helper: entry.helper,
    masqueradeDevice: undefined,
    entry,
  };
}

function zoneOf(entry: ConntrackEntry): Zone {
  if (entry.zoneOriginal !== undefined) return { id: entry.zoneOriginal, direction: 'original' };
  if (entry.zoneReply !== undefined) return { id: entry.zoneReply, direction: 'reply' };
  return { id: entry.zone, direction: 'both' };
}

const namesOf = new Map<number, { readonly list: readonly CtStatus[]; readonly set: ReadonlySet<CtStatus> }>();

/** The names of a status's bits, made once for each status. */
function namesIn(status: number): { readonly list: readonly CtStatus[]; readonly set: ReadonlySet<CtStatus> } {
  const known = namesOf.get(status);
  if (known) return known;
  const list = NAMES.filter(([, bit]) => status & bit).map(([name]) => name);
  const names = { list, set: new Set(list) };
  namesOf.set(status, names);
  return names;
}

export const statusNames = (status: number): readonly CtStatus[] => namesIn(status).list;

export function snapshotOf(tracked: Tracked | 'invalid' | 'untracked' | undefined): ConnectionSnapshot {
  if (tracked === undefined) return { state: 'invalid', status: [] };
  if (typeof tracked === 'string') return { state: tracked, status: [] };
  const { connection, state, direction } = tracked;
  const { mark, zone, helper, original, reply, tcp, sctp } = connection;
  const protocolState = tcp?.state ?? sctp?.state;
  return {
    state,
    direction,
    status: statusNames(connection.status),
    protocolState,
    mark,
    zone: zone.id,
    helper,
    original,
    reply,
  };
}

const TEMPLATE_STATUS: ReadonlySet<CtStatus> = new Set(['TEMPLATE', 'CONFIRMED']);

/** A template as matches see it: a connection between no addresses (nf_ct_tmpl_alloc). */
export function templateView(family: Family, { shared, zone, state }: Template): ConnectionEntry {
  const nowhere = family === 'ip' ? 0 : 0n;
  const tuple: Tuple = { saddr: nowhere, daddr: nowhere, protocol: 0 };
  const none = { original: 0n, reply: 0n };
  return {
    direction: state === 'new' ? 'original' : 'reply',
    status: TEMPLATE_STATUS,
    original: tuple,
    reply: tuple,
    mark: shared.mark,
    zone: zoneIn(zone, 'original'),
    helper: undefined,
    labels: undefined,
    expires: 0,
    packets: none,
    bytes: none,
  };
}

/** The view that matches take of a packet's connection, as it is when they ask. */
export class EntryView implements ConnectionEntry {
  private readonly connection: Connection;
  readonly direction: Direction;

  constructor({ connection, direction }: Tracked) {
    this.connection = connection;
    this.direction = direction;
  }

  get status(): ReadonlySet<CtStatus> {
    return namesIn(this.connection.status).set;
  }

  get original(): Tuple {
    return this.connection.original;
  }

  get reply(): Tuple {
    return this.connection.reply;
  }

  get mark(): number {
    return this.connection.mark;
  }

  get zone(): number {
    return zoneIn(this.connection.zone, this.direction);
  }

  get helper(): string | undefined {
    return this.connection.helper;
  }

  get labels(): string | undefined {
    return this.connection.entry?.labels;
  }

  get expires(): number | undefined {
    return this.connection.entry?.timeout;
  }

  get packets(): ConnectionEntry['packets'] {
    const { counters } = this.connection.entry ?? {};
    return counters && { original: counters.originalPackets, reply: counters.replyPackets };
  }

  get bytes(): ConnectionEntry['bytes'] {
    const { counters } = this.connection.entry ?? {};
    return counters && { original: counters.originalBytes, reply: counters.replyBytes };
  }
}
