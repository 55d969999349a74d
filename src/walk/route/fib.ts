import type { Namespace } from '../../model/namespace.ts';
import type { Route, RoutingRule } from '../../model/route.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import { type Address, type Family, familyOf } from '../../net/address.ts';
import { maskedEquals } from '../../net/mark.ts';
import { contains } from '../../net/prefix.ts';
import { connectedRoutes, localRoutes } from './derived.ts';
import { FoundRoute } from './found.ts';
import { RouteTable } from './table.ts';

/** What a look-up is asked with. Packets that the namespace itself sends have iif `lo`. */
export interface Flow {
  readonly saddr?: Address | undefined;
  readonly daddr: Address;
  readonly iif?: string | undefined;
  /** Only routes out of this device. */
  readonly oif?: string | undefined;
  /** Of the routes to one prefix rather one out of this device (rt6_device_match); rules take it for the oif. */
  readonly prefers?: string | undefined;
  readonly mark: number;
  readonly tos: number;
  readonly protocol?: number | undefined;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  /** Of the socket; absent (0) for packets that have none, forwarded ones too. Null: not known. */
  readonly uid?: number | null | undefined;
}

export type FibResult =
  | FoundRoute
  /** A rule, not a route, refuses. */
  | { readonly kind: 'refused'; readonly type: 'blackhole' | 'unreachable' | 'prohibit' }
  | { readonly kind: 'none' }
  | Unknown;

const DEFAULT_RULES: Readonly<Record<Family, readonly (readonly [number, string])[]>> = {
  ip: [
    [0, 'local'],
    [32766, 'main'],
    [32767, 'default'],
  ],
  ip6: [
    [0, 'local'],
    [32766, 'main'],
  ],
};

/** The routing policy database and the tables of one namespace. */
export class Fib {
  private readonly tables: Readonly<Record<Family, ReadonlyMap<string, RouteTable>>>;
  private readonly rules: Readonly<Record<Family, readonly PlacedRule[]>>;
  /** The dump has no routes beyond those that follow from addresses. */
  readonly incomplete: Readonly<Record<Family, boolean>>;
  /** Rules beyond the kernel's own, or local routes that a person added: sources get a full look-up. */
  readonly customRules: Readonly<Record<Family, boolean>>;
  /** A rule asks for a protocol or ports; those of `iif lo` do not count (fib_rule_requires_fldissect). */
  readonly dissects: Readonly<Record<Family, boolean>>;

  constructor(namespace: Namespace, customRouting = false) {
    const routes = namespace.routes ?? [];
    const captured = (family: Family) => routes.some(route => route.family === family && route.table !== 'local');
    this.incomplete = { ip: !captured('ip'), ip6: !captured('ip6') };
    const tablesOf = (family: Family) => {
      const own = routes.filter(route => route.family === family);
      const all = [
        ...own,
        ...(own.some(route => route.table === 'local') ? [] : localRoutes(namespace, family)),
        ...(this.incomplete[family] ? connectedRoutes(namespace, family) : []),
      ];
      const byTable = new Map<string, Route[]>();
      for (const route of all) {
        const list = byTable.get(route.table);
        if (list) list.push(route);
        else byTable.set(route.table, [route]);
      }
      return new Map([...byTable].map(([name, list]) => [name, new RouteTable(list)] as const));
    };
    this.tables = { ip: tablesOf('ip'), ip6: tablesOf('ip6') };
    const rulesOf = (family: Family): readonly PlacedRule[] => {
      const own = (namespace.rules ?? []).filter(rule => rule.family === family);
      const rules = own.length > 0 ? [...own].sort((a, b) => a.priority - b.priority) : defaultRules(family);
      return rules.map(rule => ({
        rule,
        isForAll: isForAll(rule),
        table: rule.action.kind === 'lookup' ? this.tables[family].get(rule.action.table) : undefined,
      }));
    };
    this.rules = { ip: rulesOf('ip'), ip6: rulesOf('ip6') };
    const dissects = (family: Family) =>
      this.rules[family].some(({ rule: r }) => r.iif !== 'lo' && (r.protocol !== undefined || r.sport || r.dport));
    this.dissects = { ip: dissects('ip'), ip6: dissects('ip6') };
    const custom = (family: Family) =>
      customRouting ||
      this.rules[family].length !== DEFAULT_RULES[family].length ||
      routes.some(r => r.family === family && r.type === 'local' && r.protocol !== 'kernel');
    this.customRules = { ip: custom('ip'), ip6: custom('ip6') };
  }

