/** Reads numbers and addresses from bytes, in their usual spelling only. `end` is where the last reading ended. */
export class Digits {
  end = 0;
  /** The four words of the last IPv6 address, the highest first. */
  readonly words = new Int32Array(4);
  private readonly groups = new Int32Array(8);

  /** A decimal number up to `max`, without leading zeros; -1: none. */
  decimal(bytes: Uint8Array, at: number, stop: number, max: number): number {
    let value = -1;
    let i = at;
    for (; i < stop; i++) {
      const digit = (bytes[i] ?? 0) - 48;
      if (digit < 0 || digit > 9) break;
      if (value === 0) return -1;
      value = value < 0 ? digit : value * 10 + digit;
      if (value > max) return -1;
    }
    this.end = i;
    return value;
  }

  /** A dotted quad; -1: none. */
  address4(bytes: Uint8Array, at: number, stop: number): number {
    let value = 0;
    let i = at;
    for (let part = 0; part < 4; part++) {
      const octet = this.decimal(bytes, i, stop, 255);
      if (octet < 0) return -1;
      value = value * 256 + octet;
      i = this.end;
      if (part < 3 && bytes[i++] !== 46) return -1;
    }
    return value;
  }

  /** An IPv6 address without a dotted quad in it, into `words`; false: none. */
  address6(bytes: Uint8Array, at: number, stop: number): boolean {
    let count = 0;
    let gap = -1;
    let i = at;
    if (bytes[i] === 58) {
      if (bytes[i + 1] !== 58) return false;
      gap = 0;
      i += 2;
    }
    for (;;) {
      const start = i;
      let value = 0;
      for (; i < stop && i < start + 4; i++) {
        const digit = hexDigit(bytes[i] ?? 0);
        if (digit < 0) break;
        value = value * 16 + digit;
      }
      if (i === start) {
        if (gap !== count) return false;
        break;
      }
      if (count === 8) return false;
      this.groups[count++] = value;
      if (i >= stop || bytes[i] !== 58) break;
      i++;
      if (i < stop && bytes[i] === 58) {
        if (gap >= 0) return false;
        gap = count;
        i++;
      } else if (i >= stop || hexDigit(bytes[i] ?? 0) < 0) return false;
    }
    if (gap < 0 ? count !== 8 : count > 7) return false;
    this.end = i;
    this.fill(count, gap);
    return true;
  }

  private fill(count: number, gap: number): void {
    const zeros = 8 - count;
    for (let word = 0; word < 4; word++) {
      let value = 0;
      for (let i = word * 2; i < word * 2 + 2; i++) {
        const group = gap < 0 || i < gap ? i : i - zeros;
        value = (value << 16) | (gap >= 0 && i >= gap && i < gap + zeros ? 0 : (this.groups[group] ?? 0));
      }
      this.words[word] = value;
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
