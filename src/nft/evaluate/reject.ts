import type { Effect } from '../../model/effect.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import type { Family } from '../../net/address.ts';
import { type Packet, TCP } from '../../net/packet.ts';
import type { Reject } from '../schema.ts';
import { dataType } from '../type/types.ts';
import { constantOf } from './constant.ts';
import type { Scope } from './scope.ts';
import { BREAK } from './value.ts';

/** By the code of the ICMP message, in the words of iptables. */
const ICMP: ReadonlyMap<number, string> = new Map([
  [0, 'icmp-net-unreachable'],
  [1, 'icmp-host-unreachable'],
  [2, 'icmp-proto-unreachable'],
  [3, 'icmp-port-unreachable'],
  [9, 'icmp-net-prohibited'],
  [10, 'icmp-host-prohibited'],
  [13, 'icmp-admin-prohibited'],
]);
const ICMPV6: ReadonlyMap<number, string> = new Map([
  [0, 'icmp6-no-route'],
  [1, 'icmp6-adm-prohibited'],
  [3, 'icmp6-addr-unreachable'],
  [4, 'icmp6-port-unreachable'],
  [5, 'icmp6-policy-fail'],
  [6, 'icmp6-reject-route'],
]);
/** NFT_REJECT_ICMPX_*: no route, port, host, administratively prohibited. */
const ICMPX: Readonly<Record<Family, readonly string[]>> = {
  ip: ['icmp-net-unreachable', 'icmp-port-unreachable', 'icmp-host-unreachable', 'icmp-admin-prohibited'],
  ip6: ['icmp6-no-route', 'icmp6-port-unreachable', 'icmp6-addr-unreachable', 'icmp6-adm-prohibited'],
};
const PORT_UNREACHABLE = { icmp: 3, icmpv6: 4, icmpx: 1 } as const;

/** nft tests for the family that `icmp` and `icmpv6` need, and for TCP, without saying so. */
export function compileReject(
  { type, code }: Reject,
  scope: Scope,
): (packet: Packet) => Effect | Unknown | typeof BREAK {
  if (type === 'tcp reset') return ({ protocol }) => (protocol === TCP ? { kind: 'reject', with: 'tcp-reset' } : BREAK);
  const kind = type ?? (scope.family === 'ip' ? 'icmp' : scope.family === 'ip6' ? 'icmpv6' : 'icmpx');
  const types = dataType(`${kind}_code`);
  const number = code ? constantOf(code, types ? [types] : []) : PORT_UNREACHABLE[kind];
  return ({ family }) => {
    if ((kind === 'icmp' && family !== 'ip') || (kind === 'icmpv6' && family !== 'ip6')) return BREAK;
    const name = typeof number === 'number' ? nameOf(kind, number, family) : undefined;
    return name === undefined ? unknown('the code of the reject is not known') : { kind: 'reject', with: name };
  };
}

function nameOf(kind: 'icmp' | 'icmpv6' | 'icmpx', code: number, family: Family): string | undefined {
  if (kind === 'icmpx') return ICMPX[family][code];
  return (kind === 'icmp' ? ICMP : ICMPV6).get(code);
}
