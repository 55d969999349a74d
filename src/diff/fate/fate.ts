import type { Namespace } from '../../model/namespace.ts';
import { compareRulesets, type RulesDiff } from '../rules/ruleset.ts';
import { compareFates, type Share } from './compare.ts';
import { surroundingsOf } from './constants/surroundings.ts';
import { levelled } from './gaps.ts';
import { interfacesOf } from './interfaces.ts';
import { HELD, packetOf } from './packets.ts';
import { reachOf } from './reach/reach.ts';
import { Region } from './record/region.ts';
import { Side } from './side.ts';
import { type Box, boxIntersect, merge, NUMERIC } from './space/box.ts';
import { startBoxes } from './space/whole.ts';
import { wayKey } from './way.ts';

export type { Share } from './compare.ts';
export type { Box } from './space/box.ts';
export { type Rewritten, type Way, wayKey, wayWords } from './way.ts';

/** Walks before what is left is given up, and said so. */
const BUDGET = 20_000;

/** What one side does with packets: how often which way. */
export type FateSide = readonly Share[];

export interface FateRequest {
  readonly before: Namespace;
  readonly after: Namespace;
  /** What became of the rules, where it is known already. */
  readonly rules?: RulesDiff;
  /** Only packets of these are asked about. */
  readonly within?: readonly Box[];
  /** Walks, of both sides together. */
  readonly budget?: number;
  /** Is told the walks that are done. */
  readonly progress?: (done: number) => void;
}

/** Packets of several boxes, which have nothing in common. */
export interface PacketSet {
  readonly boxes: readonly Box[];
}

export interface FateChange {
  readonly packets: PacketSet;
  readonly before: FateSide;
  readonly after: FateSide;
  /** In words: what has to hold for it, of what is not known. */
  readonly condition?: string;
}

export interface FateUndecided {
  readonly packets: PacketSet;
  readonly why: string;
}

export interface FateAnswer {
  /** Classes of packets that were examined, within which no rule tells two packets apart. */
  readonly classes: number;
  /**
   * Why every packet was examined; undefined: only those that may get to something that differs, for the others are equal
   * because all that they get to is.
   */
  readonly everything: string | undefined;
  /** Where packets of boxes may come in, all in all. */
  readonly interfaces: readonly string[];
  readonly walks: number;
  readonly changed: readonly FateChange[];
  readonly undecided: readonly FateUndecided[];
  /** False: the budget was spent first. */
  readonly complete: boolean;
  readonly assumptions: readonly string[];
}

/** Which first packets of connections one node treats differently before and after. */
export function fateDiff(request: FateRequest): FateAnswer {
  const { budget = BUDGET, progress } = request;
  const { before, after, assumptions } = levelled(request.before, request.after);
  const rules = request.rules ?? compareRulesets(before, after);
  const interfaces = interfacesOf(before, after, rules);
  const surroundings = surroundingsOf(before, after);
  const sides = [new Side(before, surroundings), new Side(after, surroundings)] as const;
  const reach = reachOf(before, after, rules, interfaces.names);
  const work = [...within(within(startBoxes(interfaces.names), reach.boxes), request.within)];
  const changed = new Gathered<Omit<FateChange, 'packets'>>();
  const undecided = new Gathered<{ readonly why: string }>();
  let classes = 0;
  let walks = 0;
  for (let box = work.pop(); box; box = work.pop()) {
    if (walks >= budget) {
      for (const left of [box, ...work]) undecided.add(NOT_EXAMINED, left, { why: NOT_EXAMINED });
      break;
    }
    const region = new Region(box);
    const packet = packetOf(box);
    const [was, is] = [sides[0].walk(packet, region), sides[1].walk(packet, region)];
    work.push(...region.cutOff);
    classes++;
    walks += 2;
    progress?.(walks);
    const { problem } = region;
    const found = problem ? { kind: 'undecided' as const, why: problem.why } : compareFates(was, is);
    if (found.kind === 'undecided') undecided.add(found.why, region.box, { why: found.why });
    else if (found.kind === 'changed') {
      const { before, after, condition } = found;
      const key = [sideKey(before), sideKey(after), condition ?? ''].join(' ');
      changed.add(key, region.box, { before, after, ...(condition !== undefined && { condition }) });
    }
  }
  return {
    classes,
    everything: reach.everything,
    interfaces: interfaces.names,
    walks,
    changed: changed.all().sort((a, b) => sizeOf(b.packets) - sizeOf(a.packets)),
    undecided: undecided.all(),
    complete: !undecided.has(NOT_EXAMINED),
    assumptions: [...HELD, ...elsewhere([before, after]), ...assumptions, ...interfaces.assumptions],
  };
}

const elsewhere = (sides: readonly Namespace[]): readonly string[] =>
  sides.some(({ ipsecPolicies = [], packetPrograms = [] }) => ipsecPolicies.length + packetPrograms.length > 0)
    ? ['what policies of IPsec and programs at XDP and tc do with packets is left out']
    : [];

const NOT_EXAMINED = 'not examined: the budget of walks was spent';

function within(boxes: readonly Box[], wanted: readonly Box[] | undefined): readonly Box[] {
  if (!wanted) return boxes;
  return boxes.flatMap(box => wanted.flatMap(one => boxIntersect(box, one) ?? []));
}

/** About how many packets: those of most come first. */
const sizeOf = ({ boxes }: PacketSet): number =>
  boxes.reduce((sum, box) => sum + NUMERIC.reduce((size, field) => size * lengthOf(box[field]), box.iif.length), 0);

const lengthOf = (set: Box['saddr']): number =>
  set.reduce((sum, { low, high }) => sum + Number(high) - Number(low) + 1, 0);

const sideKey = (side: FateSide): string =>
  side
    .map(({ probability, way }) => `${probability.toFixed(6)} ${wayKey(way)}`)
    .sort()
    .join();

/** Boxes of which the same is to be said. */
class Gathered<T extends object> {
  private readonly byKey = new Map<string, { readonly said: T; readonly boxes: Box[] }>();

  add(key: string, box: Box, said: T): void {
    const known = this.byKey.get(key);
    if (known) known.boxes.push(box);
    else this.byKey.set(key, { said, boxes: [box] });
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  all(): (T & { readonly packets: PacketSet })[] {
    return [...this.byKey.values()].map(({ said, boxes }) => ({ ...said, packets: { boxes: merge(boxes) } }));
  }
}
