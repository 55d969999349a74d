import type { ElementKey } from '../../model/effect.ts';
import type { Unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import type { Packet } from '../../net/packet.ts';

/**
 * What a register holds, as a number whatever the byte order: a bigint where it is an IPv6 address or wider than 53 bits,
 * text where it is a name that the kernel compares as text.
 */
export type Scalar = ElementKey;

/** A concatenation has a part for each of its fields. */
export type Value = Scalar | readonly Scalar[];

/** NFT_BREAK: the rule ends here, and the next one is asked. */
export const BREAK = Symbol('break');

/** A concatenation of which some parts are known: enough where no element has these. */
export interface Partly extends Unknown {
  readonly parts: readonly (Scalar | undefined)[];
}

export type Answer = Value | Unknown | Partly | typeof BREAK;

/** Asks the packet for an expression's value. */
export type Evaluate = (packet: Packet, world: World) => Answer;

export const isUnknown = (answer: Answer): answer is Unknown =>
  typeof answer === 'object' && !Array.isArray(answer) && 'kind' in answer;

export const isParts = (value: Value): value is readonly Scalar[] => typeof value === 'object';

/** Equal values have equal keys. */
export const keyOf = (value: Value): Scalar => (isParts(value) ? value.join('\u0000') : value);

/** Negative, 0 or positive; text is compared as text. Both are of one type. */
export function compare(a: Scalar, b: Scalar): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `and then`: an unknown or a break stays what it is. */
export function map(answer: Answer, then: (value: Value) => Answer): Answer {
  return answer === BREAK || isUnknown(answer) ? answer : then(answer);
}
