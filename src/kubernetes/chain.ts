/** Chains by name or by the start of it (a trailing `*`), the longer before the shorter: who makes them, what for. */
const CHAINS: readonly (readonly [pattern: string, maker: string, role: string])[] = [
  ['KUBE-SERVICES', 'kube-proxy', 'services of the cluster'],
  ['KUBE-EXTERNAL-SERVICES', 'kube-proxy', 'services as seen from outside'],
  ['KUBE-NODEPORTS', 'kube-proxy', 'node ports'],
  ['KUBE-NODE-PORT', 'kube-proxy', 'node ports (IPVS)'],
  ['KUBE-MARK-MASQ', 'kube-proxy', 'marks for masquerading'],
  ['KUBE-MARK-DROP', 'kubelet', 'marks for dropping'],
  ['KUBE-POSTROUTING', 'kube-proxy', 'masquerades what is marked'],
  ['KUBE-FORWARD', 'kube-proxy', 'lets through what kube-proxy has marked'],
  ['KUBE-FIREWALL', 'kubelet', 'drops what is marked so, and strays to 127.0.0.0/8'],
  ['KUBE-PROXY-FIREWALL', 'kube-proxy', "drops what a load balancer's source ranges leave out"],
  ['KUBE-SOURCE-RANGES-FIREWALL', 'kube-proxy', 'source ranges (IPVS)'],
  ['KUBE-IPTABLES-HINT', 'kubelet', 'tells which iptables the node uses'],
  ['KUBE-PROXY-CANARY', 'kube-proxy', 'tells kube-proxy when rules are flushed'],
  ['KUBE-KUBELET-CANARY', 'kubelet', 'tells kubelet when rules are flushed'],
  ['FLANNEL-POSTRTG', 'Flannel', 'masquerades what leaves the pod network'],
  ['FLANNEL-FWD', 'Flannel', 'lets the pod network through'],
  ['cali-nat-outgoing', 'Calico', 'masquerades what leaves the pool'],
  ['CNI-HOSTPORT-DNAT', 'CNI portmap', 'host ports'],
  ['CNI-HOSTPORT-SETMARK', 'CNI portmap', 'marks host port traffic for masquerading'],
  ['CNI-HOSTPORT-MASQ', 'CNI portmap', 'masquerades host port traffic'],
  ['CNI-HOSTPORT-SNAT', 'CNI portmap', 'host ports, old'],
  ['CNI-FORWARD', 'CNI firewall', 'lets pods through'],
  ['CNI-ADMIN', 'CNI firewall', "the operator's own rules"],
  ['IP-MASQ-AGENT', 'ip-masq-agent', 'masquerades what leaves the cluster'],
  ['KIND-MASQ-AGENT', 'kindnet', 'masquerades what leaves the cluster'],
  ['DOCKER-USER', 'Docker', "the operator's own rules"],
  ['KUBE-HOSTPORTS', 'kubelet', 'host ports'],
  ['AZURE-NPM-ACCEPT', 'Azure NPM', 'accepts what a policy allows'],
  ['OS_FIREWALL_ALLOW', 'OpenShift installer', "the node's own open ports"],
  ['INPUT_direct', 'firewalld', 'direct rules'],
  ['FORWARD_direct', 'firewalld', 'direct rules'],
  ['OUTPUT_direct', 'firewalld', 'direct rules'],
  ['PREROUTING_direct', 'firewalld', 'direct rules'],
  ['POSTROUTING_direct', 'firewalld', 'direct rules'],
  ['sshguard', 'sshguard', 'banned addresses'],
  ['DOCKER-ISOLATION-STAGE-*', 'Docker', 'isolation of Docker networks'],
  ['CNI-ISOLATION-STAGE-*', 'CNI firewall', 'isolation of CNI bridges'],
  ['AWS-CONNMARK-CHAIN-*', 'AWS VPC CNI', 'marks by network interface'],
  ['KUBE-LOAD-BALANCER*', 'kube-proxy', 'load balancers (IPVS)'],
  ['FORWARD_OUT_ZONES*', 'firewalld', 'chooses the zone'],
  ['POSTROUTING_ZONES*', 'firewalld', 'chooses the zone'],
  ['FORWARD_IN_ZONES*', 'firewalld', 'chooses the zone'],
  ['PREROUTING_ZONES*', 'firewalld', 'chooses the zone'],
  ['AWS-SNAT-CHAIN-*', 'AWS VPC CNI', 'SNAT of what leaves the VPC'],
  ['KUBE-NODEPORT-*', 'kube-proxy', 'node ports, in userspace mode'],
  ['KUBE-PORTALS-*', 'kube-proxy', 'services, in userspace mode'],
  ['KUBE-ROUTER-*', 'kube-router', 'network policy'],
  ['KUBE-POD-FW-*', 'kube-router', "a pod's network policy"],
  ['KUBE-NWPLCY-*', 'kube-router', 'a network policy'],
  ['OUTPUT_ZONES*', 'firewalld', 'chooses the zone'],
  ['OLD_CILIUM_*', 'Cilium', 'being replaced by its successor'],
  ['PROXY_INIT_*', 'Linkerd', "redirects a pod's traffic to its proxy"],
  ['INPUT_ZONES*', 'firewalld', 'chooses the zone'],
  ['KUBE-IPVS-*', 'kube-proxy', 'guards of IPVS mode'],
  ['OPENSHIFT-*', 'OpenShift SDN', 'pod network and masquerading'],
  ['KUBE-SVC-*', 'kube-proxy', 'service: choice of an endpoint'],
  ['KUBE-SVL-*', 'kube-proxy', 'service: choice of a local endpoint'],
  ['KUBE-EXT-*', 'kube-proxy', 'service, reached by an external address'],
  ['KUBE-XLB-*', 'kube-proxy', 'service, reached by an external address, local endpoints'],
  ['KUBE-SEP-*', 'kube-proxy', 'endpoint'],
  ['cali-pri-*', 'Calico', 'profile, inbound'],
  ['cali-pro-*', 'Calico', 'profile, outbound'],
  ['OVN-KUBE-*', 'OVN-Kubernetes', 'node ports and addresses of services'],
  ['AZURE-NPM*', 'Azure NPM', 'network policy'],
  ['fail2ban-*', 'fail2ban', 'banned addresses'],
  ['KUBE-FW-*', 'kube-proxy', "load balancer's source ranges"],
  ['cali-fw-*', 'Calico', 'policy from a workload'],
  ['cali-tw-*', 'Calico', 'policy to a workload'],
  ['cali-pi-*', 'Calico', 'network policy, inbound'],
  ['cali-po-*', 'Calico', 'network policy, outbound'],
  ['NETAVARK*', 'Podman', 'published ports and container networks'],
  ['LIBVIRT_*', 'libvirt', 'networks of virtual machines'],
  ['KUBE-HP-*', 'kubelet', "a pod's host ports"],
  ['crowdsec*', 'CrowdSec', 'banned addresses'],
  ['CROWDSEC*', 'CrowdSec', 'banned addresses'],
  ['CILIUM_*', 'Cilium', 'feeds what BPF leaves to netfilter'],
  ['CNI-DN-*', 'CNI portmap', "a pod's host ports"],
  ['CNI-SN-*', 'CNI portmap', "a pod's host ports, old"],
  ['ANTREA-*', 'Antrea', 'hands packets to its bridge and masquerades'],
  ['FLANNEL*', 'Flannel', 'masquerades what leaves the pod network'],
  ['CONSUL_*', 'Consul', "redirects a pod's traffic to its proxy"],
  ['felix-*', 'Calico', 'workload policy of an old Calico'],
  ['DOCKER*', 'Docker', 'published ports and container networks'],
  ['ISTIO_*', 'Istio', "redirects a pod's traffic to its proxy"],
  ['nixos-*', 'NixOS', "the firewall's rules"],
  ['cali-*', 'Calico', 'workload policy or its bookkeeping'],
  ['WEAVE*', 'Weave Net', 'network policy and masquerading'],
  ['ufw6-*', 'ufw', "the firewall's rules"],
  ['FWDI_*', 'firewalld', 'what a zone forwards in'],
  ['FWDO_*', 'firewalld', 'what a zone forwards out'],
  ['POST_*', 'firewalld', "a zone's rules behind routing"],
  ['CNI-*', 'CNI bridge', "masquerading of a pod's traffic"],
  ['ufw-*', 'ufw', "the firewall's rules"],
  ['f2b-*', 'fail2ban', 'banned addresses'],
  ['FWD_*', 'firewalld', 'what a zone forwards'],
  ['PRE_*', 'firewalld', "a zone's rules before routing"],
  ['ts-*', 'Tailscale', "the tailnet's interface"],
  ['OVN*', 'OVN-Kubernetes', 'node ports and addresses of services'],
  ['IN_*', 'firewalld', 'what a zone lets in'],
];

