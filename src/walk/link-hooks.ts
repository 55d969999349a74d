import type { Namespace } from '../model/namespace.ts';
import type { Chain, Hook, IpHook, Table } from '../model/ruleset.ts';
import type { HookChain } from './hooks.ts';
import { turnsOfRecord } from './run-order.ts';

/** A base chain below IP, on the hook of a device or of a bridge. */
export interface LinkChain extends HookChain {
  /** Where it hangs, `eth*` is a prefix; undefined: the listing leaves it out. Of a bridge's chain: none. */
  readonly devices: readonly string[] | undefined;
}

/** What frames pass below IP: chains of netdev and of inet's ingress by device, chains of the family bridge. */
export interface LinkHooks {
  readonly ingress: readonly LinkChain[];
  readonly egress: readonly LinkChain[];
  readonly bridge: Readonly<Record<IpHook, readonly LinkChain[]>>;
  /** Tables of ARP that may keep a neighbour from being found. */
  readonly arp: readonly Table[];
}

/** A chain that lets everything pass is as good as none. */
const acts = ({ rules, base }: Chain): boolean => rules.length > 0 || base?.policy === 'drop';

/** Of equal priorities the newest runs first, as in hookTable. */
export function linkHooks({ ruleset, registrations }: Pick<Namespace, 'ruleset' | 'registrations'>): LinkHooks {
  const turn = registrations ? turnsOfRecord(registrations) : () => -1;
  const every = ruleset.tables.flatMap(table =>
    [...(table.baseChains ?? table.chains.values())].flatMap((chain): (LinkChain & { on: Hook; turn: number })[] => {
      const { base } = chain;
      const registered = turn(table, chain);
      if (!base || !acts(chain) || (registrations && registered < 0)) return [];
      const { devices, priority, policy } = base;
      const known = devices && devices.length > 0 ? devices : undefined;
      return [
        {
          table,
          chain,
          priority,
          policy,
          devices: known,
          reroutes: false,
          registered: registered >= 0,
          on: base.hook,
          turn: registered,
        },
      ];
    }),
  );
  const of = (hook: Hook, families: readonly Table['family'][]): LinkChain[] =>
    every
      .map((one, index) => ({ ...one, index }))
      .filter(({ on, table }) => on === hook && families.includes(table.family))
      .sort((a, b) => a.priority - b.priority || b.turn - a.turn || b.index - a.index);
  const inBridge = (hook: IpHook) => of(hook, ['bridge']);
  return {
    ingress: of('ingress', ['netdev', 'inet']),
    egress: of('egress', ['netdev']),
    bridge: {
      prerouting: inBridge('prerouting'),
      input: inBridge('input'),
      forward: inBridge('forward'),
      output: inBridge('output'),
      postrouting: inBridge('postrouting'),
    },
    arp: ruleset.tables.filter(table => table.family === 'arp' && [...table.chains.values()].some(acts)),
  };
}
