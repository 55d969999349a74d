/**
 * Cuts names to `width` cells with an ellipsis where that leaves each of them different from all the others, as they
 * were and as they are cut.
 */
export function shortNames(names: Iterable<string>, width: number): ReadonlyMap<string, string> {
  const all = [...new Set(names)];
  const result = new Map<string, string>();
  for (const name of all) {
    let short = name;
    for (let length = width - 1; name.length > width && length < name.length - 1; length++) {
      const head = name.slice(0, length);
      if (all.some(other => other !== name && other.startsWith(head))) continue;
      short = `${head}…`;
      break;
    }
    result.set(name, short);
  }
  return result;
}
