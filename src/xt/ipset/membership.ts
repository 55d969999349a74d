import type { IpSet, IpSetElement } from '../../model/ipset.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import type { Packet } from '../../net/packet.ts';
import { type Direction, fieldsOf, type SetWorld } from './fields.ts';
import { type Members, membersOf } from './members.ts';
import { type Accepts, search } from './search.ts';

export interface CounterTest {
  readonly operator: 'eq' | 'ne' | 'lt' | 'gt';
  readonly value: bigint;
}

/** What a rule asks of a set. */
export interface SetQuery {
  readonly set: string;
  readonly directions: readonly Direction[];
  /** Elements marked `nomatch` answer yes, all others no. */
  readonly returnNomatch: boolean;
  /** The packet counts before the counters are compared. */
  readonly updateCounters: boolean;
  readonly packets: CounterTest | undefined;
  readonly bytes: CounterTest | undefined;
}

/** `mapped`: the element whose skbinfo a SET target would take. */
export type Membership = { readonly member: boolean; readonly mapped: IpSetElement | undefined } | Unknown;

const ABSENT: Membership = { member: false, mapped: undefined };

/** Whether the packet is in the set, as ip_set_test decides it. */
export function testSet(query: SetQuery, packet: Packet, world: SetWorld): Membership {
  const set = world.set(query.set);
  if ('kind' in set) return set;
  return set.type === 'list:set' ? testList(set, query, packet, world) : testMembers(set, query, packet, world);
}

/** The sets of a list in their order; the first that has the packet answers. */
function testList(list: IpSet, query: SetQuery, packet: Packet, world: SetWorld): Membership {
  const members = membersOf(list);
  if (typeof members === 'string') return unknown(members);
  const accepts = acceptance(members, query, packet);
  const within: SetQuery = { ...query, packets: undefined, bytes: undefined };
  let undecided: Unknown | undefined = unreadIn(members);
  for (const element of list.elements) {
    const set = world.set(element.key);
    const found = 'kind' in set ? set : testMembers(set, within, packet, world);
    if ('kind' in found) {
      undecided ??= found;
      continue;
    }
    if (!found.member) continue;
    const accepted = accepts({ element, iface: undefined, mac: undefined });
    if (accepted === false) continue;
    if (accepted !== true) undecided ??= accepted;
    else if (undecided && found.mapped) return undecided;
    else return { member: true, mapped: members.type.skbinfo ? element : found.mapped };
  }
  return undecided ?? ABSENT;
}

function testMembers(set: IpSet, query: SetQuery, packet: Packet, world: SetWorld): Membership {
  const members = membersOf(set);
  if (typeof members === 'string') return unknown(members, 'ipset save');
  const { type } = members;
  if (type.dimensions[0] === 'set') return unknown(`set ${set.name} is a list within a list`);
  if (query.directions.length < type.dimensions.length) return ABSENT;
  if (type.family !== undefined && type.family !== packet.family) return ABSENT;
  const unread = unreadIn(members);
  if (members.size === 0 && !unread) return ABSENT;
  const parts = fieldsOf(type, query.directions, packet, world);
  if ('kind' in parts) return parts.kind === 'absent' ? ABSENT : parts;
  const found = search(members, parts, acceptance(members, query, packet));
  if (found.kind === 'unknown') return found;
  const wanted = query.returnNomatch && type.nets > 0 ? 'nomatch' : 'hit';
  const member = found.kind === wanted;
  if (unread && (!member || type.nets > 0)) return unread;
  return { member, mapped: member && type.skbinfo && 'entry' in found ? found.entry.element : undefined };
}

function unreadIn(members: Members): Unknown | undefined {
  const [first] = members.unread;
  return first && unknown(`${first.text} (${first.file}:${first.line})`);
}

/** ip_set_match_extensions: a set without counters passes every comparison. */
function acceptance(members: Members, query: SetQuery, packet: Packet): Accepts {
  const { packets, bytes, updateCounters } = query;
  if (!members.type.counters || (!packets && !bytes)) return () => true;
  const length = packet.length === undefined ? undefined : BigInt(packet.length);
  const more = (add: bigint | undefined, counter: bigint | undefined): bigint | undefined => {
    if (!updateCounters) return counter;
    return counter === undefined || add === undefined ? undefined : counter + add;
  };
  return ({ element }) => {
    const enoughPackets = !packets || compare(more(1n, element.packets), packets);
    const enoughBytes = !bytes || compare(more(length, element.bytes), bytes);
    if (enoughPackets === false || enoughBytes === false) return false;
    if (enoughPackets && enoughBytes) return true;
    return unknown(`the counters of ${element.key} after this packet are not known`, 'ipset save');
  };
}

function compare(counter: bigint | undefined, { operator, value }: CounterTest): boolean | undefined {
  if (counter === undefined) return undefined;
  switch (operator) {
    case 'eq':
      return counter === value;
    case 'ne':
      return counter !== value;
    case 'lt':
      return counter < value;
    case 'gt':
      return counter > value;
  }
}
