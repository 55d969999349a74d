import type { ConntrackEntry, Tuple } from '../model/conntrack.ts';
import type { IpsecPolicy, PacketProgram } from '../model/elsewhere.ts';
import type { IpSet } from '../model/ipset.ts';
import type { Namespace } from '../model/namespace.ts';
import type { FdbEntry } from '../model/neighbour.ts';
import type { RecentList } from '../model/recent.ts';
import type { Route, RoutingRule } from '../model/route.ts';
import type { ListedChain } from '../model/ruleset.ts';
import type { LocalSocket, SocketKind } from '../model/socket.ts';
import type { Remark } from '../model/source.ts';
import { formatAddress } from '../net/address.ts';
import { formatPrefix } from '../net/prefix.ts';
import { clockOf, parseHz, parseJiffies } from './clock.ts';
import { parseConntrack } from './conntrack.ts';
import { type CapturedFile, detect, type Format, headOf, type NameHints, nameHints } from './detect.ts';
import { parseFdb, parseFdbJson } from './fdb.ts';
import { type InterfacePart, mergeInterfaces, parseInterfaces } from './interfaces.ts';
import { parseInterfacesJson } from './interfaces-json.ts';
import { parseIpsecPolicies } from './ipsec.ts';
import { parseIpset } from './ipset.ts';
import { parseIptablesListing } from './iptables-listing.ts';
import { parseIptablesRules } from './iptables-rules.ts';
import { parseIptablesSave } from './iptables-save.ts';
import { isObject } from './json.ts';
import { parseBuiltIn, parseModules } from './modules.ts';
import { NeighbourTable } from './neighbour-table.ts';
import { parseArp, parseNeighbours, parseNeighboursJson } from './neighbours.ts';
import { parseNftHooks } from './nft-hooks.ts';
import { NftTables } from './nft-tables.ts';
import { parseBpftoolNet, parseTcFilters } from './programs.ts';
import type { Reading } from './reading.ts';
import { parseRecent } from './recent.ts';
import { parseRoutes } from './routes.ts';
import { parseRoutesJson } from './routes-json.ts';
import { parseRules } from './rules.ts';
import { parseRulesJson } from './rules-json.ts';
import { RulesetBuilder } from './ruleset-builder.ts';
import { parseProcSockets, parseSockets } from './sockets.ts';
import { parseAnnotatedConf, parseSysctls, parseSysctlsJson } from './sysctl.ts';
import { WireGuards } from './wireguard.ts';

interface Given extends CapturedFile {
  readonly empty: boolean;
  readonly hints: NameHints;
}

/** Takes in the files of one network namespace, in any order, and lays those of one kind together. */
export class NamespaceReader {
  private readonly name: string;
  private readonly remarks: Remark[] = [];
  private readonly interfaces: (readonly InterfacePart[])[] = [];
  private readonly neighbours = new NeighbourTable();
  private readonly rulesets = new RulesetBuilder();
  private readonly nft = new NftTables();
  private readonly wireguard = new WireGuards();
  private listedChains: readonly ListedChain[] | undefined;
  private routes: Map<string, readonly Route[]> | undefined;
  private rules: Map<string, readonly RoutingRule[]> | undefined;
  private fdb: Map<string, FdbEntry> | undefined;
  private conntrack: Map<string, ConntrackEntry> | undefined;
  private sets: Map<string, IpSet> | undefined;
  private sysctls: Map<string, string> | undefined;
  private recent: Map<string, RecentList> | undefined;
  private readonly recentFiles: Given[] = [];
  private jiffies: bigint | undefined;
  private hz: number | undefined;
  private sockets: LocalSocket[] | undefined;
  private ssListed = false;
  private readonly procSockets: SocketKind[] = [];
  private queues: number[] | undefined;
  private modules: ReadonlySet<string> | undefined;
  private builtIn: ReadonlySet<string> | undefined;
  private ipsecPolicies: readonly IpsecPolicy[] | undefined;
  private packetPrograms: PacketProgram[] | undefined;

  constructor(name: string) {
    this.name = name;
  }

