import type { Effect } from '../../../model/effect.ts';
import type { RuleList, Statement } from '../../../model/ruleset.ts';
import { type Truth, unknown } from '../../../model/truth.ts';
import { type Address, formatAddress } from '../../../net/address.ts';
import type { Packet } from '../../../net/packet.ts';
import type { Manip } from '../../../walk/nat/range.ts';
import type { Pass } from '../../../walk/pass.ts';
import type { Bound, Matter, Recorder } from '../../../walk/record.ts';
import { type Cuts, splitAt } from '../constants/cuts.ts';
import type { Surroundings } from '../constants/surroundings.ts';
import { SELF } from '../space/box.ts';
import { holds, type Intervals, subtract, union } from '../space/intervals.ts';
import { answerKey } from './answer-key.ts';
import { Demands } from './demands.ts';
import type { FactBook } from './facts.ts';
import { grow } from './grow.ts';
import type { Region } from './region.ts';
import { type FieldState, type Watched, WatchedPacket } from './watched.ts';
import { RecordingWorld } from './world.ts';

/** A statement of which the evidence does not tell what it answers. */
export interface Doubt {
  readonly text: string;
  readonly words: string;
}

type Part = { readonly names: readonly string[] } | { readonly set: Intervals };

const DEMANDED = ['iif', 'saddr', 'daddr', 'dport'] as const;

/** Notes, of one side's walks, for which packets they would have gone the same way. */
export class Recording implements Recorder {
  /** The unknown statements of the rule that is being run. */
  doubts: Doubt[] = [];
  private region: Region | undefined;
  private readonly asked = new Map<Statement | Matter, Set<string>>();
  private readonly demands = new Demands();
  private readonly passed = new Map<RuleList, Set<string>>();
  watched: WatchedPacket | undefined;
  private readonly book: FactBook;
  private readonly surroundings: Surroundings;
  private reads: Set<Watched> | undefined;
  private hushed = 0;
  /** Is told what is read while a question is asked again. */
  private probed: ((field: Watched) => void) | undefined;
  /** Fields that the translation under way makes of what they were. */
  private pending: ReadonlyMap<Watched, string> = new Map();

  constructor(book: FactBook, surroundings: Surroundings) {
    this.book = book;
    this.surroundings = surroundings;
  }

  begin(region: Region): void {
    this.region = region;
    this.asked.clear();
    this.passed.clear();
  }

  packet(packet: Packet): Packet {
    this.doubts = [];
    this.reads = undefined;
    this.hushed = 0;
    this.watched = new WatchedPacket(packet, this);
    return this.watched.packet;
  }

  bare(packet: Packet): Packet {
    return this.watched?.quiet ?? packet;
  }

  stateOf(field: Watched): FieldState {
    return this.watched?.states.get(field) ?? 'constant';
  }

  read(field: Watched): void {
    this.probed?.(field);
    if (this.hushed > 0) return;
    const state = this.stateOf(field);
    if (state === 'constant') return;
    if (state !== 'original') {
      if (this.reads) this.region?.fail(`it hangs on ${field}, which was made ${state.of}`);
    } else if (this.reads) this.reads.add(field);
    else this.constrain(field);
  }

  /** The walk read it for a decision that cannot be asked again: alike are those that nothing tells apart. */
  private constrain(field: Watched): void {
    const { region, watched } = this;
    if (!region || !watched) return;
    const value = watched.quiet[field];
    if (field === 'iif') region.narrowNames([typeof value === 'string' ? value : SELF]);
    else if (typeof value === 'number' || typeof value === 'bigint') {
      const part = splitAt(region.box[field], this.cutsFor(field)).find(set => holds(set, value));
      if (part) region.narrow(field, part);
    }
  }

  private cutsFor(field: Exclude<Watched, 'iif'>, about?: Matter): Cuts {
    const { surroundings } = this;
    if (field === 'protocol') return surroundings.protocols;
    if (field === 'sport' || field === 'dport') return surroundings.ports;
    return about === 'range' ? surroundings.selection : surroundings.addresses;
  }

  written(field: Watched, isSame: boolean, value: Address | string | undefined): FieldState {
    const state = this.stateOf(field);
    const made = this.pending.get(field);
    if (made !== undefined) return { of: made };
    if (state === 'original' && this.hushed === 0) this.tellApart(field, value);
    return isSame ? state : 'constant';
  }

