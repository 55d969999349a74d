const BRIDGES = ['cni', 'cbr', 'docker', 'br-', 'kube-bridge', 'weave', 'kindbr'];
const PORTS = ['veth', 'cali', 'lxc', 'eni', 'azv', 'gke', 'ovn-k8s-mp'];

/** Behind which interfaces pods and containers are, by the names that CNI plugins and Docker give them. */
export const leadsToPods = (device: string): boolean =>
  [...BRIDGES, ...PORTS].some(prefix => device.startsWith(prefix));
