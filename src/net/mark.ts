/** A 32 bit value and the bits of it that count. */
export interface Masked {
  readonly value: number;
  readonly mask: number;
}

export const FULL_MASK = 0xffffffff;

export const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** (field AND mask) == value, as `-m mark` and `ip rule fwmark` compare. */
export const maskedEquals = (field: number, { value, mask }: Masked): boolean => (field & mask) >>> 0 === value >>> 0;

/** (field AND NOT mask) XOR value, as `--set-xmark` writes. */
export const setXmark = (field: number, { value, mask }: Masked): number => ((field & ~mask) ^ value) >>> 0;