  /** Those that have the value already, from those that only get it. */
  private tellApart(field: Watched, value: Address | string | undefined): void {
    const { region, watched } = this;
    if (!region || !watched) return;
    const now = watched.quiet[field];
    if (field === 'iif') {
      if (now === value) region.narrowNames([typeof value === 'string' ? value : SELF]);
      else region.narrowNames(region.box.iif.filter(name => name !== value));
    } else if (typeof value === 'number' || typeof value === 'bigint') this.inOrOut(field, value, value);
  }

  private inOrOut(field: Exclude<Watched, 'iif'>, low: Address, high: Address): void {
    const { region, watched } = this;
    const value = watched?.quiet[field];
    if (!region || value === undefined || this.stateOf(field) !== 'original') return;
    const cuts: Cuts =
      typeof low === 'bigint' || typeof high === 'bigint'
        ? { narrow: [], wide: [BigInt(low), BigInt(high) + 1n] }
        : { narrow: [low, high + 1], wide: [] };
    const inside = value >= low && value <= high;
    const parts = splitAt(region.box[field], cuts);
    region.narrow(
      field,
      union(parts.filter(([first]) => first && (first.low >= low && first.low <= high) === inside).flat()),
    );
  }

  skipped(rules: RuleList, from: number, to: number): void {
    const { region } = this;
    if (!region || !this.isNewStretch(rules, `${from}-${to}${this.now()}`)) return;
    for (const field of DEMANDED) {
      if (this.stateOf(field) === 'constant' || (this.stateOf(field) === 'original' && !isMany(region, field)))
        continue;
      const values = this.demands.of(rules, field, from, to).filter(value => this.mayBe(field, value));
      if (values.length === 0) continue;
      if (field === 'iif') region.narrowNames(region.box.iif.filter(name => !values.includes(name)));
      else {
        const points = values.flatMap(value => (typeof value === 'string' ? [] : [{ low: value, high: value }]));
        region.narrow(field, subtract(region.box[field], union(points)));
      }
    }
  }

  private isNewStretch(rules: RuleList, stretch: string): boolean {
    const known = this.passed.get(rules);
    if (known?.has(stretch)) return false;
    if (known) known.add(stretch);
    else this.passed.set(rules, new Set([stretch]));
    return true;
  }

  /** Some packet of the region has the value there. */
  private mayBe(field: Watched, value: Address | string): boolean {
    const { region } = this;
    const state = this.stateOf(field);
    if (!region || state === 'constant') return false;
    if (state !== 'original') {
      region.fail(`it hangs on ${field}, which was made ${state.of}`);
      return false;
    }
    if (field === 'iif') return region.box.iif.includes(String(value));
    return typeof value !== 'string' && holds(region.box[field], value);
  }

  unasked<T>(run: () => T): T {
    this.hushed++;
    try {
      return run();
    } finally {
      this.hushed--;
      this.pending = new Map();
    }
  }

  bound(manip: Manip, bound: Bound): void {
    const [address, port] = manip === 'source' ? (['saddr', 'sport'] as const) : (['daddr', 'dport'] as const);
    const { minAddress, maxAddress = minAddress, minPort, maxPort = minPort } = bound;
    const made = new Map<Watched, string>();
    if (bound.type === 'netmap') made.set(address, 'another of the same place in another network');
    else if (minAddress !== undefined && maxAddress !== undefined) {
      this.inOrOut(address, minAddress, maxAddress);
      if (minAddress !== maxAddress && !this.keeps(manip, address, minAddress, maxAddress))
        made.set(address, `one of ${formatAddress(minAddress)}-${formatAddress(maxAddress)} by a hash`);
    }
    if (minPort !== undefined && maxPort !== undefined) {
      this.inOrOut(port, minPort, maxPort);
      const kept = !bound.random && !bound.fullyRandom && this.within(port, minPort, maxPort);
      if (bound.basePort !== undefined)
        made.set(port, `one of ${minPort}-${maxPort} by its distance to ${bound.basePort}`);
      else if (minPort !== maxPort && !kept && (manip === 'source' || bound.random || bound.fullyRandom))
        made.set(port, `one of ${minPort}-${maxPort}`);
    } else if (bound.random || bound.fullyRandom) made.set(port, 'any');
    this.pending = made;
    if (manip === 'destination' && made.has('daddr'))
      this.region?.fail(`which address it is translated to, ${made.get('daddr')}, decides its way`);
  }

