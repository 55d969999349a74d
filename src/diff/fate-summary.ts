import { type Address, formatEndpoint } from '../net/address.ts';
import { grouped } from '../net/grouped.ts';
import { share } from '../net/share.ts';
import type { FateSummary } from './answer.ts';
import { type Box, type FateAnswer, type FateSide, type Way, wayWords } from './fate/fate.ts';
import { SELF } from './fate/space/box.ts';
import { type Intervals, isSingle, subtract, union } from './fate/space/intervals.ts';
import { addresses } from './fate/space/whole.ts';
import { boxWords } from './fate/words.ts';

/** What was found at one node. */
export interface NodeFates {
  readonly node: string;
  readonly found: FateAnswer;
  /** Of the node on both sides. */
  readonly addresses: ReadonlySet<Address>;
}

interface Piece {
  readonly node: string;
  readonly box: Box;
  readonly interfaces: readonly string[];
  /** To the node itself. */
  readonly isOwn: boolean;
  readonly before: string;
  readonly after: string;
  readonly condition: boolean;
}

/**
 * The same changes as a person would tell them: one statement for what is done alike with packets to one destination,
 * wherever they come from, at all nodes that do so. Ways are told without devices and next hops, unless these are all
 * that changed. What hangs on nothing
 * unknown comes first, then what is done with packets from everywhere, then what is about one destination.
 */
export function summarise(fates: readonly NodeFates[]): FateSummary[] {
  const pieces = fates.flatMap(({ node, found, addresses: own }) =>
    found.changed.flatMap(({ packets, before, after, condition }) =>
      packets.boxes.map((box): Piece => {
        const port = isSingle(box.dport) ? Number(box.dport[0]?.low) : undefined;
        const [was, is] = [sideWords(before, port, briefly), sideWords(after, port, briefly)];
        const told = was === is ? [sideWords(before, port, wayWords), sideWords(after, port, wayWords)] : [was, is];
        const when = condition === undefined ? '' : `, where ${condition}`;
        const isOwn = box.daddr.every(({ low, high }) => low === high && own.has(low));
        return {
          node,
          box,
          isOwn,
          interfaces: found.interfaces,
          before: told[0] ?? '',
          after: `${told[1]}${when}`,
          condition: when !== '',
        };
      }),
    ),
  );
  const alike = grouped(pieces, ({ node, box, before, after }) => JSON.stringify([node, goal(box), before, after]));
  const statements = [...alike.values()].flatMap(group => {
    const [first] = group;
    if (!first) return [];
    const isOne = (first.isOwn || isSingle(first.box.daddr)) && isSingle(first.box.dport);
    const size = sizeOf(sourcesOf(group));
    const isWide = size > sizeOf(addresses(first.box.family)) * NEARLY;
    const rank = (first.condition ? 4 : 0) + (isWide ? 0 : 2) + (isOne ? 0 : 1);
    return [{ ...first, rank, size, packets: packetWords(group) }];
  });
  const merged = grouped(statements, ({ packets, before, after }) => JSON.stringify([packets, before, after]));
  return [...merged.values()]
    .flatMap(group => {
      const [first] = group;
      const size = Math.max(...group.map(each => each.size));
      return first ? [{ nodes: group.map(({ node }) => node), ...first, size }] : [];
    })
    .sort((a, b) => a.rank - b.rank || b.size - a.size)
    .map(({ nodes, packets, before, after }) => ({ nodes, packets, before, after }));
}

/** What tells destinations apart. */
const goal = ({ family, protocol, daddr, dport, sport }: Box): unknown => [
  family,
  ...[protocol, daddr, dport, sport].map(set => set.map(({ low, high }) => `${low}-${high}`)),
];

const sourcesOf = (group: readonly Piece[]): Intervals => union(group.flatMap(({ box }) => box.saddr));

const sizeOf = (set: Intervals): number => set.reduce((sum, { low, high }) => sum + Number(high) - Number(low) + 1, 0);

/** What is left out of a set that is nearly all is not named. */
const NEARLY = 0.9;

