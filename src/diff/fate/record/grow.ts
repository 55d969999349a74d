/** More answers than this are not asked for one question: what is not known to be alike is kept apart. */
const MOST_ANSWERS = 4096;

/** One dimension of a question: its parts, of which `own` is that of the packet that asks. */
export interface Axis {
  readonly parts: number;
  readonly own: number;
}

/**
 * Grows the place of a packet to a product of parts in which every answer is the packet's own, the last dimension first:
 * where a rule is a list of conditions, the one that failed is what it asked last. `isAlike` asks for one place.
 */
export function grow(
  axes: readonly Axis[],
  isAlike: (places: readonly number[]) => boolean,
): readonly (readonly number[])[] {
  const chosen = axes.map(({ own }) => [own]);
  let left = MOST_ANSWERS;
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i];
    const mine = chosen[i];
    if (!axis || !mine) continue;
    const others = chosen.reduce((size, parts, j) => (j === i ? size : size * parts.length), 1);
    for (let part = 0; part < axis.parts; part++) {
      if (part === axis.own) continue;
      if (left < others) break;
      left -= others;
      if (allAlike(chosen, i, part, isAlike)) mine.push(part);
    }
  }
  return chosen;
}

function allAlike(
  chosen: readonly (readonly number[])[],
  axis: number,
  part: number,
  isAlike: (places: readonly number[]) => boolean,
): boolean {
  const places = chosen.map(([first = 0]) => first);
  places[axis] = part;
  const step = (i: number): boolean => {
    if (i === chosen.length) return isAlike(places);
    if (i === axis) return step(i + 1);
    return (chosen[i] ?? []).every(choice => {
      places[i] = choice;
      return step(i + 1);
    });
  };
  return step(0);
}
