import type { Effect } from '../../model/effect.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import type { Packet } from '../../net/packet.ts';
import type { SetUpdate, Statement } from '../schema.ts';
import { isVerdict } from '../verdict.ts';
import { compile } from './expression.ts';
import type { Scope } from './scope.ts';
import { BREAK, isUnknown, keyOf } from './value.ts';

/**
 * What an element's own limit, quota or ct count says decides the rule, too (nft_dynset_eval): a statement stands before
 * those of its element, or of the set that gives them to each.
 */
export function withNested(statement: Statement, scope: Scope): readonly Statement[] {
  if (statement.kind === 'meter') return [statement, ...(statement.element.statements ?? [])];
  if (statement.kind !== 'set' || statement.operation === 'delete') return [statement];
  return [statement, ...(statement.element.statements ?? scope.set(statement.set)?.set.statements ?? [])];
}

/** `add @s { key }`: what it says of later packets is kept by the walk. */
export function compileSetUpdate(
  { operation, set, element }: SetUpdate,
  scope: Scope,
): (packet: Packet, world: World) => Effect | Unknown | typeof BREAK {
  const named = scope.set(set);
  const key = compile(element.key, scope, named?.types);
  const data = element.value && !isVerdict(element.value) ? compile(element.value, scope) : undefined;
  return (packet, world) => {
    if (!named) return unknown(`set ${set} is not in the listing`, 'nft list ruleset');
    const value = key(packet, world);
    if (value === BREAK || isUnknown(value)) return value;
    const mapped = data?.(packet, world);
    if (mapped !== undefined && (mapped === BREAK || isUnknown(mapped))) return mapped;
    if (operation !== 'delete' && named.find(value, world)) return { kind: 'note', text: 'in the set already' };
    const element = operation === 'delete' ? undefined : { key: value, ...(mapped !== undefined && { value: mapped }) };
    return { kind: 'changes', changes: [{ kind: 'element', set: named.set, key: keyOf(value), element }] };
  };
}
