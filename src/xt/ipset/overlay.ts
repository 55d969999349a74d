import type { Change } from '../../model/effect.ts';
import type { IpSet, IpSetElement } from '../../model/ipset.ts';
import { indexKey, type Parts, parseElement } from './element.ts';
import { countLengths, type Entry, entryOf, IndexedMembers, membersOf, rememberMembers } from './members.ts';
import { sameInterface } from './search.ts';

export type MemberChange = Extract<Change, { kind: 'member' }>;

/** A set that a packet changed; its list of elements is made when somebody asks for it. */
class ChangedSet implements IpSet {
  readonly name: string;
  readonly type: string;
  readonly family: IpSet['family'];
  readonly options: IpSet['options'];
  readonly source: IpSet['source'];
  private readonly before: IpSet;
  private readonly removed: ReadonlySet<IpSetElement>;
  private readonly added: readonly IpSetElement[];
  private list: readonly IpSetElement[] | undefined;

  constructor(before: IpSet, removed: ReadonlySet<IpSetElement>, added: readonly IpSetElement[]) {
    this.name = before.name;
    this.type = before.type;
    this.family = before.family;
    this.options = before.options;
    this.source = before.source;
    this.before = before;
    this.removed = removed;
    this.added = added;
  }

  get elements(): readonly IpSetElement[] {
    this.list ??= [...this.before.elements.filter(element => !this.removed.has(element)), ...this.added];
    return this.list;
  }
}

/** The set after a SET target added or deleted an element; the given set stays as it is. */
export function withMember(set: IpSet, change: Pick<MemberChange, 'action' | 'key'>): IpSet {
  const members = membersOf(set);
  if (typeof members === 'string') return set;
  const elements = parseElement(members.type, change.key);
  const parts = typeof elements === 'string' ? undefined : elements[0];
  if (!parts) return set;
  const key = indexKey(members.type, parts);
  const before = members.find(key);
  const old = before.find(entry => isSame(entry, parts));
  if (change.action === 'del' && !old) return set;
  const kept = before.filter(entry => entry !== old);
  const added: IpSetElement[] =
    change.action === 'add' ? [{ key: change.key, nomatch: false, source: old?.element.source ?? set.source }] : [];
  const counts = members.counts.map(count => new Map(count));
  if (!old) countLengths(counts, parts, 1);
  else if (change.action === 'del') countLengths(counts, parts, -1);
  const after = new ChangedSet(set, new Set(old && [old.element]), added);
  rememberMembers(
    after,
    new IndexedMembers(
      members.type,
      members.base,
      new Map(members.changed).set(key, [...kept, ...added.map(element => entryOf(element, parts))]),
      counts,
      members.size + added.length - (old ? 1 : 0),
      members.unread,
    ),
  );
  return after;
}

/** Whether the entry is the element that adding or deleting these parts would meet. */
export function isSame(entry: Entry, parts: Parts): boolean {
  const last = parts[1];
  if (last?.dimension !== 'iface') return true;
  return entry.iface?.physdev === last.physdev && sameInterface(entry, last.name);
}
