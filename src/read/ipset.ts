import type { IpSet, IpSetElement } from '../model/ipset.ts';
import type { Source } from '../model/source.ts';
import { excerpt, linesOf, numberOf, type Reading, Remarks } from './reading.ts';
import { markOf } from './rules.ts';

/** Words of a `create` line that have no value. */
const BARE = new Set(['counters', 'comment', 'skbinfo', 'forceadd', 'noskbinfo']);

type Draft = Omit<IpSet, 'elements'> & { readonly elements: IpSetElement[] };

/** Where a reader of `ipset list` is. */
interface Listed {
  name?: string;
  type?: string;
  set?: Draft;
  /** How many members each set says it has: `ipset list -t` does not list them. */
  readonly counts: Map<Draft, number>;
}

/** `ipset save` and `ipset list`. A set's elements keep the order of the dump. */
export function parseIpset(text: string, file: string): Reading<ReadonlyMap<string, IpSet>> {
  const remarks = new Remarks(file);
  const sets = new Map<string, Draft>();
  const list: Listed = { counts: new Map() };
  for (const { text: line, number } of linesOf(text)) {
    const source = { file, line: number };
    const words = splitQuoted(line);
    if (words[0] === 'create') {
      const [, name = '', type = '', ...options] = words;
      addSet(sets, name, type, options, source, remarks);
    } else if (words[0] === 'add') {
      const set = sets.get(words[1] ?? '');
      if (!set) remarks.error(number, `an element of a set that was not created: ${excerpt(line)}`);
      else set.elements.push(parseElement(words.slice(2), source, remarks));
    } else if (!listLine(line, words, list, sets, source, remarks))
      remarks.error(number, `not a line of ipset save or ipset list: ${excerpt(line)}`);
  }
  for (const [set, count] of list.counts) {
    if (set.elements.length === count) continue;
    remarks.error(
      set.source.line,
      `set ${excerpt(set.name)} has ${count} members, ${set.elements.length} are listed: not used`,
    );
    sets.delete(set.name);
  }
  return { value: sets, remarks: remarks.list };
}

function listLine(
  line: string,
  words: readonly string[],
  list: Listed,
  sets: Map<string, Draft>,
  source: Source,
  remarks: Remarks,
): boolean {
  const [, key, value = ''] =
    /^(Name|Type|Header|Revision|Size in memory|References|Number of entries|Members): ?(.*)$/.exec(line) ?? [];
  if (key === 'Name') list.name = value;
  else if (key === 'Type') list.type = value;
  else if (key === 'Header') {
    const set = addSet(sets, list.name ?? '', list.type ?? '', splitQuoted(value), source, remarks);
    if (set) list.set = set;
    else delete list.set;
  } else if (key === 'Number of entries' && list.set) list.counts.set(list.set, Number(value));
  else if (key === undefined) {
    if (!list.set) return false;
    list.set.elements.push(parseElement(words, source, remarks));
  }
  return true;
}

function addSet(
  sets: Map<string, Draft>,
  name: string,
  type: string,
  words: readonly string[],
  source: Source,
  remarks: Remarks,
): Draft | undefined {
  if (name === '' || !/^(?:hash|bitmap|list):[a-z,]+$/.test(type)) {
    remarks.error(source.line, `not a set: ${excerpt(`${name} ${type}`)}`);
    return undefined;
  }
  if (sets.has(name)) remarks.warning(source.line, `set ${excerpt(name)} is created twice; the later one counts`);
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    options.set(word, BARE.has(word) ? '' : (words[++i] ?? ''));
  }
  const family = options.get('family');
  const set: Draft = {
    name,
    type,
    family: family === 'inet6' ? 'ip6' : family === 'inet' || type.startsWith('bitmap:ip') ? 'ip' : undefined,
    options,
    elements: [],
    source,
  };
  sets.set(name, set);
  return set;
}

function parseElement(words: readonly string[], source: Source, remarks: Remarks): IpSetElement {
  const element: { -readonly [K in keyof IpSetElement]: IpSetElement[K] } = {
    key: words[0] ?? '',
    nomatch: false,
    source,
  };
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'nomatch') element.nomatch = true;
    else if (word === 'wildcard') element.wildcard = true;
    else if (!readOption(element, word, words[++i] ?? ''))
      remarks.warning(source.line, `"${excerpt(`${word} ${words[i] ?? ''}`)}" is not known and was not used`);
  }
  return element;
}

function readOption(
  element: { -readonly [K in keyof IpSetElement]: IpSetElement[K] },
  word: string,
  value: string,
): boolean {
  if (word === 'comment') element.comment = value;
  else if (word === 'skbprio') element.skbprio = value;
  else if (word === 'timeout' || word === 'skbqueue') {
    const number = numberOf(value);
    if (number === undefined) return false;
    element[word] = number;
  } else if (word === 'packets' || word === 'bytes') {
    if (!/^\d{1,20}$/.test(value)) return false;
    element[word] = BigInt(value);
  } else if (word === 'skbmark') {
    const mark = markOf(value);
    if (!mark) return false;
    element.skbmark = mark;
  } else return false;
  return true;
}

/** Words parted by blanks; double quotes keep them together. A comment of ipset has no quotes in it. */
function splitQuoted(line: string): string[] {
  return (line.match(/"[^"]*"|[^\s"]+/g) ?? []).map(word => (word.startsWith('"') ? word.replaceAll('"', '') : word));
}
