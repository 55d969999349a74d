import type { Namespace } from '../../../model/namespace.ts';
import type { Neighbour } from '../../../model/neighbour.ts';
import { type Address, formatAddress } from '../../../net/address.ts';
import { listingOf } from '../../../nft/evaluate/table.ts';
import { linkHooks } from '../../../walk/link-hooks.ts';
import { portOf } from '../../../walk/path/port.ts';
import type { RulesDiff } from '../../rules/ruleset.ts';
import { someRuleAsksPorts } from '../interfaces.ts';
import { rulesNaming } from './callers.ts';
import { conditionsOf } from './conditions.ts';
import type { Place } from './place.ts';
import { someRuleSays } from './text.ts';

/** Rules that give packets addresses which do not stand in them as a word. */
const RANGED =
  /--to-destination \S*-|-j (?:NETMAP|TPROXY|TEE|DNPT|SNPT)\b|\b(?:dnat|tproxy)\b.*(?:[\da-f:.]-[\da-f:.]|\/\d)|\b(?:dup|fwd) to\b|\b[sd]addr set\b/;

/**
 * Addresses that answer on one side alone, for their entries failed on the other, or nobody would ask there for them; and
 * those behind another port of a bridge, where ports count.
 */
export function changedNeighbours(before: Namespace, after: Namespace, rules: RulesDiff): readonly Address[] {
  const sides = [before, after];
  const isAsked = !sides.some(({ sysctls = [] }) =>
    [...sysctls].some(([name, value]) => value === '0' && /\.mcast_solicit$/.test(name)),
  );
  const portsCount = sides.some(hasChainsOfPorts) || someRuleAsksPorts(after, rules);
  const entries = (side: Namespace): ReadonlyMap<string, Address> => {
    const told = new Map<string, Address>();
    for (const entry of side.neighbours ?? []) {
      const { address, device, mac, proxy } = entry;
      if (proxy || device === undefined) continue;
      if (isFailed(entry) || !isAsked) told.set(`${device} ${address} ${isFailed(entry)}`, address);
      const port = portsCount ? portOf(side, device, mac) : undefined;
      if (port !== undefined) told.set(`${device} ${address} behind ${port}`, address);
    }
    return told;
  };
  const [was, is] = [entries(before), entries(after)];
  const lone = (own: ReadonlyMap<string, Address>, other: ReadonlyMap<string, Address>) =>
    [...own].flatMap(([key, address]) => (other.has(key) ? [] : [address]));
  return [...new Set([...lone(was, is), ...lone(is, was)])];
}

/** Below IP, where a frame passes what hangs on its port. */
function hasChainsOfPorts(side: Namespace): boolean {
  const { egress, bridge } = linkHooks(side);
  return egress.length > 0 || Object.values(bridge).some(chains => chains.length > 0);
}

const isFailed = ({ state }: Neighbour): boolean => state === 'FAILED' || state === 'INCOMPLETE';

/**
 * The rules by which packets may come to have one of the addresses as their destination; undefined: it is not only these,
 * and the packets that are for them as they come, that are sent to the addresses.
 */
export function placesTowards(
  addresses: readonly Address[],
  { before, after, rules }: { readonly before: Namespace; readonly after: Namespace; readonly rules: RulesDiff },
): readonly Place[] | undefined {
  const isHop = (address: Address) =>
    [before, after].some(({ routes = [] }) =>
      routes.some(({ nexthops }) => nexthops.some(({ gateway }) => gateway === address)),
    );
  if (addresses.some(isHop) || someRuleSays(after, rules, RANGED) || after.ruleset.tables.some(hasOtherMaps))
    return undefined;
  return addresses.map(formatAddress).flatMap(text =>
    after.ruleset.tables.flatMap(table => {
      const maps = [...(listingOf(table)?.sets.values() ?? [])].filter(({ map, elements }) => {
        return map && [...(elements.holding?.(text) ?? [])].length > 0;
      });
      const places = [text, ...maps.map(({ name }) => name)].flatMap(word => rulesNaming(table, word));
      return places.map(({ chain, rule }): Place => {
        return { table, chain: chain.name, conditions: [conditionsOf(rule.statements)] };
      });
    }),
  );
}

/** Maps to addresses of which the text does not tell each one. */
const hasOtherMaps = (table: Namespace['ruleset']['tables'][number]): boolean =>
  [...(listingOf(table)?.sets.values() ?? [])].some(({ map, elements }) => {
    const text = elements.listed?.();
    return (
      map?.some(type => /addr|integer/.test(type)) &&
      (text === undefined || /: \S*(?:[\da-f.:]-[\da-f.:]|\/\d)/.test(text))
    );
  });
