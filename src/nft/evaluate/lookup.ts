import type { Unknown } from '../../model/truth.ts';
import { type Address, bitsOf, familyOf, formatAddress } from '../../net/address.ts';
import { maskOf } from '../../net/prefix.ts';
import { protocolName } from '../../net/protocol.ts';
import type { NftElements } from '../ruleset.ts';
import type { Element, Expression, Prefix } from '../schema.ts';
import { constant } from '../text/constant.ts';
import type { DataType } from '../type/datatype.ts';
import type { Types } from '../type/type-of.ts';
import { constantOf, scalarOf } from './constant.ts';
import { BREAK, compare, isParts, keyOf, type Partly, type Scalar, type Value } from './value.ts';

/** Whether a value is the one, or among those, that a constant stands for. */
export type Test = (value: Value) => boolean;

interface Span {
  readonly from: Scalar;
  readonly to: Scalar;
}

/** The two ends of a range or a prefix; both belong to it. */
function spanOf(expression: Expression, types: Types): Span | undefined {
  if (expression.kind === 'range') {
    const from = constantOf(expression.from, types);
    const to = constantOf(expression.to, types);
    return from === undefined || to === undefined || isParts(from) || isParts(to) ? undefined : { from, to };
  }
  if (expression.kind !== 'prefix') return undefined;
  const address = constantOf(expression.address, types);
  if (typeof address === 'number' && types[0]?.name !== 'ipv4_addr') return undefined;
  if (typeof address !== 'number' && typeof address !== 'bigint') return undefined;
  return prefixSpan(address, expression.length);
}

/** The first and the last address of a prefix. */
export function prefixSpan(address: Address, length: number): { readonly from: Address; readonly to: Address } {
  if (typeof address === 'number') {
    const mask = maskOf('ip', length);
    const from = (address & mask) >>> 0;
    return { from, to: (from | ~mask) >>> 0 };
  }
  const from = address & maskOf('ip6', length);
  return { from, to: from | ((1n << BigInt(bitsOf(familyOf(address)) - length)) - 1n) };
}

const within = ({ from, to }: Span, value: Scalar): boolean =>
  typeof value === typeof from && compare(value, from) >= 0 && compare(value, to) <= 0;

/** A name that ends in `*` (a `\*` is a star) stands for all that begin so. */
const isWildcard = (value: Value | undefined, type: DataType | undefined): value is string =>
  typeof value === 'string' && type?.name === 'ifname' && value.endsWith('*') && !value.endsWith('\\*');

/** The test of a constant: a value, a range, a prefix, a name with `*`, parts of these. Undefined: it says nothing to us. */
export function testOf(expression: Expression, types: Types): Test | undefined {
  if (expression.kind === 'wildcard') return () => true;
  const span = spanOf(expression, types);
  if (span) return value => !isParts(value) && within(span, value);
  if (expression.kind === 'prefix') return maskTest(expression, types);
  if (expression.kind === 'concat') {
    const tests = expression.items.map((item, i) => testOf(item, types.slice(i, i + 1)));
    if (!tests.every(test => test !== undefined)) return undefined;
    return value => isParts(value) && tests.every((test, i) => test(value[i] ?? ''));
  }
  const constant = constantOf(expression, types);
  if (constant === undefined) return undefined;
  if (isWildcard(constant, types[0])) {
    const beginning = constant.slice(0, -1);
    return value => typeof value === 'string' && value.startsWith(beginning);
  }
  const key = keyOf(constant);
  return value => keyOf(value) === key;
}

/** nft lists a comparison under a mask of leading ones as a prefix, of numbers too (`meta mark & 0xff000000 == ...`). */
function maskTest({ address, length }: Prefix, types: Types): Test | undefined {
  const wanted = constantOf(address, types);
  const bits = types[0]?.bits;
  if (typeof wanted !== 'number' || bits === undefined || bits > 32) return undefined;
  const mask = length === 0 ? 0 : (0xffffffff << (bits - length)) >>> 0;
  return value => typeof value === 'number' && (value & mask) >>> 0 === wanted;
}

const isPlain = (expression: Expression): boolean =>
  expression.kind === 'concat'
    ? expression.items.every(isPlain)
    : expression.kind === 'value' || expression.kind === 'list' || expression.kind === 'binary';

