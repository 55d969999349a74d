import type { ReceiverAnswer } from '../../src/cluster/answer.ts';
import { tftp } from '../../src/cluster/app/tftp.ts';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { type Fate, fateOf } from '../../src/cluster/fate.ts';
import type { Host } from '../../src/cluster/host.ts';
import { type Start, walkJourney } from '../../src/cluster/journey.ts';
import { choosePlace } from '../../src/cluster/place.ts';
import { backOf, judgeAnswer } from '../../src/cluster/reply.ts';
import { Session } from '../../src/cluster/session.ts';
import { formatAddress, formatEndpoint } from '../../src/net/address.ts';
import { copyPacket, ICMP, ICMPV6, type Packet, TCP_FLAG } from '../../src/net/packet.ts';
import { readNamespace } from '../../src/read/snapshot.ts';
import type { Decide } from '../../src/walk/decide.ts';
import { isLoopback } from '../../src/walk/local.ts';
import type { Arrival } from '../../src/walk/machine.ts';
import type { Hop } from '../../src/walk/trace.ts';
import { Answers } from './answers.ts';
import { compareJourney, compareVisit, type Difference } from './compare.ts';
import { RecordDecide, type Report } from './decide.ts';
import { type Journey, type LabDocument, readDocument } from './document.ts';
import { CLIENTS, MACS, objectsOf, outsideOf } from './outside.ts';
import { formatPacket, isSent, parsePacket } from './packet.ts';
import type { Probe, Result } from './probes.ts';
import { type NftForm, nodeFiles } from './state.ts';

export interface Crossing {
  readonly probes: number;
  /** Visits to nodes that were predicted from the probe alone. */
  readonly visits: number;
  readonly differences: readonly Difference[];
}

/** The packet's journeys from the probe alone, with no node said: from sender to receiver, and the answer back. */
export function compareProbes(path: string, text: string, nft: NftForm = 'json'): Crossing {
  const differences: Difference[] = [];
  try {
    const document = readDocument(text);
    const lab = new Lab(document, path, nft, differences);
    for (const [i, probe] of document.probes.entries()) {
      const result = document.results[i];
      if (result) lab.probe(probe, result);
    }
    lab.finish();
    return { probes: document.probes.length, visits: lab.visits, differences };
  } catch (error) {
    const lines = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    differences.push({ kind: 'document', node: undefined, journey: undefined, lines });
    return { probes: 0, visits: 0, differences };
  }
}

const FIRST: Decide = { choose: () => 0 };

class Lab {
  readonly #document: LabDocument;
  readonly #cluster;
  readonly #session = Session.of();
  readonly #differences: Difference[];
  /** Of each node what was recorded and not walked yet. */
  readonly #waiting = new Map<string, Journey[]>();
  readonly #answers = new Map<string, Answers>();
  visits = 0;

  constructor(document: LabDocument, path: string, nft: NftForm, differences: Difference[]) {
    this.#document = document;
    this.#differences = differences;
    const nodes = [...document.state.keys()].map(name => readNamespace(name, nodeFiles(document, path, name, nft)));
    const outside = outsideOf(document, path);
    this.#cluster = clusterOf(nodes, objectsOf(document, path), [], { outside });
    for (const journey of document.journeys) {
      const list = this.#waiting.get(journey.node);
      if (list) list.push(journey);
      else this.#waiting.set(journey.node, [journey]);
    }
  }

