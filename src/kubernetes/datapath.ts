import type { Namespace } from '../model/namespace.ts';
import { hasPrefix, nftProxyTables, nftReleases, proxyTables } from './proxy/era.ts';

/** Where a node handles services. */
export type ServiceProxy =
  | { readonly kind: 'iptables'; readonly releases: string; readonly owners: readonly string[] }
  | { readonly kind: 'nftables'; readonly releases: string }
  /** Virtual servers of the kernel, which no rule shows. */
  | { readonly kind: 'ipvs' }
  | { readonly kind: 'none' };

/** Something that handles services, or a part of them, where netfilter does not see it. */
export interface OutsideNetfilter {
  readonly who: string;
  readonly what: string;
  readonly howToLearn: string;
}

const IPVS: OutsideNetfilter = {
  who: 'IPVS',
  what: 'services are virtual servers of IPVS, which chooses endpoints; rules only mark and filter',
  howToLearn: 'ipvsadm -Ln',
};

/** Signs: chains by their beginning, interfaces, native tables. */
const OUTSIDE: readonly (OutsideNetfilter & {
  readonly chains: readonly string[];
  readonly interfaces: readonly string[];
  readonly tables: readonly string[];
})[] = [
  {
    who: 'Cilium',
    what: 'Cilium handles services in BPF programs, before or instead of netfilter',
    howToLearn: 'cilium-dbg bpf lb list',
    chains: ['CILIUM_', 'OLD_CILIUM_'],
    interfaces: ['cilium_host', 'cilium_net'],
    tables: [],
  },
  {
    who: 'OVN-Kubernetes',
    what: 'services are load balancers of OVN, in flows of Open vSwitch',
    howToLearn: 'ovn-nbctl lb-list',
    chains: ['OVN-KUBE-'],
    interfaces: ['ovn-k8s-mp0'],
    tables: ['ovn-kubernetes'],
  },
  {
    who: 'Antrea',
    what: 'AntreaProxy handles services in flows of Open vSwitch',
    howToLearn: 'antctl get ovsflows',
    chains: ['ANTREA-'],
    interfaces: ['antrea-gw0'],
    tables: [],
  },
  {
    who: 'Calico',
    what: "Calico's eBPF dataplane handles services in BPF programs",
    howToLearn: 'calico-node -bpf nat dump',
    chains: [],
    interfaces: ['bpfin.cali', 'bpfout.cali', 'bpfnatin'],
    tables: [],
  },
];

/** The devices that have the addresses of virtual servers (kube-proxy, kube-router). */
export const IPVS_DEVICES: ReadonlySet<string> = new Set(['kube-ipvs0', 'kube-dummy-if']);

/** In its mode kube-proxy's chain of services asks a few sets, however many services there are. */
const MOST_OF_IPVS = 64;

/** Who handles the services on a node as far as its rules and interfaces tell. */
export function serviceProxyOf({ ruleset, interfaces = [] }: Namespace): ServiceProxy {
  const tables = proxyTables(ruleset);
  const sets = /--match-set (?:KUBE-6-|KUBE-)(?:CLUSTER-IP|LOOP-BACK|LOAD-BALANCER)/;
  const virtual =
    interfaces.some(({ name }) => IPVS_DEVICES.has(name)) ||
    tables.some(({ nat }) => {
      const rules = nat.chains.get('KUBE-SERVICES')?.rules;
      return rules !== undefined && rules.length <= MOST_OF_IPVS && rules.mentions(sets);
    });
  if (virtual) return { kind: 'ipvs' };
  const [first] = tables;
  const [native] = nftProxyTables(ruleset);
  if (native && !first) return { kind: 'nftables', releases: nftReleases(native.table) };
  if (!first) return { kind: 'none' };
  return {
    kind: 'iptables',
    get releases() {
      return first.era.releases;
    },
    owners: [...new Set(tables.map(({ nat }) => nat.owner))],
  };
}

/** Who else has a hand in it, outside of what netfilter shows. */
export function outsideNetfilter(namespace: Namespace, proxy: ServiceProxy): readonly OutsideNetfilter[] {
  const { ruleset, interfaces = [] } = namespace;
  const found: OutsideNetfilter[] = proxy.kind === 'ipvs' ? [IPVS] : [];
  const replaced = proxy.kind === 'none';
  for (const { who, what, howToLearn, chains, interfaces: names, tables } of OUTSIDE) {
    const here =
      interfaces.some(({ name }) => names.includes(name)) ||
      (replaced && ruleset.tables.some(table => tables.includes(table.name) || hasPrefix(table, chains)));
    if (here && (replaced || who === 'Calico')) found.push({ who, what, howToLearn });
  }
  return found;
}
