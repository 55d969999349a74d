import type { Numgen } from '../schema.ts';
import type { Evaluate } from './value.ts';

/**
 * `random` throws dice, `inc` goes on from a counter that no dump holds: either way each value is as likely as the
 * others, and the walk goes each way. What a value leads to is told by `label`.
 */
export function compileNumgen({ mode, modulus, offset }: Numgen, label: (value: number) => string): Evaluate {
  return (_packet, world) => {
    const counter = mode === 'inc' ? world.state(compileNumgen, () => ({ next: 0 })) : undefined;
    if (counter) {
      const value = counter.next;
      counter.next = (value + 1) % modulus;
      return value + offset;
    }
    return offset + world.choose({ count: modulus, labelOf: index => label(index + offset) });
  };
}
