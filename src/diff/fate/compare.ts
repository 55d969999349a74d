import type { Branch, Taken } from './side.ts';
import type { Way } from './way.ts';

/** More unknowns than these, which may each be so or so, are not taken together. */
const MOST_UNKNOWNS = 8;
/** Shares are products and sums of fractions. */
const TOLERANCE = 1e-9;

export interface Share {
  /** Of the packets of the class. */
  readonly probability: number;
  readonly way: Way;
}

export type Comparison =
  | { readonly kind: 'equal' }
  | {
      readonly kind: 'changed';
      readonly before: readonly Share[];
      readonly after: readonly Share[];
      /** In words: what has to hold for it, of what is not known. */
      readonly condition?: string;
    }
  | { readonly kind: 'undecided'; readonly why: string };

type Assignment = ReadonlyMap<string, boolean>;

/** What both sides do with a packet, for every answer that their unknowns may have; the same question has one answer. */
export function compareFates(before: readonly Branch[], after: readonly Branch[]): Comparison {
  const asked = new Map<string, string>();
  for (const { taken } of [...before, ...after]) for (const { text, words } of taken) asked.set(text, words);
  const texts = [...asked.keys()];
  if (texts.length > MOST_UNKNOWNS)
    return sameBranches(before, after)
      ? { kind: 'equal' }
      : { kind: 'undecided', why: `it hangs on ${texts.length} things that are not known` };
  const assignments = assignmentsOf(texts);
  const differing = assignments.filter(one => !sameShares(sharesOf(before, one), sharesOf(after, one)));
  const [first] = differing;
  if (!first) return { kind: 'equal' };
  const shares = { before: [...sharesOf(before, first).values()], after: [...sharesOf(after, first).values()] };
  const undecided = [...shares.before, ...shares.after].find(({ way }) => way.disposition === 'undecided');
  if (undecided) return { kind: 'undecided', why: undecided.way.detail ?? 'a rule is not understood' };
  if (differing.length === assignments.length) return { kind: 'changed', ...shares };
  const deciding = texts.filter(text => matters(text, assignments, differing));
  const known = [before, after].map(
    branches => new Set(branches.flatMap(({ taken }) => taken.map(({ text }) => text))),
  );
  const oneSided = deciding.find(text => known.some(texts => !texts.has(text)));
  if (oneSided !== undefined) return { kind: 'undecided', why: `it hangs on whether "${asked.get(oneSided)}" holds` };
  const condition = deciding
    .map(text => `"${asked.get(text)}" ${first.get(text) ? 'holds' : 'does not hold'}`)
    .join(' and ');
  return { kind: 'changed', ...shares, condition };
}

function assignmentsOf(texts: readonly string[]): readonly Assignment[] {
  return Array.from(
    { length: 2 ** texts.length },
    (_, bits) => new Map(texts.map((text, i) => [text, (bits & (1 << i)) === 0])),
  );
}

const holdsIn = (taken: readonly Taken[], assignment: Assignment): boolean =>
  taken.every(({ text, yes }) => assignment.get(text) === yes);

function sharesOf(branches: readonly Branch[], assignment: Assignment): ReadonlyMap<string, Share> {
  const shares = new Map<string, Share>();
  for (const { taken, share, way, key } of branches) {
    if (!holdsIn(taken, assignment)) continue;
    const known = shares.get(key);
    shares.set(key, { probability: (known?.probability ?? 0) + share, way: known?.way ?? way });
  }
  return shares;
}

/** Ways that end undecided are alike where the same rule could not be understood. */
function sameShares(a: ReadonlyMap<string, Share>, b: ReadonlyMap<string, Share>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, { probability, way }] of a) {
    const other = b.get(key);
    if (!other || Math.abs(other.probability - probability) > TOLERANCE) return false;
    if (way.disposition === 'undecided' && way.decidedBy?.rule.text !== other.way.decidedBy?.rule.text) return false;
  }
  return true;
}

function sameBranches(a: readonly Branch[], b: readonly Branch[]): boolean {
  const text = ({ taken, share, key, way }: Branch) =>
    `${taken.map(({ text, yes }) => `${text}=${yes}`).join()} ${share} ${key} ${way.disposition === 'undecided' ? way.decidedBy?.rule.text : ''}`;
  return a.length === b.length && a.every((branch, i) => b[i] !== undefined && text(branch) === text(b[i]));
}

/** Whether another answer to the one alone, somewhere, makes a difference of a difference. */
function matters(text: string, assignments: readonly Assignment[], differing: readonly Assignment[]): boolean {
  const key = (one: Assignment, other?: string) => [...one].map(([name, yes]) => (name === other ? !yes : yes)).join();
  const different = new Set(differing.map(one => key(one)));
  return assignments.some(one => different.has(key(one)) !== different.has(key(one, text)));
}
