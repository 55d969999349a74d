import type { FdbEntry, Neighbour } from '../../model/neighbour.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import { grouped } from '../../net/grouped.ts';
import type { Mac } from '../../net/mac.ts';
import { aside, oneSided, type Statement, statement, type Told, told } from './statement.ts';

/** What tells of addresses that matter whether or not somebody has just asked for them. */
export interface Beside {
  /** The host that has the MAC, on each side. */
  readonly ownerBefore: (mac: Mac) => string | undefined;
  readonly ownerAfter: (mac: Mac) => string | undefined;
  /** Addresses that a service announces. */
  readonly announced: ReadonlySet<Address>;
}

const UNANSWERED = ['FAILED', 'INCOMPLETE'];

/** Who has which address next to a host. What was only learnt, or forgotten, is no change; nor is how lately it was heard. */
export function compareNeighbours(
  before: readonly Neighbour[] | undefined,
  after: readonly Neighbour[] | undefined,
  { ownerBefore, ownerAfter, announced }: Beside,
): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('neighbours', before);
  const [a, b] = [byPlace(before), byPlace(after)];
  const statements: Statement[] = [];
  let learnt = 0;
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [was, is] = [a.get(key), b.get(key)];
    const entry = is ?? was;
    if (!entry) continue;
    const { address, device } = entry;
    const name = formatAddress(address);
    const say = statement('neighbour', name);
    const at = device === undefined ? '' : ` on ${device}`;
    const [old, now] = [was && whoHas(was, ownerBefore), is && whoHas(is, ownerAfter)];
    if (was?.mac === is?.mac && (was === undefined) === (is === undefined) && isSilent(was) === isSilent(is)) continue;
    if (was && is && old !== undefined && now !== undefined)
      statements.push(say('changed', `${name} moved from ${old} to ${now}${at}`));
    else if (was && is && now !== undefined)
      statements.push(say('changed', `${name} is answered by ${now} now${at}; nobody answered for it`));
    else if (was && is && old !== undefined)
      statements.push(say('changed', `nobody answers for ${name} any more${at}; it was at ${old}`));
    else if (announced.has(address) || isLasting(entry)) {
      const who = is ? now : old;
      const text = who === undefined ? `nobody answers for ${name}` : `${name} is at ${who}`;
      if (is) statements.push(say('came', `${text}${at}; it had not been asked for`));
      else
        statements.push(
          say(
            'went',
            `${name} is not known${at} any more; ${who === undefined ? 'nobody answered' : `it was at ${who}`}`,
          ),
        );
    } else learnt++;
  }
  return told(statements, aside(learnt, 'neighbour', ' learnt or forgotten'));
}

const byPlace = (list: readonly Neighbour[]): ReadonlyMap<string, Neighbour> =>
  new Map(list.map(each => [`${formatAddress(each.address)} ${each.device ?? ''}`, each]));

const isSilent = (entry: Neighbour | undefined): boolean =>
  entry !== undefined && (entry.mac === undefined || UNANSWERED.includes(entry.state)) && !entry.proxy;

/** Set by somebody, not learnt. */
const isLasting = ({ state, proxy }: Neighbour): boolean => state === 'PERMANENT' || proxy;

function whoHas(entry: Neighbour, owner: Beside['ownerBefore']): string | undefined {
  if (entry.proxy) return 'this host (proxy)';
  if (entry.mac === undefined || UNANSWERED.includes(entry.state)) return undefined;
  const host = owner(entry.mac);
  return host === undefined ? entry.mac : `${host} (${entry.mac})`;
}

/** Entries by which a tunnel finds the node that has a MAC; what bridges learn is no change. */
export function compareFdb(before: readonly FdbEntry[] | undefined, after: readonly FdbEntry[] | undefined): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('forwarding tables of bridges', before);
  const [a, b] = [remotes(before), remotes(after)];
  const statements: Statement[] = [];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [was, is] = [a.get(key), b.get(key)];
    if (was === is) continue;
    const say = statement('neighbour', key);
    if (was === undefined) statements.push(say('came', `${key} is behind ${is} now`));
    else if (is === undefined) statements.push(say('went', `${key} is not behind ${was} any more`));
    else statements.push(say('changed', `${key} was behind ${was}, is behind ${is}`));
  }
  return told(statements);
}

function remotes(list: readonly FdbEntry[]): ReadonlyMap<string, string> {
  const tunnelled = list.flatMap(({ mac, device, destination }) =>
    destination === undefined ? [] : [{ key: `${mac} on ${device}`, remote: formatAddress(destination) }],
  );
  const groups = grouped(tunnelled, ({ key }) => key);
  return new Map(
    [...groups].map(([key, list]) => [
      key,
      list
        .map(({ remote }) => remote)
        .sort()
        .join(', '),
    ]),
  );
}
