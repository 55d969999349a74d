import type { Namespace } from '../../../src/model/namespace.ts';
import type { ListedChain } from '../../../src/model/ruleset.ts';
import { isIcmpError, type Packet, TCP, TCP_FLAG } from '../../../src/net/packet.ts';
import { contains, prefixOf } from '../../../src/net/prefix.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';
import { isLoopback, isMulticast } from '../../../src/walk/local.ts';
import { Machine, type MachineOptions } from '../../../src/walk/machine.ts';
import type { Answer, Attached, ConnectionSnapshot, Hop } from '../../../src/walk/trace.ts';
import type { Journey, Observation, Probe, Snapshot } from '../observation.ts';
import { arriving, portOf } from './arrival.ts';
import { ObservedDecide, type Report } from './decide.ts';
import { compareDelivery, type Visit } from './delivery.ts';
import type { Difference } from './difference.ts';
import { compareFate, compareWire, endsOnHook } from './fate.ts';
import { compareItems, type Item, observedItems, walkedItems } from './items.ts';
import { injectedAs, isBroadcast, isFlooded, joinLoopback, unseen } from './journeys.ts';
import { listening, momentary } from './sockets.ts';
import { packetText, seenText } from './texts.ts';

const COUNTING = /\bnumgen inc\b|"mode": "inc"|\bquota\b|\bdynamic\b/;

/** How one journey was walked, beside what the kernel wrote of it. */
export interface Walk {
  readonly hop: Hop;
  readonly kernel: readonly Item[];
  readonly walk: readonly Item[];
}

export interface JudgeOptions {
  /** Of what the walk is given. */
  readonly change?: (namespace: Namespace) => Namespace;
  readonly observe?: MachineOptions['observe'];
}

/** An answer that the walk expects the node to send. */
interface Waiting {
  readonly about: number | undefined;
  readonly answer: Answer;
  readonly journey: number;
  /** The kernel may keep it to itself. */
  readonly limited: boolean;
}

/** A hook dropped more packets than the walk lets end on one. */
export const DROPPED = 'packets dropped on hooks';

/** ip_error has tokens of its own, one a second after five, and its sysctls are not those of a namespace. */
const LIMITED = 'ICMP errors of missing routes that the kernel did not send: it limits them by sender';

/** Walks what was observed of one ruleset's probes, in their order, and lists what the kernel did otherwise. */
export class Judge {
  readonly #machine: Machine;
  /** Some rule of nft asks what packets left behind. */
  readonly #counts: boolean;
  #miscounted = false;
  #waiting: Waiting[] = [];
  #walked: (Visit & { readonly id: number | undefined; readonly attached: Attached | undefined })[] = [];
  readonly remarks: readonly string[];
  /** What `nft list hooks` shows, where the kernel has it. */
  readonly listed: readonly ListedChain[];
  /** What was not judged, or only in part, and how often. */
  readonly skipped = new Map<string, number>();
  /** Of the probe that was compared last, by the index of its journey. */
  walks = new Map<number, Walk>();

