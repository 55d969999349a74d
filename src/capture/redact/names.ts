/** Takes comments and other free words out of what a command printed; what decides over packets stays. */
export function dropWords(path: string, printed: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^bpftool-cgroup/.test(name)) return '';
  const text = /ip6?tables/.test(name) ? printed.replace(/ ?\/\* .*? \*\//g, '') : printed;
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

const PROXY_CHAIN = /\b((?:service|external|local|endpoint|firewall|affinity)-[A-Z2-7]{8})-([a-z0-9-]+)\/([a-z0-9-]+)/g;

/** kube-proxy's chains and sets of nftables mode are named after services. */
export const renameChains = (text: string, names: Names): string =>
  text.replace(
    PROXY_CHAIN,
    (_, chain: string, namespace: string, service: string) =>
      `${chain}-${names.rename('namespace', namespace)}/${names.rename('service', service)}`,
  );

/** The beginnings of WireGuard's keys, which pair the peers of hosts. */
export const renameKeys = (path: string, text: string, names: Names): string =>
  /(?:^|\/)wg-(?:public-key|allowed-ips|endpoints)\./.test(path)
    ? text.replace(/^(\S+\s)(\S+)/gm, (line, device: string, key: string) =>
        key === '(none)' ? line : `${device}${names.rename('key', key)}`,
      )
    : text;

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
