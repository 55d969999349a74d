import type { Family } from '../net/address.ts';
import type { Assumed } from './trace.ts';

/** /proc/sys of one namespace. What was not captured has the kernel's default, and asking for it leaves a trace. */
export class Sysctls {
  private readonly values: ReadonlyMap<string, string> | undefined;
  /** What conf() was asked for, by key and device: names are put together once. */
  private readonly known: Readonly<Record<Family, Map<string, Map<string, number | undefined>>>> = {
    ip: new Map(),
    ip6: new Map(),
  };
  private readonly soliciting: Readonly<Record<Family, Map<string, boolean>>> = { ip: new Map(), ip6: new Map() };

  constructor(values: ReadonlyMap<string, string> | undefined) {
    this.values = values;
  }

  get(name: string): string | undefined {
    return this.values?.get(name);
  }

  /** One of net.ipv4.conf.DEV or net.ipv6.conf.DEV; dots of a device's name are slashes there. */
  conf(family: Family, device: string, key: string): number | undefined {
    let byDevice = this.known[family].get(key);
    if (!byDevice) {
      byDevice = new Map();
      this.known[family].set(key, byDevice);
    }
    const known = byDevice.get(device);
    if (known !== undefined || byDevice.has(device)) return known;
    const value = toNumber(
      this.get(`net.${family === 'ip' ? 'ipv4' : 'ipv6'}.conf.${device.replaceAll('.', '/')}.${key}`),
    );
    byDevice.set(device, value);
    return value;
  }

  /** The higher of all.KEY and DEV.KEY, as IN_DEV_MAXCONF and IN_DEV_ORCONF read it; 0 by default. */
  either(family: Family, device: string, key: string): number {
    return Math.max(this.conf(family, 'all', key) ?? 0, this.conf(family, device, key) ?? 0);
  }

  /** Of the incoming interface (IPv6: of `all`). Nodes forward; where nobody captured it that is taken for granted. */
  forwarding(family: Family, device: string, assume: (assumed: Assumed) => void): boolean {
    const own = family === 'ip6' ? this.conf('ip6', 'all', 'forwarding') : this.conf('ip', device, 'forwarding');
    if (own !== undefined) return own !== 0;
    const all =
      family === 'ip' ? (this.conf('ip', 'all', 'forwarding') ?? toNumber(this.get('net.ipv4.ip_forward'))) : undefined;
    if (all !== undefined) return all !== 0;
    const name = family === 'ip' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
    assume({ what: `${name} is 1: the node forwards`, change: '-f a file with the output of `sysctl -a`' });
    return true;
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
    const all = this.conf('ip', 'all', 'rp_filter');
    const own = this.conf('ip', device, 'rp_filter');
    if (all === undefined && own === undefined)
      assume({
        what: `rp_filter of ${device} is 0: sources are not validated`,
        change: '-f a file with the output of `sysctl -a`',
      });
    return Math.max(all ?? 0, own ?? 0);
  }

  /** Frames of a bridge pass the hooks of IP. The key is missing where br_netfilter is not loaded. */
  bridgeCalls(family: Family, assume: (assumed: Assumed) => void): boolean {
    const name = `net.bridge.bridge-nf-call-${family === 'ip' ? 'iptables' : 'ip6tables'}`;
    const value = this.get(name);
    if (value !== undefined) return value !== '0';
    if (this.values) return false;
    assume({ what: `${name} is 1`, change: '-f a file with the output of `sysctl -a`' });
    return true;
  }
}

const toNumber = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number.parseInt(text, 10);
