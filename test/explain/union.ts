import type { Visible } from './facts.ts';

/** What several nodes show together: lists are joined, and what one of them tells is told. */
export function union(views: readonly Visible[]): Visible {
  const joined = (field: 'addresses' | 'clusterIPs' | 'endpoints') =>
    [...new Set(views.flatMap(view => view[field]))].sort();
  const told = <T>(values: readonly (T | null | undefined)[]): T | null | undefined =>
    values.find(value => value !== null && value !== undefined) ?? (values.includes(null) ? null : undefined);
  const list = (field: 'externalIPs' | 'loadBalancerIPs' | 'loadBalancerSourceRanges') => {
    const known = views.flatMap(view => (view[field] === null ? [] : [view[field]]));
    return known.length === 0 ? null : [...new Set(known.flat())].sort();
  };
  return {
    addresses: joined('addresses'),
    clusterIPs: joined('clusterIPs'),
    externalIPs: list('externalIPs'),
    loadBalancerIPs: list('loadBalancerIPs'),
    nodePort: views.find(({ nodePort }) => nodePort !== undefined)?.nodePort,
    endpoints: joined('endpoints'),
    externalTrafficPolicy: told(views.map(view => view.externalTrafficPolicy)),
    internalTrafficPolicy: told(views.map(view => view.internalTrafficPolicy)),
    sessionAffinityTimeoutSeconds: told(views.map(view => view.sessionAffinityTimeoutSeconds)),
    loadBalancerSourceRanges: list('loadBalancerSourceRanges'),
  };
}
