import type { ProxyAddressKind } from '../../kubernetes/proxy/service.ts';
import { share as shareWords } from '../../net/share.ts';
import { KIND_WORDS, type MasqueradeFact, type ServiceFacts, WHOSE } from './service-facts.ts';
import { type Statement, statement } from './statement.ts';

type Say = (kind: Statement['kind'], text: string) => Statement;

/** What became of the services of one node. */
export function compareServices(
  before: ReadonlyMap<string, ServiceFacts>,
  after: ReadonlyMap<string, ServiceFacts>,
): Statement[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].flatMap(key => {
    const [a, b] = [before.get(key), after.get(key)];
    const label = (b ?? a)?.label ?? '';
    const say = statement('service', label);
    const one = b ?? a;
    const inOther = one && hasOtherFamily(one, before) && hasOtherFamily(one, after);
    const over = one?.family === 'ip6' ? 'IPv6' : 'IPv4';
    if (!a && b) return [say('came', `${label} ${inOther ? `is there over ${over} now` : 'is new'}: ${contents(b)}`)];
    if (a && !b)
      return [say('went', `${label} is ${inOther ? `no longer there over ${over}` : 'gone'}: ${contents(a)}`)];
    return a && b ? changesOf(a, b, label, say) : [];
  });
}

const hasOtherFamily = ({ family, identity }: ServiceFacts, services: ReadonlyMap<string, ServiceFacts>): boolean =>
  services.has(`${family === 'ip' ? 'ip6' : 'ip'} ${identity}`);

function contents({ addresses, endpoints }: ServiceFacts): string {
  const where = [...addresses.values()].map(({ text }) => text);
  const to =
    endpoints.size === 0 ? 'no endpoint' : `endpoint${endpoints.size > 1 ? 's' : ''} ${listed([...endpoints.keys()])}`;
  return [...where, to].join(', ');
}

const MOST = 8;

const listed = (texts: readonly string[]): string =>
  texts.length <= MOST ? texts.join(', ') : `${texts.slice(0, MOST).join(', ')} and ${texts.length - MOST} more`;

function changesOf(a: ServiceFacts, b: ServiceFacts, label: string, say: Say): Statement[] {
  return [
    ...addressChanges(a, b, label, say),
    ...endpointChanges(a, b, label, say),
    ...policyChanges(a, b, label, say),
    ...rangeChanges(a, b, label, say),
    ...masqueradeChanges(a, b, label, say),
  ];
}

const EVERYWHERE = 'every address of the node';
const BECOMES = {
  translated: 'handed to endpoints',
  rejected: 'rejected',
  dropped: 'dropped',
} as const;

function* addressChanges(a: ServiceFacts, b: ServiceFacts, label: string, say: Say): Generator<Statement> {
  for (const [key, { text }] of b.addresses) if (!a.addresses.has(key)) yield say('came', `${label} gained ${text}`);
  for (const [key, was] of a.addresses) {
    const is = b.addresses.get(key);
    if (!is) yield say('went', `${label} lost ${was.text}`);
    else {
      const untold = [was.kind, is.kind].includes('external or load balancer IP');
      if (was.kind !== is.kind && !untold) yield say('changed', `${label}: ${was.text} is now its ${is.text}`);
      const [atBefore, atAfter] = [was.only?.join(', '), is.only?.join(', ')];
      if (atBefore !== atAfter)
        yield say(
          'changed',
          `${label}: its ${is.kind} was taken at ${atBefore ?? EVERYWHERE}, is at ${atAfter ?? EVERYWHERE}`,
        );
      if (was.fate !== is.fate)
        yield say(
          'changed',
          `${label}: connections to its ${is.text} were ${BECOMES[was.fate]}, and are ${BECOMES[is.fate]} now`,
        );
    }
  }
}

function* endpointChanges(a: ServiceFacts, b: ServiceFacts, label: string, say: Say): Generator<Statement> {
  const came = [...b.endpoints.keys()].filter(key => !a.endpoints.has(key));
  const went = [...a.endpoints.keys()].filter(key => !b.endpoints.has(key));
  const sizes = `${a.endpoints.size} before, ${b.endpoints.size} now`;
  const words = (list: readonly string[]) => `endpoint${list.length > 1 ? 's' : ''} ${listed(list)}`;
  if (came.length > 0 && went.length > 0)
    yield say('changed', `${label} lost ${words(went)} and gained ${words(came)} (${sizes})`);
  else if (came.length > 0) yield say('came', `${label} gained ${words(came)} (${sizes})`);
  else if (went.length > 0) yield say('went', `${label} lost ${words(went)} (${sizes})`);
  if (
    came.length + went.length > 0 &&
    isEven(a, 'share') &&
    isEven(b, 'share') &&
    isEven(a, 'localShare') &&
    isEven(b, 'localShare')
  )
    return;
  for (const [key, is] of b.endpoints) {
    const was = a.endpoints.get(key);
    if (!was) continue;
    if (!sameShare(was.share, is.share))
      yield say('changed', `${label}: share of endpoint ${key} was ${shareText(was.share)}, is ${shareText(is.share)}`);
    if (!sameShare(was.localShare, is.localShare))
      yield say(
        'changed',
        `${label}: share of endpoint ${key} in what the node must answer itself was ${shareText(was.localShare)}, is ${shareText(is.localShare)}`,
      );
  }
}

