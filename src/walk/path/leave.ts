import type { Nexthop } from '../../model/route.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import { confirm } from '../conntrack/confirm.ts';
import { isMulticast, LIMITED_BROADCAST, localType } from '../local.ts';
import type { End, Pass } from '../pass.ts';
import { transmit } from './transmit.ts';

/** After postrouting: the connection is confirmed, and the next hop's link layer address looked up. */
export function leave(pass: Pass, hop: Nexthop | undefined): End {
  const clash = confirm(pass);
  if (clash) return clash;
  const { packet, compiled } = pass;
  const device = hop?.device ?? packet.oif;
  const where = device === undefined ? 'by an interface that was not captured' : `by ${device}`;
  const failed = device === undefined ? undefined : resolve(pass, device, hop?.gateway ?? packet.daddr);
  if (failed) return failed;
  const link = compiled.links.get(device);
  if (link && !link.flags.includes('UP')) return { disposition: 'no-route', reason: `${device} is down` };
  const kept = transmit(pass, device, hop?.gateway ?? packet.daddr);
  if (kept) return kept;
  return {
    disposition: 'leaves-the-node',
    reason: `leaves ${compiled.namespace.name} ${where}${hop?.gateway === undefined ? '' : ` to ${formatAddress(hop.gateway)}`}`,
  };
}

/** The next hop's neighbour entry (__neigh_event_send). An End where it has failed, or where nobody may be asked. */
export function resolve(pass: Pass, device: string, address: Address): End | undefined {
  const { compiled } = pass;
  const unreachable = (why: string): End => ({
    disposition: 'neighbour-unreachable',
    reason: `${formatAddress(address)} ${why}`,
  });
  const entry = compiled.neighbours.find(address, device);
  if (!entry || entry.state === 'FAILED' || entry.state === 'INCOMPLETE') assumeArp(pass);
  if (!entry)
    return !compiled.sysctls.solicits(pass.family, device) && needsNeighbour(pass, device, address)
      ? unreachable(`has no neighbour entry on ${device}, where nobody is asked (mcast_solicit is 0)`)
      : undefined;
  pass.steps.push({ kind: 'neighbour', address, device, mac: entry.mac, state: entry.state });
  return entry.state === 'FAILED' || entry.state === 'INCOMPLETE'
    ? unreachable(`did not answer on ${device}: its neighbour entry has failed`)
    : undefined;
}

/** What ARP says passes chains of its own, which are not walked. */
function assumeArp({ family, compiled, assume }: Pass): void {
  if (family !== 'ip') return;
  for (const { name } of compiled.linkHooks.arp)
    assume({ what: `table arp ${name} lets ARP pass`, change: 'nothing: chains of ARP are not walked' });
}

/** Groups and loopback have addresses without being asked, and so has all that a device without ARP sends. */
function needsNeighbour({ compiled, packet }: Pass, device: string, address: Address): boolean {
  const flags = compiled.links.get(device)?.flags ?? [];
  return (
    !['NOARP', 'LOOPBACK', 'POINTOPOINT'].some(flag => flags.includes(flag)) &&
    !isMulticast(address) &&
    address !== LIMITED_BROADCAST &&
    localType(compiled.fib, packet.daddr) !== 'broadcast'
  );
}
