import type { IpSet, IpSetElement } from '../../../src/model/ipset.ts';
import { type Unknown, unknown } from '../../../src/model/truth.ts';

const NO_VALUE = new Set(['counters', 'comment', 'skbinfo', 'forceadd']);
const WHERE = { file: 'ipset', line: 1 };

/** One line of `ipset save`: a set without elements. */
export function createdSet(words: readonly string[]): IpSet {
  const [name = '', type = '', ...rest] = words;
  const options = new Map<string, string>();
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? '';
    options.set(word, NO_VALUE.has(word) ? '' : (rest[++i] ?? ''));
  }
  const family = options.get('family');
  return {
    name,
    type,
    family: family === undefined ? undefined : family === 'inet6' ? 'ip6' : 'ip',
    options,
    elements: [],
    source: WHERE,
  };
}

/** The words after `add SET`. */
export function addedElement(words: readonly string[]): IpSetElement {
  const [key = '', ...rest] = words;
  const after = (word: string) => (rest.includes(word) ? rest[rest.indexOf(word) + 1] : undefined);
  const [timeout, packets, bytes, mark, skbprio] = ['timeout', 'packets', 'bytes', 'skbmark', 'skbprio'].map(after);
  const [value = '0', mask = '0xffffffff'] = mark?.split('/') ?? [];
  return {
    key,
    nomatch: rest.includes('nomatch'),
    source: WHERE,
    ...(rest.includes('wildcard') && { wildcard: true }),
    ...(timeout !== undefined && { timeout: Number(timeout) }),
    ...(packets !== undefined && { packets: BigInt(packets) }),
    ...(bytes !== undefined && { bytes: BigInt(bytes) }),
    ...(mark !== undefined && { skbmark: { value: Number(value), mask: Number(mask) } }),
    ...(skbprio !== undefined && { skbprio }),
  };
}

/** The sets of an `ipset save`, comments and quotes left out. */
export function savedSets(text: string): Map<string, IpSet> {
  const sets = new Map<string, { set: IpSet; elements: IpSetElement[] }>();
  for (const line of text.split('\n')) {
    const [command, name = '', ...rest] = line.trim().split(/ +/);
    if (command === 'create') sets.set(name, { set: createdSet([name, ...rest]), elements: [] });
    if (command === 'add') sets.get(name)?.elements.push(addedElement(rest));
  }
  return new Map([...sets].map(([name, { set, elements }]) => [name, { ...set, elements }]));
}

/** For a world's `set`. */
export const lookIn =
  (sets: ReadonlyMap<string, IpSet>) =>
  (name: string): IpSet | Unknown =>
    sets.get(name) ?? unknown(`set ${name} was not captured`);
