import type { End, Pass } from '../pass.ts';
import { allowsClash, holderOf } from './clash.ts';
import { has, STATUS, zoneIn } from './connection.ts';
import { help } from './expect.ts';
import { sameTuple } from './tuple.ts';

/**
 * A connection becomes visible to later packets when its first one got through (nf_conntrack_confirm). Where another one
 * has its answers' tuple already the packet is dropped, unless both turn out to be the same flow (nf_ct_resolve_clash).
 */
export function confirm(pass: Pass): End | undefined {
  const { flow, table } = pass;
  if (flow) help(pass, flow);
  if (flow?.direction !== 'original') return undefined;
  const { connection } = flow;
  if (has(connection, STATUS.CONFIRMED) || has(connection, STATUS.DYING)) return undefined;
  const { original, reply, zone } = connection;
  const other = holderOf(reply, connection, table)?.connection;
  if (!other) {
    connection.status |= STATUS.CONFIRMED;
    table.add(connection);
    return undefined;
  }
  const reversed =
    sameTuple(other.original, reply) &&
    sameTuple(other.reply, original) &&
    zoneIn(other.zone, 'original') === zoneIn(zone, 'reply') &&
    zoneIn(other.zone, 'reply') === zoneIn(zone, 'original');
  if (allowsClash(original.protocol) && reversed) {
    pass.tracked = { ...flow, connection: other };
    return undefined;
  }
  return {
    disposition: 'nat-dropped',
    reason:
      'no port was free for its translation: answers would be those of another connection, and conntrack drops it',
  };
}
