/** IANA protocol numbers as /etc/protocols of Debian names them, which is what iptables prints. */
const NAMES: readonly (readonly [number: number, name: string])[] = [
  [0, 'ip'],
  [1, 'icmp'],
  [2, 'igmp'],
  [3, 'ggp'],
  [4, 'ipencap'],
  [5, 'st'],
  [6, 'tcp'],
  [8, 'egp'],
  [9, 'igp'],
  [12, 'pup'],
  [17, 'udp'],
  [20, 'hmp'],
  [22, 'xns-idp'],
  [27, 'rdp'],
  [29, 'iso-tp4'],
  [33, 'dccp'],
  [36, 'xtp'],
  [37, 'ddp'],
  [38, 'idpr-cmtp'],
  [41, 'ipv6'],
  [43, 'ipv6-route'],
  [44, 'ipv6-frag'],
  [45, 'idrp'],
  [46, 'rsvp'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [57, 'skip'],
  [58, 'ipv6-icmp'],
  [59, 'ipv6-nonxt'],
  [60, 'ipv6-opts'],
  [73, 'rspf'],
  [81, 'vmtp'],
  [88, 'eigrp'],
  [89, 'ospf'],
  [93, 'ax.25'],
  [94, 'ipip'],
  [97, 'etherip'],
  [98, 'encap'],
  [103, 'pim'],
  [108, 'ipcomp'],
  [112, 'vrrp'],
  [115, 'l2tp'],
  [124, 'isis'],
  [132, 'sctp'],
  [133, 'fc'],
  [135, 'mobility-header'],
  [136, 'udplite'],
  [137, 'mpls-in-ip'],
  [138, 'manet'],
  [139, 'hip'],
  [140, 'shim6'],
  [141, 'wesp'],
  [142, 'rohc'],
  [143, 'ethernet'],
  [262, 'mptcp'],
];

/** Further spellings that iptables reads. */
const ALIASES: Readonly<Record<string, number>> = {
  icmpv6: 58,
  'ipv6-icmp': 58,
  ipv6icmp: 58,
  mobility: 135,
  'ipv6-mh': 135,
  mh: 135,
};

const byNumber = new Map(NAMES);
const byName = new Map(NAMES.map(([number, name]) => [name, number] as const));
for (const [name, number] of Object.entries(ALIASES)) byName.set(name, number);

/** The name iptables-save prints, or undefined where it prints the number. 0 is `ip`, which iptables writes `all`. */
export const protocolName = (protocol: number): string | undefined => byNumber.get(protocol);

/** A name in any case, or a number from 0 to 255; `all` is 0. Undefined for anything else. */
export function parseProtocol(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= 255 ? Number(text) : undefined;
  const name = text.toLowerCase();
  return name === 'all' ? 0 : byName.get(name);
}
