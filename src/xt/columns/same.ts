import { endOfLine, type TableLines } from './lines.ts';

/** How the chains of two dumps of one table stand to each other; chains by their numbers in each. */
export interface SameChains {
  /** Chains whose rules and policies are alike by their bytes, and how many rules they have. */
  readonly same: number;
  readonly sameRules: number;
  readonly others: readonly (readonly [a: number, b: number])[];
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

/** Compares the bytes of chains without taking rules apart; counters do not count. */
export function compareChains(a: TableLines, b: TableLines): SameChains {
  const others: (readonly [number, number])[] = [];
  const removed: number[] = [];
  const found = new Uint8Array(b.chains);
  let [same, sameRules, guess] = [0, 0, 0];
  for (let chain = 0; chain < a.chains; chain++) {
    const other = b.names.find(a.bytes, a.names.start(chain), a.names.end(chain), guess);
    if (other < 0) {
      removed.push(chain);
      continue;
    }
    guess = other + 1;
    found[other] = 1;
    if (samePolicy(a, chain, b, other) && haveSameRules(a, chain, b, other)) {
      same++;
      sameRules += a.countOf(chain);
    } else others.push([chain, other]);
  }
  const added: number[] = [];
  for (let chain = 0; chain < b.chains; chain++) if (found[chain] === 0) added.push(chain);
  return { same, sameRules, others, removed, added };
}

/** Of the declarations `:INPUT ACCEPT [0:0]`: the first letters of policies differ. */
function samePolicy(a: TableLines, chainA: number, b: TableLines, chainB: number): boolean {
  return a.bytes[a.names.end(chainA) + 1] === b.bytes[b.names.end(chainB) + 1];
}

function haveSameRules(a: TableLines, chainA: number, b: TableLines, chainB: number): boolean {
  const count = a.countOf(chainA);
  if (count !== b.countOf(chainB)) return false;
  if (count === 0) return true;
  const [firstA, firstB] = [a.runOf(chainA), b.runOf(chainB)];
  const plain = firstA >= 0 && firstB >= 0 && a.bytes[a.ruleStart(firstA)] === DASH;
  if (plain && sameBlock(a, firstA, b, firstB, count)) return true;
  for (let i = 0; i < count; i++) if (!sameRule(a, a.ruleAt(chainA, i), b, b.ruleAt(chainB, i))) return false;
  return true;
}

const DASH = 45;
/** Bytes that are compared at once. */
const WORD = 4;

/** Rules that stand in a row in both. */
function sameBlock(a: TableLines, firstA: number, b: TableLines, firstB: number, count: number): boolean {
  const [startA, startB] = [a.ruleStart(firstA), b.ruleStart(firstB)];
  const endA = endOfLine(a.bytes, a.ruleStart(firstA + count - 1));
  const endB = endOfLine(b.bytes, b.ruleStart(firstB + count - 1));
  return endA - startA === endB - startB && sameBytes(a, startA, endA, b, startB);
}

function sameRule(a: TableLines, ruleA: number, b: TableLines, ruleB: number): boolean {
  const [startA, startB] = [a.nameAt(ruleA), b.nameAt(ruleB)];
  const [endA, endB] = [endOfLine(a.bytes, startA), endOfLine(b.bytes, startB)];
  return endA - startA === endB - startB && sameBytes(a, startA, endA, b, startB);
}

function sameBytes(a: TableLines, from: number, to: number, b: TableLines, at: number): boolean {
  let [i, j] = [from, at];
  for (; i + WORD <= to; i += WORD, j += WORD) if (a.words.getInt32(i) !== b.words.getInt32(j)) return false;
  for (; i < to; i++, j++) if (a.bytes[i] !== b.bytes[j]) return false;
  return true;
}
