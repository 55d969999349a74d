/** What the script on a node is to take beside the usual. */
export interface ScriptOptions {
  /** Parts the output; nobody but this run knows it. */
  readonly separator: string;
  /** `nft -j list ruleset` too, which costs the node more than the text. */
  readonly nftJson?: boolean;
  /** The network namespaces of the node's pods, too. */
  readonly pods?: boolean;
  /** How long one command may take. */
  readonly commandSeconds?: number;
}

/**
 * The words of the script, in POSIX sh without temporary files:
 *
 *     r NAME COMMAND...   runs it if it is there, and its output is NAME
 *     f NAME PATH         the same of a file
 *     g NAME PATHS...     the lines of several files, each led by its path
 *     s NAME WHY          there is nothing to run
 *     k MODULE SYMBOL     whether the kernel has it already: asking a module that is not loaded would load it
 *
 * Each output stands between two lines with the separator, on both streams.
 */
const WORDS = String.raw`
b() { read -r up rest </proc/uptime; n=$1; shift; printf '\n%s > %s %s %s\n' "$S" "$D$n" "$up" "$*"; printf '\n%s > %s\n' "$S" "$D$n" >&2; }
e() { v=$1; read -r up rest </proc/uptime; printf '\n%s < %s %s\n' "$S" "$v" "$up"; return "$v"; }
s() { n=$1; shift; printf '\n%s - %s %s\n' "$S" "$D$n" "$*"; }
m() { printf '\n%s ! %s %s\n' "$S" "$D$1" "$2"; }
r() {
  f=$1; shift
  command -v "$1" >/dev/null 2>&1 || { m "$f" "$1"; return 127; }
  b "$f" "$@"
  if [ -n "$Q" ] && sudo -n -l "$@" >/dev/null 2>&1 </dev/null; then $T sudo -n "$@" </dev/null; else $T $N "$@" </dev/null; fi
  e $?
}
g() { f=$1; shift; r "$f" sh -c "grep -s . /dev/null $*; test \$? -le 2"; }
f() { if [ -e "$2" ]; then r "$1" cat "$2"; else s "$1" "$2 is not there"; fi; }
k() {
  [ -e /proc/modules ] || return 0
  [ -d "/sys/module/$1" ] && return 0
  if [ -r "$B" ]; then grep -q "/$1\.ko" "$B"; else grep -q " $2" /proc/kallsyms 2>/dev/null; fi
}
`;

/** Who runs it, when, on which machine; names that begin with @ are not written to the snapshot as they are. */
const START = String.raw`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin; export PATH
D=''; N=''; Q=''; T=''
U=$(id -u)
[ "$U" = 0 ] || { command -v sudo >/dev/null 2>&1 && Q=1; }
timeout 5 true 2>/dev/null && T="timeout $L"
V=$(uname -r)
B=/lib/modules/$V/modules.builtin
b @user; echo "$U"; e 0
b @clock; date +%s.%N; e 0
f @machine-id /etc/machine-id
r uname-a.txt uname -a
r date.txt date '+%Y-%m-%d %H:%M:%S %z %Z'
b tool-versions.txt versions
for c in iptables iptables-legacy iptables-nft nft ip ipset conntrack; do
  command -v "$c" >/dev/null 2>&1 || continue
  case $c in ip) a=-V ;; *) a=--version ;; esac
  printf '%s: ' "$c"; $T "$c" $a </dev/null 2>&1 | { IFS= read -r a; printf '%s\n' "$a"; }
done
e 0
k nf_tables nft_register_expr; K_NFT=$?
k nfnetlink_hook nfnl_hook_dump; K_HOOK=$?
k ip_set ip_set_put_byindex; K_SET=$?
k nf_conntrack_netlink ctnetlink_dump_table; K_CT=$?
k xfrm_user xfrm_user_rcv_msg; K_XFRM=$?
k wireguard wg_get_device_dump; K_WG=$?
k tcp_diag tcp_diag_dump && k udp_diag udp_diag_dump; K_DIAG=$?
`;

const conf = (family: string, names: readonly string[]): string[] => names.map(name => `${family}/conf/*/${name}`);

