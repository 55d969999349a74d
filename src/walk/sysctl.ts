import type { Family } from '../net/address.ts';
import type { Assumed } from './trace.ts';

/** What a namespace does with packets of IPv4 by one device: of all.KEY and DEV.KEY the higher, as IN_DEV_MAXCONF has it. */
export interface DeviceSettings {
  readonly acceptLocal: number;
  readonly bcForwarding: number;
  readonly routeLocalnet: number;
  readonly srcValidMark: number;
  readonly rpFilter: number;
  readonly sendsRedirects: boolean;
  /** What rpFilter is taken from, where nobody captured it. */
  readonly unfiltered: Assumed | undefined;
}

const CAPTURE = '-f a file with the output of `sysctl -a`';

/** /proc/sys of one namespace. What was not captured has the kernel's default, and asking for it leaves a trace. */
export class Sysctls {
  private readonly values: ReadonlyMap<string, string> | undefined;
  private readonly byDevice = new Map<string, DeviceSettings>();
  private readonly forwards: Readonly<Record<Family, Map<string, boolean | Assumed>>> = {
    ip: new Map(),
    ip6: new Map(),
  };
  private readonly soliciting: Readonly<Record<Family, Map<string, boolean>>> = { ip: new Map(), ip6: new Map() };

  constructor(values: ReadonlyMap<string, string> | undefined) {
    this.values = values;
  }

  readonly get = (name: string): string | undefined => this.values?.get(name);

  /** One of net.ipv4.conf.DEV or net.ipv6.conf.DEV; dots of a device's name are slashes there. */
  private conf(family: Family, device: string, key: string): number | undefined {
    return toNumber(this.get(`net.${family === 'ip' ? 'ipv4' : 'ipv6'}.conf.${device.replaceAll('.', '/')}.${key}`));
  }

  /** Read once for each device. */
  of(device: string): DeviceSettings {
    let settings = this.byDevice.get(device);
    if (!settings) {
      settings = this.read(device);
      this.byDevice.set(device, settings);
    }
    return settings;
  }

  private read(device: string): DeviceSettings {
    const both = (key: string) => [this.conf('ip', 'all', key), this.conf('ip', device, key)] as const;
    const higher = (key: string) => Math.max(...both(key).map(value => value ?? 0));
    const isCaptured = both('rp_filter').some(value => value !== undefined);
    return {
      acceptLocal: higher('accept_local'),
      bcForwarding: higher('bc_forwarding'),
      routeLocalnet: higher('route_localnet'),
      srcValidMark: higher('src_valid_mark'),
      rpFilter: higher('rp_filter'),
      sendsRedirects: both('send_redirects').some(value => (value ?? 1) > 0),
      unfiltered: isCaptured
        ? undefined
        : { what: `rp_filter of ${device} is 0: sources are not validated`, change: CAPTURE },
    };
  }

  /** Of the incoming interface (IPv6: of `all`). Nodes forward; where nobody captured it that is taken for granted. */
  forwarding(family: Family, device: string, assume: (assumed: Assumed) => void): boolean {
    const known = this.forwards[family];
    let forwards = known.get(device);
    if (forwards === undefined) {
      forwards = this.readForwarding(family, device);
      known.set(device, forwards);
    }
    if (typeof forwards === 'boolean') return forwards;
    assume(forwards);
    return true;
  }

  private readForwarding(family: Family, device: string): boolean | Assumed {
    const own = family === 'ip6' ? this.conf('ip6', 'all', 'forwarding') : this.conf('ip', device, 'forwarding');
    if (own !== undefined) return own !== 0;
    const all =
      family === 'ip' ? (this.conf('ip', 'all', 'forwarding') ?? toNumber(this.get('net.ipv4.ip_forward'))) : undefined;
    if (all !== undefined) return all !== 0;
    const name = family === 'ip' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
    return { what: `${name} is 1: the node forwards`, change: CAPTURE };
  }

  /** Whoever has no neighbour entry is asked for his link layer address, as he is by default. */
  solicits(family: Family, device: string): boolean {
    const asked = this.soliciting[family];
    const known = asked.get(device);
    if (known !== undefined) return known;
    const solicits = this.readSolicits(family, device);
    asked.set(device, solicits);
    return solicits;
  }

  private readSolicits(family: Family, device: string): boolean {
    const name = `net.${family === 'ip' ? 'ipv4' : 'ipv6'}.neigh.${device.replaceAll('.', '/')}`;
    const of = (key: string) => toNumber(this.get(`${name}.${key}`));
    return (of('mcast_solicit') ?? 1) + (of('app_solicit') ?? 0) > 0;
  }

  /** all or DEV, the stricter; 0 where nobody captured it. */
  reversePathFilter(device: string, assume: (assumed: Assumed) => void): number {
    const { rpFilter, unfiltered } = this.of(device);
    if (unfiltered) assume(unfiltered);
    return rpFilter;
  }

  /** Frames of a bridge pass the hooks of IP. The key is missing where br_netfilter is not loaded. */
  bridgeCalls(family: Family, assume: (assumed: Assumed) => void): boolean {
    const name = `net.bridge.bridge-nf-call-${family === 'ip' ? 'iptables' : 'ip6tables'}`;
    const value = this.get(name);
    if (value !== undefined) return value !== '0';
    if (this.values) return false;
    assume({ what: `${name} is 1`, change: CAPTURE });
    return true;
  }
}

const toNumber = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number.parseInt(text, 10);
