import type { Loader, Scenario } from './generate/scenario.ts';
import type { LoadStep, PacketSpec, Probe, Via, Wish } from './observation.ts';
import { PLACES } from './topology.ts';

/** A scenario made by hand, whose observation is kept as a fixture. */
export interface Case {
  readonly name: string;
  readonly about: string;
  readonly scenario: Scenario;
}

export type Ends = Pick<PacketSpec, 'saddr' | 'daddr'>;

const family = ({ saddr }: Ends) => (saddr.includes(':') ? 'ip6' : 'ip');

export function place(name: string) {
  const found = PLACES.find(one => one.name === name);
  if (!found) throw new Error(`no place ${name}`);
  return found;
}

/** A frame from a place to the node, or to a neighbour's MAC. */
export function frame(name: string, dmac?: string): Via {
  const { device, mac, nodeMac } = place(name);
  return { kind: 'frame', device, smac: mac, dmac: dmac ?? nodeMac };
}

export const at = (name: string): string => place(name).ip;
export const at6 = (name: string): string => place(name).ip6;
export const local: Via = { kind: 'raw' };

export const udp = (ends: Ends, sport: number, dport: number): PacketSpec => ({
  ...ends,
  family: family(ends),
  protocol: 'udp',
  sport,
  dport,
  ttl: 64,
  payload: 'hello',
});

export const tcp = (ends: Ends, flags: string, sport = 40000, dport = 80): PacketSpec => ({
  ...ends,
  family: family(ends),
  protocol: 'tcp',
  sport,
  dport,
  flags,
  seq: flags.includes('S') ? 1000 : 1001,
  ack: flags.includes('A') ? 5001 : 0,
  ttl: 64,
});

export const sctp = (ends: Ends, chunk: number, tag: number, sport: number): PacketSpec => ({
  ...ends,
  family: family(ends),
  protocol: 'sctp',
  sport,
  dport: 80,
  chunk,
  tag,
  ttl: 64,
});

export type Sent = readonly [Via, PacketSpec, ...Wish[]];

export const nft = (text: string): LoadStep => ({ argv: ['nft', '-f', '-'], input: text });

export const rules = (
  tool: 'iptables' | 'ip6tables',
  backend: 'nft' | 'legacy',
  table: string,
  ...lines: string[]
): LoadStep => ({
  argv: [`${tool}-${backend}-restore`, '--noflush'],
  input: [`*${table}`, ...lines, 'COMMIT', ''].join('\n'),
});

export const routing = (...commands: string[]): LoadStep => ({
  argv: ['ip', '-b', '-'],
  input: commands.map(command => `${command}\n`).join(''),
  undo: commands
    .map(command => `${command.replace(' add ', ' del ')}\n`)
    .reverse()
    .join(''),
});

export function named(
  name: string,
  about: string,
  loader: Loader,
  steps: readonly LoadStep[],
  sent: readonly Sent[],
  sysctls: Scenario['load']['sysctls'] = {},
): Case {
  const probes = sent.map(
    ([via, packet, ...answers], i): Probe => ({ id: i + 1, via, packet, ...(answers.length > 0 && { answers }) }),
  );
  return { name, about, scenario: { seed: 0, loader, fresh: true, rulesets: [], load: { steps, sysctls }, probes } };
}
