/** The ones' complement sum of the internet checksum, carried into 16 bits. */
export function fold(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 65536);
  return rest;
}