  probe(probe: Probe, result: Result): void {
    const report = this.#reportOf(probe.sender, undefined, probe);
    if (probe.mode === 'cmd') {
      this.#transfer(probe, report);
      return;
    }
    const packet = packetOf(probe);
    const start = packet && this.#startOf(probe, packet, report);
    if (!start) return;
    const asked = this.#walk(start, report);
    this.#compareDelivery(asked, result, report);
    const back = this.#back(asked, probe, result);
    const came = new Set<string>();
    let accepted = false;
    if (back) {
      const answer = this.#walk(back, report, asked.disposition === 'neighbour-unreachable');
      const { tcp, icmp } = back.packet;
      const refused = icmp !== undefined || ((tcp?.flags ?? 0) & TCP_FLAG.RST) !== 0;
      accepted = !refused && judgeAnswer(start, answer).accepted;
      const pod = answer.deliveredTo && this.#podAt(answer.deliveredTo);
      for (const { host, walked } of answer.journey.visits)
        if (host.kind === 'node' && host.name === probe.sender) came.add(formatPacket(onWire(walked.hop)));
      const { hop } = answer.last.walked;
      const receiver = pod ?? (answer.last.host.kind === 'outside' ? answer.last.host.name : undefined);
      if (answer.delivered && receiver === probe.sender) came.add(formatPacket(hop.after));
      const from = formatEndpoint(hop.after.saddr, hop.after.sport);
      if (probe.answeredBy !== undefined && probe.answeredBy !== from)
        report('answered by', `recorded ${probe.answeredBy}, walked ${from}`);
    }
    if (probe.answered !== undefined && probe.answered !== accepted)
      report('answered', `recorded ${probe.answered}, walked ${accepted}`);
    // An error's key has 16 bits of the id alone: one beside an answer is about another probe.
    const answers = result.reply.filter(({ kind }) => kind !== 'icmp-error');
    const recorded = [...new Set((answers.length > 0 ? answers : result.reply).map(reply => reply.packet))];
    if (recorded.join() !== [...came].join())
      report('reply', `recorded ${recorded.join(', ') || 'none'}, walked ${[...came].join(', ') || 'none'}`);
  }

