import type { Hook } from '../../../src/model/ruleset.ts';
import type { Family } from '../../../src/net/address.ts';
import type { Owner } from '../observation.ts';
import { headerOptions, matchMakers } from './matches.ts';
import { matchOfProtocol } from './options.ts';
import { provoke } from './provoked.ts';
import type { Random } from './random.ts';
import type { GeneratedSet } from './sets.ts';
import { TARGETS } from './targets.ts';
import type { GeneratedRule, Part, RuleProtocol, Site } from './words.ts';

const TABLES: readonly (readonly [string, readonly Hook[]])[] = [
  ['raw', ['prerouting', 'output']],
  ['mangle', ['prerouting', 'input', 'forward', 'output', 'postrouting']],
  ['nat', ['prerouting', 'input', 'output', 'postrouting']],
  ['filter', ['input', 'forward', 'output']],
  ['security', ['input', 'forward', 'output']],
];

export interface GeneratedChain {
  readonly name: string;
  readonly policy: 'ACCEPT' | 'DROP' | '-';
  readonly rules: readonly GeneratedRule[];
  /** Of a native base chain, as nft declares it. */
  readonly base?: string;
}

export interface GeneratedTable {
  readonly name: string;
  /** Of a native table, with the declarations of its sets. */
  readonly family?: Family | 'inet' | 'netdev' | 'bridge';
  readonly sets?: string;
  readonly chains: readonly GeneratedChain[];
}

/** All tables of one tool and family, and the text that its restore takes. */
export interface GeneratedRuleset {
  readonly owner: Owner;
  readonly family: Family | 'inet';
  readonly tables: readonly GeneratedTable[];
}

export interface RulesetWishes {
  readonly random: Random;
  readonly owner: Owner;
  readonly family: Family;
  readonly sets: readonly GeneratedSet[];
}

export function generateRuleset(wishes: RulesetWishes): GeneratedRuleset {
  const { random, owner, family } = wishes;
  const chosen = TABLES.filter(([name]) => random.chance(name === 'security' ? 0.25 : name === 'raw' ? 0.7 : 0.9));
  const tables = chosen.map(([name, hooks]) => generateTable(wishes, name, hooks));
  return { owner, family, tables: provoke(random, family, tables) };
}

interface UserChain {
  readonly name: string;
  readonly hooks: readonly Hook[];
}

function generateTable(wishes: RulesetWishes, table: string, hooks: readonly Hook[]): GeneratedTable {
  const { random } = wishes;
  const users: UserChain[] = Array.from({ length: random.integer(1, 4) }, (_, i) => ({
    name: `${random.pick(['KUBE', 'cali', 'X'])}-${table}-${i}`,
    hooks: random.some(hooks, 1, hooks.length),
  }));
  const callees = (from: readonly Hook[], after: number) =>
    users.filter((user, i) => i > after && from.every(hook => user.hooks.includes(hook))).map(user => user.name);
  const site = (own: readonly Hook[], base: boolean, after: number): Site => ({
    ...wishes,
    table,
    hooks: own,
    base,
    callees: callees(own, after),
  });
  const bases = hooks.map(hook => ({
    name: hook.toUpperCase(),
    policy: policy(random, table),
    rules: generateRules(site([hook], true, -1), wishes.sets, random.integer(1, 6)),
  }));
  const others = users.map((user, i) => ({
    name: user.name,
    policy: '-' as const,
    rules: generateRules(site(user.hooks, false, i), wishes.sets, random.integer(0, 5)),
  }));
  return { name: table, chains: [...bases, ...others] };
}

function policy(random: Random, table: string): 'ACCEPT' | 'DROP' {
  const drop = table === 'filter' ? 0.12 : table === 'nat' ? 0 : 0.015;
  return random.chance(drop) ? 'DROP' : 'ACCEPT';
}

const generateRules = (site: Site, sets: readonly GeneratedSet[], count: number): GeneratedRule[] =>
  Array.from({ length: count }, () => generateRule(site, sets));

const PAYLOAD = new Set(['string', 'u32']);

/**
 * How the dice fell shows where the rule matched, and the observer does not have the bytes of packets that the node
 * makes: such matches stand last, so that nothing behind them counts packets.
 */
function place({ name, text }: Part): number {
  if (PAYLOAD.has(name)) return 2;
  return text.includes('--mode random') ? 1 : 0;
}

