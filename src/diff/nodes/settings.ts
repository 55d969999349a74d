import type { Namespace } from '../../model/namespace.ts';
import { formatPrefix, prefixLength } from '../../net/prefix.ts';
import type { MeaningChange } from '../answer.ts';
import { statement } from '../meaning/statement.ts';
import { isKnownSysctl, isOfInterface } from '../meaning/sysctls.ts';
import { majorityOf, namesOf, type OfOne } from './majority.ts';
import { type Cluster, ownNetworks } from './own.ts';

/** Sysctls that one node has otherwise than most; those of interfaces where most nodes have one of that name. */
export function sysctlStatements(nodes: readonly Namespace[]): MeaningChange[] {
  const captured = nodes.filter(({ sysctls }) => sysctls);
  const names = new Set(captured.flatMap(({ sysctls }) => [...(sysctls?.keys() ?? [])].filter(isKnownSysctl)));
  return [...names].flatMap(name => {
    const values = captured.flatMap(({ name: node, sysctls }): OfOne<string>[] => {
      const value = sysctls?.get(name);
      return value === undefined ? [] : [{ node, value }];
    });
    if (isOfInterface(name) ? values.length * 2 <= captured.length : values.length < captured.length) return [];
    const { most, others } = majorityOf(values, value => value);
    return others.map(group => {
      const text = `${name} is ${group[0]?.value}; ${most[0]?.value} at ${namesOf(most).join(', ')}`;
      return { nodes: namesOf(group), ...statement('sysctl', name)('changed', text) };
    });
  });
}

/** Destinations to which most nodes have a route by way of somebody, and others have none. */
export function routeStatements(cluster: Cluster): MeaningChange[] {
  const captured = cluster.nodes.filter(({ routes }) => routes);
  const own = ownNetworks(cluster);
  const destinations = new Map<string, Set<string>>();
  for (const { name, routes = [] } of captured)
    for (const { family, destination, table, type, nexthops } of routes) {
      // A node that is on another network than others does not lack a way to theirs.
      const isBeside = nexthops.every(({ gateway }) => gateway === undefined);
      if (table !== 'main' || type !== 'unicast' || isBeside) continue;
      const all = prefixLength(destination) === 0;
      const key = all ? `default${family === 'ip6' ? ' (IPv6)' : ''}` : formatPrefix(destination);
      const known = destinations.get(key) ?? new Set();
      destinations.set(key, known.add(name));
    }
  return [...destinations].flatMap(([key, names]) => {
    const lack = captured.map(({ name }) => name).filter(name => !names.has(name) && !own.get(name)?.has(key));
    if (lack.length === 0 || names.size <= captured.length / 2) return [];
    const text = `no route to ${key}; ${[...names].join(', ')} ${names.size > 1 ? 'have' : 'has'} one`;
    return [{ nodes: lack, ...statement('route', key)('went', text) }];
  });
}
