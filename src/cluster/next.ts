import { leadsToPods } from '../kubernetes/interface.ts';
import type { Neighbour } from '../model/neighbour.ts';
import { type Address, formatAddress } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { portOf } from '../walk/path/port.ts';
import type { Cluster } from './cluster.ts';
import type { Evidence, Host } from './host.ts';
import type { Named } from './names.ts';
import type { Port } from './owners.ts';
import { interfaceTowards } from './towards.ts';

/** Who gets a frame for a next hop. */
export type Next =
  | {
      readonly kind: 'host';
      readonly to: Port;
      readonly mac: Mac | undefined;
      readonly evidence: readonly Evidence[];
      /** Evidence that somebody else has the address, too. */
      readonly against: readonly Evidence[];
    }
  /** A pod, or a host behind a bridge, whose namespace was not captured. */
  | { readonly kind: 'behind'; readonly named: Named | undefined; readonly port: string | undefined }
  /** Whoever it is, nothing of him was captured. */
  | { readonly kind: 'elsewhere'; readonly named: Named | undefined }
  | { readonly kind: 'silent'; readonly reason: string; readonly evidence: readonly Evidence[] };

interface Claim {
  readonly to: Port;
  readonly mac: Mac | undefined;
  readonly evidence: Evidence;
}

/** Who answers on this link for an address; `asker`: the host of the port asks himself, not somebody beside him. */
export function nextOnLink(cluster: Cluster, port: Port, address: Address, asker: boolean): Next {
  const { owners, names, announced } = cluster;
  if (port.host.kind === 'pod') return fromPod(cluster, port, address);
  const named = names.get(address);
  const text = formatAddress(address);
  const own = asker ? neighbourOf(port.host, port.link.name, address) : undefined;
  const members = [...(asker ? [] : [port]), ...owners.onLinkOf(port)];
  const claims: Claim[] = own ? claimsOf(cluster, own, port, port) : [];
  for (const to of owners.withAddress(address)) {
    const member = isPodOf(port.host, to.host) ? to : members.find(({ host }) => host === to.host);
    if (!member) continue;
    const evidence = { what: `${text} is on ${to.link.name} of ${to.host.name}`, ...to.link.source };
    claims.push({ to: member, mac: member.link.mac, evidence });
  }
  const failed: Evidence[] = [];
  for (const member of members) {
    const seen = neighbourOf(member.host, member.link.name, address);
    if (seen) claims.push(...claimsOf(cluster, seen, member, port));
    if (seen && hasFailed(seen))
      failed.push({ what: `${text} did not answer ${member.host.name} (${seen.state})`, ...seen.source });
  }
  for (const { node, evidence } of announced.get(address)?.by ?? []) {
    const to = [port, ...owners.onLinkOf(port)].find(({ host }) => host.kind === 'node' && host.name === node);
    if (to) claims.push({ to, mac: to.link.mac, evidence });
  }
  const [first] = asker ? claims.filter(({ to }) => to.host !== port.host) : claims;
  if (first) {
    const same = ({ to }: Claim) => to.host === first.to.host;
    const evidence = claims.filter(same).map(claim => claim.evidence);
    const against = claims.filter(claim => !same(claim)).map(claim => claim.evidence);
    return { kind: 'host', to: first.to, mac: first.mac, evidence, against };
  }
  if (claims.length > 0) {
    const reason = `${port.host.name} asks for ${text}, which only itself announces: nobody answers`;
    return { kind: 'silent', reason, evidence: claims.map(claim => claim.evidence) };
  }
  const bridge = port.link.kind === 'bridge' || leadsToPods(port.link.name);
  const here = named?.kind === 'pod' && (named.node === undefined || named.node === port.host.name);
  if (here || (!named && bridge))
    return { kind: 'behind', named, port: portOf(port.host.namespace, port.link.name, own?.mac) };
  if (failed.length > 0) return { kind: 'silent', reason: `nobody answers for ${text}`, evidence: failed };
  const service = announced.get(address);
  if (service && service.by.length === 0 && own?.mac === undefined) {
    const what = `${text} is the ${service.kind} of ${service.service}, and no interface or neighbour table has it`;
    return { kind: 'silent', reason: `nobody is known to answer for ${text}`, evidence: [{ what }] };
  }
  return { kind: 'elsewhere', named };
}

const isPodOf = (host: Host, other: Host): boolean => other.kind === 'pod' && other.node === host.name;

/** What a pod sends comes out of the node's end of its veth, whoever the frame is for. */
function fromPod({ owners, names }: Cluster, { host, link }: Port, address: Address): Next {
  const node = owners.hosts.find(({ kind, name }) => kind === 'node' && name === host.node);
  const own = link.addresses.find(({ scope }) => scope === 'global')?.address;
  const towards = node && own !== undefined ? interfaceTowards(node.namespace, own) : undefined;
  const to = node && towards && owners.port(node, towards.device);
  if (!to || !towards) return { kind: 'elsewhere', named: names.get(address) };
  const mac = neighbourOf(host, link.name, address)?.mac;
  const what = `${host.name} is behind ${to.link.name} of ${to.host.name}, ${towards.why}`;
  return { kind: 'host', to, mac, evidence: [{ what }], against: [] };
}

/** An entry that was never answered, or not any more. */
const hasFailed = ({ state }: Neighbour): boolean => state === 'FAILED' || state === 'INCOMPLETE';

export const neighbourOf = (host: Host, device: string, address: Address): Neighbour | undefined =>
  host.namespace.neighbours?.find(entry => entry.address === address && entry.device === device && !entry.proxy);

/** Who has the link layer address that a neighbour table shows: of several the one on the same link. */
function claimsOf({ owners }: Cluster, { address, mac, source }: Neighbour, seenBy: Port, port: Port): Claim[] {
  if (mac === undefined) return [];
  const all = owners.withMac(mac);
  const beside = all.filter(other => other.host === port.host || isBeside(owners.onLinkOf(port), other));
  const pods = all.filter(({ host }) => isPodOf(port.host, host));
  const [to] = pods.length > 0 ? pods : beside.length > 0 ? beside : all.filter(({ host }) => host !== port.host);
  if (!to || (to.host === port.host && to.link.name !== port.link.name)) return [];
  const whose = seenBy.host.name;
  const what = `${formatAddress(address)} is at ${mac} in ${whose}'s neighbour table, ${to.link.name} of ${to.host.name}`;
  return [{ to, mac, evidence: { what, ...source } }];
}

const isBeside = (ports: readonly Port[], { host, link }: Port): boolean =>
  ports.some(other => other.host === host && other.link.name === link.name);
