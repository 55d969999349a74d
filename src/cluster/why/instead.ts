import { planFor } from '../../kubernetes/metallb.ts';
import { apiServicePorts } from '../../kubernetes/objects.ts';
import { type Address, bitsOf, familyOf, formatAddress, formatEndpoint } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import type { ReasonAnswer } from '../answer.ts';
import type { Cluster } from '../cluster.ts';
import type { Start } from '../journey.ts';
import type { Port } from '../owners.ts';
import type { Translator } from './silent.ts';

/** Whether a packet that starts there is delivered, and its answer taken, in all that may become of it. */
export type Tried = (start: Start) => boolean;

export interface Asked {
  readonly cluster: Cluster;
  /** Where it was asked in vain. */
  readonly port: Port;
  readonly address: Address;
  readonly translators: readonly Translator[];
  readonly packet: Packet;
  readonly tried: Tried;
}

/** What would bring the packet to a host that translates it; each way was walked. */
export function wouldWork(asked: Asked): ReasonAnswer[] {
  const { cluster, port, address, translators } = asked;
  if (translators.length === 0) return [];
  const beside = cluster.owners
    .onLinkOf(port)
    .filter(({ host, link }) => translators.some(each => each.host === host) && link.addresses.length > 0);
  const working = beside.filter(to => arrives(asked, to, asked.packet));
  const reasons = [...byLayer2(asked, working), ...byRoute(asked, working), ...byNodePort(asked, beside)];
  return (reasons.length > 0 ? reasons : apart(port, address, translators)).map(text => ({ kind: 'instead', text }));
}

const arrives = ({ tried }: Asked, { host, link }: Port, packet: Packet): boolean =>
  tried({ host, packet: { ...packet, iif: link.name } });

const addressOn = ({ link }: Port, like: Address): Address | undefined =>
  link.addresses.find(({ address, scope }) => scope === 'global' && familyOf(address) === familyOf(like))?.address;

function byRoute({ port, address }: Asked, working: readonly Port[]): string[] {
  const [first] = working;
  const gateway = first && addressOn(first, address);
  if (!first || gateway === undefined) return [];
  const others = working.slice(1).map(({ host }) => host.name);
  const route = `ip route add ${formatAddress(address)}/${bitsOf(familyOf(address))} via ${formatAddress(gateway)}`;
  return [
    `a route on ${port.host.name} would work: \`${route}\` (${first.host.name}${others.length > 0 ? `; ${others.join(', ')} as well` : ''})`,
  ];
}

function byLayer2({ cluster, address, port }: Asked, working: readonly Port[]): string[] {
  const balanced = cluster.announced.get(address)?.kind === 'load balancer address';
  const plan = balanced ? planFor(cluster.objects, address) : undefined;
  if (!plan?.pool || plan.advertisements.some(({ by }) => by === 'layer2') || working.length === 0) return [];
  const nodes = working.map(({ host, link }) => `${host.name} by ${link.name}`);
  return [
    `an L2Advertisement of pool ${plan.pool.name} would work: one of ${nodes.join(', ')} would answer on ${port.host.name}'s link`,
  ];
}

/** The service's own node port, at a node that the asking host has next to it. */
function byNodePort(asked: Asked, beside: readonly Port[]): string[] {
  const { cluster, address, packet } = asked;
  const service = apiServicePorts(cluster.objects).find(
    ({ port, protocol, loadBalancerIPs, externalIPs }) =>
      port === packet.dport &&
      protocol === packet.protocol &&
      (externalIPs.includes(address) || loadBalancerIPs.some(each => each.address === address)),
  );
  const dport = service?.nodePort;
  if (dport === undefined) return [];
  const working = beside.flatMap(to => {
    const daddr = addressOn(to, address);
    return daddr !== undefined && arrives(asked, to, { ...packet, daddr, dport })
      ? [`${formatEndpoint(daddr, dport)} (${to.host.name})`]
      : [];
  });
  return working.length === 0 ? [] : [`its node port works: ${working.join(', ')}`];
}

/** Nobody who translates has an address on a network of the asking host. */
function apart({ host }: Port, address: Address, translators: readonly Translator[]): string[] {
  const at = translators.flatMap(each =>
    (each.host.namespace.interfaces ?? []).flatMap(link => {
      const own = addressOn({ host: each.host, link }, address);
      return own === undefined || link.flags.includes('LOOPBACK')
        ? []
        : [`${formatAddress(own)} on ${link.name} of ${each.host.name}`];
    }),
  );
  if (at.length === 0) return [];
  return [
    `${host.name} would need a route to it by one of these, and an address on the same network: ${at.slice(0, 4).join(', ')}`,
  ];
}
