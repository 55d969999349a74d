/** Why a node's rules do not show something that the API's objects say; one row an exception. */
export const ROWS = [
  ['no kube-proxy', 'no kube-proxy was configured, and the node has no rules of one'],
  ['one family', 'before 1.21 a kube-proxy is of one family: it has no IPv6 half'],
  ['family not captured', "the family's rules were not captured on the node"],
  ['not ready', 'an endpoint that is not ready, and does not serve while it terminates, is not written'],
  ['terminating before 1.26', 'before 1.26 no endpoint that terminates is written'],
  ['terminating beside ready', 'an endpoint that terminates is written only where no other would do'],
  ['endpoints of other nodes', 'internalTrafficPolicy Local, and no address outside: each node has its own alone'],
  ['endpoints of other zones', 'hints keep the node to endpoints of its zone (annotated from 1.24, all from 1.31)'],
  ['proxied balancer', 'from 1.30 a load balancer address with ipMode Proxy is not written'],
  [
    'external or balancer',
    'external and load balancer addresses have the same rules: in nftables mode without source ranges, else without endpoints',
  ],
  ['internal policy before 1.24', 'rules before 1.24 do not show internalTrafficPolicy'],
  [
    'external policy before 1.20',
    'rules before 1.20 treat external addresses alike, whatever externalTrafficPolicy says',
  ],
  ['no endpoints', 'without endpoints only rules that refuse are written: no policy, affinity or ranges'],
  ['no endpoint of its own', 'internalTrafficPolicy Local on a node without endpoint: affinity is not written'],
  ['ranges without balancer', "source ranges are written with a load balancer's address"],
  ['node of an endpoint', 'on which node an endpoint runs is never in rules'],
] as const;
export type Row = (typeof ROWS)[number][0];

export interface Fact {
  readonly field: keyof Visible;
  readonly value: string;
}

/** Of a service port what rules can show; null: they cannot tell; undefined: it does not apply. */
export interface Visible {
  /** Of all kinds. */
  readonly addresses: readonly string[];
  readonly clusterIPs: readonly string[];
  readonly externalIPs: readonly string[] | null;
  readonly loadBalancerIPs: readonly string[] | null;
  readonly nodePort: number | undefined;
  readonly endpoints: readonly string[];
  readonly externalTrafficPolicy: string | null | undefined;
  readonly internalTrafficPolicy: string | null | undefined;
  readonly sessionAffinityTimeoutSeconds: number | null | undefined;
  readonly loadBalancerSourceRanges: readonly string[] | null;
}
