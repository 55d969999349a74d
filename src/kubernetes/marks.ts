/** Bits of the packet mark that a program gives a meaning by default; every one of them can be configured otherwise. */
export interface MarkUse {
  readonly value: number;
  readonly mask: number;
  readonly maker: string;
  readonly meaning: string;
}

export const MARK_USES: readonly MarkUse[] = [
  { value: 0x4000, mask: 0x4000, maker: 'kube-proxy', meaning: 'to be masqueraded in POSTROUTING' },
  { value: 0x8000, mask: 0x8000, maker: 'kubelet', meaning: 'to be dropped, where KUBE-FIREWALL drops it' },
  { value: 0x2000, mask: 0x2000, maker: 'CNI portmap', meaning: 'host port traffic to be masqueraded' },
  { value: 0x80, mask: 0x80, maker: 'AWS VPC CNI', meaning: 'answers go out of the primary interface' },
  { value: 0x10000, mask: 0x10000, maker: 'Calico', meaning: 'accepted by policy' },
  { value: 0x10000, mask: 0x10000, maker: 'kube-router', meaning: 'accepted by a network policy' },
  { value: 0x20000, mask: 0x20000, maker: 'Calico', meaning: 'policy passes to the next tier' },
  { value: 0x20000, mask: 0x20000, maker: 'kube-router', meaning: 'through with the network policies of its pod' },
  { value: 0x40000, mask: 0x40000, maker: 'Calico', meaning: 'comes from a workload' },
  { value: 0x40000, mask: 0x40000, maker: 'Weave Net', meaning: 'egress accepted' },
  { value: 0x40000, mask: 0xff0000, maker: 'Tailscale', meaning: 'of a subnet route, to be masqueraded' },
  { value: 0x80000, mask: 0xff0000, maker: 'Tailscale', meaning: 'passes by the tailnet' },
  { value: 0x80000, mask: 0x80000, maker: 'Calico', meaning: 'scratch bit of a policy' },
  { value: 0x100000, mask: 0x100000, maker: 'Calico', meaning: 'the endpoint is not of Calico' },
  { value: 0x200, mask: 0xf00, maker: 'Cilium', meaning: 'to the proxy' },
  { value: 0xa00, mask: 0xf00, maker: 'Cilium', meaning: 'from the proxy, egress' },
  { value: 0xb00, mask: 0xf00, maker: 'Cilium', meaning: 'from the proxy, ingress' },
  { value: 0xc00, mask: 0xf00, maker: 'Cilium', meaning: 'from the host' },
  { value: 0xd00, mask: 0xf00, maker: 'Cilium', meaning: 'to be decrypted' },
  { value: 0xe00, mask: 0xf00, maker: 'Cilium', meaning: 'to be encrypted' },
  { value: 0x539, mask: 0xfff, maker: 'Istio', meaning: 'of the proxy, not to be redirected again' },
  { value: 0x111, mask: 0xfff, maker: 'Istio', meaning: 'of a connection of the ambient mesh' },
  { value: 0xca6c, mask: 0xffffffff, maker: 'WireGuard', meaning: "the tunnel's own packets (wg-quick)" },
];

/** The uses that a mark agrees with, those with the wider mask first. */
export const markUses = (mark: number): readonly MarkUse[] =>
  MARK_USES.filter(({ value, mask }) => (mark & mask) >>> 0 === value >>> 0).sort(
    (a, b) => bits(b.mask) - bits(a.mask),
  );

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
