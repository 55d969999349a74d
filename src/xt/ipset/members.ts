import type { IpSet, IpSetElement } from '../../model/ipset.ts';
import type { Remark } from '../../model/source.ts';
import type { Mac } from '../../net/mac.ts';
import { indexKey, type Parts, parseElement } from './element.ts';
import { type SetType, typeOf } from './type.ts';

/** One element in the index of a set. */
export interface Entry {
  readonly element: IpSetElement;
  readonly iface: { readonly name: string; readonly physdev: boolean; readonly wildcard: boolean } | undefined;
  /** Of a bitmap:ip,mac; absent: the kernel fills it in from the first packet. */
  readonly mac: Mac | undefined;
}

/** A set made ready for lookups. */
export interface Members {
  readonly type: SetType;
  readonly size: number;
  /** For every `net` field the lengths that occur, longest first. */
  readonly lengths: readonly (readonly number[])[];
  /** Elements that could not be read: what the set holds is not fully known. */
  readonly unread: readonly Remark[];
  find(key: string): readonly Entry[];
}

export type Index = ReadonlyMap<string, readonly Entry[]>;
/** How many elements have a prefix length, for every `net` field. */
export type LengthCounts = readonly ReadonlyMap<number, number>[];

export const NONE: readonly Entry[] = [];

/** Members with changes on top; both are looked up, neither is copied. */
export class IndexedMembers implements Members {
  readonly type: SetType;
  readonly size: number;
  readonly unread: readonly Remark[];
  readonly lengths: readonly (readonly number[])[];
  readonly counts: LengthCounts;
  readonly base: Index;
  readonly changed: Index;

  constructor(
    type: SetType,
    base: Index,
    changed: Index,
    counts: LengthCounts,
    size: number,
    unread: readonly Remark[],
  ) {
    this.type = type;
    this.base = base;
    this.changed = changed;
    this.counts = counts;
    this.size = size;
    this.unread = unread;
    this.lengths = counts.map(count => [...count.keys()].sort((a, b) => b - a));
  }

  find(key: string): readonly Entry[] {
    return this.changed.get(key) ?? this.base.get(key) ?? NONE;
  }
}

const compiled = new WeakMap<IpSet, IndexedMembers | string>();

/** The set's members, made once for every set; text says why the set cannot be understood. */
export function membersOf(set: IpSet): IndexedMembers | string {
  let members = compiled.get(set);
  if (members === undefined) {
    const type = typeOf(set);
    members = typeof type === 'string' ? type : compile(set, type);
    compiled.set(set, members);
  }
  return members;
}

/** For a set that was made from another one and its members. */
export function rememberMembers(set: IpSet, members: IndexedMembers): void {
  compiled.set(set, members);
}

/** What of the set could not be read, for the list of remarks on the input. */
export function remarksOn(set: IpSet): readonly Remark[] {
  const members = membersOf(set);
  return typeof members === 'string' ? [{ ...set.source, severity: 'lossy', text: members }] : members.unread;
}

/** As remarksOn, of a set that was asked; nothing is made of one that nobody asked. */
export const remarksOnAsked = (set: IpSet): readonly Remark[] => (compiled.has(set) ? remarksOn(set) : []);

export function entryOf(element: IpSetElement, parts: Parts): Entry {
  const last = parts[1];
  return {
    element,
    iface:
      last?.dimension === 'iface'
        ? { name: last.name, physdev: last.physdev, wildcard: element.wildcard ?? false }
        : undefined,
    mac: last?.dimension === 'mac' ? last.mac : undefined,
  };
}

export function countLengths(counts: readonly Map<number, number>[], parts: Parts, by: 1 | -1): void {
  let net = 0;
  for (const part of parts) {
    if (part.dimension !== 'net') continue;
    const count = counts[net++];
    const now = (count?.get(part.length) ?? 0) + by;
    if (now > 0) count?.set(part.length, now);
    else count?.delete(part.length);
  }
}

function compile(set: IpSet, type: SetType): IndexedMembers {
  const index = new Map<string, Entry[]>();
  const counts = Array.from({ length: type.nets }, () => new Map<number, number>());
  const unread: Remark[] = [];
  let size = 0;
  for (const element of set.elements) {
    const elements = parseElement(type, element.key);
    if (typeof elements === 'string') {
      unread.push({ ...element.source, severity: 'lossy', text: `set ${set.name}, ${element.key}: ${elements}` });
      continue;
    }
    for (const parts of elements) {
      const key = indexKey(type, parts);
      const entries = index.get(key);
      const entry = entryOf(element, parts);
      if (!entries) index.set(key, [entry]);
      else if (entry.iface) entries.push(entry);
      else continue;
      size++;
      countLengths(counts, parts, 1);
    }
  }
  return new IndexedMembers(type, index, new Map(), counts, size, unread);
}
