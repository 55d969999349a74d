/** One word of a rule; `start` and `end` are offsets into the line, quotes included. */
export interface Word {
  readonly text: string;
  /** A quoted `!` or `-j` is an argument, whatever it looks like. */
  readonly quoted: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * Splits a line of iptables-save into words as iptables-restore does: blanks part words, double quotes keep them
 * together, a backslash inside quotes takes the next character as it is (iptables/xshared.c add_param_to_argv).
 * Undefined: a quote stays open.
 */
export function splitWords(line: string): Word[] | undefined {
  const words: Word[] = [];
  const end = line.length;
  let i = 0;
  while (i < end) {
    const code = line.charCodeAt(i);
    if (code === 32 || code === 9) {
      i++;
      continue;
    }
    let word = '';
    let hadQuotes = false;
    const from = i;
    let start = i;
    while (i < end) {
      const c = line.charCodeAt(i);
      if (c === 32 || c === 9) break;
      if (c !== 34) {
        i++;
        continue;
      }
      hadQuotes = true;
      word += line.slice(start, i++);
      start = i;
      for (; ; i++) {
        if (i >= end) return undefined;
        const q = line.charCodeAt(i);
        if (q === 34) break;
        if (q === 92) {
          word += line.slice(start, i++);
          start = i;
        }
      }
      word += line.slice(start, i++);
      start = i;
    }
    words.push({ text: word + line.slice(start, i), quoted: hadQuotes, start: from, end: i });
  }
  return words;
}

const PLAIN = /^[A-Za-z0-9_-]+$/;

/** As iptables-save prints a string argument: bare where it can, else in double quotes with `"` `\` `'` escaped (xtables_save_string). */
export function quoteWord(text: string): string {
  if (PLAIN.test(text)) return text;
  return `"${text.replace(/["'\\]/g, '\\$&')}"`;
}