  read(file: CapturedFile): void {
    const { path, bytes } = file;
    const text = headOf(file);
    const detected = detect(text, path);
    if (detected)
      this.readers[detected.format]({
        path,
        get text() {
          return file.text;
        },
        ...(bytes && { bytes }),
        empty: detected.empty,
        hints: nameHints(path),
      });
    else {
      const what =
        text.trim() === '' ? 'an empty file' : text.includes('\0') ? 'a binary file' : 'not a format that is known';
      this.remarks.push({ file: path, line: 1, severity: 'warning', text: `${what}: not read` });
    }
  }

  private readonly readers: Record<Format, (file: Given) => void> = {
    'iptables-save': file => {
      const { path, hints } = file;
      this.rulesets.add(parseIptablesSave(file.bytes ?? file.text, path, { ...hints, weak: true }), 'save');
    },
    'iptables-rules': ({ text, path, hints }) => this.rulesets.add(parseIptablesRules(text, path, hints), 'rules'),
    'iptables-listing': ({ text, path, hints }) =>
      this.rulesets.add(parseIptablesListing(text, path, hints), 'listing'),
    nft: ({ text, path }) => this.nft.addText(text, path),
    'nft-json': ({ text, path }) => this.nft.addJson(text, path),
    'nft-hooks': ({ text, path, empty }) => {
      if (!empty) this.listedChains = this.value(parseNftHooks(text, path));
    },
    interfaces: ({ text, path, empty }) => {
      if (!empty) this.interfaces.push(this.value(parseInterfaces(text, path)));
    },
    'interfaces-json': ({ text, path }) => {
      const parts = this.value(parseInterfacesJson(text, path));
      if (parts.length > 0) this.interfaces.push(parts);
    },
    routes: ({ text, path, hints }) => this.addRoutes(this.value(parseRoutes(text, path, hints)), path),
    'routes-json': ({ text, path, hints }) => this.addRoutes(this.value(parseRoutesJson(text, path, hints)), path),
    rules: ({ text, path, hints }) => this.addRules(this.value(parseRules(text, path, hints.family)), path),
    'rules-json': ({ text, path, hints }) => this.addRules(this.value(parseRulesJson(text, path, hints.family)), path),
    neighbours: ({ text, path }) => this.neighbours.add(this.value(parseNeighbours(text, path)), true),
    'neighbours-json': ({ text, path }) => this.neighbours.add(this.value(parseNeighboursJson(text, path)), true),
    arp: ({ text, path }) => this.neighbours.add(this.value(parseArp(text, path)), false),
    fdb: ({ text, path }) => this.addFdb(this.value(parseFdb(text, path))),
    'fdb-json': ({ text, path }) => this.addFdb(this.value(parseFdbJson(text, path))),
    conntrack: ({ text, path, empty }) => this.addConntrack(parseConntrack(text, path), empty),
    'conntrack-expect': ({ path, empty }) => {
      if (!empty) this.warn(path, 'expectations of conntrack are not used');
    },
    ipset: ({ text, path }) => this.addSets(this.value(parseIpset(text, path)), path),
    sysctl: ({ text, path }) => this.addSysctls(this.value(parseSysctls(text, path)), path),
    'sysctl-json': ({ text, path }) => this.addSysctls(this.value(parseSysctlsJson(text, path)), path),
    'annotated-conf': ({ text, path, hints: { setting } }) => {
      if (setting !== undefined) this.addSysctls(this.value(parseAnnotatedConf(text, path, setting)), path);
      else this.warn(path, 'values of net.ipv4.conf; the name of the file does not say of which setting: not read');
    },
    recent: file => {
      this.recentFiles.push(file);
    },
    jiffies: ({ text }) => {
      this.jiffies = parseJiffies(text);
    },
    'kernel-config': ({ text }) => {
      this.hz = parseHz(text) ?? this.hz;
      this.builtIn = parseBuiltIn(text) ?? this.builtIn;
    },
    sockets: ({ text, path }) => {
      this.addSockets(this.value(parseSockets(text, path)));
      this.ssListed = true;
    },
    'proc-sockets': ({ text, path }) => {
      const [, protocol, six] = /(tcp|udp)(6?)(?:\.txt)?$/.exec(path) ?? [];
      if (protocol === 'tcp' || protocol === 'udp') {
        this.addSockets(this.value(parseProcSockets(text, path, protocol)));
        this.procSockets.push({ protocol, family: six === '6' ? 'ip6' : 'ip' });
      } else this.warn(path, 'sockets; the name of the file does not say whether of tcp or udp: not read');
    },
    modules: ({ text }) => {
      this.modules = parseModules(text);
    },
    queues: ({ text }) => {
      this.queues = [...text.matchAll(/^\s*(\d+)\s/gm)].map(([, queue]) => Number(queue));
    },
    'ipsec-policies': ({ text, path }) => {
      this.ipsecPolicies = this.value(parseIpsecPolicies(text, path));
    },
    'bpftool-net': ({ text, path }) => {
      this.addPrograms(parseBpftoolNet(text, path));
    },
    'tc-filters': ({ text, path }) => {
      this.addPrograms(parseTcFilters(text, path));
    },
    wireguard: ({ text, path }) => this.value(this.wireguard.add(text, path)),
    unread: () => {},
    kubernetes: ({ path }) => this.warn(path, 'objects of the API among the files of a node: not read here'),
  };

