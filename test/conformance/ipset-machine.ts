import type { IpSet, IpSetElement } from '../../src/model/ipset.ts';
import { bitsOf, familyOf, formatIpv4 } from '../../src/net/address.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { formatElement, indexKey, type Parts, parseElement } from '../../src/xt/ipset/element.ts';
import { type Entry, membersOf } from '../../src/xt/ipset/members.ts';
import { isSame } from '../../src/xt/ipset/overlay.ts';
import { search } from '../../src/xt/ipset/search.ts';
import { addedElement, createdSet } from '../xt/ipset/sets.ts';

/** Names of types before ipset 6. */
const OLD_TYPES: ReadonlyMap<string, string> = new Map([
  ['ipmap', 'bitmap:ip'],
  ['macipmap', 'bitmap:ip,mac'],
  ['portmap', 'bitmap:port'],
  ['iphash', 'hash:ip'],
  ['nethash', 'hash:net'],
  ['ipporthash', 'hash:ip,port'],
  ['ipportiphash', 'hash:ip,port,ip'],
  ['ipportnethash', 'hash:ip,port,net'],
  ['ipmarkhash', 'hash:ip,mark'],
  ['setlist', 'list:set'],
]);
const VERBS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    create: 'n new create -N',
    add: 'a add -A',
    del: 'd del -D',
    test: 't test -T',
    flush: 'f flush -F',
    destroy: 'x destroy -X',
  }).flatMap(([verb, words]) => words.split(' ').map(word => [word, verb] as const)),
);

/** Adds, deletes and tests as the program `ipset` does, on what src/xt/ipset makes of the sets. */
export class IpsetMachine {
  readonly sets = new Map<string, IpSet>();
  private readonly expiry = new WeakMap<IpSetElement, number>();
  private now = 0;

  /** Takes over what a recording says. */
  load(sets: ReadonlyMap<string, IpSet>): void {
    this.sets.clear();
    for (const [name, set] of sets) {
      this.sets.set(name, set);
      for (const element of set.elements) this.expire(set, element, element.timeout);
    }
  }

  /** In a bitmap:ip,mac the clock starts with the MAC. */
  private expire(set: IpSet, element: IpSetElement, timeout: number | undefined): void {
    if (timeout && (set.type !== 'bitmap:ip,mac' || element.key.includes(',')))
      this.expiry.set(element, this.now + timeout);
  }

  sleep(seconds: number): void {
    this.now += seconds;
    for (const [name, set] of this.sets)
      this.change(
        name,
        set.elements.filter(e => (this.expiry.get(e) ?? Number.POSITIVE_INFINITY) > this.now),
      );
  }

