import type { CtState, CtStatus, Tuple } from '../../model/conntrack.ts';
import { isSince } from '../../model/kernel.ts';
import { unknown } from '../../model/truth.ts';
import type { ConnectionEntry } from '../../model/world.ts';
import { familyOf } from '../../net/address.ts';
import type { Ct } from '../schema.ts';
import { type Answer, BREAK, type Evaluate } from './value.ts';

const STATES: Readonly<Record<CtState, number>> = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 };

/** enum ip_conntrack_status. */
const STATUS: readonly CtStatus[] = [
  'EXPECTED',
  'SEEN_REPLY',
  'ASSURED',
  'CONFIRMED',
  'SRC_NAT',
  'DST_NAT',
  'SEQ_ADJUST',
  'SRC_NAT_DONE',
  'DST_NAT_DONE',
  'DYING',
  'FIXED_TIMEOUT',
  'TEMPLATE',
  'NAT_CLASH',
  'HELPER',
  'OFFLOAD',
  'HW_OFFLOAD',
];

/** net/netfilter/nft_ct.c: without a connection all but the state ends the rule. */
export function compileCt(ct: Ct): Evaluate {
  if (ct.key === 'state') return (_packet, { connection }) => STATES[connection.state];
  return (_packet, world) => {
    const { entry, template } = world.connection;
    if (!entry) return BREAK;
    if (!template) return keyOf(ct, entry);
    return isSince(world, [7, 2, 0], [6, 18, 44])
      ? BREAK
      : unknown('older kernels ask what `ct zone set` hung on the packet', '`sysctl kernel.osrelease`');
  };
}

function keyOf({ key, direction }: Ct, entry: ConnectionEntry): Answer {
  const tuple = entry[direction ?? 'original'];
  switch (key) {
    case 'direction':
      return entry.direction === 'original' ? 0 : 1;
    case 'status':
      return STATUS.reduce((bits, name, bit) => (entry.status.has(name) ? bits | (1 << bit) : bits), 0);
    case 'mark':
      return entry.mark;
    case 'zone':
      return entry.zone;
    case 'l3proto':
      return familyOf(entry.original.saddr) === 'ip' ? 2 : 10;
    case 'protocol':
      return entry.original.protocol;
    case 'saddr':
    case 'daddr':
      return tuple[key];
    case 'ip saddr':
    case 'ip daddr':
      return familyOf(tuple.saddr) === 'ip' ? tuple[key === 'ip saddr' ? 'saddr' : 'daddr'] : BREAK;
    case 'ip6 saddr':
    case 'ip6 daddr':
      return familyOf(tuple.saddr) === 'ip6' ? tuple[key === 'ip6 saddr' ? 'saddr' : 'daddr'] : BREAK;
    case 'proto-src':
    case 'proto-dst':
      return portOf(tuple, key);
    case 'expiration':
      return entry.expires === undefined
        ? unknown('when the connection expires is not known', 'conntrack -L')
        : entry.expires;
    case 'packets':
    case 'bytes':
      return countOf(entry, key, direction);
    case 'helper':
      return entry.status.has('EXPECTED') ? unknown('the helper of the expecting connection is not known') : BREAK;
    default:
      return unknown(`ct ${key} is not known`);
  }
}

/** ICMP keeps its id where the source port is, type and code where the destination port is. */
function portOf({ icmp, sport, dport }: Tuple, key: 'proto-src' | 'proto-dst'): Answer {
  if (icmp) return key === 'proto-src' ? icmp.id : (icmp.type << 8) | icmp.code;
  return (key === 'proto-src' ? sport : dport) ?? 0;
}

/** A rule that asks switches counting on (nft_ct_get_init); what was counted before, `conntrack -L` tells. */
function countOf(entry: ConnectionEntry, key: 'packets' | 'bytes', direction: Ct['direction']): Answer {
  const counts = entry[key];
  if (!counts) return unknown(`how many ${key} the connection had is not known`, 'conntrack -L with nf_conntrack_acct');
  const total = direction ? counts[direction] : counts.original + counts.reply;
  return total > BigInt(Number.MAX_SAFE_INTEGER) ? total : Number(total);
}