/** Whether all endpoints that have a share have the same. */
function isEven({ endpoints }: ServiceFacts, field: 'share' | 'localShare'): boolean {
  const shares = [...endpoints.values()].flatMap(each => each[field] ?? []);
  return shares.every(share => sameShare(share, shares[0]));
}

const sameShare = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Math.abs(a - b) < 1e-6;

const shareText = (share: number | undefined): string => (share === undefined ? 'none' : shareWords(share));

function* policyChanges(a: ServiceFacts, b: ServiceFacts, label: string, say: Say): Generator<Statement> {
  const fields = [
    ['externalTrafficPolicy', a.externalPolicy, b.externalPolicy],
    ['internalTrafficPolicy', a.internalPolicy, b.internalPolicy],
    ['session affinity', a.affinity ?? undefined, b.affinity ?? undefined],
  ] as const;
  for (const [name, was, is] of fields)
    if (was !== undefined && is !== undefined && was !== is)
      yield say('changed', `${label}: ${name} was ${was}, is ${is}`);
  if (a.healthCheckPort !== b.healthCheckPort && a.healthCheckPort !== undefined && b.healthCheckPort !== undefined)
    yield say('changed', `${label}: its health check node port was ${a.healthCheckPort}, is ${b.healthCheckPort}`);
}

function* rangeChanges(a: ServiceFacts, b: ServiceFacts, label: string, say: Say): Generator<Statement> {
  if (!a.ranges || !b.ranges) return;
  const [was, is] = [a.ranges, b.ranges];
  const came = is.filter(range => !was.includes(range));
  const went = was.filter(range => !is.includes(range));
  if (came.length + went.length === 0) return;
  if (was.length === 0)
    yield say('came', `${label}: source ranges came: only ${listed(is)} may connect to its load balancer address`);
  else if (is.length === 0)
    yield say('went', `${label}: source ranges ${listed(was)} went: anyone may connect to its load balancer address`);
  else {
    if (came.length > 0) yield say('came', `${label} gained source range${came.length > 1 ? 's' : ''} ${listed(came)}`);
    if (went.length > 0) yield say('went', `${label} lost source range${went.length > 1 ? 's' : ''} ${listed(went)}`);
  }
}

/** How it is said that something is so on the one side alone. */
export interface SideWords {
  readonly came: string;
  readonly went: string;
}

const NOW: SideWords = { came: 'are masqueraded now', went: 'are no longer masqueraded' };

/** Whose connections are masqueraded: those from anywhere are all, and the node's own those from its loopback, too. */
export function* masqueradeChanges(
  a: ServiceFacts,
  b: ServiceFacts,
  label: string,
  say: Say,
  words: SideWords = NOW,
): Generator<Statement> {
  const vague = [a, b].some(each => each.masquerades.some(({ kind }) => kind === 'external or load balancer IP'));
  /** Layouts of rules differ in whether they tell external from load balancer addresses and node ports. */
  const classOf = (kind: ProxyAddressKind): string => (vague && kind !== 'cluster IP' ? 'external' : kind);
  const both = open(b).filter(kind => open(a).some(other => classOf(other) === classOf(kind)));
  const keyOf = ({ kind, from }: MasqueradeFact) => `${kind === undefined ? 'any' : classOf(kind)} ${from}`;
  const covers = (known: ReadonlySet<string>, each: MasqueradeFact) =>
    [each.from, WHOSE.any, ...(each.from === WHOSE.loopback ? [WHOSE.node] : [])].some(from =>
      [each.kind, undefined].some(kind => known.has(keyOf({ kind, from }))),
    );
  const lone = (own: ServiceFacts, other: ServiceFacts) => {
    const known = new Set(other.masquerades.map(keyOf));
    const found = own.masquerades.filter(
      each =>
        !covers(known, each) &&
        (each.kind === undefined || both.some(kind => classOf(kind) === classOf(each.kind ?? kind))),
    );
    return new Map(found.map(each => [keyOf(each), each])).values();
  };
  const to = ({ kind }: MasqueradeFact) => {
    const kinds = kind === undefined ? both : both.filter(each => classOf(each) === classOf(kind));
    return `its ${[...new Set(kinds)].map(each => KIND_WORDS[each]).join(' and ')}`;
  };
  for (const each of lone(b, a)) yield say('came', `${label}: connections ${each.from} to ${to(each)} ${words.came}`);
  for (const each of lone(a, b)) yield say('went', `${label}: connections ${each.from} to ${to(each)} ${words.went}`);
}

/** Kinds of the addresses that connections are handed on from: what is refused is not masqueraded either. */
const open = ({ addresses }: ServiceFacts): ProxyAddressKind[] =>
  [...addresses.values()].flatMap(({ kind, fate }) => (fate === 'translated' ? [kind] : []));
