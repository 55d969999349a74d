import type { Pass } from '../pass.ts';
import { has, STATUS } from './connection.ts';

/** A connection becomes visible to later packets when its first one got through (nf_conntrack_confirm). */
export function confirm(pass: Pass): void {
  const { flow } = pass;
  if (!flow || has(flow.connection, STATUS.CONFIRMED) || has(flow.connection, STATUS.DYING) || flow.state === 'related')
    return;
  flow.connection.status |= STATUS.CONFIRMED;
  pass.table.add(flow.connection);
}