  /**
   * A real transfer by TFTP: the request, the server's data from a port of its own, the acknowledgement. Which ports the
   * two programs took the wire tells.
   */
  #transfer(probe: Probe, report: Report): void {
    const { wire, topology, transferred } = this.#document;
    const { sender, destination } = probe;
    const six = destination.includes(':') ? ' ip6' : '';
    const source =
      CLIENTS.get(`${sender}${six}`) ?? topology.pods.get(`${sender}${six}`) ?? topology.nodes.get(`${sender}${six}`);
    const asked = wire.find(frame => frame.endsWith(` > ${destination}:69`)) ?? this.#firstSent(sender);
    const request = parsePacket(`udp ${source}:${(asked && parsePacket(asked)?.sport) ?? 0} > ${destination}:69`);
    const start = request && this.#startOf(probe, request, report);
    if (!start) {
      report('start', `${sender} sends no request`);
      return;
    }
    const fate = this.#walk(start, report);
    const back = backOf(fate);
    const pod = fate.deliveredTo && this.#podAt(fate.deliveredTo);
    if (!back || pod === undefined) {
      report('delivered to', `walked ${pod} (${fate.journey.reason})`);
      return;
    }
    const { saddr, daddr, dport } = back.start.packet;
    const [from, to] = [formatEndpoint(saddr), formatEndpoint(daddr, dport)];
    const data = wire.find(frame => frame.startsWith(`udp ${from}:`) && frame.endsWith(` > ${to}`));
    const sport = data === undefined ? undefined : parsePacket(data)?.sport;
    if (sport === undefined) {
      report('server', `no data from ${from} to ${to}: the server saw another source`);
      return;
    }
    const sent = { ...back.start, packet: { ...back.start.packet, sport } };
    const arrived = this.#walk(sent, report);
    const judged = judgeAnswer(start, arrived, true);
    let worked = judged.accepted;
    if (worked) {
      const acknowledgement = tftp.onward(start, arrived);
      const ack = acknowledgement && this.#walk(acknowledgement, report);
      const { daddr, dport } = ack?.last.walked.hop.after ?? {};
      worked = ack?.delivered === true && daddr === saddr && dport === sport;
    }
    if (worked !== transferred) report('transfer', `recorded ${transferred}, walked ${worked}: ${judged.text}`);
  }

  #firstSent(node: string): string | undefined {
    return this.#document.journeys.find(journey => journey.node === node && isSent(journey))?.before;
  }

  /** What nobody predicted (resets, errors, the rest of a session) is walked from the record, so that state is kept. */
  finish(): void {
    for (const [node, list] of this.#waiting) this.#catchUp(node, list.length);
  }

  #startOf(probe: Probe, packet: Packet, report: Report): Start | undefined {
    if (probe.mode === 'frame') {
      const host = this.#cluster.hosts.find(({ name }) => name === probe.to);
      const smac = MACS.get(probe.sender);
      if (host) return { host, packet: { ...packet, iif: 'eth0', owner: 'none', ...(smac && { link: { smac } }) } };
      report('start', `there is no node ${probe.to}`);
      return undefined;
    }
    try {
      const place = choosePlace(this.#cluster, {
        ...(isLoopback(packet.saddr) && { node: probe.sender }),
        source: { address: packet.saddr },
        destination: { address: packet.daddr },
        protocol: packet.protocol,
      });
      return { host: place.host, packet: { ...packet, ...(place.iif !== undefined && { iif: place.iif }) } };
    } catch (error) {
      report('start', error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** What kinds of answers the record has to this probe, at the nodes. */
  #kindsOf({ id }: Probe): ReadonlySet<string> {
    const kinds = new Set<string>();
    for (const { key } of this.#document.journeys) if (key && key.id === id) kinds.add(key.kind);
    return kinds;
  }

  /**
   * The answer is the server's own affair; the record tells whether it was one, a reset, or an error of its kernel. That a
   * neighbour is silent shows after seconds, and not in every record.
   */
  #back(asked: Fate, probe: Probe, { reply }: Result): Start | undefined {
    const back = backOf(asked);
    const failed = reply.some(({ kind }) => kind === 'icmp-error');
    if (!back) return undefined;
    if (back.error) return failed || asked.disposition !== 'neighbour-unreachable' ? back.start : undefined;
    const { start } = back;
    const kinds = this.#kindsOf(probe);
    if (kinds.has('rst-reply')) {
      const { tcp, ...rest } = start.packet;
      return { ...start, packet: { ...rest, ...(tcp && { tcp: { flags: TCP_FLAG.RST | TCP_FLAG.ACK } }) } };
    }
    if (kinds.has('rep')) return start;
    return failed ? { ...start, packet: portUnreachable(asked.last.walked.hop.after, start.packet.iif) } : undefined;
  }

  #walk(start: Start, report: Report, late = false): Fate {
    let recorded: Journey | undefined;
    const journey = walkJourney(this.#cluster, this.#session, start, {
      decide: (host, arrival) => {
        recorded = host.kind === 'node' ? this.#take(host, arrival, late) : undefined;
        if (!recorded && host.kind === 'node')
          report('visit', `the kernel has no visit of ${formatPacket(arrival.packet)} to ${host.name}`);
        return recorded ? this.#decide(recorded, arrival, host) : FIRST;
      },
      visited: (host, hop) => {
        if (!recorded) return;
        this.visits++;
        this.#answersOf(host.name).add(recorded, hop);
        compareVisit(recorded, hop, host.namespace, this.#reportOf(host.name, recorded));
      },
    });
    return fateOf(this.#cluster, this.#session, journey);
  }

  #decide(recorded: Journey, { packet }: Arrival, host: Host): Decide {
    const decide = new RecordDecide(this.#document, recorded, packet, this.#reportOf(host.name, recorded));
    return {
      choose: choice => {
        if (choice.kind !== 'port' || choice.tunnelTo === undefined) return decide.choose(choice);
        const outer = (this.#waiting.get(host.name) ?? [])
          .filter(isSent)
          .map(({ before }) => parsePacket(before))
          .find(made => made?.daddr === choice.tunnelTo && made?.protocol === 17);
        return (outer?.sport ?? choice.low) - choice.low;
      },
    };
  }

  /**
   * The record of a visit, the first that is not walked yet; what was recorded before it is walked first, unless it is a
   * late one: a neighbour is given up after seconds, when others have long been on their way.
   */
  #take(host: Host, { packet }: Arrival, late: boolean): Journey | undefined {
    const list = this.#waiting.get(host.name) ?? [];
    const text = formatPacket(packet);
    const sent = packet.iif === undefined;
    const at = list.findIndex(journey => journey.before === text && isSent(journey) === sent);
    if (at < 0) return undefined;
    if (late) return list.splice(at, 1)[0];
    this.#catchUp(host.name, at);
    return list.shift();
  }

  #catchUp(node: string, count: number): void {
    const host = this.#cluster.hosts.find(({ name }) => name === node);
    const list = this.#waiting.get(node) ?? [];
    for (const journey of list.splice(0, count))
      if (host)
        compareJourney(
          this.#document,
          journey,
          host.namespace,
          this.#session.machine(host),
          this.#answersOf(node),
          this.#reportOf(node, journey),
        );
  }

  #answersOf(node: string): Answers {
    const known = this.#answers.get(node) ?? new Answers();
    this.#answers.set(node, known);
    return known;
  }

  #compareDelivery(fate: Fate, { deliveredTo, serverSaw }: Result, report: Report): void {
    const { after } = fate.last.walked.hop;
    const pod = fate.deliveredTo && this.#podAt(fate.deliveredTo);
    const walked = pod === undefined ? 'no pod' : `${pod} ${formatPacket(after)} ttl ${after.ttl}`;
    // A SYN that is not answered is sent again.
    const all = new Set(deliveredTo.map(({ pod, packet, ttl }) => `${pod} ${packet} ttl ${ttl}`));
    const recorded = [...all].join(', ') || 'no pod';
    if (walked !== recorded) report('delivered to', `recorded ${recorded}, walked ${walked} (${fate.journey.reason})`);
    const [saw] = serverSaw;
    const source = `${formatAddress(after.saddr)} ${after.sport ?? ''}`;
    if (saw && pod !== undefined && `${saw.source} ${saw.port ?? ''}` !== source)
      report('server saw', `recorded ${saw.source} ${saw.port ?? ''}, walked ${source}`);
  }

  /** Pods that the API does not name are known by their addresses. */
  #podAt({ kind, address, name }: ReceiverAnswer): string | undefined {
    if (kind === 'pod' && name !== undefined) return name.replace(/^default\//, '');
    const [key] = [...this.#document.topology.pods].find(([, own]) => own === address) ?? [];
    return kind === 'host' ? key?.replace(' ip6', '') : undefined;
  }

  #reportOf(node: string, journey: Journey | undefined, probe?: Probe): Report {
    return (kind, ...lines) =>
      this.#differences.push({
        kind,
        node,
        journey,
        lines: probe
          ? [`probe ${probe.protocol} ${probe.source} > ${probe.destination}:${probe.dport}`, ...lines]
          : lines,
      });
  }
}

