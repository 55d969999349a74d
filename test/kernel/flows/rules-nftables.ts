import { hashOf } from './chain-hash.ts';
import type { RuleOptions } from './rules.ts';
import type { Backend, Service } from './services.ts';
import { CLUSTER_CIDR, NODE_PLACES } from './topology.ts';

/** kube-proxy's tables up to 1.32: a chain an endpoint, masquerading by a chain of its own. Since 1.33: the new one. */
export type Layout = 'old' | 'new';

const SERVICE_CIDR = { ip: '10.96.0.0/16', ip6: 'fd00:10:96::/112' } as const;
const MARK = '0x00004000';

/**
 * What kube-proxy's nftables mode writes for services of one family on a node, and a CNI that masquerades in a table of
 * its own; as nft -f reads it.
 */
export function nftablesRulesOf(
  node: number,
  services: readonly Service[],
  { noMasquerade }: RuleOptions,
  layout: Layout,
): string {
  const family = services[0]?.family ?? 'ip';
  const pods = CLUSTER_CIDR[family];
  const old = layout === 'old';
  const mark = old ? 'jump mark-for-masquerade' : `meta mark set meta mark | ${MARK}`;
  const own = NODE_PLACES.filter(place => place.node === node).map(place => place[family]);
  const local = ({ backends }: Service) => backends.filter(({ place }) => place.node === node);
  const withoutLocal = (service: Service) => service.external === 'Local' && local(service).length === 0;
  const outside = ({ externalIps, balancerIps }: Service) => [...externalIps, ...balancerIps];

  const served = services.filter(({ backends }) => backends.length > 0);
  const refused = services.filter(({ backends }) => backends.length === 0);
  const dropped = served.filter(withoutLocal);
  const guarded = services.filter(({ sourceRanges }) => sourceRanges.length > 0);
  const at = (address: string, { protocol, port }: Service, verdict: string) =>
    `${address} . ${protocol} . ${port} : ${verdict}`;
  const onNode = ({ protocol, nodePort }: Service, verdict: string) =>
    nodePort === undefined ? [] : [`${protocol} . ${nodePort} : ${verdict}`];
  const none = 'goto reject-chain';

  const key = `${family} daddr . meta l4proto . th dport`;
  const nodeKey = `${family} daddr @nodeport-ips meta l4proto . th dport`;
  const type = `ipv${family === 'ip' ? 4 : 6}_addr`;
  const hairpins = new Set(
    served.flatMap(service =>
      local(service).map(({ place, port }) => `${place[family]} . ${place[family]} . ${service.protocol} . ${port}`),
    ),
  );
  const chains = [
    ...served.flatMap(service => serviceChains(service, { node, mark, old })),
    ...guarded.map(service =>
      chain(chainOf('firewall', service), [`${family} saddr != { ${service.sourceRanges.join(', ')} } drop`]),
    ),
  ];
  const toService = (service: Service) => `goto ${chainOf('service', service)}`;
  const toExternal = (service: Service) => `goto ${chainOf('external', service)}`;
  return `${[
    `table ${family} kube-proxy {`,
    ...named(
      'set cluster-ips',
      type,
      services.map(service => service.clusterIp),
    ),
    ...named('set nodeport-ips', type, own),
    ...(old ? [] : named('set hairpin-connections', `${type} . ${type} . inet_proto . inet_service`, [...hairpins])),
    ...named('map no-endpoint-services', `${type} . inet_proto . inet_service : verdict`, [
      ...refused.flatMap(service => [service.clusterIp, ...outside(service)].map(ip => at(ip, service, none))),
      ...dropped.flatMap(service => outside(service).map(ip => at(ip, service, 'drop'))),
    ]),
    ...named('map no-endpoint-nodeports', 'inet_proto . inet_service : verdict', [
      ...refused.flatMap(service => onNode(service, none)),
      ...dropped.flatMap(service => onNode(service, 'drop')),
    ]),
    ...named(
      'map firewall-ips',
      `${type} . inet_proto . inet_service : verdict`,
      guarded.flatMap(service =>
        service.balancerIps.map(ip => at(ip, service, `goto ${chainOf('firewall', service)}`)),
      ),
    ),
    ...named('map service-ips', `${type} . inet_proto . inet_service : verdict`, [
      ...served.map(service => at(service.clusterIp, service, toService(service))),
      ...served.flatMap(service => outside(service).map(ip => at(ip, service, toExternal(service)))),
    ]),
    ...named(
      'map service-nodeports',
      'inet_proto . inet_service : verdict',
      served.flatMap(service => onNode(service, toExternal(service))),
    ),
    ...(old ? OLD_HOOKS : NEW_HOOKS),
    ...base('nat-prerouting', 'nat hook prerouting priority dstnat', ['jump services']),
    ...base('nat-output', 'nat hook output priority -100', ['jump services']),
    ...base('nat-postrouting', 'nat hook postrouting priority srcnat', ['jump masquerading']),
    chain('nodeport-endpoints-check', [`${nodeKey} vmap @no-endpoint-nodeports`]),
    chain('service-endpoints-check', [`${key} vmap @no-endpoint-services`]),
    chain('firewall-check', [`${key} vmap @firewall-ips`]),
    chain('services', [
      ...(old ? [] : [`${family} daddr @cluster-ips ${family} saddr != ${pods} ${mark}`]),
      `${key} vmap @service-ips`,
      `${nodeKey} vmap @service-nodeports`,
    ]),
    chain(
      'masquerading',
      old
        ? [`meta mark & ${MARK} == 0 return`, `meta mark set meta mark ^ ${MARK}`, 'masquerade fully-random']
        : [
            `meta mark & ${MARK} != 0 meta mark set meta mark ^ ${MARK} masquerade fully-random`,
            `ct status dnat ${family} saddr . ${family} daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random`,
          ],
    ),
    chain('cluster-ips-check', [
      `${family} daddr @cluster-ips reject`,
      ...(old ? [] : [`${family} daddr ${SERVICE_CIDR[family]} drop`]),
    ]),
    ...(old ? [chain('mark-for-masquerade', [`meta mark set meta mark | ${MARK}`])] : []),
    chain('reject-chain', ['reject']),
    ...chains,
    '}',
    `table ${family} cni {`,
    ...base('postrouting', 'nat hook postrouting priority srcnat', [`${family} saddr ${pods} jump out`]),
    chain('out', [
      ...[pods, ...noMasquerade].map(range => `${family} daddr ${range} return`),
      'masquerade fully-random',
    ]),
    '}',
  ].join('\n')}\n`;
}

const chain = (name: string, rules: readonly string[]): string => `chain ${name} {\n${rules.join('\n')}\n}`;

const base = (name: string, hook: string, rules: readonly string[]): string[] => [
  chain(name, [`type ${hook}; policy accept;`, ...rules]),
];

const OLD_HOOKS = [
  ...base('filter-prerouting', 'filter hook prerouting priority -110', ['ct state new jump firewall-check']),
  ...base('filter-input', 'filter hook input priority -110', [
    'ct state new jump nodeport-endpoints-check',
    'ct state new jump service-endpoints-check',
  ]),
  ...base('filter-forward', 'filter hook forward priority -110', [
    'ct state new jump service-endpoints-check',
    'ct state new jump cluster-ips-check',
  ]),
  ...base('filter-output', 'filter hook output priority -110', [
    'ct state new jump service-endpoints-check',
    'ct state new jump firewall-check',
  ]),
  ...base('filter-output-post-dnat', 'filter hook output priority -90', ['ct state new jump cluster-ips-check']),
];

const NEW_HOOKS = [
  ...base('filter-prerouting-pre-dnat', 'filter hook prerouting priority -110', ['ct state new jump firewall-check']),
  ...base('filter-output-pre-dnat', 'filter hook output priority -110', ['ct state new jump firewall-check']),
  ...base('filter-input', 'filter hook input priority filter', [
    'ct state new jump nodeport-endpoints-check',
    'ct state new jump service-endpoints-check',
  ]),
  ...['forward', 'output'].flatMap(hook =>
    base(`filter-${hook}`, `filter hook ${hook} priority filter`, [
      'ct state new jump service-endpoints-check',
      'ct state new jump cluster-ips-check',
    ]),
  ),
];

/** A set or map; nft reads no empty list of elements. */
const named = (name: string, type: string, elements: readonly string[]): string[] => [
  `${name} {\ntype ${type}${elements.length > 0 ? `\nelements = { ${elements.join(', ')} }` : ''}\n}`,
];

const coreOf = ({ name, protocol }: Service): string => `default/${name}/${protocol}/p`;
const chainOf = (kind: string, service: Service): string => `${kind}-${hashOf(coreOf(service), 8)}-${coreOf(service)}`;

function endpointOf(service: Service, { place, port }: Backend): string {
  const core = `${coreOf(service)}__${place[service.family].replaceAll(':', '.')}/${port}`;
  return `endpoint-${hashOf(core, 8)}-${core}`;
}

interface Writing {
  readonly node: number;
  readonly mark: string;
  readonly old: boolean;
}

/** The chains of a service that has endpoints. */
function serviceChains(service: Service, { node, mark, old }: Writing): string[] {
  const { family, protocol, port, backends, clusterIp, external } = service;
  const pods = CLUSTER_CIDR[family];
  const local = backends.filter(({ place }) => place.node === node);
  const balance = (among: readonly Backend[]) => {
    const to = among.map((backend, i) =>
      old ? `${i} : goto ${endpointOf(service, backend)}` : `${i} : ${backend.place[family]} . ${backend.port}`,
    );
    const dice = `numgen random mod ${among.length}`;
    return old
      ? `${dice} vmap { ${to.join(', ')} }`
      : `meta l4proto ${protocol} dnat ${family} addr . port to ${dice} map { ${to.join(', ')} }`;
  };
  const [all, near] = [chainOf('service', service), chainOf('local', service)];
  const endpoints = old ? backends : [];
  return [
    ...endpoints.map(backend => {
      const address = backend.place[family];
      return chain(endpointOf(service, backend), [
        `${family} saddr ${address} ${mark}`,
        `meta l4proto ${protocol} dnat to ${family === 'ip' ? address : `[${address}]`}:${backend.port}`,
      ]);
    }),
    chain(all, [
      ...(old ? [`${family} daddr ${clusterIp} ${protocol} dport ${port} ${family} saddr != ${pods} ${mark}`] : []),
      balance(backends),
    ]),
    ...(external === 'Local' && local.length > 0 ? [chain(near, [balance(local)])] : []),
    chain(
      chainOf('external', service),
      external === 'Cluster'
        ? [mark, `goto ${all}`]
        : [
            `${family} saddr ${pods} goto ${all}`,
            `fib saddr type local ${mark}`,
            `fib saddr type local goto ${all}`,
            ...(local.length > 0 ? [`goto ${near}`] : []),
          ],
    ),
  ];
}
