import type { NftFamily, NftHook } from './ruleset.ts';

type Name = readonly [name: string, priority: number, hook?: NftHook];

/** Names that nft gives to priorities, with the hook that they are for where they are for one alone (nft(8)). */
const INET: readonly Name[] = [
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100, 'prerouting'],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100, 'postrouting'],
];
const BRIDGE: readonly Name[] = [
  ['dstnat', -300, 'prerouting'],
  ['filter', -200],
  ['out', 100, 'output'],
  ['srcnat', 300, 'postrouting'],
];
const FILTER: readonly Name[] = [['filter', 0]];
/** nft names a priority that is as near as this to one of the names. */
const REACH = 10;

const namesOf = (family: NftFamily): readonly Name[] =>
  family === 'bridge' ? BRIDGE : family === 'arp' || family === 'netdev' ? FILTER : INET;

/** `filter + 10`, or a number; undefined for anything else. */
export function parsePriority(text: string, family: NftFamily): number | undefined {
  if (/^-?\d{1,10}$/.test(text)) return Number(text);
  const [, name, sign, offset] = /^([a-z]+)(?: ([+-]) (\d{1,10}))?$/.exec(text) ?? [];
  const [, base] = namesOf(family).find(([known]) => known === name) ?? [];
  if (base === undefined) return undefined;
  return offset === undefined ? base : base + (sign === '-' ? -Number(offset) : Number(offset));
}

/** As nft prints it in a chain of that family and hook. */
export function printPriority(priority: number, family: NftFamily, hook: string | undefined): string {
  for (const [name, base, only] of namesOf(family)) {
    const offset = priority - base;
    if (Math.abs(offset) > REACH || (only !== undefined && only !== hook)) continue;
    return offset === 0 ? name : `${name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
  }
  return String(priority);
}