  constructor(snapshot: Snapshot, { change = n => n, observe }: JudgeOptions = {}) {
    const files = Object.entries(snapshot.files).map(([path, text]) => ({ path, text }));
    const namespace = change({
      ...readNamespace('node', files),
      registrations: snapshot.registered,
      sockets: listening(),
      queues: [],
    });
    this.#counts = COUNTING.test(snapshot.files['nft-list-ruleset'] ?? snapshot.files['nft-j-list-ruleset'] ?? '');
    this.remarks = namespace.remarks.filter(r => r.severity === 'error').map(r => `${r.file}:${r.line}: ${r.text}`);
    this.listed = namespace.listedChains ?? [];
    this.#machine = new Machine(namespace, {
      fresh: true,
      customRouting: true,

      ...(observe && { observe }),
    });
  }

  /** What the walk knows of connections after the packets so far. */
  connections(): readonly ConnectionSnapshot[] {
    return this.#machine.connections();
  }

  compare(probe: Probe, observed: Observation): Difference[] {
    const differences: Difference[] = [];
    this.#waiting = [];
    this.#walked = [];
    this.walks = new Map();
    if (observed.copies || isFlooded(probe)) {
      this.#skip('flooded by a bridge');
      this.#miscounted = this.#counts;
      return differences;
    }
    if (this.#miscounted) {
      this.#skip('behind a flooded frame, which moved counters of its ruleset');
      return differences;
    }
    const reportOf =
      (journey: number): Report =>
      (what, kernel, walk) =>
        differences.push({ probe: probe.id, journey, what, kernel, walk });
    const journeys = observed.journeys.length > 0 ? joinLoopback(observed.journeys) : this.#unseen(probe, observed);
    const joined = { ...observed, journeys };
    for (const [index, journey] of journeys.entries()) this.#journey(probe, joined, journey, index, reportOf(index));
    this.#compareDrops(observed, reportOf(0));
    compareDelivery(observed, this.#walked, reportOf(0));
    for (const waiting of this.#waiting) this.#notSent(waiting, observed.wire, reportOf(waiting.journey));
    return differences;
  }

  /** What the kernel dropped on a hook the walk lets end there. A busy machine does not tell of all: no more than those. */
  #compareDrops({ droppedOnHooks: dropped = 0 }: Observation, report: Report): void {
    const walked = this.#walked.filter(({ hop }) => endsOnHook(hop)).length;
    if (dropped > walked) report(DROPPED, `${dropped}`, `${walked}`);
  }

  /** A probe that reached no hook: the walk must not let it reach one either. */
  #unseen(probe: Probe, { error }: Observation): Journey[] {
    if (error === 'Permission denied' && isBroadcast(probe.packet.daddr)) {
      this.#skip('a broadcast that the sending call refused: its socket had not asked for it');
      return [];
    }
    return [unseen(probe)];
  }

  /** An answer that the walk expects and nobody saw: right only where it does not get as far as a hook. */
  #notSent({ answer, limited }: Waiting, wire: Observation['wire'], report: Report): void {
    const { packet, attached, what, port } = answer;
    const text = packetText(packet);
    if (port !== undefined && wire.some(one => portOf(one.device) === port && seenText(one.packet) === text)) return;
    const journey: Journey = { family: packet.family, injected: -1, steps: [], fate: { kind: 'nothing-seen' } };
    const arrival = { packet, ...(attached && { attached }) };
    const { hop } = this.#machine.walk(arrival, new ObservedDecide(journey, packet, () => {}));
    if (!hop.steps.some(step => step.kind === 'hook')) return;
    if (limited) this.#skip(LIMITED);
    else report('answer', 'none', `${text} (${what})`);
  }

  #skip(what: string): void {
    this.skipped.set(what, (this.skipped.get(what) ?? 0) + 1);
  }

  #journey(probe: Probe, observed: Observation, journey: Journey, index: number, report: Report): void {
    const injected = journey.injected < 0 ? undefined : injectedAs(journey, observed.injected);
    const packet = arriving(probe, journey, injected, observed);
    if (!packet) {
      report('packet', 'seen', 'cannot be read');
      return;
    }
    const answer = journey.injected < 0 ? this.#take(journey, packet, report) : undefined;
    const { inner, owner } = answer?.packet ?? {};
    const arrival = {
      ...packet,
      ...(inner && { inner }),
      ...(owner !== undefined && { owner }),
      ...(journey.injected < 0 && !answer && this.#boundTo(packet)),
      ...(journey.injected < 0 && this.#isWronglySummed(packet) && { badChecksum: true }),
    };
    const sockets = momentary(probe, observed, index);
    const attached = answer?.attached && { attached: answer.attached };
    const kernel = observedItems(journey, key => SETS_MARK.test(this.#ruleText(journey, key) ?? ''));
    const attempt = (fallen: number, told: Report) => {
      const decide = new ObservedDecide(journey, arrival, told, fallen);
      return { decide, walked: this.#machine.walk({ packet: arrival, sockets, ...attached }, decide) };
    };
    let hop: Hop;
    let decide: ObservedDecide;
    try {
      let taken = attempt(0, report);
      const { unseen } = taken.decide;
      if (unseen > 0)
        taken = attempt(
          fittingWay(unseen, way => walkedItems(attempt(way, () => {}).walked.hop.steps), kernel),
          report,
        );
      const { walked } = taken;
      ({ decide } = taken);
      hop = walked.hop;
      this.#walked.push({ id: journey.packet?.id, hop, injected, attached: walked.attached() });
      walked.commit();
    } catch (error) {
      report('crash', 'no', error instanceof Error ? (error.stack ?? error.message) : String(error));
      return;
    }
    const limited = hop.disposition === 'no-route' && journey.family === 'ip' && arrival.iif !== undefined;
    const about = journey.packet?.id;
    this.#waiting.push(...hop.answers.map(answer => ({ about, answer, journey: index, limited })));
    const walk = walkedItems(hop.steps);
    this.walks.set(index, { hop, kernel, walk });
    if (decide.lent > 0 || walk.some(({ optional }) => optional))
      this.#skip('made by the node: a match on its bytes was taken from the kernel');
    if (decide.unseen > 0) this.#skip('dice whose fall nothing shows');
    compareItems(kernel, walk, report, key => this.#ruleText(journey, key));
    compareFate(journey.fate, hop, report);
    compareWire(journey, hop, observed.wire, report);
  }

  /**
   * What the stack of IPv6 sends by the interface that it was asked on: the echo of an anycast address and, since 6.18.9, one
   * to ::1 (icmpv6_echo_reply), and resets to ::1 and to a group (tcp_v6_send_response: rt6_need_strict).
   */
  #boundTo({ family, protocol, tcp, icmp, saddr, daddr }: Packet): Pick<Packet, 'oif'> {
    if (family === 'ip') return {};
    const { links } = this.#machine.compiled;
    const resets = protocol === TCP && ((tcp?.flags ?? 0) & TCP_FLAG.RST) !== 0;
    if (icmp?.type === 129 && isLoopback(daddr)) return { oif: 'lo' };
    if (resets && (isMulticast(daddr) || isLoopback(daddr))) {
      const came = this.#walked.findLast(({ hop: { after } }) => after.saddr === daddr)?.hop.after.iif;
      if (came !== undefined && came !== 'lo') return { oif: came };
      // What came by lo is taken to come in by the device that has the address.
      const own = links.all.find(one => one.addresses.some(({ address }) => address === saddr));
      return own && isLoopback(daddr) ? { oif: own.name } : {};
    }
    const asked = this.#walked.findLast(
      ({ hop }) => hop.after.icmp?.type === 128 && hop.after.icmp.id === icmp?.id,
    )?.hop;
    if (icmp?.type !== 129 || !asked || asked.after.daddr === saddr) return {};
    const { iif, daddr: to } = asked.after;
    if (iif !== undefined && iif !== 'lo') return { oif: iif };
    const link = links.all.find(one => one.addresses.some(a => contains(prefixOf(a.address, a.prefixLength), to)));
    return link ? { oif: link.name } : {};
  }

  /** tcp_v4_send_reset sums with the address that the segment was for, and leaves from another where that was 0.0.0.0. */
  #isWronglySummed({ family, protocol, tcp, daddr }: Packet): boolean {
    const resets = family === 'ip' && protocol === TCP && ((tcp?.flags ?? 0) & TCP_FLAG.RST) !== 0;
    return resets && this.#walked.some(({ hop: { after } }) => after.daddr === 0 && after.saddr === daddr);
  }

  /** The rule that an item's key names, for a person. */
  #ruleText({ family }: Journey, key: string): string | undefined {
    const [, owner, name, chain, number] = key.split(' ');
    const { ruleset } = this.#machine.compiled.namespace;
    const table = ruleset.tables.find(
      t => t.owner === owner && t.name === name && (t.family === family || t.family === 'inet'),
    );
    const rules = table?.chains.get(chain ?? '')?.rules;
    const at = Number(number) - 1;
    return rules && at >= 0 && at < rules.length ? rules.at(at).text : undefined;
  }

  /** The answer that the walk expected, if this packet of the node's own is one; else what the node's stack says. */
  #take({ packet: seen }: Journey, packet: Packet, report: Report): Answer | undefined {
    if (!seen) return undefined;
    const text = seenText(seen);
    const isSame = (one: Answer) => packetText(one.packet) === text;
    const exact = this.#waiting.findIndex(({ about, answer }) => about === seen.about && isSame(answer));
    const at = exact >= 0 ? exact : this.#waiting.findIndex(({ answer }) => isSame(answer));
    if (at >= 0) return this.#waiting.splice(at, 1)[0]?.answer;
    if (!isIcmpError(packet)) return undefined;
    const ended = ({ disposition }: Hop) => disposition === 'delivered' || disposition === 'leaves-the-node';
    const about =
      this.#walked.findLast(({ id, hop }) => id === seen.about && ended(hop)) ??
      this.#walked.findLast(({ hop }) => ended(hop));
    if (!about) {
      const expected = this.#waiting.map(({ answer }) => packetText(answer.packet)).join('; ');
      report('answer', text, expected === '' ? 'none' : expected);
      return undefined;
    }
    return {
      what: 'the stack',
      packet: { ...packet, inner: about.hop.after },
      // UDP forgets the connection before it says that nobody listens (nf_reset_ct).
      ...(about.attached && !isPortUnreachable(packet) && { attached: about.attached }),
    };
  }
}

/** Where nothing shows how dice fell, the first way that meets what the kernel met. */
function fittingWay(ways: number, walkedBy: (way: number) => readonly Item[], kernel: readonly Item[]): number {
  for (let way = 0; way < ways; way++) {
    let differs = false;
    compareItems(
      kernel,
      walkedBy(way),
      () => (differs = true),
      () => undefined,
    );
    if (!differs) return way;
  }
  return 0;
}

/** Matches that write: the legacy tables trace a rule between its matches and its target. */
const SETS_MARK = /--restore-skmark/;

const isPortUnreachable = ({ family, icmp }: Packet): boolean =>
  family === 'ip' ? icmp?.type === 3 && icmp.code === 3 : icmp?.type === 1 && icmp.code === 4;
