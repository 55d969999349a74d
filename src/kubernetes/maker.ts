import type { Table } from '../model/ruleset.ts';
import { chainMaker, tableMaker } from './chain.ts';
import { parseServiceComment } from './comment.ts';

/** Comments by which makers sign rules that they put into chains of others. */
const SIGNATURES: readonly (readonly [pattern: RegExp, maker: string])[] = [
  [/^kubernetes (?:service|externally|forwarding|health|load balancer|postrouting)/, 'kube-proxy'],
  [/^kubernetes firewall|^block incoming localnet connections/, 'kubelet'],
  [/^kube hostport portals|^SNAT for localhost access to hostports/, 'kubelet'],
  [/^handle ClusterIPs; NOTE|^handle service NodePorts; NOTE/, 'kube-proxy'],
  [/^flanneld /, 'Flannel'],
  [/^cali:/, 'Calico'],
  [/^cilium[- ]/, 'Cilium'],
  [/^AWS[, ]/, 'AWS VPC CNI'],
  [/^kind-masq-agent/, 'kindnet'],
  [/^ip-masq(?:-agent)?[: ]/, 'ip-masq-agent'],
  [/^CNI portfwd |^dnat name: |^snat name: |^portmap /, 'CNI portmap'],
  [/^CNI firewall plugin /, 'CNI firewall'],
  [/^name: ".*" id: "/, 'CNI bridge'],
  [/^Antrea: /, 'Antrea'],
  [/^kube-router |^rule to /, 'kube-router'],
  [/^pod traffic to|^pod .* traffic /, 'OpenShift SDN'],
  [/^NodeLocal DNS Cache/, 'NodeLocal DNSCache'],
  [/^nixos-fw/, 'NixOS'],
];

/** Sets by which rules without comment are known. */
const SETS: readonly (readonly [pattern: RegExp, maker: string])[] = [
  [/^cali(?:40|60)/, 'Calico'],
  [/^weave-/, 'Weave Net'],
  [/^KUBE-(?:SRC|DST)-/, 'kube-router'],
  [/^KUBE-/, 'kube-proxy'],
  [/^ANTREA-|^CLUSTER-NODE-IP/, 'Antrea'],
  [/^azure-npm-/, 'Azure NPM'],
  [/^docker-ext-bridges/, 'Docker'],
  [/^istio-/, 'Istio'],
  [/^f2b-/, 'fail2ban'],
];

/** Who signs a rule by its comment. */
export function commentMaker(comment: string): string | undefined {
  const signed = SIGNATURES.find(([pattern]) => pattern.test(comment))?.[1];
  return signed ?? (parseServiceComment(comment)?.kind === 'address' ? 'kube-proxy' : undefined);
}

export const setMaker = (name: string): string | undefined => SETS.find(([pattern]) => pattern.test(name))?.[1];

/** Whose a chain is. `shared`: a chain that the kernel calls, into which everyone puts rules. */
export type ChainOrigin =
  | { readonly kind: 'made'; readonly maker: string }
  | { readonly kind: 'shared' }
  | { readonly kind: 'own' };

/** Told by the table's and the chain's names, else by how its rules are signed; what nobody signs is the user's own. */
export function chainOrigin(table: Table, name: string): ChainOrigin {
  const native = table.owner === 'nft' ? tableMaker(table.name) : undefined;
  if (native !== undefined) return { kind: 'made', maker: native };
  const chain = table.chains.get(name);
  if (table.owner !== 'nft' && chain?.base) return { kind: 'shared' };
  const maker = chainMaker(name) ?? (chain && signed(chain.rules));
  return maker === undefined ? { kind: 'own' } : { kind: 'made', maker };
}

const LOOKED_AT = 16;

function signed(rules: { readonly length: number; at(index: number): { readonly comment: string | undefined } }) {
  for (let i = 0; i < Math.min(rules.length, LOOKED_AT); i++) {
    const { comment } = rules.at(i);
    const maker = comment === undefined ? undefined : commentMaker(comment);
    if (maker !== undefined) return maker;
  }
  return undefined;
}

/** What tells who put a rule where it is. */
export interface RuleSigns {
  readonly table: Table;
  readonly chain: string;
  readonly comment: string | undefined;
  /** The chain that it jumps to. */
  readonly target?: string | undefined;
  readonly sets?: readonly string[];
}

/** Undefined: nothing tells, so that it is the user's own. */
export function ruleMaker({ table, chain, comment, target, sets = [] }: RuleSigns): string | undefined {
  const origin = chainOrigin(table, chain);
  const signs = [
    comment === undefined ? undefined : commentMaker(comment),
    target === undefined ? undefined : chainMaker(target),
    ...sets.map(setMaker),
  ];
  return (origin.kind === 'made' ? origin.maker : undefined) ?? signs.find(sign => sign !== undefined);
}
