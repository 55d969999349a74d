import type { Hook } from '../../../src/model/ruleset.ts';
import type { Family } from '../../../src/net/address.ts';
import type { Owner } from '../observation.ts';
import { OWN, PLACES } from '../topology.ts';
import type { Random } from './random.ts';

/** Values that rules and packets draw from alike, so that matches say yes and no often. */
export const PORTS = [22, 53, 80, 443, 4000, 5353, 8080, 9999, 30080, 30081, 40000, 41000] as const;
export const TEXTS = [
  '',
  'hello',
  'GET /index',
  'chainwalk',
  'ABCabcABC',
  'x'.repeat(40),
  'hello GET '.repeat(12),
] as const;
export const TTLS = [1, 2, 3, 63, 64, 128, 255] as const;
export const TOSES = [0, 0x10, 0x08, 0xb8, 0x02, 0x03, 0xfc] as const;
export const MSSES = [536, 1220, 1460] as const;
export const MARKS = [0, 1, 2, 4, 0x10, 0x4000, 0x8000, 0xff] as const;
export const UIDS = [0, 1000, 1001] as const;
/** Addresses that nobody has and a rule may translate. */
export const SERVICES: Readonly<Record<Family, readonly string[]>> = {
  ip: ['10.96.0.1', '10.96.0.2', '10.96.0.10', '203.0.113.10'],
  ip6: ['fd00:10:96::1', 'fd00:10:96::2', 'fd00:10:96::10', '2001:db8:113::10'],
};
export const placeAddresses = (family: Family): readonly string[] => PLACES.map(place => place[family]);
export const PREFIXES: Readonly<Record<Family, readonly string[]>> = {
  ip: [
    '10.10.100.0/24',
    '192.168.1.0/24',
    '192.168.0.0/16',
    '10.96.0.0/12',
    '192.168.3.10/31',
    '0.0.0.0/1',
    '172.30.5.0/28',
  ],
  ip6: ['fd00:10:10:100::/64', 'fd00:192:168:1::/64', 'fd00:192:168::/48', 'fd00:10:96::/108', 'fc00::/7', '2000::/3'],
};
export const INTERFACES = ['eth0', 'eth1', 'cni0', 'cali1', 'cali2', 'cali+', 'eth+', 'lo'] as const;

export const anyAddress = (random: Random, family: Family): string =>
  random.pick(
    random.weighted([
      [5, placeAddresses(family)],
      [3, SERVICES[family]],
      [2, OWN[family]],
    ]),
  );

export const addressOrPrefix = (random: Random, family: Family): string =>
  random.chance(0.5) ? anyAddress(random, family) : random.pick(PREFIXES[family]);

/** What a rule is generated for: every hook from which its chain can be reached. */
export interface Site {
  readonly random: Random;
  readonly family: Family;
  readonly owner: Owner;
  readonly table: string;
  readonly hooks: readonly Hook[];
  /** A built-in chain, for which iptables refuses more than for others. */
  readonly base: boolean;
  /** Chains that may be called from here. */
  readonly callees: readonly string[];
}

export const only = (site: Site, ...hooks: Hook[]): boolean => site.hooks.every(hook => hooks.includes(hook));

export type RuleProtocol = 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'sctp' | 'udplite' | 'esp' | 'ah';

/** One `-m` or `-j` with its options; `ip` holds the header options. */
export interface Part {
  readonly name: string;
  readonly text: string;
}

export interface GeneratedRule {
  readonly matches: readonly Part[];
  readonly target: Part | undefined;
  readonly text: string;
}

/** `!`, now and then. */
export const maybeNot = (random: Random, probability = 0.25): string => (random.chance(probability) ? '! ' : '');

/** `a:b` of two values out of a list, or one of them alone. */
export function range(random: Random, values: readonly number[], separator = ':'): string {
  const one = random.pick(values);
  if (random.chance(0.5)) return String(one);
  const other = random.pick(values);
  return `${Math.min(one, other)}${separator}${Math.max(one, other)}`;
}

export const hex = (value: number): string => `0x${value.toString(16)}`;
export const masked = (random: Random, values: readonly number[]): string =>
  random.chance(0.5)
    ? hex(random.pick(values))
    : `${hex(random.pick(values))}/${hex(random.pick([1, 3, 0xf, 0xff, 0x4000, 0xffff]))}`;
