import type { Ruleset, Table } from '../../model/ruleset.ts';
import type { Family } from '../../net/address.ts';

/** The nat and filter tables of one owner and family that kube-proxy has written into. */
export interface ProxyTables {
  readonly family: Family;
  readonly nat: Table;
  /** Undefined: it was not captured. */
  readonly filter: Table | undefined;
}

/** Generations of kube-proxy's iptables rules, told by their shape: releases have backports. */
export interface Era {
  /** `1.25 or newer`: for a person. */
  readonly releases: string;
  /** The rules show internalTrafficPolicy. */
  readonly internalPolicy: boolean;
  /** Rules of external addresses follow externalTrafficPolicy. */
  readonly externalIpPolicy: boolean;
  /** Without endpoints, load balancer addresses are refused in KUBE-SERVICES, beside cluster addresses. */
  readonly balancerAmongServices: boolean;
}

export function proxyTables({ tables }: Ruleset): ProxyTables[] {
  return tables.flatMap(nat => {
    const { family, owner } = nat;
    if (nat.name !== 'nat' || owner === 'nft' || (family !== 'ip' && family !== 'ip6')) return [];
    if (!nat.chains.has('KUBE-SERVICES')) return [];
    const filter = tables.find(
      table =>
        table.name === 'filter' && table.family === family && (table.owner === owner || nat.owner === 'iptables'),
    );
    return [{ family, nat, filter }];
  });
}

export function eraOf({ nat, filter }: ProxyTables): Era {
  const known = { internalPolicy: true, externalIpPolicy: true, balancerAmongServices: false };
  if (filter?.chains.has('KUBE-PROXY-FIREWALL')) return { releases: '1.25 or newer', ...known };
  if (hasPrefix(nat, ['KUBE-EXT-', 'KUBE-SVL-']) || endpointComments(nat))
    return { releases: filter ? '1.24' : '1.24 or newer', ...known };
  const old = { ...known, internalPolicy: false };
  if (!filter) return { releases: 'up to 1.23', ...old, externalIpPolicy: false };
  if (filter.chains.has('KUBE-NODEPORTS')) return { releases: '1.20 to 1.23', ...old };
  const among = !jumps(filter, 'FORWARD', 'KUBE-EXTERNAL-SERVICES');
  return { releases: 'up to 1.19', ...old, externalIpPolicy: false, balancerAmongServices: among };
}

/** Several generations write the same for services without external addresses: the arrow came with 1.24. */
function endpointComments({ chains }: Table): boolean {
  for (const name of chains.keys()) {
    const rules = name.startsWith('KUBE-SVC-') ? chains.get(name)?.rules : undefined;
    if (rules && rules.length > 0) return rules.mentions(/ -> \[?[0-9a-f.:]+\]?:\d+"/);
  }
  return false;
}

function hasPrefix({ chains }: Table, prefixes: readonly string[]): boolean {
  for (const name of chains.keys()) if (prefixes.some(prefix => name.startsWith(prefix))) return true;
  return false;
}

const jumps = ({ chains }: Table, from: string, to: string): boolean =>
  chains.get(from)?.rules.mentions(new RegExp(` -[jg] ${to}(?: |$)`, 'm')) ?? false;
