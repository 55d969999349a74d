import { constantOf } from '../../nft/evaluate/constant.ts';
import { prefixSpan } from '../../nft/evaluate/lookup.ts';
import { printObject } from '../../nft/object/objects.ts';
import { Printer } from '../../nft/printer.ts';
import type { NftSet, NftTable } from '../../nft/ruleset.ts';
import type { Element, Expression } from '../../nft/schema.ts';
import type { Types } from '../../nft/type/type-of.ts';
import { typesNamed, valueTypesNamed } from '../../nft/type/types.ts';
import type { SetChange } from '../answer.ts';
import { type NewNames, renamedText } from './chain.ts';
import { compareElements, type ListedElement, type Span } from './elements.ts';

export type LoneSetChange = Omit<SetChange, 'nodes'>;

/** What became of a table's sets, maps, flowtables and stateful objects. */
export interface NftSetsDiff {
  readonly changes: readonly LoneSetChange[];
  /** Sets whose elements packets put there, and that differ. */
  readonly filledByPackets: readonly string[];
}

const EMPTY: NftSetsDiff = { changes: [], filledByPackets: [] };

/** Undefined: the table is not there. `names`: chains with new names. */
export function compareNftSets(
  before: NftTable | undefined,
  after: NftTable | undefined,
  names: NewNames = new Map(),
): NftSetsDiff {
  const table = after ?? before;
  if (!table) return EMPTY;
  const head = { family: table.family, table: table.name };
  const changes: LoneSetChange[] = [];
  const filledByPackets: string[] = [];
  for (const name of new Set([...(before?.sets.keys() ?? []), ...(after?.sets.keys() ?? [])])) {
    const [a, b] = [before?.sets.get(name), after?.sets.get(name)];
    const set = b ?? a;
    if (!set) continue;
    const declaration = changed(a && declared(a), b && declared(b));
    const filled = isFilledByPackets(set);
    const { added, removed } = filled || sameAsListed(a, b) ? NOTHING : compareElements(listed(a, names), listed(b));
    if (filled && a && b && !sameAsListed(a, b)) filledByPackets.push(name);
    const kind = !a ? 'added' : !b ? 'removed' : 'changed';
    if (kind === 'changed' && !declaration && added.length + removed.length === 0) continue;
    changes.push({
      of: set.map ? 'map' : 'set',
      ...head,
      name,
      kind,
      ...(declaration && { declaration }),
      added,
      removed,
    });
  }
  const [objectsA, objectsB] = [objectsOf(before), objectsOf(after)];
  for (const name of new Set([...objectsA.keys(), ...objectsB.keys()])) {
    const [a, b] = [objectsA.get(name), objectsB.get(name)];
    if (a === b) continue;
    const kind = a === undefined ? 'added' : b === undefined ? 'removed' : 'changed';
    const declaration = changed(a, b);
    changes.push({ of: 'object', ...head, name, kind, ...(declaration && { declaration }), ...NOTHING });
  }
  return { changes, filledByPackets };
}

const NOTHING = { added: [], removed: [] };

const changed = (before: string | undefined, after: string | undefined): LoneSetChange['declaration'] =>
  before === undefined || after === undefined || before === after ? undefined : { before, after };

/** What packets add to and time takes away from says nothing of what somebody changed. JSON does not tell the flag. */
export const isFilledByPackets = ({ flags, name, timeout }: NftSet): boolean =>
  flags.includes('dynamic') || (timeout !== undefined && name.startsWith('affinity-'));

function sameAsListed(a: NftSet | undefined, b: NftSet | undefined): boolean {
  const [text, other] = [a?.elements.listed?.(), b?.elements.listed?.()];
  return text !== undefined && text === other;
}

function declared({ type, typeOf, map, flags, timeout, autoMerge, size }: NftSet): string {
  const words = [`type ${typeOf ?? type.join(' . ')}${map ? ` : ${map.join(' . ')}` : ''}`];
  const shown = flags.filter(flag => flag !== 'dynamic').sort();
  if (shown.length > 0) words.push(`flags ${shown.join(',')}`);
  if (timeout !== undefined) words.push(`timeout ${timeout / 1000}s`);
  if (size !== undefined) words.push(`size ${size}`);
  if (autoMerge) words.push('auto-merge');
  return words.join('; ');
}

function listed(set: NftSet | undefined, names: NewNames = new Map()): ListedElement[] {
  if (!set) return [];
  const [keys, values] = [typesNamed(set.type), valueTypesNamed(set.map)];
  const printer = new Printer('ip', { stateless: true });
  return Array.from({ length: set.elements.length }, (_, i) => {
    const { expires: _expires, statements: _statements, ...element } = set.elements.at(i);
    const { comment: _comment, timeout: _timeout, ...bare } = element;
    const key = renamedText(printer.element(bare, keys, values), names);
    const span = set.map ? undefined : spanOf(element, keys);
    return { text: printer.element(element, keys, values), key, ...(span && { span }) };
  });
}

function spanOf({ key }: Element, types: Types): Span | undefined {
  const ends = endsOf(key, types);
  if (!ends || typeof ends[0] === 'string' || typeof ends[1] === 'string') return undefined;
  return [BigInt(ends[0]), BigInt(ends[1])];
}

type End = number | bigint | string;

function endsOf(key: Expression, types: Types): readonly [End, End] | undefined {
  if (types.length !== 1) return undefined;
  const end = (expression: Expression): End | undefined => {
    const value = constantOf(expression, types);
    return typeof value === 'object' ? undefined : value;
  };
  switch (key.kind) {
    case 'value': {
      const value = end(key);
      return value === undefined ? undefined : [value, value];
    }
    case 'range': {
      const [from, to] = [end(key.from), end(key.to)];
      return from === undefined || to === undefined ? undefined : [from, to];
    }
    case 'prefix': {
      const address = end(key.address);
      if (address === undefined || typeof address === 'string') return undefined;
      if (!['ipv4_addr', 'ipv6_addr'].includes(types[0]?.name ?? '')) return undefined;
      const { from, to } = prefixSpan(address, key.length);
      return [from, to];
    }
    default:
      return undefined;
  }
}

/** Flowtables and objects by what they are and how they are called, with what they say. */
function objectsOf(table: NftTable | undefined): Map<string, string> {
  const said = new Map<string, string>();
  const printer = new Printer(table?.family ?? 'ip', { stateless: true, numeric: true });
  for (const object of table?.objects ?? []) {
    const { kind, name } = object;
    const lines = kind === 'counter' ? [] : printObject(object, printer);
    said.set(`${kind} ${name}`, lines.join('; ').replace(/ used \S+ \S+/, ''));
  }
  for (const { name, hook, priority, devices, flags } of table?.flowtables.values() ?? [])
    said.set(`flowtable ${name}`, `hook ${hook} priority ${priority} devices ${devices.join(', ')} ${flags.join()}`);
  return said;
}
