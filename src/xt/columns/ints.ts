/** A list of 32 bit numbers that grows. */
export class Ints {
  private data: Int32Array;
  length = 0;

  constructor(capacity = 16) {
    this.data = new Int32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.data.length) this.reserve(this.length * 2 + 16);
    this.data[this.length++] = value;
  }

  push3(first: number, second: number, third: number): void {
    const { length } = this;
    if (length + 3 > this.data.length) this.reserve(length * 2 + 48);
    const { data } = this;
    data[length] = first;
    data[length + 1] = second;
    data[length + 2] = third;
    this.length = length + 3;
  }

  push4(first: number, second: number, third: number, fourth: number): void {
    this.push3(first, second, third);
    this.push(fourth);
  }

  /** 0 outside of the list. */
  get(index: number): number {
    return index < this.length ? (this.data[index] ?? 0) : 0;
  }

  /** As they stand in memory, until one more is added; behind the last there may be others. */
  get numbers(): Int32Array {
    return this.data;
  }

  /** Makes room for so many at once. */
  reserve(capacity: number): void {
    if (capacity <= this.data.length) return;
    const larger = new Int32Array(capacity);
    larger.set(this.data);
    this.data = larger;
  }

  set(index: number, value: number): void {
    this.data[index] = value;
  }
}
