import { aside, oneSided, statement, type Told, told } from './statement.ts';

/** Those that the walk asks for, or that an operator looks at when packets go astray. */
const KNOWN: readonly RegExp[] = [
  /^net\.ipv4\.(?:ip_forward|ip_nonlocal_bind|ip_default_ttl|ip_local_port_range|ip_local_reserved_ports|fwmark_reflect)$/,
  /^net\.ipv4\.(?:fib_multipath_|tcp_(?:fwmark_accept|l3mdev_accept|tw_reuse|syncookies)|vs\.|conf\.all\.)/,
  /^net\.ipv[46]\.conf\..+\.(?:forwarding|rp_filter|accept_local|route_localnet|src_valid_mark|arp_(?:ignore|announce|filter|accept|notify)|proxy_arp|proxy_ndp|accept_ra|disable_ipv6|accept_redirects|send_redirects|disable_policy|seg6_enabled)$/,
  /^net\.ipv6\.(?:ip_nonlocal_bind|fwmark_reflect|bindv6only|conf\.all\.)/,
  /^net\.ipv[46]\.neigh\..+\.(?:gc_thresh\d|mcast_solicit|app_solicit|ucast_solicit)$/,
  /^net\.bridge\./,
  /^net\.netfilter\.nf_(?!conntrack_count$)/,
  /^net\.nf_conntrack_max$/,
];
/** What counts or notes something, or is another at every look. */
const STATE =
  /^(?:fs\.|kernel\.|vm\.|dev\.|user\.|debug\.|sunrpc\.|abi\.|crypto\.|net\.netfilter\.nf_conntrack_count$|net\.ipv4\.tcp_(?:mem|fastopen_key)$|net\.ipv6\..*stable_secret$)/;
/** Settings of one interface come and go with it. */
const OF_INTERFACE = /^net\.(?:ipv[46]|mpls)\.(?:conf|neigh)\.(?!all\.|default\.)/;

export const isKnownSysctl = (name: string): boolean => KNOWN.some(pattern => pattern.test(name));
export const isOfInterface = (name: string): boolean => OF_INTERFACE.test(name);

type Sysctls = ReadonlyMap<string, string>;

/** Settings that are others; those of interfaces that came or went are not told. */
export function compareSysctls(before: Sysctls | undefined, after: Sysctls | undefined): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('sysctls', before);
  const statements: Told['statements'][number][] = [];
  const others: string[] = [];
  let state = 0;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is || ((was === undefined || is === undefined) && isOfInterface(name))) continue;
    if (!isKnownSysctl(name)) {
      if (STATE.test(name)) state++;
      else others.push(name);
      continue;
    }
    const say = statement('sysctl', name);
    if (was === undefined) statements.push(say('came', `${name} is ${is}; it was not there`));
    else if (is === undefined) statements.push(say('went', `${name} is not there any more; it was ${was}`));
    else statements.push(say('changed', `${name} was ${was}, is ${is}`));
  }
  return told(statements, [
    ...aside(
      others.length,
      'sysctl',
      ` of the network that the walk does not ask for: ${others.slice(0, 3).join(', ')}`,
    ),
    ...aside(state, 'sysctl', ' that are counters or say nothing of packets'),
  ]);
}
