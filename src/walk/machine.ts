import type { CtState } from '../model/conntrack.ts';
import type { Effect } from '../model/effect.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Hook, Rule, Statement } from '../model/ruleset.ts';
import type { LocalSocket } from '../model/socket.ts';
import type { Truth, Unknown } from '../model/truth.ts';
import type { Family } from '../net/address.ts';
import type { Packet } from '../net/packet.ts';
import { attachedTo, hostUnreachable } from './answers.ts';
import { ChainIndexes } from './chain-index.ts';
import { snapshotOf } from './conntrack/connection.ts';
import type { Expectation } from './conntrack/expect.ts';
import { ConntrackTable } from './conntrack/table.ts';
import type { Decide } from './decide.ts';
import { type HookTable, hookTable, type Tie } from './hooks.ts';
import { type LinkHooks, linkHooks } from './link-hooks.ts';
import { Links } from './local.ts';
import { Neighbours } from './neighbours.ts';
import { Pass } from './pass.ts';
import { received } from './path/received.ts';
import { sent } from './path/sent.ts';
import type { Recorder } from './record.ts';
import { refusal } from './refusal.ts';
import { Replays } from './replay.ts';
import { Fib } from './route/fib.ts';
import { Scratch } from './scratch.ts';
import { Sysctls } from './sysctl.ts';
import type { Answer, Attached, ConnectionSnapshot, Hop } from './trace.ts';

export interface MachineOptions {
  /** The rules have never run: counters of `statistic nth` and quotas stand at their start. */
  readonly fresh?: boolean;
  /**
   * Policy rules or local routes were added at some time, which the kernel does not forget when they are gone
   * (fib_has_custom_rules): sources get a full look-up. Without it the rules and routes of the dump tell.
   */
  readonly customRouting?: boolean;
  /** The evaluation's clock for `-m time`. */
  readonly clock?: Date;
  /** Chains are walked rule by rule, without indexes, and each rule is built: slower, and the same. */
  readonly linear?: boolean;
  /** Is told what each statement answered that the walk asked. */
  readonly observe?: (statement: Statement, answer: Truth | Effect) => void;
  /** Is asked in the place of statements and of the walk's own decisions. */
  readonly recorder?: Recorder;
}

export interface Arrival {
  /** It is kept in the answer, and never written to. `iif` names the interface it came in by (a bridge or one of its ports, too); none: the namespace sends it. */
  readonly packet: Packet;
  /** Of a packet that the kernel itself makes because of another: that one's connection, from `Answer.attached`. */
  readonly attached?: Attached;
  /** Sockets of the moment beside those of the namespace: the one that waits for this answer. */
  readonly sockets?: readonly LocalSocket[];
  /** Taken instead of what the captured table says. */
  readonly assumeState?: CtState;
  /** The tunnel device that made the packet, which postrouting sees as the one it came in by (ip_output: skb->dev). */
  readonly through?: string;
}

export interface Walked {
  readonly hop: Hop;
  /** What an answer of the node's own to the packet would belong to. */
  attached(): Attached | undefined;
  /** What the node sends back where it left and its next hop does not answer (ipv4_link_failure, ip6_link_failure). */
  unreachable(): Answer | undefined;
  /** What it sends back where it delivered the packet to itself and nobody listens there; unknown: somebody may. */
  refusal(): Answer | Unknown | undefined;
  /** Keeps the connections that the packet made or changed, for the packets that come after. */
  commit(): void;
}

/** What is worked out once for a namespace. */
export interface Compiled {
  readonly namespace: Namespace;
  readonly options: MachineOptions;
  readonly hooks: Readonly<Record<Family, HookTable>>;
  readonly ties: readonly Tie[];
  readonly linkHooks: LinkHooks;
  readonly indexes: ChainIndexes | undefined;
  /** None where each rule is to be run. */
  readonly replays: Replays | undefined;
  readonly fib: Fib;
  readonly links: Links;
  readonly sysctls: Sysctls;
  readonly neighbours: Neighbours;
}

class Visit implements Walked {
  readonly hop: Hop;
  private readonly pass: Pass;
  /** The table that keeps the connection which the packet was made for. */
  private readonly keeper: ConntrackTable | undefined;

