import { type Unknown, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import type { Binary, Concat, Element, Expression, MapLookup } from '../schema.ts';
import { type Types, typeOf } from '../type/type-of.ts';
import { typesNamed } from '../type/types.ts';
import { isVerdict } from '../verdict.ts';
import { bytesOf } from './bytes.ts';
import { bitwise, constantOf } from './constant.ts';
import { compileCt } from './ct.ts';
import { compileFib } from './fib.ts';
import { compileJhash, compileSymhash } from './jhash.ts';
import { Lookup } from './lookup.ts';
import { compileMeta } from './meta.ts';
import { compileNumgen } from './numgen.ts';
import { compileDccpOption, compileExthdr, compileIpOption, compileSctpChunk, compileTcpOption } from './option.ts';
import { compilePayload, compileRawPayload } from './payload.ts';
import { elementTruth } from './rate.ts';
import { compileRt } from './rt.ts';
import type { Scope } from './scope.ts';
import { compileSocket } from './socket.ts';
import { BREAK, type Evaluate, isParts, isUnknown, map, type Scalar, type Value } from './value.ts';

/** What a value of a random choice leads to, for a person: the element of the map that it is the key of. */
export type Label = (value: number) => string;

/** `types`: of constants, the datatypes of what they stand beside. */
export function compile(expression: Expression, scope: Scope, types: Types = [], label?: Label): Evaluate {
  switch (expression.kind) {
    case 'payload':
      return compilePayload(expression);
    case 'raw-payload':
      return compileRawPayload(expression);
    case 'meta':
      return compileMeta(expression);
    case 'ct':
      return compileCt(expression);
    case 'fib':
      return compileFib(expression);
    case 'rt':
      return compileRt(expression);
    case 'socket':
      return compileSocket(expression);
    case 'tcp option':
      return compileTcpOption(expression);
    case 'exthdr':
      return compileExthdr(expression);
    case 'ip option':
      return compileIpOption(expression);
    case 'sctp chunk':
      return compileSctpChunk(expression);
    case 'dccp option':
      return compileDccpOption(expression);
    case 'numgen':
      return compileNumgen(expression, label ?? String);
    case 'jhash': {
      const { expression: key } = expression;
      const toBytes = (value: Value) => bytesOf(value, typeOf(key));
      return compileJhash(expression, compile(key, scope), toBytes, label ?? String);
    }
    case 'symhash':
      return compileSymhash(expression, label ?? String);
    case 'binary':
      return compileBinary(expression, scope, types);
    case 'concat':
      return compileConcat(expression, scope, types);
    case 'map':
      return compileMap(expression, scope, types);
    case 'unread': {
      const why = unknown(`\`${expression.text}\` is not understood: ${expression.reason}`);
      return () => why;
    }
    default:
      return compileConstant(expression, types);
  }
}

function compileConstant(expression: Expression, types: Types): Evaluate {
  const value = constantOf(expression, types);
  if (value !== undefined) return () => value;
  const why = unknown(`a constant (${expression.kind}) is not understood`);
  return () => why;
}

function compileBinary({ operator, left, right }: Binary, scope: Scope, types: Types): Evaluate {
  const own = typeOf(left);
  const of = own.length === 0 ? types : own;
  const a = compile(left, scope, of);
  const b = compile(right, scope, of);
  return (packet, world) =>
    map(a(packet, world), one =>
      map(b(packet, world), other => {
        const result = isParts(one) || isParts(other) ? undefined : bitwise(operator, one, other);
        return result ?? unknown(`\`${operator}\` of text`);
      }),
    );
}

function compileConcat({ items }: Concat, scope: Scope, types: Types): Evaluate {
  const parts = items.map((item, i) => compile(item, scope, types.slice(i, i + 1)));
  return (packet, world) => {
    const values: (Scalar | undefined)[] = [];
    let why: Unknown | undefined;
    for (const part of parts) {
      const answer = part(packet, world);
      if (answer === BREAK) return answer;
      if (isUnknown(answer)) {
        why ??= answer;
        values.push(undefined);
      } else if (isParts(answer)) values.push(...answer);
      else values.push(answer);
    }
    return why ? { ...why, parts: values } : values.filter(value => value !== undefined);
  };
}

/** A map that is named or written in place, as it is at the moment. */
export interface Elements {
  readonly lookup: Lookup;
  /** BREAK: there is none. */
  find(answer: Value | Unknown, world: World): Element | Unknown | typeof BREAK;
  /** Datatypes of what it leads to, where its declaration tells. */
  readonly values: Types | undefined;
}

/** Undefined: the listing has no such map. */
export function elementsOf(data: Expression, key: Expression, scope: Scope): Elements | undefined {
  if (data.kind === 'set-reference') {
    const named = scope.set(data.name);
    if (!named) return undefined;
    const { map } = named.set;
    return elements(
      () => named.lookup,
      (value, world) => named.find(value, world),
      map && typesNamed(map),
    );
  }
  if (data.kind !== 'set') return undefined;
  const lookup = new Lookup(data.elements, typeOf(key));
  return elements(
    () => lookup,
    value => lookup.find(value),
    undefined,
  );
}

function elements(
  lookup: () => Lookup,
  find: (value: Value, world: World) => Element | undefined,
  values: Types | undefined,
): Elements {
  return {
    get lookup() {
      return lookup();
    },
    find: (answer, world) => (isUnknown(answer) ? lookup().partly(answer) : (find(answer, world) ?? missOf(lookup()))),
    values,
  };
}

function compileMap({ key, data }: MapLookup, scope: Scope, types: Types): Evaluate {
  const elements = elementsOf(data, key, scope);
  if (!elements) return () => unknown('the map is not in the listing', 'nft list ruleset');
  const of = elements.values ?? types;
  const constant = ({ value }: Element): Value | undefined =>
    value && !isVerdict(value) ? constantOf(value, of) : undefined;
  const label = (value: number) => {
    const found = elements.lookup.find(value);
    return String((found && constant(found)) ?? value);
  };
  const evaluate = compile(key, scope, [], label);
  return (packet, world) => {
    const value = evaluate(packet, world);
    if (value === BREAK) return BREAK;
    const found = elements.find(value, world);
    if (found === BREAK || 'reason' in found) return found;
    const passes = elementTruth(found, packet, world);
    if (passes === false) return BREAK;
    if (passes !== true) return passes.kind === 'unknown' ? unknown(passes.reason) : unknown('an element throws dice');
    return constant(found) ?? unknown('what the map leads to is not understood');
  };
}

/** Nothing found, unless an element that could not be read might have been it. */
const missOf = ({ unread }: Lookup): Unknown | typeof BREAK =>
  unread.length === 0 ? BREAK : unknown('an element of the set is not understood');