  private value<T>(reading: Reading<T>): T {
    for (const remark of reading.remarks) this.remarks.push(remark);
    return reading.value;
  }

  private warn(file: string, text: string, line = 1): void {
    this.remarks.push({ file, line, severity: 'warning', text });
  }

  /** Routes of one destination, metric and table belong together: those of a later listing replace them. */
  private addRoutes(routes: readonly Route[], path: string): void {
    this.routes ??= new Map();
    const groups = new Map<string, Route[]>();
    for (const route of routes) {
      const key = `${route.family} ${route.table} ${formatPrefix(route.destination)} ${route.tos} ${route.metric}`;
      const group = groups.get(key);
      if (group) group.push(route);
      else groups.set(key, [route]);
    }
    for (const [key, group] of groups) {
      const known = this.routes.get(key);
      if (known && routesText(known) !== routesText(group))
        this.warn(
          path,
          `the route ${key} is another one than in ${known[0]?.at.file}; this one counts`,
          group[0]?.at.line,
        );
      this.routes.set(key, group);
    }
  }

  private addRules(rules: readonly RoutingRule[], path: string): void {
    this.rules ??= new Map();
    for (const family of ['ip', 'ip6'] as const) {
      const own = rules.filter(rule => rule.family === family);
      const known = this.rules.get(family);
      if (own.length === 0) continue;
      if (known && plain(known) !== plain(own))
        this.warn(path, `the rules are others than in ${known[0]?.at.file}; these count`);
      this.rules.set(family, own);
    }
  }

  private addFdb(entries: readonly FdbEntry[]): void {
    this.fdb ??= new Map();
    for (const entry of entries) {
      const { mac, device, vlan, destination } = entry;
      const self = entry.flags.includes('self') ? 'self' : '';
      const where = destination === undefined ? '' : formatAddress(destination);
      this.fdb.set(`${mac} ${device} ${vlan ?? ''} ${where} ${self}`, entry);
    }
  }

  /** A listing of which nothing could be used does not say that there were no connections. */
  private addConntrack(reading: Reading<readonly ConntrackEntry[]>, empty: boolean): void {
    const entries = this.value(reading);
    if (entries.length === 0 && reading.remarks.length > 0 && !empty) return;
    this.conntrack ??= new Map();
    for (const entry of entries) {
      const zones = `${entry.zone} ${entry.zoneOriginal ?? ''} ${entry.zoneReply ?? ''}`;
      this.conntrack.set(`${tupleText(entry.original)} ${tupleText(entry.reply)} ${zones}`, entry);
    }
  }

  private addSets(sets: ReadonlyMap<string, IpSet>, path: string): void {
    this.sets ??= new Map();
    for (const [name, set] of sets) {
      const known = this.sets.get(name);
      if (known && known.source.file !== path)
        this.warn(path, `set ${name} is in ${known.source.file} too; this one counts`, set.source.line);
      this.sets.set(name, set);
    }
  }

