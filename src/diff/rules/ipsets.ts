import type { IpSet, IpSetElement } from '../../model/ipset.ts';
import { prefixSpan } from '../../nft/evaluate/lookup.ts';
import { formatElement, parseElement } from '../../xt/ipset/element.ts';
import { type SetType, typeOf } from '../../xt/ipset/type.ts';
import type { SetChange } from '../answer.ts';
import { compareElements, type ListedElement } from './elements.ts';

type IpSets = ReadonlyMap<string, IpSet>;

/** What became of the sets of ipset. Undefined: one side's were not captured. */
export function compareIpsets(
  before: IpSets | undefined,
  after: IpSets | undefined,
): Omit<SetChange, 'nodes'>[] | undefined {
  if (!before || !after) return before === after ? [] : undefined;
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap(name => {
    const [a, b] = [before.get(name), after.get(name)];
    const kind = !a ? ('added' as const) : !b ? ('removed' as const) : ('changed' as const);
    const { added, removed } = compareElements(a ? elementsOf(a) : [], b ? elementsOf(b) : []);
    const [was, is] = [a && declared(a), b && declared(b)];
    const declaration = was !== undefined && is !== undefined && was !== is ? { before: was, after: is } : undefined;
    if (kind === 'changed' && !declaration && added.length + removed.length === 0) return [];
    return [{ of: 'ipset' as const, name, kind, ...(declaration && { declaration }), added, removed }];
  });
}

/** What the kernel chooses for itself. */
const OWN = ['hashsize', 'initval', 'bucketsize'];

function declared({ type, family, options }: IpSet): string {
  const words = [...options].filter(([name]) => !OWN.includes(name) && name !== 'family');
  const said = words.map(([name, value]) => (value === '' ? name : `${name} ${value}`));
  return [type, ...(family === undefined ? [] : [family === 'ip' ? 'inet' : 'inet6']), ...said].join(' ');
}

function elementsOf(set: IpSet): ListedElement[] {
  const type = typeOf(set);
  const ordered = set.type === 'list:set';
  return set.elements.map((element, place) => {
    const text = [element.key, ...(element.nomatch ? ['nomatch'] : []), ...more(element)].join(' ');
    const parts = typeof type === 'string' ? 'unknown' : parseElement(type, element.key);
    const written =
      typeof type === 'string' || typeof parts === 'string'
        ? element.key
        : parts.map(each => formatElement(type, each)).join(';');
    const span =
      typeof type === 'string' || more(element).length > 0 || element.nomatch ? undefined : spanOf(type, parts);
    return { text, key: `${ordered ? place : ''}${written} ${text.slice(element.key.length)}`, ...(span && { span }) };
  });
}

const more = ({ skbmark, skbprio, skbqueue, wildcard }: IpSetElement): string[] => [
  ...(wildcard ? ['wildcard'] : []),
  ...(skbmark ? [`skbmark 0x${skbmark.value.toString(16)}/0x${skbmark.mask.toString(16)}`] : []),
  ...(skbprio === undefined ? [] : [`skbprio ${skbprio}`]),
  ...(skbqueue === undefined ? [] : [`skbqueue ${skbqueue}`]),
];

/** Of the networks of a set of networks alone: what is in one of them is in the set. */
function spanOf({ name }: SetType, parts: ReturnType<typeof parseElement>): ListedElement['span'] {
  if (name !== 'hash:net' || typeof parts === 'string' || parts.length !== 1) return undefined;
  const [part] = parts[0] ?? [];
  if (part?.dimension !== 'net') return undefined;
  const { from, to } = prefixSpan(part.address, part.length);
  return [BigInt(from), BigInt(to)];
}
