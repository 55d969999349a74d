import { formatAddress } from '../../net/address.ts';
import type { ReasonAnswer } from '../answer.ts';
import type { Cluster } from '../cluster.ts';
import type { Fate } from '../fate.ts';
import type { Journey, Visit } from '../journey.ts';
import { almostMatched } from './almost.ts';
import type { Tried } from './instead.ts';
import { translatorsOf, whySilent } from './silent.ts';
import { takenInTurn } from './turns.ts';
import { unheededMark } from './unheeded.ts';

/** Of a packet that goes round the first visits tell it. */
const MAX_VISITS = 4;

/** What an outcome hangs on that its steps alone do not say, and what would work instead. */
export function reasonsOf(cluster: Cluster, fate: Fate, tried: Tried): ReasonAnswer[] {
  const { journey, session, delivered } = fate;
  const visits = journey.visits.filter(({ around }) => around === undefined).slice(0, MAX_VISITS);
  const first = visits.filter(({ host }, i) => visits.findIndex(other => other.host === host) === i);
  const reasons = first.flatMap(visit => [...takenInTurn(visit), ...unheededMark(visit)]);
  if (!delivered) {
    reasons.push(
      ...first.flatMap(visit => almostMatched(session, visit)),
      ...cameBack(journey.visits),
      ...goesRound(cluster, journey),
    );
    if (fate.disposition === 'neighbour-unreachable') reasons.push(...whySilent(cluster, fate, tried));
  }
  return distinct(reasons);
}

/** A packet that its own sender, or whoever masqueraded it, gets back: from its own address it is discarded. */
function cameBack(visits: readonly Visit[]): ReasonAnswer[] {
  const last = visits.at(-1);
  const before = visits.at(-2);
  const first = visits.slice(0, -1).find(({ host }) => host === last?.host);
  if (!last || !before || !first || last.walked.hop.disposition !== 'martian') return [];
  const { saddr } = last.walked.hop.before;
  const source = first.walked.hop.steps.find(
    step => step.kind === 'translation' && step.field === 'source' && step.to.address === saddr,
  );
  const rule = source?.kind === 'translation' ? source.at : undefined;
  const gave = rule
    ? `masqueraded it as ${formatAddress(saddr)} (${rule.table} ${rule.chain} ${rule.rule.number})`
    : 'sent it';
  const text = `${last.host.name} ${gave} and let it out with its destination as it was; ${before.host.name} sent it back, and what comes in from a node's own address is discarded when it is routed`;
  return [{ kind: 'came-back', text }];
}

/** Hosts that hand a packet to each other: by which routes, and whether a rule is about its destination. */
function goesRound(cluster: Cluster, { visits, loop }: Journey): ReasonAnswer[] {
  const [first] = visits;
  if (!loop || !first) return [];
  const { daddr } = first.walked.hop.before;
  const routes = loop.hosts.flatMap(name => {
    const step = visits.find(({ host }) => host.name === name)?.walked.hop.steps.find(({ kind }) => kind === 'route');
    return step?.kind === 'route' ? [`${name} by ${step.text}`] : [];
  });
  const about = translatorsOf(cluster, daddr).find(({ host }) => loop.hosts.includes(host.name));
  const rules = about
    ? `${about.rule} of ${about.host.name} is about ${formatAddress(daddr)}, and does not translate it`
    : `no rule of ${loop.hosts.join(' or ')} is about ${formatAddress(daddr)}`;
  return [{ kind: 'loop', text: `${rules}: each sends it on by its routes (${routes.join('; ')})` }];
}

function distinct(reasons: readonly ReasonAnswer[]): ReasonAnswer[] {
  return [...new Map(reasons.map(reason => [reason.text, reason])).values()];
}
