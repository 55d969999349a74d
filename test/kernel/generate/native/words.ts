import type { Hook } from '../../../../src/model/ruleset.ts';
import type { Family } from '../../../../src/net/address.ts';
import type { Random } from '../random.ts';
import { addressOrPrefix, anyAddress, PREFIXES, placeAddresses } from '../words.ts';

export type TableFamily = Family | 'inet' | 'netdev' | 'bridge';

/** Where a rule of nft stands: every hook from which its chain can be reached, and what its table has. */
export interface NativeSite {
  readonly random: Random;
  readonly family: TableFamily;
  readonly type: 'filter' | 'nat' | 'route';
  readonly hooks: readonly Hook[];
  /** All of its base chains run before conntrack. */
  readonly early: boolean;
  /** Its chains hang on devices or bridges: which of them, and where frames have link headers that the observer knows. */
  readonly below?: { readonly framed: boolean };
  readonly callees: readonly string[];
  /** What the rule at hand speaks of: nft refuses one that contradicts itself. */
  readonly protocol: RuleProtocol | undefined;
  readonly ruleFamily: Family;
}

export type RuleProtocol = 'tcp' | 'udp' | 'sctp' | 'udplite' | 'icmp' | 'icmpv6';

/** The family that the rule speaks of: the table's, or in inet one of the two. */
export const familyFor = ({ ruleFamily }: NativeSite): Family => ruleFamily;

/** Ports may be told: `meta l4proto { tcp, udp }` or the rule's own. */
export const withPorts = ({ protocol }: NativeSite): string =>
  protocol === undefined ? 'meta l4proto { tcp, udp } ' : `meta l4proto ${protocol} `;
export const hasPorts = ({ protocol }: NativeSite): boolean =>
  protocol === undefined || protocol === 'tcp' || protocol === 'udp';

export const only = (site: NativeSite, ...hooks: Hook[]): boolean => site.hooks.every(hook => hooks.includes(hook));

export const listed = (values: Iterable<string | number>): string => `{ ${[...new Set(values)].join(', ')} }`;

export const relation = (random: Random): string => (random.chance(0.25) ? '!= ' : '');

/** An address, a prefix, a range, or a set of such that do not overlap. */
export function addresses(random: Random, family: Family): string {
  return random.weighted([
    [4, () => addressOrPrefix(random, family)],
    [2, () => random.pick(PREFIXES[family])],
    [2, () => listed(random.some(placeAddresses(family), 1, 4))],
    [1, () => `${anyAddressRange(family)}`],
  ])();
}

const anyAddressRange = (family: Family): string =>
  family === 'ip' ? '192.168.1.1-192.168.3.10' : 'fd00:192:168:1::1-fd00:192:168:3::a';

export const address = (random: Random, family: Family): string => anyAddress(random, family);
