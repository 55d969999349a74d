import type { Expression } from '../schema.ts';
import type { DataType } from './datatype.ts';
import { EXTENSION_HEADERS, IP_OPTIONS, payloadField, SCTP_CHUNKS, TCP_OPTIONS } from './fields.ts';
import { addressType, CT_KEYS, META_KEYS, RT_KEYS, SOCKET_KEYS } from './keys.ts';
import { HEX_INTEGER, HOST_INTEGER, INTEGER, named, STRING } from './types.ts';

/** What an expression yields: one datatype, or of a concatenation one for each part. Empty: nothing tells. */
export type Types = readonly DataType[];

const one = (type: DataType | undefined): Types => (type ? [type] : []);
const existence = (): Types => [named('boolean')];

/** The datatypes that the constants beside the expression are of. */
export function typeOf(expression: Expression): Types {
  switch (expression.kind) {
    case 'concat':
      return expression.items.map(item => typeOf(item)[0] ?? INTEGER);
    case 'payload':
      return one(payloadField(expression.protocol, expression.field)?.type);
    case 'raw-payload':
      return [HEX_INTEGER];
    case 'meta':
      return one(META_KEYS.get(expression.key));
    case 'ct':
      return one(ctType(expression.key));
    case 'fib':
      return one(FIB[expression.result]);
    case 'rt':
      return one(expression.key === 'nexthop' ? addressType(expression.family) : RT_KEYS.get(expression.key));
    case 'socket':
      return one(SOCKET_KEYS.get(expression.key));
    case 'osf':
      return [STRING];
    case 'ipsec':
      return [expression.key.endsWith('addr') ? addressType(expression.family) : HOST_INTEGER];
    case 'exthdr':
      return optional(EXTENSION_HEADERS, expression);
    case 'tcp option':
      return optional(TCP_OPTIONS, expression);
    case 'ip option':
      return optional(IP_OPTIONS, expression);
    case 'sctp chunk':
      return optional(SCTP_CHUNKS, expression);
    case 'dccp option':
      return existence();
    case 'raw-tcp-option':
      return [INTEGER];
    case 'numgen':
    case 'jhash':
    case 'symhash':
      return [HOST_INTEGER];
    case 'binary':
      return typeOf(expression.left);
    case 'prefix':
      return typeOf(expression.address);
    default:
      return [];
  }
}

const FIB = {
  type: named('fib_addrtype'),
  oif: named('iface_index'),
  oifname: named('ifname'),
  check: named('boolean'),
};

function ctType(key: string): DataType | undefined {
  const [, family] = /^(?:(ip6?) )?[sd]addr$/.exec(key) ?? [];
  return /[sd]addr$/.test(key) ? addressType(family) : CT_KEYS.get(key);
}

function optional(
  headers: ReadonlyMap<string, ReadonlyMap<string, { readonly type: DataType }>>,
  { name, field }: { readonly name: string; readonly field?: string },
): Types {
  return field === undefined ? existence() : one(headers.get(name)?.get(field)?.type);
}
