export interface ServerRules {
  /** That `-j CT --helper` assigns. */
  readonly helper: string | undefined;
  /** What pods send to the nodes' LAN is not masqueraded. */
  readonly lanSpared: boolean;
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
}

const SPARED = '-A POSTROUTING -s 192.168.0.0/16 -d 10.0.0.0/24 -j RETURN\n';

export const helperRules = (name: string, match: string): string => `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING ${match} -j CT --helper ${name}
-A OUTPUT ${match} -j CT --helper ${name}
COMMIT
`;

/** A server on n2 behind three addresses, and a CNI that masquerades what pods send out of the pods' network. */
export function serverRules({ helper, lanSpared, protocol, port }: ServerRules): string {
  const match = `-p ${protocol} -m ${protocol} --dport ${port}`;
  return `${helper === undefined ? '' : helperRules(helper, match)}*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A POSTROUTING -j KUBE-POSTROUTING
${lanSpared ? SPARED : ''}-A POSTROUTING -s 192.168.0.0/16 ! -d 192.168.0.0/16 -j MASQUERADE
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -j MASQUERADE --random-fully
-A KUBE-SERVICES -d 10.0.0.243/32 ${match} -j KUBE-MARK-MASQ
-A KUBE-SERVICES ! -s 192.168.0.0/16 -d 10.96.0.69/32 ${match} -j KUBE-MARK-MASQ
-A KUBE-SERVICES -d 10.0.0.243/32 ${match} -j DNAT --to-destination 192.168.2.10:${port}
-A KUBE-SERVICES -d 10.0.0.245/32 ${match} -j DNAT --to-destination 192.168.2.10:${port}
-A KUBE-SERVICES -d 10.96.0.69/32 ${match} -j DNAT --to-destination 192.168.2.10:${port}
COMMIT
`;
}
