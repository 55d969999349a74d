import type { Random } from '../generate/random.ts';
import { NODE_PLACES, type Place, PODS } from './topology.ts';

export type FamilyKey = 'ip' | 'ip6';
export type Protocol = 'udp' | 'tcp';

/** Where a service's packets end: a pod, or the node itself of a pod with the host's network. */
export interface Backend {
  readonly place: Place;
  readonly port: number;
}

/** As much of a Kubernetes service and its endpoints as kube-proxy's rules depend on; one port. */
export interface Service {
  readonly name: string;
  readonly family: FamilyKey;
  readonly protocol: Protocol;
  readonly port: number;
  readonly clusterIp: string;
  readonly nodePort: number | undefined;
  readonly externalIps: readonly string[];
  readonly balancerIps: readonly string[];
  readonly backends: readonly Backend[];
  readonly external: 'Cluster' | 'Local';
  readonly sourceRanges: readonly string[];
}

export const POD_PORT = 8080;
export const NODE_PORT = 9100;

const ADDRESSES = {
  ip: {
    cluster: '10.96.0.',
    balancer: '10.77.0.',
    external: '203.0.113.',
    ranges: ['10.77.0.50/32', '10.88.0.0/24', '10.244.0.0/16', '198.51.100.0/24'],
  },
  ip6: {
    cluster: 'fd00:10:96::',
    balancer: 'fd77::',
    external: '2001:db8:113::',
    ranges: ['fd77::50/128', 'fd88::/64', 'fd00:244::/32', '2001:db8:51::/64'],
  },
} as const;

export function randomServices(random: Random, family: FamilyKey, count: number): Service[] {
  const { cluster, balancer, external, ranges } = ADDRESSES[family];
  return Array.from({ length: count }, (_, i): Service => {
    const balanced = random.chance(0.5);
    const hosts = random.chance(0.1);
    const size = random.weighted([
      [1, 0],
      [3, 1],
      [3, 2],
      [2, 4],
    ]);
    const backends = shuffled(random, hosts ? NODE_PLACES : PODS)
      .slice(0, size)
      .map(place => ({ place, port: hosts ? NODE_PORT : POD_PORT }));
    return {
      name: `s${i}`,
      family,
      protocol: random.pick(['udp', 'tcp']),
      port: random.pick([53, 80, 443, 8080]),
      clusterIp: `${cluster}${10 + i}`,
      nodePort: balanced || random.chance(0.5) ? 30000 + i : undefined,
      externalIps: random.chance(0.3) ? [`${external}${10 + i}`] : [],
      balancerIps: balanced ? [`${balancer}${200 + i}`] : [],
      backends,
      external: random.chance(0.4) ? 'Local' : 'Cluster',
      sourceRanges: balanced && random.chance(0.3) ? shuffled(random, ranges).slice(0, 2) : [],
    };
  });
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map(item => ({ item, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
