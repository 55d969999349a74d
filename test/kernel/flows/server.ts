import type { Protocol, Service } from './services.ts';
import { PODS } from './topology.ts';

/** The pod that serves; node 2, where it is, answers for the first address, node 3 for the second. */
export const SERVER = 'n2p1';
export const [LOCAL, MASQUERADED, CLUSTER] = ['10.77.0.202', '10.77.0.200', '10.96.0.69'] as const;

/** Without a helper, with one, with one and a CNI that leaves the LAN alone. */
export const COLUMNS = [
  { name: 'no helper', assigned: false, noMasquerade: [] },
  { name: 'helper', assigned: true, noMasquerade: [] },
  { name: 'helper, LAN not masqueraded', assigned: true, noMasquerade: ['10.77.0.0/24'] },
] as const;

/** What `-j CT --helper` is to assign. */
export interface Helper {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

export function servicesOf({ protocol, port }: Helper): Service[] {
  const backends = PODS.filter(({ name }) => name === SERVER).map(place => ({ place, port }));
  const common = {
    family: 'ip' as const,
    protocol,
    port,
    nodePort: undefined,
    externalIps: [],
    backends,
    sourceRanges: [],
  };
  return [
    { ...common, name: 'local', external: 'Local', clusterIp: CLUSTER, balancerIps: [LOCAL] },
    { ...common, name: 'masqueraded', external: 'Cluster', clusterIp: '10.96.0.70', balancerIps: [MASQUERADED] },
  ];
}
