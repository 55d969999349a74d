import type { Effect, NatRange } from '../../model/effect.ts';
import type { Unknown } from '../../model/truth.ts';
import { unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { type Address, familyOf } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import { prefixOf } from '../../net/prefix.ts';
import type { Expression, Masquerade, Nat, Redirect } from '../schema.ts';
import type { DataType } from '../type/datatype.ts';
import { type Types, typeOf } from '../type/type-of.ts';
import { dataType, INTEGER } from '../type/types.ts';
import { isVerdict } from '../verdict.ts';
import { constantOf } from './constant.ts';
import { compile, elementsOf } from './expression.ts';
import { prefixSpan } from './lookup.ts';
import type { Scope } from './scope.ts';
import { BREAK, isParts, isUnknown, type Scalar } from './value.ts';

type Act = (packet: Packet, world: World) => Effect | Unknown | typeof BREAK;
type Ends = Pick<NatRange, 'minAddress' | 'maxAddress' | 'minPort' | 'maxPort'>;
type AskEnds = (packet: Packet, world: World) => Ends | Unknown | typeof BREAK;

const SERVICE: DataType = dataType('inet_service') ?? INTEGER;
const ADDRESS: Readonly<Record<'ip' | 'ip6', DataType>> = {
  ip: dataType('ipv4_addr') ?? INTEGER,
  ip6: dataType('ipv6_addr') ?? INTEGER,
};

const flagsOf = (flags: readonly string[]): Pick<NatRange, 'random' | 'fullyRandom' | 'persistent'> => ({
  ...(flags.includes('random') && { random: true }),
  ...(flags.includes('fully-random') && { fullyRandom: true }),
  ...(flags.includes('persistent') && { persistent: true }),
});

const CONTINUE: Effect = { kind: 'verdict', verdict: 'continue' };

/** Ends of what a map yields, or of what stands there; a range that a map yields is one, too. */
function compileEnds(
  expression: Expression,
  scope: Scope,
  types: Types,
  read: (value: Expression) => Ends | undefined,
): AskEnds {
  if (expression.kind === 'map') {
    const elements = elementsOf(expression.data, expression.key, scope);
    if (!elements) return () => unknown('the map is not in the listing', 'nft list ruleset');
    const { find } = elements;
    const label = (index: number) => {
      const value = elements.lookup.find(index)?.value;
      return value && !isVerdict(value) ? textOf(value) : String(index);
    };
    const key = compile(expression.key, scope, [], label);
    return (packet, world) => {
      const value = key(packet, world);
      if (value === BREAK) return BREAK;
      const found = find(value, world);
      if (found === BREAK || 'reason' in found) return found;
      const to = found.value && !isVerdict(found.value) ? read(found.value) : undefined;
      return to ?? unknown('what the map leads to is not understood');
    };
  }
  const ends = read(expression);
  if (ends) return () => ends;
  const evaluate = compile(expression, scope, types);
  return (packet, world) => {
    const value = evaluate(packet, world);
    if (value === BREAK || isUnknown(value)) return value;
    return endsOf(isParts(value) ? value : [value]) ?? unknown('where it is translated to is not understood');
  };
}

/** An address, then a port. */
function endsOf([address, port]: readonly (Scalar | undefined)[]): Ends | undefined {
  if (typeof address !== 'number' && typeof address !== 'bigint') return undefined;
  if (port !== undefined && typeof port !== 'number') return undefined;
  return {
    minAddress: address,
    maxAddress: address,
    ...(port !== undefined && { minPort: port, maxPort: port }),
  };
}

const textOf = (expression: Expression): string => {
  if (expression.kind === 'value') return String(expression.value);
  return expression.kind === 'concat' ? expression.items.map(textOf).join(' . ') : expression.kind;
};

function readAddress(expression: Expression, type: DataType): Ends | undefined {
  if (expression.kind === 'concat') {
    const [first, second] = expression.items;
    const address = first && readAddress(first, type);
    const port = second && readPort(second);
    return address && port && { ...address, ...port };
  }
  if (expression.kind === 'range') {
    const from = addressOf(expression.from, type);
    const to = addressOf(expression.to, type);
    return from === undefined || to === undefined ? undefined : { minAddress: from, maxAddress: to };
  }
  if (expression.kind === 'prefix') {
    const address = addressOf(expression.address, type);
    if (address === undefined) return undefined;
    const { from, to } = prefixSpan(address, expression.length);
    return { minAddress: from, maxAddress: to };
  }
  const address = addressOf(expression, type);
  return address === undefined ? undefined : { minAddress: address, maxAddress: address };
}

function addressOf(expression: Expression, type: DataType): Address | undefined {
  const value = constantOf(expression, [type]);
  return typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
}

function readPort(expression: Expression): Ends | undefined {
  const [from, to] = expression.kind === 'range' ? [expression.from, expression.to] : [expression, expression];
  const min = constantOf(from, [SERVICE]);
  const max = constantOf(to, [SERVICE]);
  return typeof min === 'number' && typeof max === 'number' ? { minPort: min, maxPort: max } : undefined;
}

/** A port that stands behind the colon, or a map that yields one. */
function compilePort(expression: Expression | undefined, scope: Scope): AskEnds {
  if (!expression) return () => ({});
  const ends = compileEnds(expression, scope, [SERVICE], readPort);
  return (packet, world) => {
    const answer = ends(packet, world);
    if (answer === BREAK || 'kind' in answer || answer.minAddress === undefined) return answer;
    const port = Number(answer.minAddress);
    return { minPort: port, maxPort: port };
  };
}

/** In a table of family inet it translates packets of its own family only, and lets the others go on (nft_nat_inet_eval). */
export function compileNat(nat: Nat, scope: Scope): Act {
  const family = nat.family ?? (scope.family === 'ip6' ? 'ip6' : scope.family === 'ip' ? 'ip' : undefined);
  const type = ADDRESS[family ?? 'ip'];
  const types = nat.address ? typeOf(nat.address) : [];
  const address: AskEnds = nat.address
    ? compileEnds(nat.address, scope, types.length > 0 ? types : [type, SERVICE], value => readAddress(value, type))
    : () => ({});
  const port = compilePort(nat.port, scope);
  const flags = flagsOf(nat.flags);
  const isNetmap = nat.flags.includes('netmap') || nat.typeFlags.includes('prefix');
  return (packet, world) => {
    const to = address(packet, world);
    if (to === BREAK || 'kind' in to) return to;
    const ports = port(packet, world);
    if (ports === BREAK || 'kind' in ports) return ports;
    if (family !== undefined && packet.family !== family) return CONTINUE;
    if (isNetmap && to.minAddress !== undefined && to.maxAddress !== undefined)
      return { kind: 'nat', type: 'netmap', to: prefixBetween(to.minAddress, to.maxAddress) };
    return { kind: 'nat', type: nat.kind, range: { ...to, ...ports, ...flags } };
  };
}

/** nft_nat_setup_netmap: what differs between the two ends are the host's bits. */
function prefixBetween(from: Address, to: Address) {
  const bits = (BigInt(from) ^ BigInt(to)).toString(2).replace(/^0$/, '').length;
  return prefixOf(from, (familyOf(from) === 'ip' ? 32 : 128) - bits);
}

export function compileOwnAddress(statement: Masquerade | Redirect, scope: Scope): Act {
  const { kind, flags } = statement;
  const port = compilePort(statement.port, scope);
  return (packet, world) => {
    const ports = port(packet, world);
    if (ports === BREAK || 'kind' in ports) return ports;
    return { kind: 'nat', type: kind, range: { ...ports, ...flagsOf(flags) } };
  };
}