/** What a node's wire shows of a packet that comes in: of one from a port of a bridge what the bridge's hooks left of it. */
function onWire({ before, after, steps }: Hop): Packet {
  if (before.iif === undefined) return after;
  if (!steps.some(step => step.kind === 'bridge' && step.to === 'up')) return before;
  const end = steps.find(step => step.kind === 'hook-end');
  return end?.kind === 'hook-end' ? end.packet : before;
}

/** What a kernel sends because of a packet to a port where nobody listens. */
function portUnreachable(about: Packet, iif: string | undefined): Packet {
  const { family, saddr, daddr } = about;
  return {
    family,
    saddr: daddr,
    daddr: saddr,
    protocol: family === 'ip' ? ICMP : ICMPV6,
    icmp: family === 'ip' ? { type: 3, code: 3 } : { type: 1, code: 4 },
    inner: copyPacket(about),
    ttl: 64,
    tos: family === 'ip' ? 0xc0 : 0,
    mark: 0,
    ...(iif !== undefined && { iif }),
  };
}

function packetOf({ protocol, source, destination, sport, dport, ttl }: Probe): Packet | undefined {
  const six = destination.includes(':');
  const end = (address: string, port: number | undefined) => (six ? `[${address}]:${port}` : `${address}:${port}`);
  const echo = protocol.startsWith('icmp');
  const text = echo
    ? `${protocol} ${source} > ${destination} type ${six ? 128 : 8} code 0`
    : `${protocol} ${end(source ?? '', sport)} > ${end(destination, dport)}${protocol === 'tcp' ? ' S' : ''}`;
  const packet = parsePacket(text);
  if (!packet) return undefined;
  return { ...packet, ttl: ttl ?? 64, ...(packet.icmp && { icmp: { ...packet.icmp, id: sport ?? 0 } }) };
}
