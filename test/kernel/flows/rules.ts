import { hashOf } from './chain-hash.ts';
import { nftablesRulesOf } from './rules-nftables.ts';
import type { Backend, Protocol, Service } from './services.ts';
import { CLUSTER_CIDR, type Topology } from './topology.ts';

/** iptables by either backend, or kube-proxy's nftables mode as it was and as it is. */
export const LOADERS = ['nft', 'legacy', 'nftables-old', 'nftables-new'] as const;
export type Loader = (typeof LOADERS)[number];

export interface RuleOptions {
  /** The CNI masquerades what pods send out of the cluster, except to these. */
  readonly noMasquerade: readonly string[];
  /** `-j CT --helper` in raw. */
  readonly helper?: { readonly name: string; readonly protocol: Protocol; readonly port: number } | undefined;
}

const addressOf = ({ family }: Service, { place }: Backend) => place[family];
const endpointOf = (service: Service, backend: Backend) =>
  service.family === 'ip'
    ? `${addressOf(service, backend)}:${backend.port}`
    : `[${addressOf(service, backend)}]:${backend.port}`;
const chain = (kind: string, { name, protocol }: Service) => `KUBE-${kind}-${hashOf(`default/${name}:p${protocol}`)}`;
const endpointChain = (service: Service, backend: Backend) =>
  `KUBE-SEP-${hashOf(`default/${service.name}:p${service.protocol}${endpointOf(service, backend)}`)}`;

