/**
 * A string in typed options that holds more than one word of the rule: what was not taken apart but kept to be printed
 * again. Undefined: there is none, and the options are plain data. Not recursive, and each object is looked at once.
 */
export function rawText(options: unknown, words: readonly string[]): string | undefined {
  const plain: unknown = structuredClone(options);
  const seen = new Set<unknown>();
  const left = [plain];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string') {
      if (value.trim().includes(' ') && !words.some(word => word.includes(value))) return value;
    } else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value);
      left.push(...(value instanceof Map || value instanceof Set ? value : Object.values(value)));
    }
  }
  return undefined;
}
