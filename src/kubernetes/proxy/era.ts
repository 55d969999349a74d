import type { Ruleset, Table } from '../../model/ruleset.ts';
import type { Family } from '../../net/address.ts';
import { listingOf } from '../../nft/evaluate/table.ts';

import type { NftProxyTable } from './nft-recover.ts';

/** The nat and filter tables of one owner and family that kube-proxy has written into. */
export interface ProxyTables {
  readonly family: Family;
  readonly nat: Table;
  /** Undefined: it was not captured. */
  readonly filter: Table | undefined;
  readonly era: Era;
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

/** Of each owner and family whose nat table kube-proxy has written into. */
export function proxyTables(ruleset: Ruleset): readonly ProxyTables[] {
  const known = KNOWN_TABLES.get(ruleset) ?? tablesOf(ruleset);
  KNOWN_TABLES.set(ruleset, known);
  return known;
}

/** To tell the generation, the names of all chains may have to be looked at: it is told when it is asked for. */
const KNOWN_TABLES = new WeakMap<Ruleset, readonly ProxyTables[]>();

function tablesOf({ tables }: Ruleset): ProxyTables[] {
  const found = tables.flatMap(nat => {
    const { family, owner } = nat;
    if (nat.name !== 'nat' || owner === 'nft' || (family !== 'ip' && family !== 'ip6')) return [];
    if (!nat.chains.has('KUBE-SERVICES')) return [];
    const filter = tables.find(
      table => table.name === 'filter' && table.family === family && (table.owner === owner || owner === 'iptables'),
    );
    return [{ family, nat, filter }];
  });
  return found.map(each => {
    let era: Era | undefined;
    return {
      ...each,
      get era() {
        era ??= newest(found.filter(other => other.nat.owner === each.nat.owner));
        return era;
      },
    };
  });
}

const KNOWN = { internalPolicy: true, externalIpPolicy: true, balancerAmongServices: false };
const OLD = { ...KNOWN, internalPolicy: false };
/** The newest first. Of a nat table alone the old ones, and the new ones, are alike. */
const ERAS: readonly (readonly [era: Era, fits: (nat: Table, filter: Table | undefined) => boolean])[] = [
  [{ releases: '1.25 or newer', ...KNOWN }, (_, filter) => filter?.chains.has('KUBE-PROXY-FIREWALL') === true],
  [{ releases: '1.24', ...KNOWN }, (nat, filter) => filter !== undefined && isFrom124(nat)],
  [{ releases: '1.24 or newer', ...KNOWN }, isFrom124],
  [
    { releases: '1.20 to 1.23', ...OLD },
    (_, filter) =>
      filter !== undefined &&
      (filter.chains.has('KUBE-NODEPORTS') || jumps(filter, 'FORWARD', 'KUBE-EXTERNAL-SERVICES')),
  ],
  [
    { releases: 'up to 1.19', ...OLD, externalIpPolicy: false, balancerAmongServices: true },
    (_, filter) => filter !== undefined,
  ],
];
const OF_NAT_ALONE: Era = { releases: 'up to 1.23', ...OLD, externalIpPolicy: false };

/** Tables without services show the oldest that they could be of: one kube-proxy writes both families. */
function newest(tables: readonly Omit<ProxyTables, 'era'>[]): Era {
  return ERAS.find(([, fits]) => tables.some(({ nat, filter }) => fits(nat, filter)))?.[0] ?? OF_NAT_ALONE;
}

function isFrom124(nat: Table): boolean {
  return hasPrefix(nat, ['KUBE-EXT-', 'KUBE-SVL-']) || endpointComments(nat);
}

/** Several generations write the same for services without external addresses: the arrow came with 1.24. */
function endpointComments(table: Table): boolean {
  for (const name of namesLike(table, 'KUBE-SVC-')) {
    const rules = table.chains.get(name)?.rules;
    if (rules && rules.length > 0) return rules.mentions(/ -> \[?[0-9a-f.:]+\]?:\d+"/);
  }
  return false;
}

/** Whether the name of some chain begins in one of these ways. */
export const hasPrefix = (table: Table, prefixes: readonly string[]): boolean =>
  prefixes.some(prefix => !namesLike(table, prefix)[Symbol.iterator]().next().done);

function* namesLike(table: Table, beginning: string): Iterable<string> {
  if (table.namesLike) yield* table.namesLike(beginning);
  else for (const name of table.chains.keys()) if (name.startsWith(beginning)) yield name;
}

const jumps = ({ chains }: Table, from: string, to: string): boolean =>
  chains.get(from)?.rules.mentions(new RegExp(` -[jg] ${to}(?: |$)`, 'm')) ?? false;

/** Tables of kube-proxy's nftables mode. */
export function nftProxyTables({ tables }: Ruleset): NftProxyTable[] {
  return tables.flatMap(table => {
    const { family, name } = table;
    const listed = name === 'kube-proxy' && (family === 'ip' || family === 'ip6') ? listingOf(table) : undefined;
    return listed && (family === 'ip' || family === 'ip6') ? [{ family, table, listed }] : [];
  });
}

/** By the chains that came and went: see the layouts of pkg/proxy/nftables/proxier.go. */
export function nftReleases({ chains }: Pick<Table, 'chains'>): string {
  if (chains.has('filter-prerouting-pre-dnat')) return '1.33 or newer';
  return chains.has('cluster-ips-check') ? '1.30 to 1.32' : '1.29';
}
