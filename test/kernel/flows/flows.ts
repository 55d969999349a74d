import type { Random } from '../generate/random.ts';
import { type FamilyKey, NODE_PORT, POD_PORT, type Protocol, type Service } from './services.ts';
import { CLIENTS, NODE_PLACES, type Place, PODS } from './topology.ts';

/** One program that asks another, by a service or not. */
export interface Flow {
  readonly from: Place;
  readonly family: FamilyKey;
  readonly protocol: Protocol;
  readonly source: string;
  readonly sport: number;
  readonly destination: string;
  readonly dport: number;
  /** What kind of address it is, for the table of what was compared. */
  readonly by: 'cluster IP' | 'node port' | 'external IP' | 'balancer' | 'pod' | 'loopback node port' | 'closed port';
}

/** Every flow has a source port of its own, so that none belongs to another's connection. */
export function randomFlows(random: Random, services: readonly Service[], count: number): Flow[] {
  return Array.from({ length: count }, (_, i): Flow => {
    const from = random.weighted<readonly Place[]>([
      [3, CLIENTS],
      [4, PODS],
      [3, NODE_PLACES],
    ]);
    const place = random.pick(from);
    const service = random.pick(services);
    const { family } = service;
    const own = { from: place, family, protocol: service.protocol, source: place[family], sport: 10_000 + i };
    return { ...own, ...target(random, service, place) };
  });
}

function target(random: Random, service: Service, from: Place): Pick<Flow, 'destination' | 'dport' | 'by'> {
  const { family, port, nodePort, clusterIp, externalIps, balancerIps } = service;
  const ways: Pick<Flow, 'destination' | 'dport' | 'by'>[] = [
    { destination: clusterIp, dport: port, by: 'cluster IP' },
    ...externalIps.map(destination => ({ destination, dport: port, by: 'external IP' as const })),
    ...balancerIps.map(destination => ({ destination, dport: port, by: 'balancer' as const })),
  ];
  if (nodePort !== undefined) {
    ways.push({ destination: random.pick(NODE_PLACES)[family], dport: nodePort, by: 'node port' });
    if (from.kind === 'node' && family === 'ip')
      ways.push({ destination: '127.0.0.1', dport: nodePort, by: 'loopback node port' });
  }
  if (random.chance(0.05)) {
    const to = random.pick([...PODS, ...NODE_PLACES].filter(place => place !== from));
    return { destination: to[family], dport: 7, by: 'closed port' };
  }
  if (random.chance(0.1)) {
    const to = random.pick([...PODS, ...NODE_PLACES].filter(place => place !== from));
    return { destination: to[family], dport: to.kind === 'pod' ? POD_PORT : NODE_PORT, by: 'pod' };
  }
  return random.pick(ways);
}