/** The settings that decide over a packet, as paths with the shell's patterns. */
const SYSCTLS = [
  ...['ip_*', 'icmp_*', 'fib_*', '*fwmark*', '*l3mdev*', '*early_demux', 'vs/*'].map(name => `ipv4/${name}`),
  ...['ip_nonlocal_bind', 'bindv6only', 'f*_*'].map(name => `ipv6/${name}`),
  ...['nf_conntrack_*', 'nf_log/*', 'nf_hooks*'].map(name => `netfilter/${name}`),
  'bridge/*',
  ...conf('ipv4', [
    '*forward*',
    'rp_filter',
    'src_valid_mark',
    'route_localnet',
    'a[cr][cp]*',
    'proxy_*',
    '*_redirects',
  ]),
  ...conf('ipv4', ['shared_media', 'disable_*', 'ignore_*', 'log_martians', 'drop_*']),
  ...conf('ipv6', ['*forward*', 'disable_*', 'accept_ra', 'accept_redirects', 'accept_source_route', 'proxy_ndp']),
  ...conf('ipv6', ['ignore_*', 'seg6_*']),
]
  .map(name => `/proc/sys/net/${name}`)
  .concat('/proc/sys/kernel/osrelease')
  .join(' ');

/** All that belongs to one network namespace. */
const NAMESPACE = `
net() {
  if [ -e /proc/net/ip_tables_names ]; then
    if command -v iptables-legacy-save >/dev/null 2>&1; then r iptables-legacy-save-c.txt iptables-legacy-save -c; LEGACY=1; fi
  else s iptables-legacy-save-c.txt 'the kernel has no legacy tables'; LEGACY=1; fi
  if [ -e /proc/net/ip6_tables_names ]; then
    command -v ip6tables-legacy-save >/dev/null 2>&1 && r ip6tables-legacy-save-c.txt ip6tables-legacy-save -c
  else s ip6tables-legacy-save-c.txt 'the kernel has no legacy tables'; fi
  if [ "$K_NFT" = 0 ]; then
    if command -v iptables-nft-save >/dev/null 2>&1; then
      r iptables-nft-save-c.txt iptables-nft-save -c; r ip6tables-nft-save-c.txt ip6tables-nft-save -c; NFT=1
    fi
    r nft-list-ruleset.txt nft list ruleset
    [ -n "$J" ] && r nft-j-list-ruleset.json nft -j list ruleset
    if [ "$K_HOOK" = 0 ]; then r nft-list-hooks.txt nft list hooks; else s nft-list-hooks.txt 'nfnetlink_hook is not loaded'; fi
  else NFT=1; for a in iptables-nft-save-c ip6tables-nft-save-c nft-list-ruleset; do s $a.txt 'nf_tables is not loaded'; done; fi
  if [ -z "$LEGACY" ] || [ -z "$NFT" ]; then
    r iptables-save-c.txt iptables-save -c; r ip6tables-save-c.txt ip6tables-save -c
  fi
  if [ "$K_SET" = 0 ]; then r ipset-save.txt ipset save; else s ipset-save.txt 'ip_set is not loaded'; fi
  if [ "$K_CT" = 0 ] && command -v conntrack >/dev/null 2>&1; then
    r conntrack-L.txt conntrack -L; r conntrack-L-f-ipv6.txt conntrack -L -f ipv6
    r conntrack-C.txt conntrack -C; r conntrack-S.txt conntrack -S; r conntrack-L-expect.txt conntrack -L expect
  else
    [ "$K_CT" = 0 ] && m conntrack-L.txt conntrack
    f proc-net-nf_conntrack.txt /proc/net/nf_conntrack; f proc-net-nf_conntrack_expect.txt /proc/net/nf_conntrack_expect
  fi
  r ip-d-addr.txt ip -d addr || r ip-addr.txt ip addr
  r ip-netns-list-id.txt ip netns list-id
  r ip-route-table-all.txt ip route show table all
  r ip-6-route-table-all.txt ip -6 route show table all
  r ip-rule.txt ip rule
  r ip-6-rule.txt ip -6 rule
  r ip-neigh.txt ip neigh
  r ip-neigh-proxy.txt ip neigh show proxy
  r ip-nexthop.txt ip nexthop
  if [ "$K_XFRM" = 0 ]; then r ip-xfrm-policy.txt ip xfrm policy; else s ip-xfrm-policy.txt 'xfrm_user is not loaded'; fi
  r bridge-fdb.txt bridge fdb
  r bridge-d-link.txt bridge -d link
  r bridge-vlan.txt bridge vlan
  if [ "$K_DIAG" = 0 ] && command -v ss >/dev/null 2>&1; then r ss-tuane.txt ss -tuane
  else for a in tcp tcp6 udp udp6; do f proc-net-$a.txt /proc/net/$a; done; fi
  g sysctl.txt '@SYSCTLS@'
  if [ -d /proc/net/xt_recent ]; then
    r xt_recent.txt find /proc/net/xt_recent/ -type f -exec tail -n +1 /dev/null '{}' +
  else s xt_recent.txt 'xt_recent is not loaded'; fi
  f proc-net-ip_vs.txt /proc/net/ip_vs
  f nfnetlink_queue.txt /proc/net/netfilter/nfnetlink_queue
  r tc-qdisc.txt tc qdisc show
  if command -v tc >/dev/null 2>&1; then
    $N tc qdisc show 2>/dev/null </dev/null | while read -r a q a a v rest; do
      case $q in clsact | ingress)
        for a in ingress egress; do r "tc-filter-$a-$v.txt" tc filter show dev "$v" "$a"; done ;;
      esac
    done
  fi
  if [ "$K_WG" = 0 ] && command -v wg >/dev/null 2>&1; then
    for a in listen-port fwmark; do r wg-$a.txt wg show all $a; done
    for a in public-key allowed-ips endpoints; do
      b wg-$a.txt wg show all $a, of each key the first 8 characters
      $N wg show all $a </dev/null | while read -r v q rest; do echo "$v \${q%"\${q#????????}"} $rest"; done
      e $?
    done
  fi
}
`;

