import type { Hook } from '../../../../src/model/ruleset.ts';
import type { Random } from '../random.ts';
import type { GeneratedChain, GeneratedRuleset, GeneratedTable } from '../ruleset.ts';
import type { GeneratedRule, Part } from '../words.ts';
import { PORTS, PREFIXES, placeAddresses, SERVICES } from '../words.ts';
import { ACTIONS } from './actions.ts';
import { LINK_ACTIONS, LINK_MATCHES } from './below.ts';
import { MATCHES } from './matches.ts';
import type { NativeSite, RuleProtocol, TableFamily } from './words.ts';

const FILTER: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];
const NAT: readonly Hook[] = ['prerouting', 'input', 'output', 'postrouting'];
const CONNTRACK = -200;
const ORDER: readonly TableFamily[] = ['ip', 'ip6', 'inet'];

export interface Base {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
  /** Of a table whose base chains do not stand on hooks of their own each. */
  readonly name?: string;
  readonly devices?: readonly string[];
  /** All its frames came over a link. */
  readonly framed?: boolean;
}

const isBelow = (family: TableFamily, hooks: readonly Hook[]): boolean =>
  family === 'netdev' || family === 'bridge' || hooks.includes('ingress');

/** A few native tables, which nft loads at once: in the order in which the observer lists them. */
export function generateNative(random: Random, links: readonly GeneratedTable[] = []): GeneratedRuleset {
  const families = random.some<TableFamily>(['ip', 'ip6', 'inet', 'inet', 'ip', 'ip6'], 2, 4);
  families.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const tables = families.map((family, i) => generateTable(random.fork(`table ${i}`), family, `native${i}`));
  return { owner: 'nft', family: 'inet', tables: [...tables, ...links] };
}

function generateTable(random: Random, family: TableFamily, name: string): GeneratedTable {
  const type = random.weighted([
    [5, 'filter' as const],
    [5, 'nat' as const],
  ]);
  return tableOf(random, family, name, type, basesOf(random, type));
}

/** Fills base chains, and the chains that they call. */
export function tableOf(
  random: Random,
  family: TableFamily,
  name: string,
  type: 'filter' | 'nat',
  bases: readonly Base[],
): GeneratedTable {
  const hooks = bases.map(base => base.hook);
  const users = Array.from({ length: random.integer(1, 3) }, (_, i) => `user${i}`);
  const sets = setsOf(random, family);
  const site = (own: readonly Base[], callees: readonly string[]): NativeSite => ({
    random,
    family,
    type,
    hooks: own.length === 1 ? own.map(base => base.hook) : hooks,
    early: own.every(({ priority }) => priority < CONNTRACK),
    ...(isBelow(family, hooks) && { below: { framed: own.every(({ framed = false }) => framed) } }),
    callees,
    protocol: undefined,
    ruleFamily: 'ip',
  });
  const chains: GeneratedChain[] = [
    ...users
      .map((user, i) => ({ name: user, policy: '-' as const, rules: rulesOf(site(bases, users.slice(i + 1)), 0, 4) }))
      .reverse(),
    ...bases.map(base => ({
      name: base.name ?? base.hook,
      policy: random.chance(type === 'filter' && base.priority > CONNTRACK ? 0.06 : 0)
        ? ('DROP' as const)
        : ('ACCEPT' as const),
      rules: rulesOf(site([base], users), 1, 6),
      base: `type ${base.type} hook ${base.hook}${on(base)} priority ${base.priority}`,
    })),
  ];
  return { name, family, sets, chains };
}

const on = ({ devices }: Base): string => (devices ? ` devices = { ${devices.join(', ')} }` : '');

function basesOf(random: Random, type: 'filter' | 'nat'): readonly Base[] {
  if (type === 'nat')
    return random.some(NAT, 1, 4).map(hook => {
      const usual = hook === 'prerouting' || hook === 'output' ? -100 : 100;
      return { type, hook, priority: usual + random.pick([0, 0, -10, 10]) };
    });
  return random.some(FILTER, 1, 5).map(hook => ({
    type: hook === 'output' && random.chance(0.4) ? 'route' : 'filter',
    hook,
    priority: random.pick([-300, -300, -150, -110, -90, -5, 0, 0, 10, 50, 150]),
  }));
}