  lookup(flow: Flow): FibResult {
    const family = familyOf(flow.daddr);
    const rules = this.rules[family];
    for (let i = 0; i < rules.length; i++) {
      const placed = rules[i];
      if (!placed) continue;
      const { rule, table } = placed;
      const selected = placed.isForAll || selects(rule, flow);
      if (selected === false) continue;
      if (typeof selected !== 'boolean') return selected;
      const { action } = rule;
      if (action.kind === 'unsupported') return unknown(`ip rule ${rule.priority} (${action.text}) is not understood`);
      if (action.kind === 'goto') {
        const next = rules.findIndex(({ rule }) => rule.priority >= action.priority);
        if (next > i) i = next - 1;
        continue;
      }
      if (action.kind === 'nop') continue;
      if (action.kind !== 'lookup') return { kind: 'refused', type: action.kind };
      const found = table && bestOf(table, flow, action.suppressPrefixLength);
      if (found) return found;
    }
    return { kind: 'none' };
  }

  /** The best usable route of one table; undefined: go on with the next rule. */
  inTable(family: Family, name: string, flow: Flow): FoundRoute | undefined {
    const table = this.tables[family].get(name);
    return table && bestOf(table, flow);
  }
}

/** A rule with the table that it asks, if there is that. */
interface PlacedRule {
  readonly rule: RoutingRule;
  readonly isForAll: boolean;
  readonly table: RouteTable | undefined;
}

/** `suppress`: routes to prefixes of so many bits or fewer count as none. */
function bestOf(table: RouteTable, flow: Flow, suppress?: number): FoundRoute | undefined {
  const covering = table.covering(flow.daddr, flow.tos);
  for (const { found, dead } of flow.prefers === undefined ? covering : preferring(covering, flow.prefers)) {
    const { route, nexthops, length } = found;
    if (route.from && flow.saddr !== undefined && !contains(route.from, flow.saddr)) continue;
    if (route.type === 'throw') return undefined;
    if (dead) continue;
    const out = flow.oif === undefined ? nexthops : nexthops.filter(hop => (hop.device ?? flow.oif) === flow.oif);
    if (nexthops.length > 0 && out.length === 0) continue;
    if (suppress !== undefined && length <= suppress) return undefined;
    return out === nexthops ? found : new FoundRoute(route, out, length);
  }
  return undefined;
}

type Covering = ReturnType<RouteTable['covering']>;

/** Longest prefixes first still, and of each those out of the device before the others. */
function preferring(covering: Covering, device: string): Covering {
  const out = ({ found }: Covering[number]) => Number(found.route.nexthops.some(hop => hop.device === device));
  return [...covering].sort((a, b) => b.found.length - a.found.length || out(b) - out(a));
}

const ANY_UID = [0, 0xffffffff] as const;

const inside = (value: number | undefined, [low, high]: readonly [number, number]): boolean =>
  value !== undefined && value >= low && value <= high;

/** The rule asks for nothing: the kernel's own are of this kind. */
const isForAll = ({ from, to, iif, oif, mark, tos, protocol, sport, dport, uid, inverted }: RoutingRule): boolean =>
  !inverted && [from, to, iif, oif, mark, tos, protocol, sport, dport, uid].every(asked => asked === undefined);

function selects(rule: RoutingRule, flow: Flow): boolean | Unknown {
  const { from, to, iif, oif, mark, tos, protocol, sport, dport, uid } = rule;
  const yes =
    (!from || (flow.saddr !== undefined ? contains(from, flow.saddr) : from.mask === 0 || from.mask === 0n)) &&
    (!to || contains(to, flow.daddr)) &&
    (iif === undefined || iif === flow.iif) &&
    (oif === undefined || oif === (flow.oif ?? flow.prefers)) &&
    (!mark || maskedEquals(flow.mark, { value: mark.value & mark.mask, mask: mark.mask })) &&
    (tos === undefined || tos === 0 || tos === flow.tos) &&
    (protocol === undefined || protocol === flow.protocol) &&
    (!sport || inside(flow.sport, sport)) &&
    (!dport || inside(flow.dport, dport));
  if (yes && uid && flow.uid === null)
    return unknown(`ip rule ${rule.priority} asks for the sender's uid`, 'the uid of the process that sends');
  return (yes && inside(flow.uid ?? 0, uid ?? ANY_UID)) !== rule.inverted;
}

function defaultRules(family: Family): RoutingRule[] {
  return DEFAULT_RULES[family].map(([priority, table]) => ({
    family,
    priority,
    inverted: false,
    action: { kind: 'lookup', table },
    at: { file: '', line: 0 },
  }));
}

/** Roughly as `ip route` prints it. */
export function routeText(result: FibResult): string {
  if (result.kind === 'refused') return `${result.type} by an ip rule`;
  if (result.kind === 'none') return 'no route';
  return result.kind === 'unknown' ? `not known: ${result.reason}` : result.text;
}
