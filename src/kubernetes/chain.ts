/** Chains by name or by the start of it (a trailing `*`), the longer before the shorter, with what they are for. */
const ROLES: readonly (readonly [pattern: string, role: string])[] = [
  ['KUBE-SERVICES', 'services of the cluster'],
  ['KUBE-EXTERNAL-SERVICES', 'services as seen from outside'],
  ['KUBE-NODEPORTS', 'node ports'],
  ['KUBE-NODE-PORT', 'node ports (IPVS)'],
  ['KUBE-SVC-*', 'service: choice of an endpoint'],
  ['KUBE-SVL-*', 'service: choice of a local endpoint'],
  ['KUBE-EXT-*', 'service, reached by an external address'],
  ['KUBE-XLB-*', 'service, reached by an external address, local endpoints'],
  ['KUBE-FW-*', "load balancer's source ranges"],
  ['KUBE-SEP-*', 'endpoint'],
  ['KUBE-MARK-MASQ', 'marks for masquerading'],
  ['KUBE-MARK-DROP', 'marks for dropping'],
  ['KUBE-POSTROUTING', 'masquerades what is marked'],
  ['KUBE-FORWARD', "kube-proxy's forwarding rules"],
  ['KUBE-FIREWALL', "kubelet's firewall"],
  ['KUBE-PROXY-FIREWALL', "drops what a load balancer's source ranges leave out"],
  ['KUBE-LOAD-BALANCER*', 'load balancers (IPVS)'],
  ['KUBE-SOURCE-RANGES-FIREWALL', 'source ranges (IPVS)'],
  ['KUBE-IPVS-*', 'guards of IPVS mode'],
  ['KUBE-IPTABLES-HINT', 'tells which iptables the node uses'],
  ['KUBE-PROXY-CANARY', 'tells kube-proxy when rules are flushed'],
  ['KUBE-KUBELET-CANARY', 'tells kubelet when rules are flushed'],
  ['KUBE-ROUTER-*', 'network policy (kube-router)'],
  ['KUBE-POD-FW-*', "a pod's network policy (kube-router)"],
  ['KUBE-NWPLCY-*', 'a network policy (kube-router)'],
  ['FLANNEL-POSTRTG', "flannel's masquerading"],
  ['FLANNEL-FWD', 'flannel lets pods through'],
  ['cali-fw-*', 'policy from a workload (Calico)'],
  ['cali-tw-*', 'policy to a workload (Calico)'],
  ['cali-pi-*', 'network policy, inbound (Calico)'],
  ['cali-po-*', 'network policy, outbound (Calico)'],
  ['cali-pri-*', 'profile, inbound (Calico)'],
  ['cali-pro-*', 'profile, outbound (Calico)'],
  ['cali-nat-outgoing', 'masquerades what leaves the pool (Calico)'],
  ['cali-*', 'Calico'],
  ['felix-*', 'Calico, old'],
  ['CILIUM_*', 'Cilium'],
  ['OLD_CILIUM_*', 'Cilium, being replaced'],
  ['CNI-HOSTPORT-DNAT', 'host ports'],
  ['CNI-HOSTPORT-SETMARK', 'marks host port traffic for masquerading'],
  ['CNI-HOSTPORT-MASQ', 'masquerades host port traffic'],
  ['CNI-HOSTPORT-SNAT', 'host ports, old'],
  ['CNI-DN-*', "a pod's host ports"],
  ['CNI-SN-*', "a pod's host ports, old"],
  ['CNI-FORWARD', 'CNI firewall plugin'],
  ['CNI-ADMIN', "CNI firewall plugin, the operator's own rules"],
  ['CNI-ISOLATION-STAGE-*', 'isolation of CNI bridges'],
  ['CNI-*', "masquerading of a pod's traffic (CNI)"],
  ['AWS-SNAT-CHAIN-*', 'SNAT of what leaves the VPC (AWS CNI)'],
  ['AWS-CONNMARK-CHAIN-*', 'marks by network interface (AWS CNI)'],
  ['IP-MASQ-AGENT', 'ip-masq-agent'],
  ['KIND-MASQ-AGENT', "kind's masquerading"],
  ['WEAVE*', 'Weave Net'],
  ['ANTREA-*', 'Antrea'],
  ['OVN-KUBE-*', 'OVN-Kubernetes'],
  ['OPENSHIFT-*', 'OpenShift SDN'],
  ['DOCKER-USER', "Docker, the operator's own rules"],
  ['DOCKER-ISOLATION-STAGE-*', 'isolation of Docker networks'],
  ['DOCKER*', 'Docker'],
  ['NETAVARK*', 'Podman'],
  ['LIBVIRT_*', 'libvirt'],
  ['ISTIO_*', 'Istio'],
  ['ts-*', 'Tailscale'],
  ['ufw-*', 'ufw'],
];

/** What a chain is for, in a few words, where its name is one that Kubernetes or its neighbours use. */
export function chainRole(name: string): string | undefined {
  for (const [pattern, role] of ROLES)
    if (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern) return role;
  return undefined;
}

/** `KUBE-SVC-XPGD46QRK7WJZT7O`: the part before the hash, for chains that are named after one. */
export function hashedPrefix(name: string): string | undefined {
  return /^(KUBE-(?:SVC|SVL|SEP|EXT|XLB|FW)-)[A-Z2-7]{16}$/.exec(name)?.[1];
}