  /** The exit status; undefined where this command is not one that can be played. */
  run(line: string): 0 | 1 | undefined {
    const all = line.split(' ').filter(word => word !== '');
    const exist = all.includes('-!') || all.includes('-exist');
    const words = all.slice(1).filter(word => word !== '-!' && word !== '-exist' && word !== '-q');
    if (all[0] !== 'ipset' || /[|<>&;`]/.test(line)) return undefined;
    const verb = VERBS.get(words[0] ?? '');
    const name = words[1];
    if (verb === 'create') return this.create(words.slice(1));
    if (verb === 'flush' || verb === 'destroy') return this.clear(verb, name);
    const set = this.sets.get(name ?? '');
    const [key = '', ...options] = words.slice(2);
    if (!verb || !set || options.includes('before') || options.includes('after')) return undefined;
    if (set.type === 'list:set' && key.includes(',')) return undefined;
    const nomatch = options.includes('nomatch');
    if (verb === 'add') return this.add(set, key, options, exist);
    if (verb === 'del') return this.del(set, key, exist);
    return verb === 'test' ? this.test(set, key, nomatch) : undefined;
  }

  private create([name = '', type = '', ...rest]: readonly string[]): 0 | 1 | undefined {
    const words = rest
      .map(word => word.replace(/^--/, ''))
      .flatMap(word => (word === '-6' ? ['family', 'inet6'] : [word]));
    const set = createdSet([name, OLD_TYPES.get(type) ?? type, ...words]);
    const { options } = set;
    const range = rangeOf(
      options.get('range') ?? options.get('network') ?? `${options.get('from')}-${options.get('to')}`,
    );
    const created = { ...set, options: range ? new Map([...options, ['range', range] as const]) : options };
    const members = membersOf(created);
    if (typeof members === 'string') return undefined;
    const [first, last] = members.type.range ?? [0, 0];
    if (this.sets.has(name) || last - first > 65535) return 1;
    this.sets.set(name, created);
    return 0;
  }

  private clear(verb: string, name: string | undefined): 0 | 1 {
    for (const set of name === undefined ? [...this.sets.keys()] : [name]) {
      if (verb === 'flush') this.change(set, []);
      else if (
        name !== undefined &&
        [...this.sets.values()].some(s => s.type === 'list:set' && s.elements.some(e => e.key === name))
      )
        return 1;
      else this.sets.delete(set);
    }
    return 0;
  }

  private change(name: string, elements: readonly IpSetElement[]): void {
    const set = this.sets.get(name);
    if (set) this.sets.set(name, { ...set, elements });
  }

  private add(set: IpSet, key: string, options: readonly string[], exist: boolean): 0 | 1 {
    if (set.type === 'list:set' && !this.sets.has(key)) return 1;
    const elements = [...set.elements];
    const timeout = options.includes('timeout')
      ? Number(options[options.indexOf('timeout') + 1])
      : set.options.get('timeout');
    const every = each(set, key, (parts, text, old) => {
      const incomplete = set.type === 'bitmap:ip,mac' && parts.length === 2 && old && !old.mac;
      if (old && !exist && !incomplete) return false;
      if (old) elements.splice(elements.indexOf(old.element), 1);
      const element = addedElement([text, ...options]);
      this.expire(set, element, Number(timeout ?? 0));
      elements.push(element);
      return true;
    });
    this.change(set.name, elements);
    return every ? 0 : 1;
  }

  private del(set: IpSet, key: string, exist: boolean): 0 | 1 {
    const gone = new Set<IpSetElement>();
    const every = each(set, key, (_, __, old) => {
      if (old) gone.add(old.element);
      return exist || old !== undefined;
    });
    this.change(
      set.name,
      set.elements.filter(element => !gone.has(element)),
    );
    return every ? 0 : 1;
  }

  private test(set: IpSet, key: string, nomatch: boolean): 0 | 1 {
    const members = membersOf(set);
    const elements = typeof members === 'string' ? members : parseElement(members.type, key);
    if (typeof members === 'string' || typeof elements === 'string') return 1;
    const found = search(members, elements[0] ?? [], () => true);
    return found.kind === (nomatch ? 'nomatch' : 'hit') ? 0 : 1;
  }
}

/** False where the key is refused, or `visit` says so of one of its elements, after which no further one is visited. */
function each(
  set: IpSet,
  key: string,
  visit: (parts: Parts, text: string, old: Entry | undefined) => boolean,
): boolean {
  const members = membersOf(set);
  const elements = typeof members === 'string' ? members : parseElement(members.type, key);
  if (typeof members === 'string' || typeof elements === 'string') return false;
  return elements.every(parts => {
    const old = members.find(indexKey(members.type, parts)).find(entry => isSame(entry, parts));
    return visit(parts, formatElement(members.type, parts), old);
  });
}

function rangeOf(text: string): string | undefined {
  const prefix = text.includes('/') ? parsePrefix(text) : undefined;
  if (prefix?.family !== 'ip' || bitsOf(familyOf(prefix.address)) !== 32)
    return /^[\d.]+-[\d.]+$/.test(text) ? text : undefined;
  const first = (prefix.address & prefix.mask) >>> 0;
  return `${formatIpv4(first)}-${formatIpv4((first | ~prefix.mask) >>> 0)}`;
}