function generateRule(site: Site, sets: readonly GeneratedSet[]): GeneratedRule {
  const { random } = site;
  const protocol = pickProtocol(site);
  const { target, ends } = pickTarget(site, protocol);
  const matches: Part[] = [];
  const header = headerOptions(site);
  if (protocol) header.push(`-p ${protocol === 'icmpv6' ? 'ipv6-icmp' : protocol}`);
  if (header.length) matches.push({ name: 'ip', text: header.join(' ') });
  if (protocol && protocol !== 'udplite' && (random.chance(0.6) || target?.name === 'TCPMSS'))
    matches.push(
      target?.name === 'TCPMSS' ? { name: 'tcp', text: '--tcp-flags SYN,RST SYN' } : matchOfProtocol(site, protocol),
    );
  const makers = matchMakers(sets).filter(maker => maker.when?.(site, protocol) ?? true);
  const wanted =
    random.weighted([
      [3, 0],
      [6, 1],
      [3, 2],
      [1, 3],
    ]) + (ends && !matches.length ? 1 : 0);
  const used = new Set<string>();
  while (used.size < wanted) {
    const maker = random.weighted(makers.map(one => [one.weight, one] as const));
    if (used.has(maker.name)) continue;
    used.add(maker.name);
    matches.push({ name: maker.name, text: maker.make(site, protocol) });
  }
  matches.sort((a, b) => place(a) - place(b));
  return { matches, target, text: ruleText(matches, target) };
}

export function ruleText(matches: readonly Part[], target: Part | undefined): string {
  const words = matches.map(match => (match.name === 'ip' ? match.text : `-m ${match.name} ${match.text}`.trim()));
  if (target) words.push(target.text);
  return words.join(' ');
}

function pickProtocol({ random, family }: Site): RuleProtocol | undefined {
  return random.weighted<RuleProtocol | undefined>([
    [9, undefined],
    [5, 'tcp'],
    [5, 'udp'],
    [2, family === 'ip' ? 'icmp' : 'icmpv6'],
    [1, 'sctp'],
    [0.3, 'udplite'],
    [0.8, 'esp'],
    [family === 'ip' ? 0.8 : 0, 'ah'],
  ]);
}

function pickTarget(site: Site, protocol: RuleProtocol | undefined): { target: Part | undefined; ends: boolean } {
  const { random } = site;
  if (site.callees.length && random.chance(0.3)) {
    const chain = random.pick(site.callees);
    if (random.chance(0.25)) return { target: { name: 'goto', text: `-g ${chain}` }, ends: true };
    return { target: { name: 'jump', text: `-j ${chain}` }, ends: false };
  }
  if (random.chance(0.05)) return { target: undefined, ends: false };
  const fitting = TARGETS.filter(one => one.when?.(site, protocol) ?? true);
  const maker = random.weighted(fitting.map(one => [one.weight, one] as const));
  const text = `-j ${maker.name} ${maker.make(site, protocol)}`.trim();
  return { target: { name: maker.name, text }, ends: maker.ends ?? false };
}

/** Input of `nft -f -`: sets first, and chains before those that call them. */
const nativeText = ({ tables }: GeneratedRuleset): string =>
  tables
    .map(({ family, name, sets, chains }) => {
      const body = chains.map(({ name, base, policy, rules }) => {
        const head = base === undefined ? '' : `${base}; policy ${policy.toLowerCase()};\n`;
        return `chain ${name} {\n${head}${rules.map(rule => `${rule.text}\n`).join('')}}\n`;
      });
      return `table ${family} ${name} {\n${sets}\n${body.join('')}}\n`;
    })
    .join('');

/** Input of the tool's restore. */
export function restoreText(ruleset: GeneratedRuleset): string {
  if (ruleset.owner === 'nft') return nativeText(ruleset);
  const lines: string[] = [];
  for (const table of ruleset.tables) {
    lines.push(`*${table.name}`);
    for (const chain of table.chains) lines.push(`:${chain.name} ${chain.policy} [0:0]`);
    for (const chain of table.chains)
      for (const rule of chain.rules) lines.push(`-A ${chain.name} ${rule.text}`.trim());
    lines.push('COMMIT');
  }
  return lines.map(line => `${line}\n`).join('');
}
