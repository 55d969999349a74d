const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** `1d2h3m4s5ms`; undefined for anything else. A number alone is of seconds. */
export function readDuration(word: string): { readonly seconds: number; readonly milliseconds: number } | undefined {
  if (/^\d+$/.test(word)) return { seconds: Number(word), milliseconds: Number(word) * 1000 };
  const match = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(word);
  if (!match || word === '') return undefined;
  const [, w = 0, d = 0, h = 0, m = 0, s = 0, ms = 0] = match;
  const seconds = (((Number(w) * 7 + Number(d)) * 24 + Number(h)) * 60 + Number(m)) * 60 + Number(s);
  return { seconds, milliseconds: seconds * 1000 + Number(ms) };
}

/** As nft prints it: without the parts that are 0, days the largest unit. */
export function printDuration(milliseconds: number): string {
  let left = milliseconds;
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
