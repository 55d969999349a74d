import { IPVS_DEVICES, type OutsideNetfilter, outsideNetfilter, serviceProxyOf } from '../kubernetes/datapath.ts';
import { DROP_BIT } from '../kubernetes/meaning.ts';
import type { Namespace } from '../model/namespace.ts';
import { missingRules } from '../model/ruleset.ts';
import type { Address } from '../net/address.ts';
import type { Packet } from '../net/packet.ts';
import { MAX_BRANCHES } from '../walk/decide.ts';
import type { RulePosition } from '../walk/trace.ts';
import type { UnknownAnswer } from './answer.ts';
import { decidedElsewhere } from './elsewhere.ts';
import { unknownKey } from './fold.ts';
import type { Host } from './host.ts';
import type { Visit } from './journey.ts';
import type { Ways } from './ways.ts';

/** What could not be decided, and whether delivery hangs on it. */
export const unknownsOf = (ways: Ways, packet: Packet, visits: readonly Visit[]): UnknownAnswer[] => [
  ...unknownAnswers(ways),
  ...missingAnswers(ways, packet),
  ...unfilteredMarks(visits),
  ...outsideNetfilterOf(visits),
  ...unlistedSockets(visits),
  ...decidedElsewhere(visits),
];

/** Somebody may listen there: of a host's sockets a part was captured. */
const unlistedSockets = (visits: readonly Visit[]): UnknownAnswer[] =>
  visits.flatMap(({ host, refusal }) => {
    if (!refusal || !('kind' in refusal)) return [];
    const { reason, howToLearn } = refusal;
    const what = `${host.name}: ${reason}`;
    const known = howToLearn === undefined ? {} : { howToLearn };
    return [{ kind: 'evidence' as const, what, ...known, matters: true, decidesDelivery: true }];
  });

/** What is taken for granted of a host without a filter table. */
export const NO_FILTER = {
  what: 'there are no rules in filter: that table was not captured',
  change: '-f a file with the output of `iptables-save`, of all tables',
};

/** Of iptables other tables were captured, and filter was not. */
export const hasNoFilter = ({ kind, namespace }: Host, { family }: Packet): boolean => {
  const own = namespace.ruleset.tables.filter(table => table.family === family && table.owner !== 'nft');
  return kind === 'node' && own.length > 0 && !own.some(({ name }) => name === 'filter');
};

function unknownAnswers({ folded, complete, places }: Ways): UnknownAnswer[] {
  const answers = new Map<string, UnknownAnswer>();
  const put = (
    why: { reason: string; howToLearn?: string },
    at: RulePosition | undefined,
    key: string,
    rest: Weight,
  ) => {
    const where = at && `${places.get(key) ?? ''}: ${at.table} ${at.chain} ${at.rule.number}`;
    answers.set(key, {
      kind: at ? 'rule' : 'evidence',
      what: why.reason,
      ...(where !== undefined && { where }),
      ...(why.howToLearn !== undefined && { howToLearn: why.howToLearn }),
      ...rest,
    });
  };
  for (const { why, at, matters, decidesDelivery } of folded.unknowns)
    put(why, at, unknownKey(why, at), { matters, decidesDelivery });
  for (const { value } of folded.outcomes)
    for (const { walked } of value.journey.visits)
      for (const { why, at } of walked.hop.unknowns) {
        const key = unknownKey(why, at);
        const fatal = value.disposition === 'undecided';
        if (!answers.has(key)) put(why, at, key, { matters: fatal, decidesDelivery: fatal });
      }
  if (!complete)
    put(
      { reason: `there are more than ${MAX_BRANCHES} ways, the rest was given up`, howToLearn: '--endpoint' },
      undefined,
      '',
      {
        matters: true,
        decidesDelivery: true,
      },
    );
  return [...answers.values()];
}

/** What comes behind the end of a dump that is cut off may be whole tables, which no walk can miss. */
function missingAnswers({ folded }: Ways, { family }: Packet): UnknownAnswer[] {
  const delivered = folded.outcomes.filter(({ value }) => value.delivered);
  const hosts = new Set(delivered.flatMap(({ value }) => value.journey.visits.map(({ host }) => host)));
  return [...hosts]
    .flatMap(host => host.namespace.ruleset.tables)
    .flatMap(table => {
      const why = table.family === family ? missingRules(table) : undefined;
      if (!why || folded.unknowns.some(known => known.why.reason === why.reason)) return [];
      const howToLearn = why.howToLearn ?? '';
      return [{ kind: 'evidence', what: why.reason, howToLearn, matters: true, decidesDelivery: true }];
    });
}

/** A mark to drop is obeyed in filter: where that table was not captured, nobody knows whether it is. */
function unfilteredMarks(visits: readonly Visit[]): UnknownAnswer[] {
  const marked = visits.find(
    ({ host, walked }) =>
      hasNoFilter(host, walked.hop.before) &&
      walked.hop.steps.some(step => step.kind === 'rule' && (step.markAfter & ~step.markBefore & DROP_BIT) !== 0),
  );
  if (!marked) return [];
  const what = `whether filter drops what is marked 0x${DROP_BIT.toString(16)}: that table was not captured`;
  return [{ kind: 'evidence', what, howToLearn: NO_FILTER.change, matters: true, decidesDelivery: true }];
}

type Weight = Pick<UnknownAnswer, 'matters' | 'decidesDelivery'>;

interface Unseen {
  readonly who: readonly OutsideNetfilter[];
  /** Addresses that virtual servers take from the node's own stack. */
  readonly virtual: ReadonlySet<Address>;
  readonly ipvs: boolean;
}

const unseenBy = new WeakMap<Namespace, Unseen>();

function unseenOf(namespace: Namespace): Unseen {
  const known = unseenBy.get(namespace);
  if (known) return known;
  const proxy = serviceProxyOf(namespace);
  const dummies = (namespace.interfaces ?? []).filter(({ name }) => IPVS_DEVICES.has(name));
  const unseen = {
    who: outsideNetfilter(namespace, proxy),
    virtual: new Set(dummies.flatMap(({ addresses }) => addresses.map(({ address }) => address))),
    ipvs: proxy.kind === 'ipvs',
  };
  unseenBy.set(namespace, unseen);
  return unseen;
}

/** Ports that node ports are of by default. */
const NODE_PORTS = { low: 30000, high: 32767 };

/** What nodes do with a packet where netfilter does not see it: the walk did not, either. */
function outsideNetfilterOf(visits: readonly Visit[]): UnknownAnswer[] {
  const found = new Map<string, UnknownAnswer>();
  for (const { host, walked } of visits) {
    if (host.kind !== 'node') continue;
    const { who, virtual, ipvs } = unseenOf(host.namespace);
    const { daddr, dport = 0 } = walked.hop.after;
    const local = walked.hop.disposition === 'delivered';
    const served = virtual.has(daddr) || (dport >= NODE_PORTS.low && dport <= NODE_PORTS.high);
    if (ipvs && !(local && served)) continue;
    for (const { what, howToLearn } of who)
      found.set(`${host.name} ${what}`, {
        kind: 'evidence',
        what: `${host.name}: ${what}`,
        howToLearn,
        matters: true,
        decidesDelivery: true,
      });
  }
  return [...found.values()];
}
