import { formatServicePort, parseServiceComment } from '../../kubernetes/comment.ts';
import type { NewNames } from './chain.ts';
import type { ChainLines } from './lines.ts';

/** The chains of a table that only one side has, by their names. */
export type LoneChains = ReadonlyMap<string, ChainLines>;

/**
 * Chains that are there under another name: kube-proxy, Calico and CNI plugins name them after hashes. Two are one where
 * their rules say the same, chains that they jump to included, or where they are for the same service, or endpoint of it.
 */
export function pairRenamed(before: LoneChains, after: LoneChains): NewNames {
  const names = new Map<string, string>();
  if (before.size === 0 || after.size === 0) return names;
  const taken = new Set<string>();
  const pairBy = (ofBefore: Describe, ofAfter: Describe) => {
    const found = new Map<string, string[]>();
    for (const [name, lines] of after) {
      const key = taken.has(name) ? undefined : ofAfter(name, lines);
      if (key === undefined) continue;
      const known = found.get(key);
      if (known) known.push(name);
      else found.set(key, [name]);
    }
    for (const list of found.values()) list.reverse();
    for (const [name, lines] of before) {
      const key = names.has(name) ? undefined : ofBefore(name, lines);
      const other = key === undefined ? undefined : found.get(key)?.pop();
      if (other === undefined) continue;
      names.set(name, other);
      taken.add(other);
    }
  };
  const numbers = new Map<string, number>();
  const [bodiesA, bodiesB] = [new Bodies(before, numbers), new Bodies(after, numbers)];
  const exact =
    (bodies: Bodies): Describe =>
    (name, lines) =>
      join(roleOf(name, lines), bodies.of(name));
  pairBy(exact(bodiesA), exact(bodiesB));
  pairBy(roleOf, roleOf);
  const alike =
    (bodies: Bodies): Describe =>
    (name, lines) =>
      lines.length === 0 ? undefined : join(prefixOf(name), bodies.of(name));
  pairBy(alike(bodiesA), alike(bodiesB));
  return names;
}

type Describe = (name: string, lines: ChainLines) => string | undefined;

const join = (...parts: readonly (string | undefined)[]): string | undefined =>
  parts.includes(undefined) ? undefined : parts.join('\n');

const COMMENT = / --comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/;

/** `KUBE-SEP-AAAA`: all before the hash. */
const prefixOf = (name: string): string => /^(.*[-_])[^-_]{4,}$/.exec(name)?.[1] ?? '';

/** What a chain of kube-proxy is for, where its name or its comments tell: `KUBE-SVC- default/web:http tcp`. */
function roleOf(name: string, lines: ChainLines): string | undefined {
  const [, role, rest] = /^(service|local|external|firewall|endpoint|affinity)-[A-Z2-7]{8}-(.+)$/.exec(name) ?? [];
  if (role !== undefined) return `${role} ${rest}`;
  const [, prefix] = /^(KUBE-(?:SVC|SVL|SEP|EXT|XLB|FW)-)/.exec(name) ?? [];
  if (prefix === undefined) return undefined;
  let service: string | undefined;
  let endpoint = '';
  for (let i = 0; i < lines.length; i++) {
    const text = lines.text(i);
    const [, quoted, bare] = COMMENT.exec(text) ?? [];
    const said = parseServiceComment(quoted ?? bare ?? '');
    if (said) service ??= formatServicePort(said.service);
    endpoint = / --to-destination (\S+)/.exec(text)?.[1] ?? endpoint;
  }
  if (service === undefined || (prefix === 'KUBE-SEP-') !== (endpoint !== '')) return undefined;
  return [prefix, service, endpoint].join(' ');
}

/** Chains that jump to each other deeper than this say nothing. */
const DEEPEST = 64;

/** A number for what a chain says, whatever it and those that it jumps to are called. */
class Bodies {
  private readonly chains: LoneChains;
  private readonly numbers: Map<string, number>;
  private readonly known = new Map<string, string>();

  /** `numbers`: of what was said so far, by either side. */
  constructor(chains: LoneChains, numbers: Map<string, number>) {
    this.chains = chains;
    this.numbers = numbers;
  }

  of(name: string, depth = 0): string {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    if (depth > DEEPEST) return '#';
    this.known.set(name, '#');
    const lines = this.chains.get(name);
    const texts = Array.from({ length: lines?.length ?? 0 }, (_, i) => this.said(lines?.text(i) ?? '', name, depth));
    const body = `${prefixOf(name)}\n${texts.join('\n')}`;
    const number = this.numbers.get(body) ?? this.numbers.size;
    this.numbers.set(body, number);
    this.known.set(name, `#${number}`);
    return `#${number}`;
  }

  private said(text: string, own: string, depth: number): string {
    return text
      .replace(COMMENT, '')
      .replace(/[^\s,;{}"]+/g, word => (word === own ? '*' : this.chains.has(word) ? this.of(word, depth + 1) : word));
  }
}