/** What kube-proxy of today writes for services of one family on a node, and a CNI that masquerades; as iptables-restore reads it. */
export function rulesOf(node: number, services: readonly Service[], { noMasquerade, helper }: RuleOptions): string {
  const family = services[0]?.family ?? 'ip';
  const length = family === 'ip' ? 32 : 128;
  const pods = CLUSTER_CIDR[family];
  const localnet = family === 'ip' ? '127.0.0.0/8' : '::1/128';
  const filter: string[] = [];
  const nat: string[] = [];
  const chains: string[] = [];
  const to = ({ protocol, port }: Service, address: string) =>
    `-d ${address}/${length} -p ${protocol} -m ${protocol} --dport ${port}`;
  const toNode = ({ protocol, nodePort }: Service) =>
    `-p ${protocol} -m addrtype --dst-type LOCAL -m ${protocol} --dport ${nodePort}`;
  for (const service of services) {
    const { name, protocol, backends, clusterIp, nodePort, externalIps, balancerIps, sourceRanges } = service;
    const outside = [...externalIps, ...balancerIps];
    const comment = (text: string) => `-m comment --comment "default/${name}:p${text}"`;
    if (backends.length === 0) {
      filter.push(`-A KUBE-SERVICES ${to(service, clusterIp)} ${comment(' has no endpoints')} -j REJECT`);
      for (const address of outside)
        filter.push(`-A KUBE-EXTERNAL-SERVICES ${to(service, address)} ${comment(' has no endpoints')} -j REJECT`);
      if (nodePort !== undefined)
        filter.push(`-A KUBE-EXTERNAL-SERVICES ${toNode(service)} ${comment(' has no endpoints')} -j REJECT`);
      continue;
    }
    const local = backends.filter(({ place }) => place.node === node);
    const [svc, svl, ext, fw] = ['SVC', 'SVL', 'EXT', 'FW'].map(kind => chain(kind, service));
    chains.push(`${svc}`, `${svl}`, `${ext}`, `${fw}`);
    nat.push(`-A KUBE-SERVICES ${to(service, clusterIp)} ${comment(' cluster IP')} -j ${svc}`);
    for (const address of externalIps)
      nat.push(`-A KUBE-SERVICES ${to(service, address)} ${comment(' external IP')} -j ${ext}`);
    for (const address of balancerIps) {
      nat.push(
        `-A KUBE-SERVICES ${to(service, address)} ${comment(' loadbalancer IP')} -j ${sourceRanges.length > 0 ? fw : ext}`,
      );
      if (sourceRanges.length > 0)
        filter.push(
          `-A KUBE-PROXY-FIREWALL ${to(service, address)} ${comment(` traffic not accepted by ${fw}`)} -j DROP`,
        );
    }
    for (const range of sourceRanges) nat.push(`-A ${fw} -s ${range} ${comment(' loadbalancer IP')} -j ${ext}`);
    if (nodePort !== undefined)
      nat.push(`-A KUBE-NODEPORTS -p ${protocol} -m ${protocol} --dport ${nodePort} ${comment('')} -j ${ext}`);
    if (service.external === 'Cluster') nat.push(`-A ${ext} -j KUBE-MARK-MASQ`, `-A ${ext} -j ${svc}`);
    else {
      nat.push(
        `-A ${ext} -s ${pods} -j ${svc}`,
        `-A ${ext} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
        `-A ${ext} -m addrtype --src-type LOCAL -j ${svc}`,
      );
      if (local.length > 0) nat.push(`-A ${ext} -j ${svl}`);
      else {
        for (const address of outside)
          filter.push(
            `-A KUBE-EXTERNAL-SERVICES ${to(service, address)} ${comment(' has no local endpoints')} -j DROP`,
          );
        if (nodePort !== undefined)
          filter.push(`-A KUBE-EXTERNAL-SERVICES ${toNode(service)} ${comment(' has no local endpoints')} -j DROP`);
      }
    }
    nat.push(`-A ${svc} ! -s ${pods} ${to(service, clusterIp)} ${comment(' cluster IP')} -j KUBE-MARK-MASQ`);
    const balance = (from: string, among: readonly Backend[]) =>
      among.forEach((backend, i) => {
        const left = among.length - i;
        const dice = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}` : '';
        nat.push(
          `-A ${from} ${comment(` -> ${endpointOf(service, backend)}`)}${dice} -j ${endpointChain(service, backend)}`,
        );
      });
    balance(`${svc}`, backends);
    balance(`${svl}`, local);
    for (const backend of backends) {
      const endpoint = endpointChain(service, backend);
      chains.push(endpoint);
      nat.push(`-A ${endpoint} -s ${addressOf(service, backend)}/${length} ${comment('')} -j KUBE-MARK-MASQ`);
      nat.push(
        `-A ${endpoint} -p ${protocol} ${comment('')} -m ${protocol} -j DNAT --to-destination ${endpointOf(service, backend)}`,
      );
    }
  }
  return `${[
    ...(helper ? [assigning(helper)] : []),
    table(
      'filter',
      ['INPUT', 'FORWARD', 'OUTPUT'],
      ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FIREWALL', 'KUBE-FORWARD', 'KUBE-PROXY-FIREWALL'],
      [
        ...['INPUT', 'FORWARD', 'OUTPUT'].map(c => `-A ${c} -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL`),
        '-A FORWARD -j KUBE-FORWARD',
        ...['FORWARD', 'OUTPUT'].map(c => `-A ${c} -m conntrack --ctstate NEW -j KUBE-SERVICES`),
        ...['INPUT', 'FORWARD'].map(c => `-A ${c} -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES`),
        ...['INPUT', 'OUTPUT'].map(c => `-A ${c} -j KUBE-FIREWALL`),
        `-A KUBE-FIREWALL ! -s ${localnet} -d ${localnet} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
        '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
        '-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT',
        '-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        ...filter,
      ],
    ),
    table(
      'nat',
      ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
      ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ', 'CNI-OUT', ...new Set(chains)],
      [
        '-A PREROUTING -j KUBE-SERVICES',
        '-A OUTPUT -j KUBE-SERVICES',
        '-A POSTROUTING -j KUBE-POSTROUTING',
        `-A POSTROUTING -s ${pods} -j CNI-OUT`,
        ...[pods, ...noMasquerade].map(range => `-A CNI-OUT -d ${range} -j RETURN`),
        '-A CNI-OUT -j MASQUERADE --random-fully',
        '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
        '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
        '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
        '-A KUBE-POSTROUTING -j MASQUERADE --random-fully',
        ...nat,
        `-A KUBE-SERVICES${family === 'ip6' ? ' ! -d ::1/128' : ''} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`,
      ],
    ),
  ].join('\n')}\n`;
}

const table = (name: string, base: readonly string[], own: readonly string[], rules: readonly string[]): string =>
  [`*${name}`, ...base.map(c => `:${c} ACCEPT [0:0]`), ...own.map(c => `:${c} - [0:0]`), ...rules, 'COMMIT'].join('\n');

function assigning({ name, protocol, port }: NonNullable<RuleOptions['helper']>): string {
  const hooks = ['PREROUTING', 'OUTPUT'];
  const rule = `-p ${protocol} -m ${protocol} --dport ${port} -j CT --helper ${name}`;
  return table(
    'raw',
    hooks,
    [],
    hooks.map(hook => `-A ${hook} ${rule}`),
  );
}

const RESTORE = {
  ip: { nft: 'iptables-nft-restore', legacy: 'iptables-legacy-restore' },
  ip6: { nft: 'ip6tables-nft-restore', legacy: 'ip6tables-legacy-restore' },
} as const;

/** Loads the rules of a node for services of one family. */
export function loadRules(
  topology: Topology,
  name: string,
  node: number,
  loader: Loader,
  services: readonly Service[],
  options: RuleOptions,
): void {
  const { family = 'ip' } = services[0] ?? {};
  if (loader === 'nft' || loader === 'legacy') {
    topology.run(name, RESTORE[family][loader], rulesOf(node, services, options));
    return;
  }
  const layout = loader === 'nftables-old' ? 'old' : 'new';
  topology.run(name, 'nft -f -', nftablesRulesOf(node, services, options, layout));
  if (options.helper) topology.run(name, RESTORE[family].nft, `${assigning(options.helper)}\n`);
}
