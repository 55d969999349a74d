import { ruleMeaning, serviceOf } from '../kubernetes/meaning.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Chain } from '../model/ruleset.ts';
import { formatAddress } from '../net/address.ts';
import type { Packet } from '../net/packet.ts';
import { protocolName } from '../net/protocol.ts';
import type { ConnectionSnapshot, Hop, RulePosition, Step, Translation } from '../walk/trace.ts';
import type {
  EndpointAnswer,
  EvidenceAnswer,
  HopAnswer,
  NextAnswer,
  PacketAnswer,
  RuleAnswer,
  ServiceAnswer,
  StepAnswer,
  StepBody,
  TranslationAnswer,
} from './answer.ts';
import type { Evidence } from './host.ts';
import type { Visit } from './journey.ts';
import type { Names } from './names.ts';
import type { Next } from './next.ts';
import { tcpFlagNames } from './request.ts';

export function ruleAnswer(node: string, { family, owner, table, chain, rule }: RulePosition): RuleAnswer {
  const { number, text, source } = rule;
  return { node, family, owner, table, chain, number, text, file: source.file, line: source.line };
}

export const endpointAnswer = ({ address, port }: Translation['from']): EndpointAnswer => ({
  address: formatAddress(address),
  ...(port !== undefined && { port }),
});

/** One visit as plain data; `id` becomes the start of its steps' ids. */
export function hopAnswer({ host, walked, next, tunnel, around }: Visit, id: string, names: Names): HopAnswer {
  const { hop } = walked;
  const steps: StepAnswer[] = [];
  for (const step of hop.steps) {
    const body = stepBody(step, host.name, host.namespace);
    if (body) steps.push({ id: `${id}.${steps.length + 1}`, ...body });
  }
  const nexthop = hop.out?.nexthop;
  const owner = hop.out && names.get(nexthop ?? hop.after.daddr);
  const nexthopName = next?.kind === 'host' ? next.to.host.name : owner?.name;
  return {
    id,
    node: host.name,
    kind: host.kind,
    ...(hop.before.iif !== undefined && { in: hop.before.iif }),
    ...(hop.out && { out: hop.out.port ?? hop.out.device }),
    ...(nexthop !== undefined && { nexthop: formatAddress(nexthop) }),
    ...(nexthopName !== undefined && { nexthopName }),
    ...(next && { next: nextAnswer(next) }),
    ...(tunnel && { tunnel: { device: tunnel.device, evidence: tunnel.evidence.map(evidenceAnswer) } }),
    ...(around !== undefined && { around, packet: packetAnswer(hop.before) }),
    ...(hop.answers.length > 0 && { sendsBack: sendsBack(hop) }),
    steps,
  };
}

/** `icmp-port-unreachable (to 10.0.0.1)`. */
export const sendsBack = ({ answers }: Hop): string[] =>
  answers.map(({ what, packet }) => `${what} (to ${formatAddress(packet.daddr)})`);

const evidenceAnswer = ({ what, file, line }: Evidence): EvidenceAnswer => ({
  what,
  ...(file !== undefined && file !== '' && { file, ...(line !== undefined && { line }) }),
});

function nextAnswer(next: Next): NextAnswer {
  const base = { evidence: [], against: [] };
  switch (next.kind) {
    case 'host': {
      const { to, mac, evidence, against } = next;
      return {
        kind: to.host.kind,
        name: to.host.name,
        interface: to.link.name,
        ...(mac !== undefined && { mac }),
        evidence: evidence.map(evidenceAnswer),
        against: against.map(evidenceAnswer),
      };
    }
    case 'silent':
      return { ...base, kind: 'silent', evidence: next.evidence.map(evidenceAnswer) };
    default: {
      const { kind, named } = next;
      return { ...base, kind, ...(named && { name: named.name }) };
    }
  }
}

export function packetAnswer(packet: Packet): PacketAnswer {
  const { family, saddr, daddr, sport, dport, protocol, ttl, tos, mark, tcp, icmp } = packet;
  return {
    family,
    protocol: protocolName(protocol) ?? String(protocol),
    source: endpointAnswer({ address: saddr, ...(sport !== undefined && { port: sport }) }),
    destination: endpointAnswer({ address: daddr, ...(dport !== undefined && { port: dport }) }),
    ttl,
    tos,
    mark,
    ...(tcp && { tcpFlags: tcpFlagNames(tcp.flags) }),
    ...(icmp && { icmp: { type: icmp.type, code: icmp.code } }),
  };
}