/** What the kernel and the machine have once. */
const MACHINE = `
f proc-modules.txt /proc/modules
g module-parameters.txt '/sys/module/nf_conntrack/parameters/* /sys/module/xt_recent/parameters/*'
g iproute2-names.txt '/etc/iproute2/rt_* /etc/iproute2/group /etc/iproute2/*.d/*.conf /usr/share/iproute2/rt_* /usr/lib/iproute2/rt_*'
if [ -e /proc/timer_list ]; then r jiffies.txt sed -n '/^now at/p;/^jiffies:/{p;q;}' /proc/timer_list; fi
C='^CONFIG_(HZ|NF_CONNTRACK_[A-Z0-9_]*|NF_NAT_[A-Z0-9_]*)='
if [ -r /proc/config.gz ]; then b kernel-config.txt "zcat /proc/config.gz | grep -E $C"; zcat /proc/config.gz | grep -E "$C"; e $?
else r kernel-config.txt grep -Ehs "$C" "/boot/config-$V" "/lib/modules/$V/config"; fi
r bpftool-net.txt bpftool net
r bpftool-cgroup-tree.txt bpftool cgroup tree
`;

/** Every other network namespace that a process or a name holds. */
const PODS = `
if [ -n "$P" ]; then
  if ! command -v nsenter >/dev/null 2>&1; then m pods nsenter
  else
    O=$(ls -l /proc/self/ns/net); X=" \${O##* } "
    { ls -l /proc/[0-9]*/ns/net 2>/dev/null; for a in /run/netns/* /var/run/docker/netns/*; do [ -e "$a" ] && echo "$a -> net:[$(stat -Lc %i "$a")]"; done; } |
    while read -r line; do
      i=\${line##* }; q=\${line% -> *}; q=\${q##* }
      case $i in net:*) ;; *) continue ;; esac
      case $X in *" $i "*) continue ;; esac
      X="$X$i "
      i=\${i#net:[}; i=\${i%]}
      N="nsenter -n$q --"; D="pods/net-$i/"; net
    done
  fi
fi
`;

/** The one script that a node is given; it only lists. A part of it alone does nothing. */
export function captureScript({ separator, nftJson, pods, commandSeconds = 60 }: ScriptOptions): string {
  const settings = `S='${separator}'; J='${nftJson ? 1 : ''}'; P='${pods ? 1 : ''}'; L=${commandSeconds}\n`;
  const end = 'printf \'\\n%s .\\n\' "$S"; printf \'\\n%s .\\n\' "$S" >&2\n';
  return `chainwalk() {\n${settings}${WORDS}${NAMESPACE.replace('@SYSCTLS@', SYSCTLS)}${START}net\n${MACHINE}${PODS}${end}}\nchainwalk\n`;
}

/**
 * Starts the shell that reads the script: as root, by sudo where that needs no password, else as who one is. A login
 * shell of any kind understands it.
 */
export const SHELL =
  "sh -c 'test `id -u` = 0 && exec sh; sudo -n sh -c : >/dev/null 2>&1 </dev/null && exec sudo -n sh; exec sh'";
