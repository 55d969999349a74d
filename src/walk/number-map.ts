const EMPTY = 0;
const FIBONACCI = 0x9e3779b1;

/** Places, from 0, by numbers of 32 bits: small and in one piece, for packets ask it all over. */
export class NumberMap {
  /** Of each slot its number, and its place counted from 1. */
  private slots = new Int32Array(32);
  private shift = 28;
  private count = 0;

  /** -1: none. */
  get(value: number): number {
    return (this.slots[this.slotOf(value) + 1] ?? EMPTY) - 1;
  }

  /** False: the number has a place already. */
  add(value: number, place: number): boolean {
    const slot = this.slotOf(value);
    if (this.slots[slot + 1] !== EMPTY) return false;
    this.slots[slot] = value;
    this.slots[slot + 1] = place + 1;
    if (++this.count * 4 > this.slots.length) this.grow();
    return true;
  }

  /** Where the number stands, or would. */
  private slotOf(value: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = (Math.imul(value, FIBONACCI) >>> this.shift) * 2;
    while (slots[slot + 1] !== EMPTY && slots[slot] !== (value | 0)) slot = (slot + 2) & mask;
    return slot;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(old.length * 2);
    this.shift--;
    for (let slot = 0; slot < old.length; slot += 2) {
      const place = old[slot + 1] ?? EMPTY;
      if (place === EMPTY) continue;
      const free = this.slotOf(old[slot] ?? 0);
      this.slots[free] = old[slot] ?? 0;
      this.slots[free + 1] = place;
    }
  }
}