/** Native tables of nft by name: whose they are. */
const TABLES: readonly (readonly [pattern: string, maker: string])[] = [
  ['kube-proxy', 'kube-proxy'],
  ['kubelet*', 'kubelet'],
  ['kindnet*', 'kindnet'],
  ['flannel-ipv*', 'Flannel'],
  ['calico*', 'Calico'],
  ['cilium*', 'Cilium'],
  ['ovn-kubernetes*', 'OVN-Kubernetes'],
  ['antrea*', 'Antrea'],
  ['istio-*', 'Istio'],
  ['cni_hostport*', 'CNI portmap'],
  ['cni_plugins_masquerade*', 'CNI bridge'],
  ['docker-bridges*', 'Docker'],
  ['netavark*', 'Podman'],
  ['libvirt_network*', 'libvirt'],
  ['firewalld*', 'firewalld'],
  ['f2b-table*', 'fail2ban'],
  ['tailscale*', 'Tailscale'],
  ['crowdsec*', 'CrowdSec'],
];

const fits = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

const rowOf = (name: string) => CHAINS.find(([pattern]) => fits(name, pattern));

const KUBERNETES = ['kube-proxy', 'kubelet', 'Kubernetes'];

/** What a chain is for, in a few words, where its name is one that Kubernetes or its neighbours use. */
export function chainRole(name: string): string | undefined {
  const [, maker, role] = rowOf(name) ?? [];
  return maker === undefined || KUBERNETES.includes(maker) ? role : `${role} (${maker})`;
}

/** Who makes chains of that name. */
export const chainMaker = (name: string): string | undefined =>
  rowOf(name)?.[1] ?? (name.startsWith('KUBE-') ? 'Kubernetes' : undefined);

/** Whose a native table of that name is. */
export const tableMaker = (name: string): string | undefined => TABLES.find(([pattern]) => fits(name, pattern))?.[1];

/** `KUBE-SVC-XPGD46QRK7WJZT7O`: the part before the hash, for chains that are named after one. */
export function hashedPrefix(name: string): string | undefined {
  return /^(KUBE-(?:SVC|SVL|SEP|EXT|XLB|FW)-)[A-Z2-7]{16}$/.exec(name)?.[1];
}
