import type { Chance, Unknown } from '../model/truth.ts';
import type { Frame } from './frame.ts';
import type { Pass } from './pass.ts';
import type { RulePosition } from './trace.ts';

/** Answers of one rule's matches that are neither yes nor no; asked about once no other match has said no. */
export class Doubts {
  /** The first unknown of the rule, settled or not. */
  seen: Unknown | undefined;
  private position: RulePosition | undefined;
  private open: Unknown | undefined;
  private chance: number | undefined;

  /** Forgets those of the rule before: one object serves a whole walk. */
  begin(): void {
    this.position = undefined;
    this.seen = undefined;
    this.open = undefined;
    this.chance = undefined;
  }

  /** Where the rule stands that is being run. */
  at(frame: Frame): RulePosition {
    this.position ??= frame.position();
    return this.position;
  }

  /** False: what usually holds says no. */
  add(pass: Pass, frame: Frame, answer: Unknown | Chance): boolean {
    if (answer.kind === 'chance') this.chance = (this.chance ?? 1) * answer.probability;
    else if (answer.usual !== undefined) return pass.settle({ ...answer, usual: answer.usual }, this.at(frame));
    else {
      this.open ??= answer;
      this.seen ??= answer;
    }
    return true;
  }

  /** Takes the decisions; `idle`: the rule changes nothing, whether it matches or not. */
  settle(pass: Pass, frame: Frame, idle = false): boolean {
    const { open, chance } = this;
    this.open = undefined;
    this.chance = undefined;
    if (open && !idle && !pass.guess(open, this.at(frame))) return false;
    if (chance === undefined) return true;
    return pass.decide.choose({ kind: 'chance', at: this.at(frame), probability: chance }, pass.steps) === 0;
  }
}
