import type { Namespace } from '../../../model/namespace.ts';
import type { Family } from '../../../net/address.ts';
import { type HookChain, type HookTable, hookTable, tracks } from '../../../walk/hooks.ts';
import { linkHooks } from '../../../walk/link-hooks.ts';
import { fingerprint } from '../record/facts.ts';

/** Settings that the walk asks for. */
const SETTINGS =
  /^net\.(ipv4\.(ip_forward$|conf\.)|ipv6\.conf\.|bridge\.bridge-nf-call-|netfilter\.nf_conntrack_|ipv[46]\.neigh\.)/;
const ASKED =
  /(forward\w*|rp_filter|route_localnet|accept_local|src_valid_mark|send_redirects|bridge-nf-call-\w+|nf_conntrack_(tcp_\w+|checksum|helper)|\w+_solicit)$/;

/** What all packets' ways hang on, beside rules and sets, and differs; undefined: nothing. */
export function generalDifference(before: Namespace, after: Namespace): string | undefined {
  const parts: readonly (readonly [string, (namespace: Namespace) => unknown])[] = [
    ['interfaces', namespace => linksOf(namespace, new Set(namesBoth(before, after)))],
    ['routes', ({ routes }) => routes?.map(withoutPlace).map(fingerprint).sort()],
    ['rules of routing', ({ rules }) => rules?.map(withoutPlace).map(fingerprint)],
    ['settings', ({ sysctls }) => settingsOf(sysctls, before, after)],
    ['queues', ({ queues }) => queues],
    ['addresses', ({ localAddresses }) => localAddresses],
    ['registrations of chains', ({ registrations, listedChains }) => [registrations, listedChains]],
    ['base chains', hooksOf],
    ['chains below IP', linkHooksOf],
  ];
  return parts.find(([, of]) => fingerprint(of(before) ?? null) !== fingerprint(of(after) ?? null))?.[0];
}

const withoutPlace = ({ at: _at, ...rest }: { readonly at: unknown }): object => rest;

const namesBoth = (...namespaces: readonly Namespace[]): readonly string[] =>
  namespaces
    .map(({ interfaces = [] }) => interfaces.map(({ name }) => name))
    .reduce((a, b) => a.filter(name => b.includes(name)));

/** An interface of one side without addresses is no matter to packets that come in by others. */
const linksOf = ({ interfaces }: Namespace, both: ReadonlySet<string>): unknown =>
  interfaces
    ?.filter(({ name, addresses }) => both.has(name) || addresses.some(({ scope }) => scope === 'global'))
    .map(({ name, flags, group, kind, master, hairpin, addresses, mac }) => ({
      name,
      up: flags.includes('UP'),
      kinds: flags.filter(flag => ['NOARP', 'LOOPBACK', 'POINTOPOINT'].includes(flag)),
      group,
      kind,
      master,
      hairpin,
      addresses,
      mac,
    }));

function settingsOf(sysctls: Namespace['sysctls'], before: Namespace, after: Namespace): unknown {
  const both = new Set(namesBoth(before, after));
  const ofNobody = (name: string) => {
    const device = /^net\.ipv[46]\.(?:conf|neigh)\.(.+)\.\w+$/.exec(name)?.[1]?.replaceAll('/', '.');
    return device !== undefined && device !== 'all' && before.interfaces !== undefined && !both.has(device);
  };
  return sysctls && [...sysctls].filter(([name]) => SETTINGS.test(name) && ASKED.test(name) && !ofNobody(name)).sort();
}

const FAMILIES: readonly Family[] = ['ip', 'ip6'];

/** Where base chains hang, and whether connections are tracked; policies and rules are compared elsewhere. */
const hooksOf = (namespace: Namespace): unknown =>
  FAMILIES.map(family => [tracks(namespace.ruleset, family), chainsOn(hookTable(namespace, family).hooks)]);

const linkHooksOf = (namespace: Namespace): unknown => {
  const { ingress, egress, bridge } = linkHooks(namespace);
  return [ingress, egress, ...Object.values(bridge)].map(chains => chains.map(nameOf));
};

const nameOf = ({ table, chain, priority }: HookChain): string => `${table.name} ${chain.name} ${priority}`;

const chainsOn = (hooks: HookTable): unknown =>
  Object.entries(hooks).map(([hook, entries]) => [
    hook,
    entries.map(entry => {
      if (entry.kind === 'conntrack') return entry.kind;
      const chains = entry.kind === 'nat' ? entry.chains : [entry.chain];
      return [entry.kind, chains.map(nameOf)];
    }),
  ]);
