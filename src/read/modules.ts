/** The names of loaded modules, of /proc/modules or lsmod; what is built into the kernel stands in neither. */
export function parseModules(text: string): ReadonlySet<string> {
  const names = [...text.matchAll(/^([a-z0-9_]+) +\d+ +\d+(?:$| )/gm)].map(([, name = '']) => name);
  return new Set(names);
}
