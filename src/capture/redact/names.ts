/** Takes comments and other free words out of what a command printed; what decides over packets stays. */
export function dropWords(path: string, text: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^bpftool-cgroup/.test(name)) return '';
  if (/^uname-a/.test(name)) return text.replace(/^(\S+) \S+/, '$1 host');
  if (/^ss-/.test(name)) return text.replace(/ (?:cgroup:\S+|users:\(\(.*?\)\))/g, '');
  return text
    .replace(/ -m comment --comment (?:"(?:[^"\\\n]|\\.)*"|\S+)/g, '')
    .replace(/(--(?:log|nflog|ulog)-prefix) (?:"(?:[^"\\\n]|\\.)*"|\S+)/g, '$1 "x"')
    .replace(/\b(log (?:.*?)prefix) "(?:[^"\\\n]|\\.)*"/g, '$1 "x"')
    .replace(/^(\s*)comment "(?:[^"\\\n]|\\.)*"$/gm, '$1')
    .replace(/ comment "(?:[^"\\\n]|\\.)*"/g, '')
    .replace(/^\s+alias .*\n/gm, '');
}

/** New names for old ones, by kind: `pod-1`, `service-2`. */
export class Names {
  private readonly known = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  rename(kind: string, name: string): string {
    const key = `${kind}/${name}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    const renamed = `${kind}-${count}`;
    this.known.set(key, renamed);
    return renamed;
  }
}