function rulesOf(site: NativeSite, least: number, most: number): GeneratedRule[] {
  return Array.from({ length: site.random.integer(least, most) }, () => ruleOf(site));
}

function ruleOf(chain: NativeSite): GeneratedRule {
  const { random, family, below } = chain;
  const ruleFamily = family === 'ip' || family === 'ip6' ? family : random.pick(['ip', 'ip6'] as const);
  const protocol = random.weighted<RuleProtocol | undefined>([
    [6, undefined],
    [6, 'tcp'],
    [5, 'udp'],
    [1.5, ruleFamily === 'ip' ? 'icmp' : 'icmpv6'],
    [1, 'sctp'],
    [0.3, 'udplite'],
  ]);
  const site: NativeSite = { ...chain, ruleFamily, protocol };
  const asks = (below ? LINK_MATCHES : MATCHES).filter(maker => maker.when?.(site) ?? true);
  const acts = (below ? LINK_ACTIONS : ACTIONS).filter(maker => maker.when?.(site) ?? true);
  // nft 1.0.6 lists `meta nfproto ipv6 reject with tcp reset` without its first match.
  const isLossy = (name: string) =>
    name === 'reject' && matches.some(part => part.name === 'nfproto' || part.name === 'protocol');
  const matches: Part[] = [];
  // What was done before a later match said no is done and told by nobody: behind dice there is one action and nothing else.
  let dice = false;
  for (
    let left = random.weighted([
      [2, 0],
      [6, 1],
      [4, 2],
      [1, 3],
    ]);
    left > 0;
    left--
  ) {
    const maker = random.weighted(asks.filter(one => !dice || !one.counts).map(one => [one.weight, one] as const));
    matches.push({ name: maker.name, text: maker.make(site) });
    dice ||= maker.throwsDice === true;
  }
  for (let left = dice ? 1 : random.integer(1, 2); left > 0; left--) {
    const maker = random.weighted(acts.filter(({ name }) => !isLossy(name)).map(one => [one.weight, one] as const));
    matches.push({ name: maker.name, text: maker.make(site) });
    if (maker.ends || maker.throwsDice) break;
    if (!dice && random.chance(0.2)) {
      const later = random.weighted(asks.filter(one => !one.throwsDice).map(one => [one.weight, one] as const));
      matches.push({ name: later.name, text: later.make(site) });
    }
  }
  const target = matches[matches.length - 1];
  return { matches: matches.slice(0, -1), target, text: matches.map(part => part.text).join(' ') };
}

function setsOf(random: Random, family: TableFamily): string {
  const lines: string[] = [];
  for (const one of ['ip', 'ip6'] as const) {
    if ((family === 'ip' || family === 'ip6') && family !== one) continue;
    const suffix = one === 'ip' ? '4' : '6';
    const type = one === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
    const members = [...random.some(placeAddresses(one), 1, 4), ...random.some(SERVICES[one], 1, 2)];
    const prefixes = random.some(PREFIXES[one].slice(0, 2), 1, 2).filter(prefix => !prefix.startsWith('192.168.0'));
    const interval = random.chance(0.5);
    lines.push(
      `set a${suffix} { type ${type};${interval ? ' flags interval; auto-merge;' : ''} elements = { ${(interval ? prefixes : members).join(', ')} }; }`,
      `set c${suffix} { type ${type} . inet_proto . inet_service; elements = { ${members
        .flatMap(member => [`${member} . tcp . ${random.pick(PORTS)}`, `${member} . udp . ${random.pick(PORTS)}`])
        .join(', ')} }; }`,
      `set d${suffix} { type ${type}; size 1024; flags dynamic; }`,
    );
  }
  return lines.join('\n');
}
