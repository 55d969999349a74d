import type { CtState, CtStatus } from '../../src/model/conntrack.ts';
import type { Namespace } from '../../src/model/namespace.ts';
import { HOOKS, type Table } from '../../src/model/ruleset.ts';
import type { Packet } from '../../src/net/packet.ts';
import type { Decide } from '../../src/walk/decide.ts';
import type { Disposition, Hop, RulePosition, Step } from '../../src/walk/trace.ts';
import type { Walker } from './compare.ts';
import type { Journey, LabDocument, RecordedStep } from './document.ts';
import { parsePacket } from './packet.ts';

/** Walks as the record says, to hold the comparison itself against what it is to find. */
export function replay(document: LabDocument, namespace: Namespace): Walker {
  const journeys = document.journeys.filter(journey => journey.node === namespace.name);
  let at = 0;
  return {
    walk: (arrival, decide) => {
      const journey = journeys[at++];
      if (!journey) throw new Error('more walks than journeys');
      return {
        hop: hopOf(journey, namespace, arrival.packet, decide),
        attached: () => undefined,
        unreachable: () => undefined,
        refusal: () => undefined,
        commit: () => undefined,
      };
    },
  };
}

function hopOf(journey: Journey, namespace: Namespace, before: Packet, decide: Decide): Hop {
  const steps = journey.steps.flatMap(step => stepsOf(step, journey, namespace, decide));
  const last = steps.findLast(step => step.kind === 'rule');
  const dropped = journey.fate.startsWith('dropped in') && journey.fate.includes(' by rule ');
  const inner = journey.innerAfter === undefined ? undefined : parsePacket(journey.innerAfter);
  return {
    node: namespace.name,
    before,
    after: { ...packetOf(journey.after), ...(inner && { inner }) },
    steps: [{ kind: 'hook', hook: 'prerouting', packet: { ...before, ...interfaces(journey) } }, ...steps],
    disposition: dropped ? 'dropped' : dispositionOf(journey.fate),
    reason: journey.fate,
    ...(dropped && last?.kind === 'rule' && { decidedBy: last.at }),
    connection: { state: 'new', status: [] },
    answers: [],
    assumptions: [],
    unknowns: [],
  };
}

const interfaces = ({ iif, oif }: Journey) => ({
  ...(iif !== undefined && { iif }),
  ...(oif !== undefined && { oif }),
});

function dispositionOf(fate: string): Disposition {
  if (fate === 'passed-postrouting') return 'leaves-the-node';
  if (fate === 'delivered-to-local-stack') return 'delivered';
  return fate.startsWith('ended') ? 'no-route' : 'nat-dropped';
}

function stepsOf(step: RecordedStep, journey: Journey, namespace: Namespace, decide: Decide): readonly Step[] {
  const hook = HOOKS.find(name => name === step.hook) ?? 'input';
  const { mark } = step;
  if (step.table === 'labtrace') {
    if (!step.chain.endsWith('-end')) return [];
    const packet = { ...packetOf(step.packet ?? ''), mark, ttl: step.ttl ?? 0 };
    return [{ kind: 'hook-end', hook, packet, connection: connectionOf(step) }];
  }
  const table = namespace.ruleset.tables.find(({ name, family }) => name === step.table && family === journey.family);
  const chain = table?.chains.get(step.chain);
  if (!table || !chain) throw new Error(`no chain ${step.table} ${step.chain}`);
  const { family, owner, name } = table;
  if (step.type === 'return')
    return [{ kind: 'return', hook, family, table: name, owner, chain: chain.name, rules: chain.rules.length, mark }];
  if (step.type === 'policy')
    return [{ kind: 'policy', hook, family, table: name, owner, chain: chain.name, policy: 'accept', mark }];
  const number = step.position ?? 0;
  askChances(table, step.chain, number, decide);
  const at = positionOf(table, step.chain, number);
  const verdict = verdictOf(step);
  const target = step.target === undefined ? undefined : { chain: step.target };
  return [{ kind: 'rule', hook, at, markBefore: mark, markAfter: mark, verdict, ...target }];
}

/** Asks for each rule of chance up to the one that matched; the answers have to lead there. */
function askChances(table: Table, chain: string, number: number, decide: Decide): void {
  for (let i = 1; i <= number; i++) {
    const at = positionOf(table, chain, i);
    if (!at.rule.text.includes('--mode random')) continue;
    const option = decide.choose({ kind: 'chance', at, probability: 0.5 });
    if (option !== (i === number ? 0 : 1)) throw new Error(`${chain} ${i}: the choice is not the record's`);
  }
}

function positionOf(table: Table, chain: string, number: number): RulePosition {
  const rule = table.chains.get(chain)?.rules.at(number - 1);
  if (!rule) throw new Error(`no rule ${table.name} ${chain} ${number}`);
  return { family: table.family === 'ip6' ? 'ip6' : 'ip', owner: table.owner, table: table.name, chain, rule };
}

const VERDICTS = ['continue', 'accept', 'drop', 'return', 'jump', 'goto'] as const;
const verdictOf = (step: RecordedStep) => VERDICTS.find(verdict => verdict === step.verdict) ?? 'continue';

const STATES: readonly CtState[] = ['new', 'established', 'related', 'untracked'];
const STATUS: readonly CtStatus[] = [
  'SEEN_REPLY',
  'ASSURED',
  'CONFIRMED',
  'SRC_NAT',
  'DST_NAT',
  'SRC_NAT_DONE',
  'DST_NAT_DONE',
];

const connectionOf = ({ connection }: RecordedStep) => ({
  state: STATES.find(state => state === connection?.state) ?? 'invalid',
  direction: connection?.direction === 'reply' ? ('reply' as const) : ('original' as const),
  status: STATUS.filter(bit => connection?.status.includes(bit)),
});

function packetOf(text: string): Packet {
  const packet = parsePacket(text);
  if (!packet) throw new Error(`not a packet: ${text}`);
  return packet;
}
