import { TRACKING_EXTENSIONS } from '../../model/tracking.ts';
import type { Family } from '../../net/address.ts';
import type { NftTable } from '../ruleset.ts';

const BOTH: readonly Family[] = ['ip', 'ip6'];
const ASKING: ReadonlySet<string> = new Set([
  'ct',
  'ct count',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'masquerade',
  'redirect',
  'synproxy',
  'flow',
]);

/** For which families conntrack is active because of what an expression, statement or object is (nf_ct_netns_get). */
function askedBy(node: { readonly kind: unknown }): readonly Family[] {
  if (node.kind === 'dnat' || node.kind === 'snat') {
    const family = 'family' in node ? node.family : undefined;
    return family === 'ip' || family === 'ip6' ? [family] : BOTH; // nft_nat_init
  }
  if (node.kind === 'xt')
    return 'name' in node && typeof node.name === 'string' && TRACKING_EXTENSIONS.has(node.name) ? BOTH : [];
  return typeof node.kind === 'string' && ASKING.has(node.kind) ? BOTH : [];
}

function collect(node: unknown, found: Set<Family>): void {
  if (typeof node !== 'object' || node === null || found.size === BOTH.length) return;
  if ('kind' in node) for (const family of askedBy(node)) found.add(family);
  for (const part of Array.isArray(node) ? node : Object.values(node)) collect(part, found);
}

/**
 * Families of which a table makes conntrack active: its rules and objects do so when they are loaded, in whatever chain
 * they stand, and in a dormant table, too.
 */
export function trackedFamilies({ family, chains, sets, objects }: NftTable): ReadonlySet<Family> {
  const found = new Set<Family>();
  const own = family === 'ip' || family === 'ip6' ? [family] : BOTH;
  const isDone = () => own.every(one => found.has(one));
  for (const { kind } of objects) collect({ kind }, found);
  for (const { statements } of sets.values()) collect(statements, found);
  for (const { rules } of chains.values()) {
    if (isDone()) break;
    for (let i = 0; i < rules.length && !isDone(); i++) collect(rules.at(i).statements, found);
  }
  return new Set(own.filter(one => found.has(one)));
}
