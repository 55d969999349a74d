import type { CtState } from '../model/conntrack.ts';
import type { AddedElement, ElementKey } from '../model/effect.ts';
import type { Interface } from '../model/interface.ts';
import type { IpSet } from '../model/ipset.ts';
import type { RecentList } from '../model/recent.ts';
import type { Hook } from '../model/ruleset.ts';
import type { LocalSocket } from '../model/socket.ts';
import { type Unknown, unknown } from '../model/truth.ts';
import type { AddressType, ConnectionView, RouteAnswer, RouteQuery, Ways, World } from '../model/world.ts';
import type { Address, Family } from '../net/address.ts';
import { copyPacket, isCopyOf, type Packet } from '../net/packet.ts';
import { EntryView, snapshotOf, type Tracked, templateView } from './conntrack/connection.ts';
import type { ConntrackTable } from './conntrack/table.ts';
import type { Template, TrackResult } from './conntrack/track.ts';
import type { Decide, Order } from './decide.ts';
import { Doubts } from './doubts.ts';
import type { Frame } from './frame.ts';
import { addressTypes } from './lookups.ts';
import type { Arrival, Compiled, MachineOptions } from './machine.ts';
import type { Matter, Recorder } from './record.ts';
import type { RouteContext } from './route/decision.ts';
import type { Scratch } from './scratch.ts';
import { socketOf, unlistedSocket } from './sockets.ts';
import type { Answer, Assumed, ConnectionSnapshot, Disposition, RulePosition, Step, Undecided } from './trace.ts';

/** More than any rule has (the kernel's limit is one of bytes). */
const MAX_STATEMENTS = 4096;
/** What a rule hung on a packet behind conntrack (nf_ct_tmpl_alloc). */
const TEMPLATE: ConnectionSnapshot = { state: 'new', direction: 'original', status: ['CONFIRMED'] };

/** How a packet's way ended. */
export interface End {
  readonly disposition: Disposition;
  readonly reason: string;
  readonly decidedBy?: RulePosition | undefined;
}

/** One packet on its way through one network namespace: what is written on the way, and what statements may ask. */
export class Pass implements World {
  readonly compiled: Compiled;
  readonly recorder: Recorder | undefined;
  readonly observe: MachineOptions['observe'];
  /** Rules need not be built to be run. */
  readonly isPlain: boolean;
  readonly doubts = new Doubts();
  readonly packet: Packet;
  readonly decide: Decide;
  readonly table: ConntrackTable;
  readonly scratch: Scratch;
  readonly assumeState: CtState | undefined;
  readonly clock: Date | undefined;
  readonly sockets: readonly LocalSocket[] | undefined;
  readonly steps: Step[] = [];
  readonly answers: Answer[] = [];
  readonly assumptions: Assumed[] = [];
  readonly unknowns: Undecided[] = [];
  hook: Hook = 'prerouting';
  tracked: TrackResult | undefined;
  template: Template | undefined;
  /** skb->_nfct is set already: what raw says of tracking is ignored. */
  seen = false;
  private copy: Packet | undefined;
  /** The next hop where the packet leaves, once routing has found it. */
  nexthop: { readonly device: string | undefined; readonly address: Address } | undefined;
  /** What icmp6_send takes for the interface it came in by (IP6CB(skb)->iif): that of its route, where it had one before ip6_rcv. */
  cameBy: string | undefined;
  /** Of a frame that came in by a port: whether it is for the bridge itself, or for who is behind another port. */
  forBridge: boolean | undefined;
  /** Its route ends at the node itself. */
  toItself = false;
  /** TPROXY gave the packet to a local socket. The socket, where it is known. */
  proxied = false;
  proxiedTo: LocalSocket | undefined;
  /** Whose the packet is, for a local socket has it (skb->sk): it may not be forwarded any more. */
  held: string | undefined;
  /** The statement that is being evaluated: where its rule stands, and which of the rule's it is, from 1. */
  frame: Frame | undefined;
  ordinal = 0;
  /** Jumps taken on this hook; a loop of gotos would have no end. */
  jumps = 0;

  constructor(compiled: Compiled, arrival: Arrival, decide: Decide, table: ConntrackTable, scratch: Scratch) {
    this.compiled = compiled;
    const { options } = compiled;
    this.recorder = options.recorder;
    this.observe = options.observe;
    this.isPlain = !options.linear && !options.recorder;
    this.packet = this.recorder?.packet(arrival.packet) ?? copyPacket(arrival.packet);
    this.copy = this.recorder ? undefined : arrival.packet;
    this.decide = decide;
    this.table = table;
    this.scratch = scratch;
    this.assumeState = arrival.assumeState;
    const { sockets } = compiled.namespace;
    this.sockets = arrival.sockets ? [...(sockets ?? []), ...arrival.sockets] : sockets;
    this.clock = options.clock;
  }

  get family(): Family {
    return this.packet.family;
  }

  /** The connection, where the packet has one. */
  get flow(): Tracked | undefined {
    return typeof this.tracked === 'object' ? this.tracked : undefined;
  }

  get ctstate(): CtState {
    const { tracked } = this;
    if (tracked === undefined) return this.template?.state ?? 'invalid';
    return typeof tracked === 'string' ? tracked : tracked.state;
  }

  get connection(): ConnectionView {
    const { tracked } = this;
    if (tracked === undefined) {
      const { template } = this;
      if (template) return { state: template.state, entry: templateView(this.family, template), template: true };
      return { state: 'invalid', entry: undefined };
    }
    if (typeof tracked === 'string') return { state: tracked, entry: undefined };
    return { state: tracked.state, entry: new EntryView(tracked) };
  }

