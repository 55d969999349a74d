import { parseAddress } from '../../../net/address.ts';
import { parseProtocol } from '../../../net/protocol.ts';
import { servicePort } from '../../../net/service.ts';
import type { Scope } from '../../../nft/evaluate/scope.ts';
import type { NftSet } from '../../../nft/ruleset.ts';
import type { Element, Expression, Statement } from '../../../nft/schema.ts';
import { constant } from '../../../nft/text/constant.ts';
import { typesNamed } from '../../../nft/type/types.ts';
import { CutList, type Cuts } from './cuts.ts';

/** What a question in nft's words compares packets with. */
export interface NftConstants {
  /** Those of the question itself, without those of the sets that it names. */
  readonly list: CutList;
  /** With those of the sets, which may be many. */
  whole(): CutList;
  /** It asks for routes or kinds of addresses. */
  readonly routed: boolean;
}

export function nftConstants(statement: Statement, scope: Scope): NftConstants {
  const search = new Search(scope);
  search.statement(statement);
  const { list, routed, named } = search;
  if (named.length === 0) {
    search.mask();
    return { list, routed, whole: () => list };
  }
  return {
    list,
    routed,
    whole() {
      for (const set of named) {
        const { cuts, opaque } = constantsOf(set, scope);
        list.include(cuts);
        list.opaque ??= opaque;
      }
      search.mask();
      return list;
    },
  };
}

const FIELDS: ReadonlySet<string> = new Set(['saddr', 'daddr', 'sport', 'dport', 'protocol', 'nexthdr']);

/** Whether the value of an expression is made of the packet's addresses, ports or protocol, maps aside. */
function isOfPacket(expression: Expression): boolean {
  switch (expression.kind) {
    case 'payload':
      return FIELDS.has(expression.field);
    case 'raw-payload':
      return true;
    case 'meta':
      return expression.key === 'l4proto';
    case 'ct':
      return /addr|proto/.test(expression.key);
    case 'concat':
    case 'list':
      return expression.items.some(isOfPacket);
    case 'binary':
      return isOfPacket(expression.left) || isOfPacket(expression.right);
    default:
      return false;
  }
}

class Search {
  readonly list = new CutList();
  routed = false;
  private readonly scope: Scope;
  /** The sets that are named. */
  readonly named: NftSet[] = [];
  private readonly masks: { readonly mask: number; readonly bits: 16 | 32 }[] = [];

  constructor(scope: Scope) {
    this.scope = scope;
  }

  statement(statement: Statement): void {
    switch (statement.kind) {
      case 'match':
        this.expression(statement.left);
        this.expression(statement.right);
        if (isOfPacket(statement.right)) this.list.opaque ??= 'two fields of the packet are compared';
        return;
      case 'vmap':
        this.expression(statement.key);
        this.expression(statement.data);
        return;
      case 'mangle':
        this.expression(statement.value);
        if (isOfPacket(statement.value)) this.list.opaque ??= 'a field of the packet is written elsewhere';
        return;
      case 'dnat':
      case 'snat':
        for (const part of [statement.address, statement.port]) this.target(part);
        return;
      case 'masquerade':
      case 'redirect':
        this.target(statement.port);
        return;
      case 'set':
      case 'meter':
        this.expression(statement.element.key);
        return;
      case 'tproxy':
        for (const part of [statement.address, statement.port]) this.target(part);
        return;
      default:
        if ('name' in statement && typeof statement.name === 'object') this.expression(statement.name);
    }
  }

  private target(expression: Expression | undefined): void {
    if (!expression) return;
    this.expression(expression);
    if (isOfPacket(expression)) this.list.opaque ??= 'it translates to a field of the packet';
  }

