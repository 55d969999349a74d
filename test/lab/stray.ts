import type { Journey, RecordedStep } from './document.ts';
import { parsePacket } from './packet.ts';

const isEnd = (step: RecordedStep): boolean => step.table === 'labtrace' && step.chain.endsWith('-end');
const flagsOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parsePacket(text)?.tcp?.flags;

/**
 * The kernel's trace ids repeat, so the observer can hang the end of a hook on an earlier segment of the same
 * connection: TCP flags, which nothing changes on the way, tell whose it is. Such a row goes back to the segment that
 * lacks it, and what the observer summed up of the two journeys is summed up again.
 */
export function returnStrays(journeys: readonly Journey[]): readonly Journey[] {
  const out = [...journeys];
  for (const [at, journey] of out.entries()) {
    const flags = flagsOf(journey.before);
    const stray = journey.steps.find(
      step =>
        isEnd(step) && flags !== undefined && flagsOf(step.packet) !== undefined && flagsOf(step.packet) !== flags,
    );
    if (!stray) continue;
    const owner = out.findIndex(
      (other, i) =>
        i > at &&
        other.node === journey.node &&
        flagsOf(other.before) === flagsOf(stray.packet) &&
        other.steps.at(-1)?.hook === stray.hook &&
        !other.steps.some(step => isEnd(step) && step.hook === stray.hook),
    );
    const found = out[owner];
    if (!found) continue;
    out[at] = again({ ...journey, steps: journey.steps.filter(step => step !== stray) });
    out[owner] = again({ ...found, steps: [...found.steps, stray] });
  }
  return out;
}

function again(journey: Journey): Journey {
  const last = journey.steps.findLast(isEnd);
  const hook = journey.steps.at(-1)?.hook;
  const fate =
    last?.hook === hook && hook === 'input'
      ? 'delivered-to-local-stack'
      : last?.hook === hook && hook === 'postrouting'
        ? 'passed-postrouting'
        : journey.fate;
  return { ...journey, after: last?.packet ?? journey.after, fate };
}
