import { type Address, parseAddress } from '../../net/address.ts';
import { type Prefix, prefixOf } from '../../net/prefix.ts';
import { parseProtocol } from '../../net/protocol.ts';
import { servicePort } from '../../net/service.ts';
import type { NftChain, NftRule, NftSet } from '../../nft/ruleset.ts';
import type { Element, Expression, Statement, Verdict } from '../../nft/schema.ts';

/** What of an nft rule of kube-proxy tells what it is for; what is absent the rule does not have. */
export interface NftShape {
  /** Of `jump` and `goto`. */
  readonly target?: string;
  readonly drops: boolean;
  /** Writes bits of the mark. */
  readonly marks: boolean;
  /** `ip saddr != 10.0.0.0/8`: `outside`; `ip saddr 10.0.0.0/8`: `inside`. */
  readonly source?: { readonly inverted: boolean; readonly right: Expression };
  /** `iifname != "br0"`. */
  readonly iif?: { readonly inverted: boolean; readonly name: string };
  /** `fib saddr type local`. */
  readonly fromNode: boolean;
  /** Where a map of chains or of addresses leads. */
  readonly ways: readonly (Verdict | Expression)[];
  /** The set that the source, or a concatenation, is looked up in. */
  readonly sourceSet?: string;
  readonly dnat?: { readonly address?: Expression; readonly port?: Expression };
  readonly destination?: Expression;
}

export function nftShape({ statements }: Pick<NftRule, 'statements'>): NftShape {
  const shape: { -readonly [K in keyof NftShape]: NftShape[K] } = {
    drops: false,
    marks: false,
    fromNode: false,
    ways: [],
  };
  for (const statement of statements) readStatement(statement, shape);
  return shape;
}

function readStatement(statement: Statement, shape: { -readonly [K in keyof NftShape]: NftShape[K] }): void {
  switch (statement.kind) {
    case 'jump':
    case 'goto':
      shape.target = statement.target;
      break;
    case 'drop':
      shape.drops = true;
      break;
    case 'mangle':
      shape.marks ||= statement.key.kind === 'meta' && statement.key.key === 'mark';
      break;
    case 'vmap':
      shape.ways = waysOf(statement.data);
      break;
    case 'dnat': {
      const { address, port } = statement;
      if (address?.kind === 'map') shape.ways = waysOf(address.data);
      else shape.dnat = { ...(address && { address }), ...(port && { port }) };
      break;
    }
    case 'match': {
      const { left, right, operator } = statement;
      const inverted = operator === '!=';
      if (left.kind === 'fib' && left.flags.includes('saddr')) shape.fromNode = true;
      if (left.kind === 'meta' && /^iif/.test(left.key) && right.kind === 'value')
        shape.iif = { inverted, name: String(right.value) };
      if (left.kind === 'concat' && right.kind === 'set-reference') shape.sourceSet = right.name;
      if (left.kind !== 'payload') break;
      if (left.field === 'daddr') shape.destination = right;
      if (left.field !== 'saddr') break;
      if (right.kind === 'set-reference') shape.sourceSet = right.name;
      else shape.source = { inverted, right };
    }
  }
}

const waysOf = (data: Expression): readonly (Verdict | Expression)[] =>
  data.kind === 'set' ? data.elements.flatMap(({ value }) => value ?? []) : [];

/** The parts of an element's key. */
export const keyParts = ({ key }: Element): readonly Expression[] => (key.kind === 'concat' ? key.items : [key]);

export function addressIn(expression: Expression | undefined): Address | undefined {
  return expression?.kind === 'value' && typeof expression.value === 'string'
    ? parseAddress(expression.value)
    : undefined;
}

export function protocolIn(expression: Expression | undefined): number | undefined {
  return expression?.kind === 'value' ? parseProtocol(String(expression.value)) : undefined;
}

export function portIn(expression: Expression | undefined): number | undefined {
  if (expression?.kind !== 'value') return undefined;
  const text = String(expression.value);
  return /^\d{1,5}$/.test(text) ? Number(text) : servicePort(text);
}

/** The prefixes of an address's match: of one value, a prefix, or a set of them. A range is no prefix, and left out. */
export function prefixesIn(expression: Expression): Prefix[] {
  switch (expression.kind) {
    case 'value': {
      const address = addressIn(expression);
      return address === undefined ? [] : [prefixOf(address)];
    }
    case 'prefix': {
      const address = addressIn(expression.address);
      return address === undefined ? [] : [prefixOf(address, expression.length)];
    }
    case 'set':
      return expression.elements.flatMap(({ key }) => prefixesIn(key));
    default:
      return [];
  }
}

/** The addresses that a set holds; of concatenations those that come first. */
export const addressesIn = (set: NftSet | undefined): Address[] =>
  [...(set?.elements ?? [])].flatMap(element => addressIn(keyParts(element)[0]) ?? []);

export const shapesOf = (chain: NftChain | undefined): { readonly index: number; readonly shape: NftShape }[] =>
  Array.from({ length: chain?.rules.length ?? 0 }, (_, index) => ({
    index,
    shape: nftShape(chain?.rules.at(index) ?? { statements: [] }),
  }));
