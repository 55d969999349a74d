import { Naming } from '../../explain/naming.ts';
import { viewOf } from '../../explain/seen.ts';
import type { ServiceProxy } from '../../kubernetes/datapath.ts';
import { type ApiServicePort, apiServicePorts } from '../../kubernetes/objects.ts';
import type { ProxyService } from '../../kubernetes/proxy/service.ts';
import type { Namespace } from '../../model/namespace.ts';
import type { Address } from '../../net/address.ts';
import type { Mac } from '../../net/mac.ts';
import type { RulesDiff } from '../rules/ruleset.ts';
import type { HostPair, Side } from '../side.ts';
import { comparePolicies, comparePrograms } from './elsewhere.ts';
import { helperStatements } from './helpers.ts';
import { compareInterfaces } from './interfaces.ts';
import { compareModules } from './modules.ts';
import { compareFdb, compareNeighbours } from './neighbours.ts';
import { compareRoutes, compareRoutingRules } from './routes.ts';
import { factsOf, type ServiceFacts } from './service-facts.ts';
import { compareServices } from './services.ts';
import { type Statement, statement, type Told, told } from './statement.ts';
import { compareSysctls } from './sysctls.ts';
import { touchedServices, widened } from './touched.ts';

/** What one side knows beside a host: the API's services and who has which MAC. */
export class Knowledge {
  readonly api: readonly ApiServicePort[];
  readonly naming: Naming;
  readonly ownerOf: (mac: Mac) => string | undefined;

  constructor({ nodes, outside, objects }: Side) {
    this.api = apiServicePorts(objects);
    this.naming = new Naming(this.api);
    const owners = new Map<Mac, string>();
    for (const host of [...nodes.values(), ...outside.values()])
      for (const { mac } of host.interfaces ?? [])
        if (mac !== undefined && !owners.has(mac)) owners.set(mac, host.name);
    this.ownerOf = mac => owners.get(mac);
  }

  /** Addresses that clients outside ask for. */
  get announced(): readonly Address[] {
    return this.api.flatMap(({ externalIPs, loadBalancerIPs }) => [
      ...externalIPs,
      ...loadBalancerIPs.map(({ address }) => address),
    ]);
  }
}

/** What became of one host, in words: all but its services. */
export function compareHost({ before, after }: HostPair, known: readonly [Knowledge, Knowledge]): Told {
  const [a, b] = known;
  const beside = {
    ownerBefore: a.ownerOf,
    ownerAfter: b.ownerOf,
    announced: new Set([...a.announced, ...b.announced]),
  };
  const parts = [
    compareInterfaces(before.interfaces, after.interfaces),
    compareRoutes(before.routes, after.routes),
    compareRoutingRules(before.rules, after.rules),
    compareNeighbours(before.neighbours, after.neighbours, beside),
    compareFdb(before.fdb, after.fdb),
    compareSysctls(before.sysctls, after.sysctls),
    compareModules(before.modules, after.modules),
    comparePolicies(before.ipsecPolicies, after.ipsecPolicies),
    comparePrograms(before.packetPrograms, after.packetPrograms),
  ];
  return {
    statements: parts.flatMap(({ statements }) => statements),
    setAside: parts.flatMap(({ setAside }) => setAside),
    notCompared: parts.flatMap(({ notCompared }) => notCompared),
  };
}

/** What changed rules mean for services, and for helpers of connection tracking. */
export function compareServicesOf(
  { before, after }: HostPair,
  rules: RulesDiff,
  known: readonly [Knowledge, Knowledge],
  wanted?: RegExp,
): Told {
  const helpers = helperStatements(rules.chains);
  const touched = wanted ?? touchedServices(rules);
  if (touched === 'none') return told(helpers);
  const pattern = touched === 'all' ? undefined : touched;
  const [viewA, viewB] = [viewOf(before, pattern), viewOf(after, pattern)];
  let [a, b] = [serviceFacts(viewA.services, known[0], before), serviceFacts(viewB.services, known[1], after)];
  const wider = pattern && widened(pattern, [...lone(a, b), ...lone(b, a)]);
  if (wider) {
    a = serviceFacts(viewOf(before, wider).services, known[0], before);
    b = serviceFacts(viewOf(after, wider).services, known[1], after);
  }
  return told([...proxyStatements(viewA.proxy, viewB.proxy), ...compareServices(a, b), ...helpers]);
}

type Facts = ReadonlyMap<string, ServiceFacts>;

export const serviceFacts = (
  services: readonly ProxyService[],
  { naming, api }: Knowledge,
  { interfaces = [] }: Namespace,
): Facts =>
  factsOf(services, {
    naming,
    api,
    interfaceOf: own => interfaces.find(({ addresses }) => addresses.some(({ address }) => address === own))?.name,
  });

const lone = (own: Facts, other: Facts): ServiceFacts[] =>
  [...own].flatMap(([key, value]) => (other.has(key) ? [] : [value]));

function proxyStatements(before: ServiceProxy, after: ServiceProxy): Statement[] {
  const [was, is] = [proxyText(before), proxyText(after)];
  return was === is
    ? []
    : [statement('proxy', 'kube-proxy')('changed', `services are handled by ${is}; before by ${was}`)];
}

function proxyText(proxy: ServiceProxy): string {
  switch (proxy.kind) {
    case 'iptables':
    case 'nftables':
      return `rules of kube-proxy ${proxy.releases} (${proxy.kind})`;
    case 'ipvs':
      return 'virtual servers of IPVS';
    case 'none':
      return 'no rules of kube-proxy';
  }
}