  expression(expression: Expression): void {
    switch (expression.kind) {
      case 'value':
        this.value(expression.value);
        return;
      case 'prefix':
        this.prefix(expression.address, expression.length);
        return;
      case 'range':
        this.range(expression.from, expression.to);
        return;
      case 'list':
      case 'concat':
        for (const item of expression.items) this.expression(item);
        return;
      case 'set':
        for (const element of expression.elements) this.element(element);
        return;
      case 'set-reference': {
        const named = this.scope.set(expression.name);
        if (named) this.named.push(named.set);
        return;
      }
      case 'map':
        this.expression(expression.key);
        this.expression(expression.data);
        return;
      case 'binary':
        this.binary(expression);
        return;
      case 'raw-payload':
        this.list.opaque ??= 'raw bytes of the packet are compared';
        return;
      case 'jhash':
        this.list.opaque ??= 'a hash of the packet is taken';
        return;
      case 'fib':
      case 'rt':
        this.routed = true;
    }
  }

  private element({ key }: Element): void {
    this.expression(key);
  }

  private value(value: string | number | bigint | boolean): void {
    if (typeof value === 'boolean') return;
    if (typeof value === 'string') {
      const numbers = [parseAddress(value), servicePort(value), parseProtocol(value), numberOf(value)];
      for (const number of numbers) if (number !== undefined) this.list.add(number);
      return;
    }
    this.list.add(value);
    if (typeof value === 'number') this.list.add(BigInt(value));
  }

  private prefix(address: Expression, length: number): void {
    const value = address.kind === 'value' ? address.value : undefined;
    const parsed = typeof value === 'string' ? parseAddress(value) : typeof value === 'boolean' ? undefined : value;
    if (parsed === undefined) this.list.opaque ??= 'a prefix that is not understood';
    else this.list.network(parsed, length);
  }

  private range(from: Expression, to: Expression): void {
    this.expression(from);
    this.expression(to);
  }

  private binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): void {
    this.expression(left);
    this.expression(right);
    if (!isOfPacket(left) && !isOfPacket(right)) return;
    const mask = operator === '&' && right.kind === 'value' ? maskOf(right.value) : undefined;
    if (mask === undefined) this.list.opaque ??= `\`${operator}\` of a field of the packet`;
    else this.masks.push({ mask, bits: isAddress(left) ? 32 : 16 });
  }

  /** Every constant may be what is left under a mask. */
  mask(): void {
    for (const { mask, bits } of this.masks)
      for (const value of this.list.values)
        if (typeof value === 'number') this.list.holes(value, bits === 32 ? mask : (mask | 0xffff0000) >>> 0);
  }
}

const isAddress = (expression: Expression): boolean =>
  ((expression.kind === 'payload' || expression.kind === 'ct') && /addr$/.test(fieldOf(expression))) ||
  (expression.kind === 'binary' && isAddress(expression.left)) ||
  expression.kind === 'concat';

const fieldOf = (expression: Extract<Expression, { kind: 'payload' | 'ct' }>): string =>
  expression.kind === 'ct' ? expression.key : expression.field;

/** Of 32 bits and fewer. */
function maskOf(value: string | number | bigint | boolean): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const address = parseAddress(value);
  return typeof address === 'number' ? address : numberOf(value);
}

const numberOf = (text: string): number | undefined =>
  /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : undefined;

interface SetConstants {
  readonly cuts: Cuts;
  readonly opaque: string | undefined;
}

const KNOWN = new WeakMap<NftSet, SetConstants>();

function constantsOf(set: NftSet, scope: Scope): SetConstants {
  const known = KNOWN.get(set);
  if (known) return known;
  const search = new Search(scope);
  const { elements } = set;
  const types = typesNamed(set.type);
  for (let place = 0; place < elements.length; place++) {
    const words = elements.words(place);
    if (words?.length === types.length)
      for (const [i, word] of words.entries()) search.expression(constant(word, types[i]));
    else search.expression(elements.at(place).key);
  }
  const constants = { cuts: search.list.sorted(), opaque: search.list.opaque };
  KNOWN.set(set, constants);
  return constants;
}
