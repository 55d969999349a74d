const LONG = (1n << 64n) - 1n;

/** A whole number of 64 bit as strtoull with base 0 reads it; else undefined. */
export function parseLong(text: string): bigint | undefined {
  if (!/^(0[xX][0-9a-fA-F]{1,20}|0[0-7]{0,30}|[1-9]\d{0,30})$/.test(text)) return undefined;
  const value = BigInt(/^0\d/.test(text) ? `0o${text.slice(1)}` : text);
  return value <= LONG ? value : undefined;
}