  /** A source that is in the range already stays. */
  private keeps(manip: Manip, field: 'saddr' | 'daddr', low: Address, high: Address): boolean {
    return manip === 'source' && this.within(field, low, high);
  }

  private within(field: Exclude<Watched, 'iif'>, low: Address, high: Address): boolean {
    const value = this.watched?.quiet[field];
    return value !== undefined && value >= low && value <= high;
  }

  ask<T>(about: Matter, pass: Pass, run: () => T, keyOf: (answer: T) => string): T {
    const reads = this.listen();
    const answer = run();
    this.reads = undefined;
    if (reads.size > 0) {
      const key = keyOf(answer);
      if (this.isNew(about, pass, key))
        this.alike(
          reads,
          pass,
          field => [this.cutsFor(field, about)],
          () => keyOf(run()) === key,
        );
    }
    return answer;
  }

  /** On another of the packet's ways it was asked and answered so already. */
  private isNew(question: Statement | Matter, { hook, packet, flow }: Pass, answer: string): boolean {
    const { oif, tos } = packet;
    const place = `${answer} ${hook} ${oif} ${tos} ${this.watched?.quiet.mark} ${flow?.connection.mark} ${flow?.connection.status}`;
    const key = `${place}${this.now()}`;
    const known = this.asked.get(question);
    if (known?.has(key)) return false;
    if (known) known.add(key);
    else this.asked.set(question, new Set([key]));
    return true;
  }

  private listen(): Set<Watched> {
    const reads = new Set<Watched>();
    this.reads = reads;
    return reads;
  }

  statement(statement: Statement, pass: Pass): Truth | Effect {
    const { watched } = this;
    if (pass.ordinal === 1) this.doubts = [];
    if (!watched) return statement.evaluate(pass.packet, pass);
    if (statement.name === 'recent') return this.unasked(() => statement.evaluate(pass.packet, pass));
    const reads = this.listen();
    const world = new RecordingWorld(pass, watched, field => {
      this.probed?.(field);
      if (this.hushed === 0) reads.add(field);
    });
    const answer = statement.evaluate(pass.packet, world);
    this.reads = undefined;
    if (reads.size > 0) {
      const facts = this.book.of(statement);
      const ownSet = world.ownSet && answerKey(answer) !== 'nothing';
      const opaque = ownSet ? 'the packet itself is put into the set' : facts.opaque;
      if (opaque !== undefined) return this.refuse(statement, answer, opaque);
      if (!this.areMany(reads)) return this.doubt(statement, answer, '');
      const { constants } = facts;
      if (constants.opaque !== undefined) return this.refuse(statement, answer, constants.opaque);
      const cuts = (field: Watched) => [
        constants.cuts,
        ...((world.routed || facts.routed) && (field === 'saddr' || field === 'daddr')
          ? [this.surroundings.addresses]
          : []),
        ...(field === 'protocol' ? [this.surroundings.protocols] : []),
      ];
      const key = answerKey(answer);
      if (!this.isNew(statement, pass, key)) return this.doubt(statement, answer, '');
      world.replay();
      this.alike(reads, pass, cuts, () => {
        world.replay();
        return answerKey(statement.evaluate(pass.packet, world)) === key;
      });
    }
    return this.doubt(statement, answer, '');
  }

  /** The packets of the region differ in one of the fields. */
  private areMany(fields: ReadonlySet<Watched>): boolean {
    const { region } = this;
    if (!region) return false;
    for (const field of fields) {
      if (isMany(region, field)) return true;
    }
    return false;
  }

  /** An unknown is asked about, whatever a node at rest would answer. */
  private doubt(statement: Statement, answer: Truth | Effect, where: string): Truth | Effect {
    if (typeof answer === 'boolean' || (answer.kind !== 'unknown' && answer.kind !== 'undecided')) return answer;
    this.doubts.push({ text: this.book.of(statement).text + where, words: statement.describe() });
    if (answer.kind === 'undecided' || answer.usual === undefined) return answer;
    const { reason, howToLearn } = answer;
    return unknown(reason, howToLearn);
  }