/** The elements of a set or map, ready to be asked. */
export class Lookup {
  /** Elements whose keys could not be understood: whether a value is among them is not known. */
  readonly unread: Element[] = [];
  private readonly types: Types;
  private keys: (Value | undefined)[] | undefined;
  /** An element, or its place among those that are read when they are asked for. */
  private readonly exact = new Map<Scalar, Element | number>();
  private readonly list: NftElements | undefined;
  private readonly spans: { readonly span: Span; readonly element: Element }[] = [];
  private readonly tests: { readonly test: Test; readonly element: Element }[] = [];

  /** `types`: the datatypes of the key. */
  constructor(elements: readonly Element[] | NftElements, types: Types) {
    this.types = types;
    if ('words' in elements) {
      this.list = elements;
      this.addUnread(elements);
    } else for (const element of elements) this.add(element);
    this.spans.sort((a, b) => compare(a.span.from, b.span.from));
  }

  private add(element: Element): void {
    const constant = isPlain(element.key) ? constantOf(element.key, this.types) : undefined;
    if (constant !== undefined && !hasWildcard(constant, this.types)) this.exact.set(keyOf(constant), element);
    else this.addSpan(element, this.types);
  }

  /** Those of which the words of the key suffice are left where they stand. */
  private addUnread(elements: NftElements): void {
    for (let place = 0; place < elements.length; place++) {
      const constant = wordsValue(elements.words(place), this.types);
      if (constant === undefined) this.add(elements.at(place));
      else this.exact.set(keyOf(constant), place);
    }
  }

  private known(found: Element | number): Element | undefined {
    return typeof found === 'number' ? this.list?.at(found) : found;
  }

  private addSpan(element: Element, types: Types): void {
    const span = types.length === 1 ? spanOf(element.key, types) : undefined;
    if (span) this.spans.push({ span, element });
    else {
      const test = testOf(element.key, types);
      if (test) this.tests.push({ test, element });
      else this.unread.push(element);
    }
  }

  find(value: Value): Element | undefined {
    const exact = this.exact.get(keyOf(value));
    if (exact !== undefined) return this.known(exact);
    const spanning = this.spans.length === 0 || isParts(value) ? undefined : this.inSpans(value);
    return spanning ?? this.tests.find(({ test }) => test(value))?.element;
  }

  /** What a value comes to that is not known, or in parts: nothing (BREAK) where no element has the parts that are. */
  partly(answer: Unknown | Partly): Unknown | typeof BREAK {
    if (!('parts' in answer) || this.unread.length > 0 || this.tests.length > 0) return answer;
    const { parts } = answer;
    this.keys ??= [...this.exact.values()].map(found => {
      const element = this.known(found);
      return element && constantOf(element.key, this.types);
    });
    const mayBe = this.keys.some(
      key => key === undefined || (isParts(key) && key.every((part, i) => parts[i] === undefined || parts[i] === part)),
    );
    return mayBe ? answer : BREAK;
  }

  /** Ranges of one set do not overlap. */
  private inSpans(value: Scalar): Element | undefined {
    let low = 0;
    let high = this.spans.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = this.spans[middle];
      if (!at) return undefined;
      if (within(at.span, value)) return at.element;
      if (compare(value, at.span.from) < 0) high = middle - 1;
      else low = middle + 1;
    }
    return undefined;
  }
}

/** The value of a key's words; undefined where they are more than constants, or names that may end in a star. */
function wordsValue(words: readonly string[] | undefined, types: Types): Value | undefined {
  if (!words || words.length !== types.length) return undefined;
  const parts: Scalar[] = [];
  for (const [i, word] of words.entries()) {
    const expression = constant(word, types[i]);
    const part = expression.kind === 'value' ? scalarOf(expression.value, types[i]) : undefined;
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts.length === 1 ? parts[0] : parts;
}

/** A value as nft usually lists it; undefined where that is not told here. */
export function wordsOf(value: Value, types: Types): readonly string[] | undefined {
  const parts = isParts(value) ? value : [value];
  const words = parts.flatMap((part, i) => wordOf(part, types[i]) ?? []);
  const read = words.length === parts.length ? wordsValue(words, types) : undefined;
  return read !== undefined && keyOf(read) === keyOf(value) ? words : undefined;
}

function wordOf(value: Scalar, type: DataType | undefined): string | undefined {
  if (typeof value === 'string') return undefined;
  if (type?.name === 'ipv4_addr' || type?.name === 'ipv6_addr') return formatAddress(value);
  if (type?.name === 'inet_service') return String(value);
  return type?.name === 'inet_proto' ? protocolName(Number(value)) : undefined;
}

const hasWildcard = (value: Value, types: Types): boolean =>
  isParts(value) ? value.some((part, i) => isWildcard(part, types[i])) : isWildcard(value, types[0]);
