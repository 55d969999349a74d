import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { LabDocument } from './document.ts';
import type { Fields } from './fields.ts';

export interface NodeFile {
  readonly path: string;
  readonly text: string;
}

const JSON_FILES = [
  ['addr', 'ip-j-addr.json'],
  ['link', 'ip-d-j-link.json'],
  ['bridge_link', 'bridge-d-j-link.json'],
  ['route', 'ip-j-route-table-all.json'],
  ['route6', 'ip-6-j-route-table-all.json'],
  ['rule', 'ip-j-rule.json'],
  ['rule6', 'ip-6-j-rule.json'],
  ['neigh', 'ip-j-neigh.json'],
  ['neigh6', 'ip-6-j-neigh.json'],
  ['fdb', 'bridge-j-fdb.json'],
] as const;

/** Files of a capture's node that each part of the recorded state replaces. */
const REPLACED: ReadonlyMap<string, RegExp> = new Map([
  ['addr', /^ip-(j-)?addr\./],
  ['link', /^ip-d-link\./],
  ['bridge_link', /^bridge-link\./],
  ['route', /^ip-route-/],
  ['route6', /^ip-6-route-/],
  ['rule', /^ip-rule\./],
  ['rule6', /^ip-6-rule\./],
  ['neigh', /^ip-neigh\./],
  ['neigh6', /^ip-6-neigh\./],
  ['fdb', /^bridge-fdb\./],
  ['conntrack', /^conntrack-L\./],
  ['conntrack6', /^conntrack-L-f-ipv6\./],
  ['sysctl', /^sysctl\./],
  ['iptables_save_c', /^iptables-(\w+-save|nvL)/],
  ['ip6tables_save_c', /^ip6tables-\w+-save/],
]);

/** Which of the two listings of nft is read. */
export type NftForm = 'text' | 'json';

/** The recorded state of a node as files named after the commands, laid over the capture's where there is one. */
export function nodeFiles(document: LabDocument, path: string, node: string, nft: NftForm): readonly NodeFile[] {
  const state = document.state.get(node);
  if (!state) throw new Error(`no state of ${node}`);
  const captured = filesUnder(join(dirname(path), 'nodes', node));
  const replaced = [...REPLACED].filter(([part]) => state.has(part)).map(([, name]) => name);
  const kept = captured.filter(file => !file.path.startsWith('nft-') && !replaced.some(name => name.test(file.path)));
  const files: NodeFile[] = [...kept];
  const add = (name: string, text: string | undefined) => text !== undefined && files.push({ path: name, text });
  for (const [part, name] of JSON_FILES) if (state.has(part)) add(name, JSON.stringify(state.value(part)));
  add('conntrack-L.txt', state.maybeText('conntrack'));
  add('conntrack-L-f-ipv6.txt', state.maybeText('conntrack6'));
  add('ipset.txt', state.maybeText('ipset'));
  const backend = document.variant.replace(/^iptables-/, '');
  add(`iptables-${backend}-save-c.txt`, state.maybeText('iptables_save_c'));
  add(`ip6tables-${backend}-save-c.txt`, state.maybeText('ip6tables_save_c'));
  if (nft === 'text') add('nft-list-ruleset.txt', state.maybeText('nft_text'));
  else if (state.has('nft_json')) add('nft-j-list-ruleset.json', JSON.stringify(state.value('nft_json')));
  add('sysctl.txt', sysctlText(captured.find(file => file.path === 'sysctl.txt')?.text ?? '', state));
  if (state.has('xt_recent'))
    for (const [list, text] of state.fields('xt_recent').entries())
      if (typeof text === 'string') add(`xt_recent/${list}`, text);
  return files;
}

export function filesUnder(folder: string): readonly NodeFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(file => ({ path: relative(folder, file), text: readFileSync(file, 'utf8') }));
}

function sysctlText(captured: string, state: Fields): string {
  const values = new Map<string, string>();
  for (const line of captured.split('\n')) {
    const at = line.indexOf(' = ');
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 3));
  }
  if (state.has('sysctl'))
    for (const [key, value] of state.fields('sysctl').entries())
      if (typeof value === 'string' && !value.startsWith('ERR ')) values.set(dotted(key), value);
  return [...values].map(([key, value]) => `${key} = ${value}\n`).join('');
}

/** As `sysctl -a` prints names: dots of interface names become slashes. */
const dotted = (key: string): string =>
  key.includes('/')
    ? key
        .split('/')
        .map(part => part.replaceAll('.', '/'))
        .join('.')
    : key;