  get routing(): RouteContext {
    const { fib, links, sysctls } = this.compiled;
    return { fib, links, sysctls, assume: this.assume };
  }

  readonly assume = (assumed: Assumed): void => {
    for (const known of this.assumptions) if (known === assumed || known.what === assumed.what) return;
    this.assumptions.push(assumed);
  };

  /** What a node at rest would answer, taken and said. */
  settle(why: Unknown & { readonly usual: boolean }, at: RulePosition): boolean {
    const where = `${at.table} ${at.chain} ${at.rule.number}`;
    this.assume({
      what: `${why.reason}: ${where} is taken to ${why.usual ? 'match' : 'pass by'}`,
      change: why.howToLearn ?? 'nothing tells it',
    });
    return why.usual;
  }

  /** Asks for a decision that the evidence does not give; true: go on as if the answer were yes. */
  guess(why: Unknown, at?: RulePosition, order?: Order): boolean {
    this.unknowns.push(at ? { why, at } : { why });
    const choice = { kind: 'unknown', why, ...(at && { at }), ...(order && { order }) } as const;
    return this.decide.choose(choice, this.steps) === 0;
  }

  /** The last rule did something else than it set out to: a NAT target without an address drops. */
  amendLast(verdict: 'drop'): void {
    const last = this.steps.length - 1;
    const step = this.steps[last];
    if (step?.kind === 'rule') this.steps[last] = { ...step, verdict };
  }

  enter(hook: Hook): void {
    this.hook = hook;
    this.jumps = 0;
    this.steps.push({ kind: 'hook', hook, packet: this.snapshot() });
  }

  leave(): void {
    const connection = this.template && this.tracked === undefined ? TEMPLATE : snapshotOf(this.tracked);
    this.steps.push({ kind: 'hook-end', hook: this.hook, packet: this.snapshot(), connection });
  }

  /** The packet as it is now; one copy serves until something is written. */
  snapshot(): Packet {
    const { bare } = this;
    if (!this.copy || !isCopyOf(this.copy, bare)) this.copy = copyPacket(bare);
    return this.copy;
  }

  /** For reports: reading it is no question that the packet's way hangs on. */
  get bare(): Packet {
    return this.recorder?.bare(this.packet) ?? this.packet;
  }

  /** A decision of the walk's own about what is `given`; `keyOf` as in Recorder. */
  ask<G, T>(about: Matter, given: G, run: (pass: Pass, given: G) => T, keyOf: (answer: T) => string): T {
    return this.recorder ? this.recorder.ask(about, this, () => run(this, given), keyOf) : run(this, given);
  }

  /** Writes down how the connection stands after its look-up. */
  noteConnection(): void {
    this.steps.push({ kind: 'connection', hook: this.hook, connection: snapshotOf(this.tracked) });
  }

  addressType(address: Address, limit?: 'iif' | 'oif'): ReadonlySet<AddressType> | Unknown {
    const device = limit === undefined ? undefined : limit === 'iif' ? this.packet.iif : this.packet.oif;
    return addressTypes(this.compiled, address, device);
  }

  route(query: RouteQuery): RouteAnswer {
    const { mark = 0, tos = 0, ...rest } = query;
    const result = this.compiled.fib.lookup({ ...rest, mark, tos });
    if (result.kind === 'unknown') return result;
    if (result.kind !== 'route') return { kind: 'none' };
    const [hop] = result.nexthops;
    return {
      kind: 'found',
      type: result.route.type,
      device: hop?.device,
      devices: result.nexthops.flatMap(h => (h.device === undefined ? [] : [h.device])),
      gateway: hop?.gateway,
      prefixLength: result.length,
      source: result.route.source,
    };
  }

  interface(name: string): Interface | Unknown {
    const { links } = this.compiled;
    return links.get(name) ?? unknown(`interface ${name} was not captured`, 'ip -d addr');
  }

  set(name: string): IpSet | Unknown {
    return this.scratch.set(name) ?? unknown(`ipset ${name} was not captured`, 'ipset save');
  }

  elements(set: object): ReadonlyMap<ElementKey, AddedElement | undefined> | undefined {
    return this.scratch.elements(set);
  }

  choose({ count, labelOf }: Ways): number {
    return this.decide.choose({ kind: 'dice', count, labelOf }, this.steps);
  }

  recent(name: string): RecentList | Unknown {
    return this.scratch.recent(name, this.assume);
  }

  socket(): ReturnType<World['socket']> {
    if (!this.sockets) return unknown('the sockets of the node were not captured', 'ss -tuna');
    const socket = this.proxiedTo ?? socketOf(this, this.sockets);
    if (!socket) return unlistedSocket(this);
    const { transparent, address, state, peer } = socket;
    const mark = state === undefined ? socket.mark : null;
    return {
      ...(transparent !== undefined && { transparent }),
      wildcard: address === 0 || address === 0n,
      connected: peer !== undefined && state === undefined,
      ...(mark !== undefined && { mark }),
    };
  }

  sysctl(name: string): string | undefined {
    return this.compiled.sysctls.get(name);
  }

  state<T extends object>(_owner: object, initial: () => T): T | undefined {
    const { frame } = this;
    if (!this.compiled.options.fresh || !frame) return undefined;
    return this.scratch.state(frame.chain.rules, frame.place * MAX_STATEMENTS + this.ordinal, initial);
  }
}