function packetWords(group: readonly Piece[]): string {
  const [first] = group;
  if (!first) return '';
  const { box, interfaces, isOwn } = first;
  const sources = sourcesOf(group);
  const all = addresses(box.family);
  const beyond = subtract(all, sources);
  const nearly = beyond.length > 0 && sizeOf(sources) / sizeOf(all) > NEARLY;
  const named = [...new Set(group.flatMap(({ box }) => box.iif))];
  const shown = { ...box, saddr: nearly ? all : sources, iif: [SELF, ...interfaces] };
  const words = isOwn ? ownWords(shown, interfaces) : boxWords(shown, interfaces);
  const told = nearly ? words.replace(' from anywhere', ' from nearly anywhere') : words;
  return `${told}${wayIn(named, interfaces)}`;
}

/** What is every node's own is told in the same words. */
function ownWords(box: Box, interfaces: readonly string[]): string {
  const words = boxWords({ ...box, daddr: addresses(box.family) }, interfaces);
  return words.replace(' to anywhere', ' to an address of the node');
}

/** Cables of pods are called otherwise on every node. */
const isCable = (name: string): boolean => /^(?:veth|cali|lxc|cilium|eni|azv|gke)[0-9a-z]/.test(name);

function wayIn(names: readonly string[], interfaces: readonly string[]): string {
  const self = names.includes(SELF);
  const others = names.filter(name => name !== SELF);
  const lacking = interfaces.filter(name => !others.includes(name));
  if (others.length === 0) return ', sent by the node itself';
  if (lacking.length === 0) return self ? '' : ', in by any interface';
  if (others.every(isCable)) return `, in by an interface of a pod${self ? ' or sent by the node itself' : ''}`;
  if (lacking.every(isCable)) return `, but in by an interface of a pod${self ? '' : ' or sent by the node itself'}`;
  return `, in by ${others.join(', ')}${self ? ' or sent by the node itself' : ''}`;
}

/** Ways that differ in where the packet is sent alone are told as one. `port`: that all packets are for. */
function sideWords(side: FateSide, port: number | undefined, words: (way: Way) => string): string {
  const groups = grouped(side, ({ probability, way }) =>
    JSON.stringify([probability.toFixed(6), words(destinationless(way)), way.destination?.of ?? '', isPlain(way)]),
  );
  const texts = [...groups.values()].map(group => {
    const [first] = group;
    if (!first) return '';
    const { probability, way } = first;
    const text = isPlain(way)
      ? toWords(
          group.map(({ way }) => endpoint(way, port)),
          words(destinationless(way)),
        )
      : words(way);
    const each = group.length > 1 ? ` (${share(probability)} each)` : '';
    return `${groups.size > 1 && group.length === 1 ? `${share(probability)} ` : ''}${text}${each}`;
  });
  return texts.join('; ');
}

const isPlain = ({ destination }: Way): boolean => destination?.address !== undefined && destination.of === undefined;

const destinationless = ({ destination: _, ...way }: Way): Way => way;

const endpoint = ({ destination }: Way, port: number | undefined): string =>
  destination?.address === undefined ? '' : formatEndpoint(destination.address, destination.port ?? port);

function toWords(endpoints: readonly string[], rest: string): string {
  const last = endpoints.at(-1) ?? '';
  const list = endpoints.length > 1 ? `${endpoints.slice(0, -1).join(', ')} or ${last}` : last;
  return `DNAT to ${list}${rest === '' || rest === AS_IT_IS ? '' : `, ${rest}`}`;
}

const AS_IT_IS = 'leaves as it is';

/** Without devices and next hops; of what drops it the rule. */
function briefly(way: Way): string {
  const { disposition, decidedBy, masquerade, source } = way;
  const translated = masquerade || source !== undefined || way.destination !== undefined;
  if (disposition === 'leaves-the-node') {
    const { device: _device, nexthop: _nexthop, ...rest } = way;
    return translated ? wayWords(rest).replace(/^leaves, /, '') : AS_IT_IS;
  }
  const by = decidedBy ? ` by ${decidedBy.table} ${decidedBy.chain} ${decidedBy.rule.number}` : '';
  return `${wayWords(way)}${/^(?:dropped|rejected)/.test(disposition) ? by : ''}`;
}
