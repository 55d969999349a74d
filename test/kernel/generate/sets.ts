import type { Family } from '../../../src/net/address.ts';
import type { Random } from './random.ts';
import { anyAddress, PORTS, PREFIXES, placeAddresses } from './words.ts';

/** A set that rules may ask: how many dimensions its flags have. */
export interface GeneratedSet {
  readonly name: string;
  readonly family: Family;
  readonly type: string;
  readonly dimensions: number;
}

export interface GeneratedSets {
  readonly sets: readonly GeneratedSet[];
  /** Input of `ipset restore`. */
  readonly text: string;
}

/** A set that only the SET target fills. */
export const dynamicSet = (family: Family): string => `dynamic-${family}`;

const PROTOCOLS = ['tcp', 'udp', 'sctp', 'udplite'] as const;
const protocolPort = (random: Random): string => {
  const port = random.pick(PORTS);
  return random.weighted([
    [3, `${random.pick(PROTOCOLS)}:${port}`],
    [1, `tcp:${port}-${port + random.integer(1, 50)}`],
  ]);
};
const singlePort = (random: Random): string => `${random.pick(PROTOCOLS)}:${random.pick(PORTS)}`;
const interfaceName = (random: Random): string => random.pick(['eth0', 'eth1', 'cni0', 'cali1']);

interface Shape {
  readonly type: string;
  readonly element: (random: Random, family: Family) => string;
  readonly families?: readonly Family[];
  readonly options?: string;
  readonly nomatch?: boolean;
}

const prefix = (random: Random, family: Family): string =>
  random.chance(0.3) ? random.pick(placeAddresses(family)) : random.pick(PREFIXES[family].filter(p => !/\/1$/.test(p)));

const SHAPES: readonly Shape[] = [
  { type: 'hash:ip', element: anyAddress },
  { type: 'hash:net', element: prefix, nomatch: true },
  { type: 'hash:ip,port', element: (r, f) => `${anyAddress(r, f)},${singlePort(r)}` },
  { type: 'hash:net,port', element: (r, f) => `${prefix(r, f)},${protocolPort(r)}`, nomatch: true },
  { type: 'hash:ip,port,ip', element: (r, f) => `${anyAddress(r, f)},${singlePort(r)},${anyAddress(r, f)}` },
  {
    type: 'hash:ip,port,net',
    element: (r, f) => `${anyAddress(r, f)},${singlePort(r)},${prefix(r, f)}`,
    nomatch: true,
  },
  { type: 'hash:net,iface', element: (r, f) => `${prefix(r, f)},${interfaceName(r)}`, nomatch: true },
  { type: 'bitmap:port', element: r => String(r.pick(PORTS)), families: ['ip'], options: 'range 0-65535' },
  {
    type: 'bitmap:ip',
    element: r => `10.10.100.${r.pick([1, 197, 207, 208, 209])}`,
    families: ['ip'],
    options: 'range 10.10.100.0/24',
  },
];

/** One set of each type and family, some of them in a list. */
export function generateSets(random: Random, families: readonly Family[]): GeneratedSets {
  const sets: GeneratedSet[] = [];
  const lines: string[] = [];
  for (const family of families) {
    for (const shape of SHAPES) {
      if (shape.families && !shape.families.includes(family)) continue;
      const name = `${shape.type.replace(/[:,]/g, '-')}-${family}`;
      sets.push({ name, family, type: shape.type, dimensions: shape.type.split(',').length });
      lines.push(create(random, shape, name, family), ...elements(random, shape, name, family));
    }
    lines.push(`create ${dynamicSet(family)} hash:ip family ${inet(family)}`);
    sets.push({ name: dynamicSet(family), family, type: 'hash:ip', dimensions: 1 });
    const members = random.some(
      sets.filter(set => set.family === family && set.dimensions < 3),
      1,
      3,
    );
    lines.push(`create list-${family} list:set`, ...members.map(set => `add list-${family} ${set.name}`));
    sets.push({ name: `list-${family}`, family, type: 'list:set', dimensions: 2 });
  }
  return { sets, text: lines.map(line => `${line}\n`).join('') };
}

const inet = (family: Family): string => (family === 'ip' ? 'inet' : 'inet6');

function create(random: Random, shape: Shape, name: string, family: Family): string {
  const options = shape.options ?? `family ${inet(family)}${random.chance(0.3) ? ' hashsize 64 maxelem 1000' : ''}`;
  const timeout = random.chance(0.2) ? ' timeout 86400' : '';
  return `create ${name} ${shape.type} ${options}${timeout}${random.chance(0.2) ? ' counters' : ''}`;
}

function elements(random: Random, shape: Shape, name: string, family: Family): string[] {
  const keys = new Set(Array.from({ length: random.integer(1, 6) }, () => shape.element(random, family)));
  return [...keys].map(key => `add -exist ${name} ${key}${shape.nomatch && random.chance(0.15) ? ' nomatch' : ''}`);
}
