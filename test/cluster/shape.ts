/** The types that occur at each path of plain data: `outcomes[].mark` to `number`. */
export function shapeOf(values: readonly unknown[]): Map<string, Set<string>> {
  const shape = new Map<string, Set<string>>();
  const queue: { path: string; value: unknown }[] = values.map(value => ({ path: '', value }));
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { path, value } = next;
    const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
    if (path !== '') {
      const types = shape.get(path) ?? new Set();
      shape.set(path, types.add(type));
    }
    if (Array.isArray(value)) for (const item of value) queue.push({ path: `${path}[]`, value: item });
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) queue.push({ path: path === '' ? key : `${path}.${key}`, value: item });
  }
  return shape;
}
