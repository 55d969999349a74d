import type { Address } from '../net/address.ts';
import type { ConntrackEntry } from './conntrack.ts';
import type { IpsecPolicy, PacketProgram } from './elsewhere.ts';
import type { Interface } from './interface.ts';
import type { IpSet } from './ipset.ts';
import type { FdbEntry, Neighbour } from './neighbour.ts';
import type { RecentList } from './recent.ts';
import type { Route, RoutingRule } from './route.ts';
import type { ListedChain, Registration, Ruleset } from './ruleset.ts';
import type { LocalSocket, SocketKind } from './socket.ts';
import type { Remark } from './source.ts';
import type { WireGuard } from './wireguard.ts';

/**
 * What was captured of one network namespace. A part that is undefined was not captured; an empty one was, and the
 * namespace had none.
 */
export interface Namespace {
  /** The node's, pod's or host's name. */
  readonly name: string;
  readonly ruleset: Ruleset;
  /** All base chains on hooks, in the order of their registration: of equal priorities the last one runs first. */
  readonly registrations?: readonly Registration[];
  /** In the order of the listing. */
  readonly listedChains?: readonly ListedChain[];
  readonly interfaces: readonly Interface[] | undefined;
  readonly routes: readonly Route[] | undefined;
  readonly rules: readonly RoutingRule[] | undefined;
  readonly neighbours: readonly Neighbour[] | undefined;
  readonly fdb: readonly FdbEntry[] | undefined;
  readonly conntrack: readonly ConntrackEntry[] | undefined;
  readonly sets: ReadonlyMap<string, IpSet> | undefined;
  /** By dotted name, with dots of interface names as in `sysctl -a`: `net.ipv4.conf.eth0/100.rp_filter`. */
  readonly sysctls: ReadonlyMap<string, string> | undefined;
  /** Of TCP and UDP, listening and connected. */
  readonly sockets?: readonly LocalSocket[];
  /** Whose packets may have sockets that were not listed: of /proc/net/tcp and tcp6 (udp, udp6) one was not captured. */
  readonly unlistedSockets?: readonly SocketKind[];
  /** Kernel modules of the node that are loaded; what is built in is not among them. */
  readonly modules?: ReadonlySet<string>;
  /** Modules of conntrack and NAT that are built into the kernel, as its configuration says. */
  readonly builtInModules?: ReadonlySet<string>;
  /** Numbers of the queues that programs listen on (/proc/net/netfilter/nfnetlink_queue). */
  readonly queues?: readonly number[];
  readonly ipsecPolicies?: readonly IpsecPolicy[];
  /** At XDP and tc. */
  readonly packetPrograms?: readonly PacketProgram[];
  /** By device, as `wg show` lists it. */
  readonly wireguard?: ReadonlyMap<string, WireGuard>;
  readonly recent: ReadonlyMap<string, RecentList> | undefined;
  /** Addresses that a person named as the namespace's own, where no `ip addr` is at hand. */
  readonly localAddresses: readonly Address[];
  readonly remarks: readonly Remark[];
}
