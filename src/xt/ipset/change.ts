import type { IpSet } from '../../model/ipset.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import type { Packet } from '../../net/packet.ts';
import { formatElement, indexKey, type Parts } from './element.ts';
import { type Direction, fieldsOf, type SetWorld } from './fields.ts';
import { type Members, membersOf } from './members.ts';
import { isSame, type MemberChange } from './overlay.ts';
import { cut } from './search.ts';

export type MemberAction = MemberChange['action'];

/** What a SET target does: the changes, in the order in which they happen, or why nothing happens. */
export type Outcome = { readonly changes: readonly MemberChange[]; readonly why?: string } | Unknown;

/** ip_set_add and ip_set_del; of a list, the first set that takes the packet is changed. */
export function changeSet(
  action: MemberAction,
  name: string,
  directions: readonly Direction[],
  exist: boolean,
  packet: Packet,
  world: SetWorld,
): Outcome {
  const set = world.set(name);
  // Of a set that was not captured, everything that is asked later is not known either.
  if ('kind' in set) return { changes: [], why: set.reason };
  if (set.type !== 'list:set') return changeOne(action, set, directions, exist, packet, world);
  for (const { key } of set.elements) {
    const member = world.set(key);
    if ('kind' in member) return member;
    const outcome = changeOne(action, member, directions, exist, packet, world);
    if ('kind' in outcome || outcome.changes.length > 0) return outcome;
  }
  return { changes: [], why: `no set of ${name} takes the packet` };
}

function changeOne(
  action: MemberAction,
  set: IpSet,
  directions: readonly Direction[],
  exist: boolean,
  packet: Packet,
  world: SetWorld,
): Outcome {
  const members = membersOf(set);
  if (typeof members === 'string') return { changes: [], why: members };
  const { type } = members;
  if (type.dimensions[0] === 'set') return unknown(`set ${set.name} is a list within a list`);
  if (directions.length < type.dimensions.length) return { changes: [], why: `${type.name} needs more directions` };
  if (type.family !== undefined && type.family !== packet.family)
    return { changes: [], why: `set ${set.name} is of the other family` };
  const fields = fieldsOf(type, directions, packet, world);
  if ('kind' in fields)
    return fields.kind === 'absent' ? { changes: [], why: `the packet has no element for ${set.name}` } : fields;
  // Of a net, the most specific prefix length in the set is taken.
  const parts = cut(fields, ...members.lengths.map(lengths => lengths[0]));
  return decide(action, set, members, parts, exist);
}

function decide(action: MemberAction, set: IpSet, members: Members, parts: Parts, exist: boolean): Outcome {
  const { type } = members;
  const change: MemberChange = { kind: 'member', set: set.name, action, key: formatElement(type, parts) };
  if (parts.some(part => part.dimension === 'ip' && type.noZero && Number(part.address) === 0))
    return { changes: [], why: `${change.key} cannot be stored in ${set.name}` };
  const present = members.find(indexKey(type, parts)).find(entry => isSame(entry, parts));
  if (action === 'del')
    return present ? { changes: [change] } : { changes: [], why: `${change.key} is not in ${set.name}` };
  const incomplete = type.bitmap && parts.length === 2 && present?.mac === undefined;
  if (present && !exist && !incomplete) return { changes: [], why: `${change.key} is in ${set.name} already` };
  if (!present && members.size >= type.maxElements) {
    if (type.forceadd) return unknown(`set ${set.name} is full and forceadd puts out an element at random`);
    return { changes: [], why: `set ${set.name} is full` };
  }
  return { changes: [change] };
}