  private addSysctls(values: ReadonlyMap<string, string>, path: string): void {
    this.sysctls ??= new Map();
    let others = 0;
    for (const [name, value] of values) {
      const known = this.sysctls.get(name);
      if (known !== undefined && known !== value) others++;
      this.sysctls.set(name, value);
    }
    if (others > 0) this.warn(path, `${others} values differ from those of another file; these count`);
  }

  private addRecent(lists: ReadonlyMap<string, RecentList>): void {
    this.recent ??= new Map();
    for (const [name, list] of lists) this.recent.set(name, list);
  }

  private addSockets(sockets: readonly LocalSocket[]): void {
    this.sockets = [...(this.sockets ?? []), ...sockets];
  }

  private addPrograms(programs: readonly PacketProgram[]): void {
    this.packetPrograms = [...(this.packetPrograms ?? []), ...programs];
  }

  /** A socket on :: stands in tcp6 and serves IPv4, too. */
  private unlistedSockets(): SocketKind[] {
    if (this.ssListed) return [];
    const isRead = (protocol: SocketKind['protocol'], family: SocketKind['family']) =>
      this.procSockets.some(read => read.protocol === protocol && read.family === family);
    return (['tcp', 'udp'] as const).flatMap(protocol => {
      const [four, six] = [isRead(protocol, 'ip'), isRead(protocol, 'ip6')];
      return [
        ...(four && six ? [] : [{ protocol, family: 'ip' as const }]),
        ...(six ? [] : [{ protocol, family: 'ip6' as const }]),
      ];
    });
  }

  finish(): Namespace {
    const unlisted = this.sockets ? this.unlistedSockets() : [];
    const clock = clockOf(this.jiffies, this.hz);
    for (const { text, path, hints } of this.recentFiles)
      this.addRecent(this.value(parseRecent(text, path, hints.list, clock)));
    const merged = this.interfaces.length > 0 ? this.value(mergeInterfaces(this.interfaces)) : undefined;
    const tables = [...this.rulesets.finish(), ...this.nft.finish(this.rulesets)];
    const wireguard = this.wireguard.finish();
    for (const remark of this.rulesets.remarks) this.remarks.push(remark);
    for (const remark of this.nft.remarks) this.remarks.push(remark);
    for (const remark of this.neighbours.remarks) this.remarks.push(remark);
    return {
      name: this.name,
      ruleset: { tables },
      ...(this.listedChains && { listedChains: this.listedChains }),
      interfaces: merged,
      routes: this.routes && [...this.routes.values()].flat(),
      rules: this.rules && [...this.rules.values()].flat(),
      neighbours: this.neighbours.list,
      fdb: this.fdb && [...this.fdb.values()],
      conntrack: this.conntrack && [...this.conntrack.values()],
      sets: this.sets,
      sysctls: this.sysctls,
      ...(this.sockets && { sockets: this.sockets }),
      ...(unlisted.length > 0 && { unlistedSockets: unlisted }),
      ...(this.queues && { queues: this.queues }),
      ...(this.modules && { modules: this.modules }),
      ...(this.builtIn && { builtInModules: this.builtIn }),
      ...(this.ipsecPolicies && { ipsecPolicies: this.ipsecPolicies }),
      ...(this.packetPrograms && { packetPrograms: this.packetPrograms }),
      ...(wireguard && { wireguard }),
      recent: this.recent,
      localAddresses: [],
      remarks: this.remarks,
    };
  }
}

const tupleText = ({ saddr, daddr, protocol, sport, dport, icmp }: Tuple): string =>
  `${formatAddress(saddr)} ${formatAddress(daddr)} ${protocol} ${sport ?? ''} ${dport ?? ''} ${icmp ? `${icmp.type}/${icmp.code}` : ''}`;

/** What two listings of the same thing must agree in: all but where it stood, whatever the order of the fields. */
const plain = (values: readonly object[]): string =>
  JSON.stringify(values, (key, value: unknown) => {
    if (key === 'at') return undefined;
    if (typeof value === 'bigint') return String(value);
    return isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  });

const routesText = (routes: readonly Route[]): string =>
  routes
    .map(({ type, nexthops, source, from }) => plain([{ type, nexthops, source: String(source ?? ''), from }]))
    .sort()
    .join();