  /** Nobody knows for which packets it answers so: it may say yes or no, of the same packet always the same. */
  private refuse(statement: Statement, answer: Truth | Effect, why: string): Truth | Effect {
    const words = statement.describe();
    if (typeof answer === 'boolean' || answer.kind === 'unknown' || answer.kind === 'chance')
      return this.doubt(
        statement,
        unknown(`for which packets "${words}" holds is not taken apart: ${why}`),
        this.now(),
      );
    this.region?.fail(`"${words}": ${why}`);
    return answer;
  }

  /** What is not as it came. */
  private now(): string {
    const { watched } = this;
    return [...(watched?.states ?? [])]
      .map(([field, state]) => (state === 'original' ? '' : ` ${field}=${watched?.quiet[field]}`))
      .join('');
  }

  /** Keeps, of the region, a product of the packets for which a question has the same answer. */
  private alike(
    reads: ReadonlySet<Watched>,
    pass: Pass,
    cutsFor: (field: Exclude<Watched, 'iif'>) => readonly Cuts[],
    isSame: () => boolean,
  ): void {
    const { region, watched } = this;
    if (!region || !watched) return;
    const axes: { readonly field: Watched; readonly parts: readonly Part[]; readonly own: number }[] = [];
    for (const field of reads) {
      const parts = field === 'iif' ? namesOf(region) : setsOf(region, field, cutsFor(field));
      if (parts.length < 2) continue;
      const own = parts.findIndex(part => contains(part, this.cameAs(field)));
      if (own >= 0) axes.push({ field, parts, own });
    }
    if (axes.length === 0) return;
    // An answer that hangs on a field of which nothing was asked so far is another one, whatever it says.
    const settled = new Set<Watched>(reads);
    let strayed = false;
    this.probed = field => {
      if (strayed || settled.has(field) || this.stateOf(field) === 'constant') return;
      const parts = field === 'iif' ? region.box.iif.length : setsOf(region, field, cutsFor(field)).length;
      if (parts < 2) settled.add(field);
      else strayed = true;
    };
    const assumed = pass.assumptions.length;
    const unknowns = pass.unknowns.length;
    this.hushed++;
    const chosen = grow(
      axes.map(({ parts, own }) => ({ parts: parts.length, own })),
      places => {
        const instead = new Map<Watched, Address | string>();
        for (const [i, { field, parts }] of axes.entries()) instead.set(field, memberOf(parts[places[i] ?? 0]));
        strayed = false;
        return watched.with(instead, isSame) && !strayed;
      },
    );
    this.hushed--;
    this.probed = undefined;
    pass.assumptions.length = assumed;
    pass.unknowns.length = unknowns;
    for (const [i, { field, parts }] of axes.entries()) {
      const kept = (chosen[i] ?? []).flatMap(place => parts[place] ?? []);
      if (kept.length === parts.length) continue;
      if (field === 'iif') region.narrowNames(kept.flatMap(part => ('names' in part ? part.names : [])));
      else region.narrow(field, union(kept.flatMap(part => ('set' in part ? part.set : []))));
    }
  }

  private cameAs(field: Watched): Address | string {
    return this.watched?.cameAs(field) ?? SELF;
  }
}

const namesOf = ({ box }: Region): readonly Part[] => box.iif.map(name => ({ names: [name] }));

function setsOf({ box }: Region, field: Exclude<Watched, 'iif'>, cuts: readonly Cuts[]): readonly Part[] {
  let sets: readonly Intervals[] = [box[field]];
  for (const one of cuts) sets = sets.flatMap(set => splitAt(set, one));
  return sets.map(set => ({ set }));
}

const isMany = ({ box }: Region, field: Watched): boolean =>
  field === 'iif' ? box.iif.length > 1 : !isOne(box[field]);

const isOne = ([first, ...more]: Intervals): boolean =>
  first !== undefined && more.length === 0 && first.low === first.high;

const contains = (part: Part, value: Address | string): boolean =>
  'names' in part ? part.names.includes(String(value)) : typeof value !== 'string' && holds(part.set, value);

function memberOf(part: Part | undefined): Address | string {
  if (!part) return SELF;
  return 'names' in part ? (part.names[0] ?? SELF) : (part.set[0]?.low ?? 0);
}
