/** Which parts of conntrack and NAT the kernel's configuration has built in, by the names of their modules. */
export function parseBuiltIn(text: string): ReadonlySet<string> | undefined {
  const options = [...text.matchAll(/^(?:\S+:)?CONFIG_(NF_(?:CONNTRACK|NAT)_[A-Z0-9_]+)=([ym])$/gm)];
  if (options.length === 0) return undefined;
  return new Set(options.flatMap(([, name = '', how]) => (how === 'y' ? [name.toLowerCase()] : [])));
}

/** The names of loaded modules, of /proc/modules or lsmod; what is built into the kernel stands in neither. */
export function parseModules(text: string): ReadonlySet<string> {
  const names = [...text.matchAll(/^([a-z0-9_]+) +\d+ +\d+(?:$| )/gm)].map(([, name = '']) => name);
  return new Set(names);
}
