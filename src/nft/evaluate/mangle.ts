import type { Change, Effect } from '../../model/effect.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import type { Packet } from '../../net/packet.ts';
import type { Expression, Mangle } from '../schema.ts';
import { typeOf } from '../type/type-of.ts';
import { compile } from './expression.ts';
import type { Scope } from './scope.ts';
import { BREAK, isParts, isUnknown, type Scalar } from './value.ts';

type Write = (value: Scalar, packet: Packet) => Change | 'nothing' | undefined;

const set =
  (field: 'mark' | 'ctmark' | 'priority'): Write =>
  value =>
    typeof value === 'number' ? { kind: 'set', field, value } : undefined;

const UNWRITTEN: Effect = { kind: 'note', text: 'nothing that rules ask for' };

/** Of what no rule asks: that it is traced, which events are told. */
const nothing: Write = () => 'nothing';

/** `key set value`; a value that breaks ends the rule, and nothing is written. */
export function compileMangle(
  { key, value }: Mangle,
  scope: Scope,
): (packet: Packet, world: World) => Effect | Unknown | typeof BREAK {
  const evaluate = compile(value, scope, typeOf(key));
  const write = writerOf(key);
  const held = key.kind === 'payload' ? compile(key, scope) : undefined;
  return (packet, world) => {
    const answer = evaluate(packet, world);
    if (answer === BREAK || isUnknown(answer)) return answer;
    if (key.kind === 'ct' && key.key !== 'zone' && world.connection.template) return UNWRITTEN; // nft_ct_set_eval
    const present = held?.(packet, world);
    if (present === BREAK) return BREAK;
    const change = isParts(answer) ? undefined : write?.(answer, packet);
    if (change === undefined) return unknown('what the rule writes to the packet is not modelled');
    return change === 'nothing' ? UNWRITTEN : { kind: 'changes', changes: [change] };
  };
}

function writerOf(key: Expression): Write | undefined {
  if (key.kind === 'meta') {
    if (key.key === 'mark' || key.key === 'priority') return set(key.key);
    return key.key === 'nftrace' || key.key === 'secmark' ? nothing : undefined;
  }
  if (key.kind === 'ct') {
    if (key.key === 'mark') return set('ctmark');
    if (key.key === 'event' || key.key === 'eventmask' || key.key === 'secmark') return nothing;
    if (key.key !== 'zone') return undefined;
    return value => (typeof value === 'number' ? zoneChange(value, key.direction) : undefined);
  }
  return key.kind === 'payload' ? payloadWriter(key.protocol, key.field) : undefined;
}

const zoneChange = (id: number, direction: 'original' | 'reply' | undefined): Change => ({
  kind: 'ct',
  zone: { id, direction: direction ?? 'both' },
  evenUntracked: true,
});

function payloadWriter(protocol: string, field: string): Write | undefined {
  const isIp = protocol === 'ip' || protocol === 'ip6';
  if (isIp && (field === 'saddr' || field === 'daddr'))
    return value => (typeof value === 'string' ? undefined : { kind: 'address', field, value });
  if (isIp && (field === 'ttl' || field === 'hoplimit'))
    return value => (typeof value === 'number' ? { kind: 'set', field: 'ttl', value } : undefined);
  if (isIp && field === 'dscp')
    return (value, { tos }) =>
      typeof value === 'number' ? { kind: 'set', field: 'tos', value: (value << 2) | (tos & 3) } : undefined;
  if (isIp && field === 'ecn')
    return (value, { tos }) =>
      typeof value === 'number' ? { kind: 'set', field: 'tos', value: (tos & 0xfc) | (value & 3) } : undefined;
  if (field === 'sport' || field === 'dport')
    return value => (typeof value === 'number' ? { kind: 'port', field, value } : undefined);
  if (field === 'checksum') return nothing;
  return undefined;
}