  constructor(hop: Hop, pass: Pass, keeper: ConntrackTable | undefined) {
    this.hop = hop;
    this.pass = pass;
    this.keeper = keeper;
  }

  attached(): Attached | undefined {
    return attachedTo(this.pass);
  }

  unreachable(): Answer | undefined {
    return hostUnreachable(this.pass);
  }

  refusal(): Answer | Unknown | undefined {
    return this.hop.disposition === 'delivered' ? refusal(this.pass) : undefined;
  }

  commit(): void {
    const { table, scratch, flow } = this.pass;
    table.commit();
    if (flow) this.keeper?.adopt(flow.connection);
    scratch.commit();
  }
}

/** A network namespace that packets can be walked through. */
export class Machine {
  readonly compiled: Compiled;
  private readonly table: ConntrackTable;
  private readonly scratch: Scratch;

  constructor(namespace: Namespace, options: MachineOptions = {}, origin?: Machine) {
    if (origin) {
      this.compiled = origin.compiled;
      this.table = new ConntrackTable(origin.table);
      this.scratch = new Scratch(namespace, origin.scratch);
      return;
    }
    const ip = hookTable(namespace, 'ip');
    const ip6 = hookTable(namespace, 'ip6');
    this.compiled = {
      namespace,
      options,
      hooks: { ip: ip.hooks, ip6: ip6.hooks },
      ties: [...ip.ties, ...ip6.ties],
      linkHooks: linkHooks(namespace),
      indexes: options.linear ? undefined : new ChainIndexes(),
      replays: options.linear || options.recorder || options.observe ? undefined : new Replays(),
      fib: new Fib(namespace, options.customRouting),
      links: new Links(namespace),
      sysctls: new Sysctls(namespace.sysctls),
      neighbours: new Neighbours(namespace.neighbours),
    };
    this.table = ConntrackTable.of(namespace.conntrack ?? []);
    this.scratch = new Scratch(namespace);
  }

  /** The same namespace with all that was committed; what packets leave behind in the fork stays there. */
  fork(): Machine {
    return new Machine(this.compiled.namespace, this.compiled.options, this);
  }

  /** Walks one packet. Nothing is kept of it unless `commit` is called. */
  walk(arrival: Arrival, decide: Decide): Walked {
    const table = new ConntrackTable(this.table);
    const scratch = new Scratch(this.compiled.namespace, this.scratch);
    const pass = new Pass(this.compiled, arrival, decide, table, scratch);
    const before = pass.snapshot();
    const end = arrival.packet.iif === undefined ? sent(pass, arrival) : received(pass);
    const { nexthop } = pass;
    const hop: Hop = {
      node: this.compiled.namespace.name,
      before,
      after: pass.bare,
      steps: pass.steps,
      disposition: end.disposition,
      reason: end.reason,
      decidedBy: end.decidedBy,
      connection: snapshotOf(pass.tracked),
      answers: pass.answers,
      out: nexthop?.device === undefined ? undefined : { device: nexthop.device, nexthop: nexthop.address },
      assumptions: pass.assumptions,
      unknowns: pass.unknowns,
    };
    return new Visit(hop, pass, arrival.attached ? this.table : undefined);
  }

  /**
   * What each statement of a rule says of a packet on a hook, with nothing decided or kept. What asks for the connection
   * is not asked: undefined.
   */
  examine(packet: Packet, hook: Hook, { statements }: Rule): readonly (Truth | Effect | undefined)[] {
    const table = new ConntrackTable(this.table);
    const scratch = new Scratch(this.compiled.namespace, this.scratch);
    const pass = new Pass(this.compiled, { packet }, { choose: () => 0 }, table, scratch);
    pass.hook = hook;
    return statements.map(statement =>
      statement.waits || /^(?:ct|conn|state$|recent$)/.test(statement.name)
        ? undefined
        : statement.evaluate(pass.packet, pass),
    );
  }

  /** The connections that are known now. */
  connections(): readonly ConnectionSnapshot[] {
    return this.table.all().map(connection => snapshotOf({ connection, state: 'established', direction: 'original' }));
  }

  /** What helpers still wait for. */
  get expectations(): readonly Expectation[] {
    return this.table.expectations();
  }
}
