import type { Family } from '../net/address.ts';
import type { Extension } from './extension.ts';
import { addrtype } from './match/addrtype.ts';
import { ah } from './match/ah.ts';
import { bpf } from './match/bpf.ts';
import { cgroup } from './match/cgroup.ts';
import { cluster } from './match/cluster.ts';
import { comment } from './match/comment.ts';
import { connbytes } from './match/connbytes.ts';
import { connlabel } from './match/connlabel.ts';
import { connlimit } from './match/connlimit.ts';
import { connmark } from './match/connmark.ts';
import { conntrack } from './match/conntrack.ts';
import { cpu } from './match/cpu.ts';
import { dccp } from './match/dccp.ts';
import { devgroup } from './match/devgroup.ts';
import { dscp } from './match/dscp.ts';
import { dst } from './match/dst.ts';
import { ecn } from './match/ecn.ts';
import { esp } from './match/esp.ts';
import { eui64 } from './match/eui64.ts';
import { frag } from './match/frag.ts';
import { hashlimit } from './match/hashlimit.ts';
import { hbh } from './match/hbh.ts';
import { helper } from './match/helper.ts';
import { hl } from './match/hl.ts';
import { icmp } from './match/icmp.ts';
import { icmp6 } from './match/icmp6.ts';
import { ipcomp } from './match/ipcomp.ts';
import { iprange } from './match/iprange.ts';
import { ipv6header } from './match/ipv6header.ts';
import { ipvs } from './match/ipvs.ts';
import { length } from './match/length.ts';
import { limit } from './match/limit.ts';
import { mac } from './match/mac.ts';
import { mark } from './match/mark.ts';
import { mh } from './match/mh.ts';
import { multiport } from './match/multiport.ts';
import { nfacct } from './match/nfacct.ts';
import { osf } from './match/osf.ts';
import { owner } from './match/owner.ts';
import { physdev } from './match/physdev.ts';
import { pkttype } from './match/pkttype.ts';
import { policy } from './match/policy.ts';
import { quota } from './match/quota.ts';
import { rateest } from './match/rateest.ts';
import { realm } from './match/realm.ts';
import { recent } from './match/recent.ts';
import { rpfilter } from './match/rpfilter.ts';
import { rt } from './match/rt.ts';
import { sctp } from './match/sctp.ts';
import { set } from './match/set.ts';
import { socket } from './match/socket.ts';
import { srh } from './match/srh.ts';
import { state } from './match/state.ts';
import { statistic } from './match/statistic.ts';
import { string } from './match/string.ts';
import { tcp } from './match/tcp.ts';
import { tcpmss } from './match/tcpmss.ts';
import { time } from './match/time.ts';
import { tos } from './match/tos.ts';
import { ttl } from './match/ttl.ts';
import { u32 } from './match/u32.ts';
import { udp } from './match/udp.ts';
import { AUDIT } from './target/AUDIT.ts';
import { CHECKSUM } from './target/CHECKSUM.ts';
import { CLASSIFY } from './target/CLASSIFY.ts';
import { CLUSTERIP } from './target/CLUSTERIP.ts';
import { CONNMARK } from './target/CONNMARK.ts';
import { CONNSECMARK } from './target/CONNSECMARK.ts';
import { CT } from './target/CT.ts';
import { DNAT } from './target/DNAT.ts';
import { DNPT } from './target/DNPT.ts';
import { DSCP } from './target/DSCP.ts';
import { ECN } from './target/ECN.ts';
import { HL } from './target/HL.ts';
import { HMARK } from './target/HMARK.ts';
import { IDLETIMER } from './target/IDLETIMER.ts';
import { LED } from './target/LED.ts';
import { LOG } from './target/LOG.ts';
import { MARK } from './target/MARK.ts';
import { MASQUERADE } from './target/MASQUERADE.ts';
import { NETMAP } from './target/NETMAP.ts';
import { NFLOG } from './target/NFLOG.ts';
import { NFQUEUE } from './target/NFQUEUE.ts';
import { NOTRACK } from './target/NOTRACK.ts';
import { QUEUE } from './target/QUEUE.ts';
import { RATEEST } from './target/RATEEST.ts';
import { REDIRECT } from './target/REDIRECT.ts';
import { REJECT } from './target/REJECT.ts';
import { SECMARK } from './target/SECMARK.ts';
import { SET } from './target/SET.ts';
import { SNAT } from './target/SNAT.ts';
import { SNPT } from './target/SNPT.ts';
import { SYNPROXY } from './target/SYNPROXY.ts';
import { TCPMSS } from './target/TCPMSS.ts';
import { TCPOPTSTRIP } from './target/TCPOPTSTRIP.ts';
import { TEE } from './target/TEE.ts';
import { TOS } from './target/TOS.ts';
import { TPROXY } from './target/TPROXY.ts';
import { TRACE } from './target/TRACE.ts';
import { TTL } from './target/TTL.ts';
import { ULOG } from './target/ULOG.ts';
import { ACCEPT, DROP, RETURN } from './target/verdicts.ts';

