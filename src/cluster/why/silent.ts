import { type Address, familyOf, formatAddress } from '../../net/address.ts';
import type { ReasonAnswer } from '../answer.ts';
import type { Cluster } from '../cluster.ts';
import type { Fate } from '../fate.ts';
import type { Host } from '../host.ts';
import { type Tried, wouldWork } from './instead.ts';
import { destinationPattern, natTables, rulesWith } from './mentions.ts';
import { plannedBy } from './planned.ts';

/** A host with a rule about an address, which translates what comes to the host. */
export interface Translator {
  readonly host: Host;
  /** `nat KUBE-SERVICES 3`. */
  readonly rule: string;
  readonly file: string;
  readonly line: number;
}

/** Why nobody answers for an address that was asked for on a link, and what would work instead. */
export function whySilent(cluster: Cluster, { last }: Fate, tried: Tried): ReasonAnswer[] {
  const { host, walked } = last;
  const { hop } = walked;
  const port = cluster.owners.port(host, hop.out?.device);
  const address = hop.out?.nexthop ?? hop.after.daddr;
  if (!port || cluster.owners.withAddress(address).length > 0) return [];
  const translators = translatorsOf(cluster, address);
  return [
    ...plannedBy(cluster, address),
    ...translators.slice(0, 1).map(first => translated(address, first, translators.length)),
    ...wouldWork({ cluster, port, address, translators, packet: hop.after, tried }),
  ];
}

export const translatorsOf = ({ hosts }: Cluster, address: Address): readonly Translator[] =>
  hosts.flatMap(host => {
    const pattern = destinationPattern(address);
    for (const table of natTables(host.namespace, familyOf(address)).filter(each => each.mentions?.(pattern) !== false))
      for (const chain of table.chains.values())
        for (const { number, source } of rulesWith(chain, pattern))
          return [{ host, rule: `${table.name} ${chain.name} ${number}`, file: source.file, line: source.line }];
    return [];
  });

function translated(address: Address, { host, rule, file, line }: Translator, count: number): ReasonAnswer {
  const others = count > 1 ? ` (and of ${count - 1} hosts more)` : '';
  const asked = typeof address === 'number' ? 'ARP' : 'neighbour solicitations';
  const text = `${formatAddress(address)} is on no interface that was captured; ${rule} of ${host.name}${others} is for what comes there, and rules answer no ${asked}`;
  return { kind: 'silent', text, file, line };
}