function stepBody(step: Step, node: string, namespace: Namespace): StepBody | undefined {
  switch (step.kind) {
    case 'hook':
      return { kind: 'hook', hook: step.hook };
    case 'hook-end':
      return undefined;
    case 'rule': {
      const { at, hook, verdict, chain, markBefore, markAfter, undecided } = step;
      const meaning = ruleMeaning({
        table: at.table,
        chain: at.chain,
        comment: at.rule.comment,
        ...(chain !== undefined && { target: chain, siblings: targetsOf(at, chain, namespace) }),
      });
      return {
        kind: 'rule',
        hook,
        rule: ruleAnswer(node, at),
        verdict,
        ...(chain !== undefined && { target: chain }),
        markBefore,
        markAfter,
        ...(meaning !== undefined && { meaning }),
        ...(undecided && { undecided: undecided.reason }),
      };
    }
    case 'return':
      return { kind: 'return', hook: step.hook, table: step.table, chain: step.chain };
    case 'policy':
      return { kind: 'policy', hook: step.hook, table: step.table, chain: step.chain, policy: step.policy };
    case 'connection': {
      const { state, direction } = step.connection;
      const text = connectionText(step.connection, step.why);
      return { kind: 'connection', hook: step.hook, state, ...(direction && { direction }), text };
    }
    case 'translation': {
      const { hook, type, field, from, to, at } = step;
      return {
        kind: 'translation',
        hook,
        type,
        field,
        from: endpointAnswer(from),
        to: endpointAnswer(to),
        ...(at && { rule: ruleAnswer(node, at) }),
      };
    }
    case 'route': {
      const { why, text, device, gateway } = step;
      return {
        kind: 'route',
        why,
        text,
        ...(device !== undefined && { device }),
        ...(gateway !== undefined && { gateway: formatAddress(gateway) }),
      };
    }
    case 'ttl':
      return { kind: 'ttl', ttl: step.ttl };
    case 'bridge':
      return {
        kind: 'bridge',
        bridge: step.bridge,
        up: step.to === 'up',
        ...(step.port !== undefined && { port: step.port }),
      };
    case 'neighbour': {
      const { address, device, mac, state } = step;
      return { kind: 'neighbour', address: formatAddress(address), device, ...(mac !== undefined && { mac }), state };
    }
    case 'note':
      return { kind: 'note', text: step.text };
  }
}

function connectionText({ state, direction, status }: ConnectionSnapshot, why: string | undefined): string {
  const words = [`${state}${direction === 'reply' ? ', reply direction' : ''}`];
  if (status.includes('DST_NAT') || status.includes('SRC_NAT')) words.push('translated');
  if (why !== undefined) words.push(why);
  return words.join(': ');
}

/** Where the rules of the same chain jump to; asked for endpoints alone, since it reads the whole chain. */
function targetsOf(at: RulePosition, target: string, namespace: Namespace): readonly string[] {
  if (!target.startsWith('KUBE-SEP-')) return [];
  const chain = chainAt(at, namespace);
  const targets: string[] = [];
  for (const rule of chain?.rules ?? []) {
    const [, name] = / -[jg] (KUBE-SEP-\S+)/.exec(rule.text) ?? [];
    if (name !== undefined) targets.push(name);
  }
  return targets;
}

const chainAt = (at: RulePosition, { ruleset }: Namespace): Chain | undefined =>
  ruleset.tables
    .find(table => table.family === at.family && table.name === at.table && table.owner === at.owner)
    ?.chains.get(at.chain);

export function translationAnswer(node: string, { type, field, from, to, at }: Translation): TranslationAnswer {
  return {
    kind: type,
    node,
    field,
    from: endpointAnswer(from),
    to: endpointAnswer(to),
    ...(at && { rule: ruleAnswer(node, at) }),
  };
}

/** The first service that a rule on the way names together with the way it was addressed, else the first named. */
export function serviceOfHop(hop: Hop): ServiceAnswer | undefined {
  let named: ServiceAnswer | undefined;
  for (const step of hop.steps) {
    if (step.kind !== 'rule') continue;
    const { at, chain } = step;
    const found = serviceOf({ table: at.table, chain: at.chain, comment: at.rule.comment });
    if (!found || (chain === undefined && step.verdict === 'continue')) continue;
    const { namespace, name, port } = found.service;
    const service = { namespace, name, ...(port !== undefined && { portName: port }) };
    if (found.address && chain !== 'KUBE-MARK-MASQ') return { ...service, address: found.address };
    named ??= service;
  }
  return named;
}
