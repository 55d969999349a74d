import type { Nexthop } from '../../model/route.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import { confirm } from '../conntrack/confirm.ts';
import type { End, Pass } from '../pass.ts';

/** After postrouting: the connection is confirmed, and the next hop's link layer address looked up. */
export function leave(pass: Pass, hop: Nexthop | undefined): End {
  confirm(pass);
  const { packet, compiled } = pass;
  const device = hop?.device ?? packet.oif;
  const address = hop?.gateway ?? packet.daddr;
  const where = device === undefined ? 'by an interface that was not captured' : `by ${device}`;
  const found = device === undefined ? undefined : resolve(pass, device, address);
  if (found === 'failed') {
    return {
      disposition: 'neighbour-unreachable',
      reason: `${formatAddress(address)} did not answer on ${device}: its neighbour entry has failed`,
    };
  }
  const link = compiled.links.get(device);
  if (link && !link.flags.includes('UP')) return { disposition: 'no-route', reason: `${device} is down` };
  return {
    disposition: 'leaves-the-node',
    reason: `leaves ${compiled.namespace.name} ${where}${hop?.gateway === undefined ? '' : ` to ${formatAddress(hop.gateway)}`}`,
  };
}

function resolve(pass: Pass, device: string, address: Address): 'ok' | 'failed' {
  const { compiled } = pass;
  const entry = compiled.namespace.neighbours?.find(n => n.address === address && n.device === device && !n.proxy);
  if (!entry) return 'ok';
  pass.steps.push({ kind: 'neighbour', address, device, mac: entry.mac, state: entry.state });
  return entry.state === 'FAILED' || entry.state === 'INCOMPLETE' ? 'failed' : 'ok';
}