const MATCHES: readonly Extension[] = [
  addrtype,
  ah,
  bpf,
  cgroup,
  cluster,
  comment,
  connbytes,
  connlabel,
  connlimit,
  connmark,
  conntrack,
  cpu,
  dccp,
  devgroup,
  dscp,
  dst,
  ecn,
  esp,
  eui64,
  frag,
  hashlimit,
  hbh,
  helper,
  hl,
  icmp,
  icmp6,
  ipcomp,
  iprange,
  ipv6header,
  ipvs,
  length,
  limit,
  mac,
  mark,
  mh,
  multiport,
  nfacct,
  osf,
  owner,
  physdev,
  pkttype,
  policy,
  quota,
  rateest,
  realm,
  recent,
  rpfilter,
  rt,
  sctp,
  set,
  socket,
  srh,
  state,
  statistic,
  string,
  tcp,
  tcpmss,
  time,
  tos,
  ttl,
  u32,
  udp,
];
const TARGETS: readonly Extension[] = [
  ACCEPT,
  AUDIT,
  CHECKSUM,
  CLASSIFY,
  CLUSTERIP,
  CONNMARK,
  CONNSECMARK,
  CT,
  DNAT,
  DNPT,
  DROP,
  DSCP,
  ECN,
  HL,
  HMARK,
  IDLETIMER,
  LED,
  LOG,
  MARK,
  MASQUERADE,
  NETMAP,
  NFLOG,
  NFQUEUE,
  NOTRACK,
  QUEUE,
  RATEEST,
  REDIRECT,
  REJECT,
  RETURN,
  SECMARK,
  SET,
  SNAT,
  SNPT,
  SYNPROXY,
  TCPMSS,
  TCPOPTSTRIP,
  TEE,
  TOS,
  TPROXY,
  TRACE,
  TTL,
  ULOG,
];

/** By family and name; several files may share a name between families (`icmp6` and `icmp`, `ah`). */
function index(extensions: readonly Extension[]): Record<Family, ReadonlyMap<string, Extension>> {
  const of = (family: Family) =>
    new Map(extensions.filter(e => e.families.includes(family)).map(e => [e.name, e] as const));
  return { ip: of('ip'), ip6: of('ip6') };
}

const matches = index(MATCHES);
const targets = index(TARGETS);

/** Names that iptables takes for another match. */
const ALIASES = new Map([
  ['icmpv6', 'icmp6'],
  ['ipv6-icmp', 'icmp6'],
]);

export const findMatch = (family: Family, name: string): Extension | undefined =>
  matches[family].get(ALIASES.get(name) ?? name);
export const findTarget = (family: Family, name: string): Extension | undefined => targets[family].get(name);

/** The match that `-p PROTOCOL` brings along without `-m`. */
export const implicitMatch = (family: Family, protocol: number): Extension | undefined =>
  MATCHES.find(e => e.families.includes(family) && e.implicitFor?.includes(protocol));

/** Everything this version can read, for the lists in docs and tests. */
export const allExtensions = (): readonly Extension[] => [...MATCHES, ...TARGETS];
