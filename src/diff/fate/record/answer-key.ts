import type { Effect } from '../../../model/effect.ts';
import type { Truth } from '../../../model/truth.ts';
import { fingerprint } from './facts.ts';

/** Equal where the walk goes on alike. Why something is not known is no matter, nor what of a packet is noted in a set. */
export function answerKey(answer: Truth | Effect): string {
  if (typeof answer === 'boolean') return String(answer);
  switch (answer.kind) {
    case 'unknown':
    case 'undecided':
      return '?';
    case 'note':
      return 'nothing';
    case 'jump':
    case 'goto':
      return `${answer.kind} ${answer.chain}`;
    case 'changes': {
      const written = answer.changes.filter(({ kind }) => kind !== 'element' && kind !== 'member' && kind !== 'recent');
      return written.length === 0 ? 'nothing' : fingerprint(written);
    }
    default:
      return fingerprint(answer);
  }
}
