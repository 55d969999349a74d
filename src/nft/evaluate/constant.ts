import { parseAddress } from '../../net/address.ts';
import { parseMac } from '../../net/mac.ts';
import { servicePort } from '../../net/service.ts';
import type { Value as Constant, Expression } from '../schema.ts';
import type { DataType } from '../type/datatype.ts';
import type { Types } from '../type/type-of.ts';
import { symbolValue } from '../type/types.ts';
import { isParts, type Scalar, type Value } from './value.ts';

/** Datatypes whose values are text to the walk, as nft prints them. */
const TEXT = new Set(['ifname', 'iface_index', 'cgroupsv2', 'string', 'ct_label']);

/** The value of a constant as one of that datatype; undefined where it means nothing to us (the name of a user). */
export function scalarOf(value: Constant['value'], type: DataType | undefined): Scalar | undefined {
  const name = type?.name ?? 'integer';
  if (TEXT.has(name)) return String(value);
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return name === 'ipv6_addr' ? BigInt(value) : value;
  if (typeof value === 'bigint') return narrow(value, name);
  return (type && symbolValue(type, value)) ?? wordOf(value, name);
}

/** A bigint only where a number would not hold it, and for IPv6 addresses always. */
const narrow = (value: bigint, type: string): Scalar =>
  type === 'ipv6_addr' || value > BigInt(Number.MAX_SAFE_INTEGER) ? value : Number(value);

function wordOf(word: string, type: string): Scalar | undefined {
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr':
      return parseAddress(word);
    case 'ether_addr':
    case 'lladdr': {
      const mac = parseMac(word);
      return mac === undefined ? undefined : Number.parseInt(mac.replaceAll(':', ''), 16);
    }
    case 'inet_service':
      return /^\d+$/.test(word) ? Number(word) : servicePort(word);
    case 'classid':
      return classOf(word);
    case 'uid':
    case 'gid':
      if (word === 'root') return 0;
      break;
    case 'devgroup':
    case 'realm':
      if (word === 'default') return 0;
      break;
  }
  return /^(0[xX][0-9a-fA-F]+|\d+)$/.test(word) ? narrow(BigInt(word), type) : undefined;
}

/** A class of traffic control, in hexadecimal: `1:10`. */
function classOf(word: string): number | undefined {
  if (word === 'none') return 0;
  if (word === 'root') return 0xffffffff;
  const [, major, minor] = /^([0-9a-f]{0,4}):([0-9a-f]{0,4})$/.exec(word) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return Number.parseInt(major || '0', 16) * 65536 + Number.parseInt(minor || '0', 16);
}

/** Flags or'ed together, shifted and masked constants, concatenations; undefined for what is no constant. */
export function constantOf(expression: Expression, types: Types): Value | undefined {
  const [type] = types;
  switch (expression.kind) {
    case 'value':
      return scalarOf(expression.value, type);
    case 'concat': {
      const parts = expression.items.map((item, i) => constantOf(item, types.slice(i, i + 1)));
      const scalars = parts.filter((part): part is Scalar => part !== undefined && !isParts(part));
      return scalars.length === parts.length ? scalars : undefined;
    }
    case 'list':
      return expression.items.reduce<Scalar | undefined>((all, item) => bitwise('|', all, one(item, types)), 0);
    case 'binary':
      return bitwise(expression.operator, one(expression.left, types), one(expression.right, types));
    default:
      return undefined;
  }
}

function one(expression: Expression, types: Types): Scalar | undefined {
  const value = constantOf(expression, types);
  return value === undefined || isParts(value) ? undefined : value;
}

/** Text has no bits. 32 bits are unsigned. */
export function bitwise(
  operator: '&' | '|' | '^' | '<<' | '>>',
  left: Scalar | undefined,
  right: Scalar | undefined,
): Scalar | undefined {
  if (left === undefined || right === undefined || typeof left === 'string' || typeof right === 'string')
    return undefined;
  if (typeof left === 'number' && typeof right === 'number' && left <= 0xffffffff && right <= 0xffffffff)
    if (operator !== '<<') return bitwise32(operator, left, right);
  const [a, b] = [BigInt(left), BigInt(right)];
  const wide = operator === '&' ? a & b : operator === '|' ? a | b : operator === '^' ? a ^ b : shift(operator, a, b);
  return typeof left === 'bigint' || wide > BigInt(Number.MAX_SAFE_INTEGER) ? wide : Number(wide);
}

const shift = (operator: '<<' | '>>', a: bigint, b: bigint): bigint => (operator === '<<' ? a << b : a >> b);

function bitwise32(operator: '&' | '|' | '^' | '>>', left: number, right: number): number {
  if (operator === '&') return (left & right) >>> 0;
  if (operator === '|') return (left | right) >>> 0;
  if (operator === '^') return (left ^ right) >>> 0;
  return right > 31 ? 0 : left >>> right;
}
