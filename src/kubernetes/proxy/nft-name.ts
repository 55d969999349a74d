import type { ServicePort } from '../comment.ts';

/** What the name of a chain of kube-proxy's nftables mode says. */
export interface NftChainName {
  readonly role: 'service' | 'local' | 'external' | 'firewall' | 'endpoint';
  /** What the chains of a service port share: `ULMVA6XW-ns1/svc1/tcp/p80`. */
  readonly suffix: string;
  /** Undefined: the name was cut. */
  readonly service: ServicePort | undefined;
}

const NAME = /^(service|local|external|firewall|endpoint)-([A-Z2-7]{8}-([^/]+)\/([^/]+)\/[a-z]+\/([^_/]*))(?:__.*)?$/;
const CUT = /^(service|local|external|firewall|endpoint)-([A-Z2-7]{8}-.*\.\.\.)$/;

/** Undefined for a chain that is of no service. Names that are too long are cut and end in dots. */
export function parseNftChain(name: string): NftChainName | undefined {
  const [, role, suffix, namespace, service, port] = NAME.exec(name) ?? CUT.exec(name) ?? [];
  if (suffix === undefined || !isRole(role)) return undefined;
  if (namespace === undefined || service === undefined) return { role, suffix, service: undefined };
  return { role, suffix, service: { namespace, name: service, ...(port && { port }) } };
}

const ROLES = ['service', 'local', 'external', 'firewall', 'endpoint'] as const;
const isRole = (word: string | undefined): word is NftChainName['role'] => ROLES.some(role => role === word);

const BY_ROLE: Readonly<Record<NftChainName['role'], string>> = {
  service: 'service: choice of an endpoint',
  local: 'service: choice of a local endpoint',
  external: 'service, reached by an external address',
  firewall: "load balancer's source ranges",
  endpoint: 'endpoint',
};

const BY_NAME = new Map([
  ['services', 'hands packets to services'],
  ['masquerading', 'masquerades what is marked'],
  ['mark-for-masquerade', 'marks for masquerading'],
  ['firewall-check', "drops what a load balancer's source ranges leave out"],
  ['service-endpoints-check', 'refuses packets to services without endpoints'],
  ['nodeport-endpoints-check', 'refuses packets to node ports without endpoints'],
  ['endpoints-check', 'refuses packets to services without endpoints'],
  ['cluster-ips-check', 'refuses ports of cluster addresses that no service has'],
  ['reject-chain', 'rejects'],
]);

/** What a chain of kube-proxy's nftables mode is for, in a few words. */
export function nftChainRole(name: string): string | undefined {
  const known = BY_NAME.get(name);
  const parsed = known === undefined ? parseNftChain(name) : undefined;
  return parsed ? BY_ROLE[parsed.role] : known;
}
