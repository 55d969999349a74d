import type { Interface, InterfaceAddress } from '../model/interface.ts';
import type { Remark, Source } from '../model/source.ts';
import type { Tunnel } from '../model/tunnel.ts';
import { type Address, familyOf, parseAddress } from '../net/address.ts';
import { type Mac, parseMac } from '../net/mac.ts';
import { Cursor, excerpt, linesOf, numberOf, type Reading, Remarks, wordsOf } from './reading.ts';
import { parseTunnel } from './tunnels.ts';

/** What one listing says of an interface; several listings make one Interface. */
export interface InterfacePart {
  index?: number;
  readonly name: string;
  flags?: readonly string[];
  mtu?: number;
  mac?: Mac;
  group?: number;
  kind?: string;
  master?: string;
  hairpin?: boolean;
  tunnel?: Tunnel;
  addresses?: InterfaceAddress[];
  readonly source: Source;
}

const HEADER = /^(\d+): ([^\s:]{1,80}(?: state [^\s:]{1,20} (?=@|:))?(?:@[^\s:]{0,80})?) ?: <([^>]*)>(.*)$/;
const ONELINE = /^(\d+): ([^\s:]{1,80}) +(inet6? .*)$/;
/** Second words of detail lines that are no kind of interface. */
const NO_KIND = /^(?:alias|altname|vf|RX:|TX:|\d|prog\/|parentbus|inet|valid_lft|link\/|qdisc|promiscuity)|_slave$/;

/**
 * `ip addr`, `ip link`, each with and without -d, -s and -o, and `bridge link`, as text. What a listing does not show is
 * absent from its parts.
 */
export function parseInterfaces(text: string, file: string): Reading<readonly InterfacePart[]> {
  const remarks = new Remarks(file);
  const parts: InterfacePart[] = [];
  let part: InterfacePart | undefined;
  let detail: 'none' | 'link' | 'kind' = 'none';
  for (const { text: whole, number } of linesOf(text)) {
    for (const line of whole.split('\\')) {
      const header = HEADER.exec(line);
      const oneline = header ? null : ONELINE.exec(line);
      if (header) {
        part = parseHeader(header, { file, line: number }, remarks);
        parts.push(part);
        detail = 'none';
      } else if (oneline) {
        part = parts.find(p => p.name === oneline[2]) ?? onelinePart(oneline, parts, { file, line: number });
        parseInet(part, wordsOf(oneline[3] ?? ''), number, remarks);
      } else if (!part || !/^\s/.test(line)) {
        remarks.error(number, `not a line of ip addr, ip link or bridge link: ${excerpt(line)}`);
      } else {
        const words = wordsOf(line);
        const first = words[0] ?? '';
        if (first.startsWith('link/')) {
          const mac = parseMac(words[1] ?? '');
          if (mac !== undefined) part.mac = mac;
          if (words.includes('promiscuity')) detail = 'link';
        } else if (first === 'inet' || first === 'inet6') parseInet(part, words, number, remarks);
        else if (/^(?:\w+_slave|hairpin)$/.test(first)) {
          const at = words.indexOf('hairpin');
          if (at >= 0) part.hairpin = words[at + 1] === 'on';
        } else if (detail === 'link' && !NO_KIND.test(first)) {
          part.kind = first;
          const tunnel = parseTunnel(words);
          if (tunnel) part.tunnel = tunnel;
          detail = 'kind';
        } else if (!NO_KIND.test(first) && detail !== 'kind')
          remarks.warning(number, `not known and not used: ${excerpt(line.trim())}`);
      }
    }
  }
  return { value: parts, remarks: remarks.list };
}

function onelinePart(match: RegExpExecArray, parts: InterfacePart[], source: Source): InterfacePart {
  const part: InterfacePart = { index: Number(match[1]), name: match[2] ?? '', addresses: [], source };
  parts.push(part);
  return part;
}

function parseHeader(match: RegExpExecArray, source: Source, remarks: Remarks): InterfacePart {
  const [, index, label = '', flags = '', rest = ''] = match;
  const name = label.replace(/ state \S+ ?/, '').replace(/(?<=.)@[^@]*$/, '');
  const part: InterfacePart = { index: Number(index), name, flags: flags.split(',').filter(f => f !== ''), source };
  const words = new Cursor(wordsOf(rest));
  while (!words.done) {
    const word = words.next();
    if (word === 'mtu') {
      const mtu = numberOf(words.next());
      if (mtu !== undefined) part.mtu = mtu;
    } else if (word === 'master') part.master = words.next();
    else if (word === 'group') part.group = groupOf(words.next(), source.line, remarks);
    else if (/^(?:qdisc|state|mode|qlen|priority|cost|vlan|link-netnsid|link-netns|hwmode)$/.test(word)) words.next();
    else if (word === 'hairpin') part.hairpin = words.next() === 'on';
    else remarks.warning(source.line, `"${excerpt(word)}" is not known and was not used`);
  }
  return part;
}

/** `default` is 0; other names stand in the machine's own /etc/iproute2/group. */
export function groupOf(text: string, line: number, remarks: Remarks): number {
  const number = text === 'default' ? 0 : numberOf(text);
  if (number === undefined) remarks.warning(line, `the number of group "${excerpt(text)}" is not known; read as 0`);
  return number ?? 0;
}

function parseInet(part: InterfacePart, words: readonly string[], number: number, remarks: Remarks): void {
  part.addresses ??= [];
  const cursor = new Cursor(words);
  cursor.next();
  const [local = '', ownLength] = cursor.next().split('/');
  let length = ownLength;
  let peer: Address | undefined;
  if (cursor.take('peer')) {
    const [address = '', bits] = cursor.next().split('/');
    peer = parseAddress(address);
    length = bits;
  }
  const address = parseAddress(local.replace(/%.*/, ''));
  const flags: string[] = [];
  let scope: InterfaceAddress['scope'] = 'global';
  let broadcast: Address | undefined;
  while (!cursor.done) {
    const word = cursor.next();
    if (word === 'brd') broadcast = parseAddress(cursor.next());
    else if (word === 'scope') scope = scopeOf(cursor.next(), number, remarks);
    else if (word === 'any' || word === 'metric' || word === 'proto') cursor.next();
    else if (FLAGS.has(word)) flags.push(word);
    else if (word === 'flags') remarks.warning(number, `address flags ${excerpt(cursor.next())} are not known`);
    else if (!cursor.done || words[0] === 'inet6')
      remarks.warning(number, `"${excerpt(word)}" is not known and was not used`);
  }
  if (address === undefined) remarks.error(number, `not an address: ${excerpt(words.join(' '))}`);
  else part.addresses.push(addressOf(address, numberOf(length), scope, flags, broadcast, peer));
}

const FLAGS = new Set(
  `secondary temporary dynamic noprefixroute tentative deprecated dadfailed nodad mngtmpaddr home optimistic permanent
  stable-privacy autojoin mcautojoin`.split(/\s+/),
);

export function scopeOf(text: string, line: number, remarks: Remarks): InterfaceAddress['scope'] {
  if (text === 'global' || text === 'link' || text === 'host' || text === 'site') return text;
  remarks.warning(line, `scope "${excerpt(text)}" is not known; read as global`);
  return 'global';
}

export function addressOf(
  address: Address,
  length: number | undefined,
  scope: InterfaceAddress['scope'],
  flags: readonly string[],
  broadcast: Address | undefined,
  peer: Address | undefined,
): InterfaceAddress {
  const bits = familyOf(address) === 'ip' ? 32 : 128;
  return {
    address,
    prefixLength: length !== undefined && length <= bits ? length : bits,
    scope,
    secondary: flags.includes('secondary') || flags.includes('temporary'),
    ...(broadcast !== undefined && { broadcast }),
    ...(peer !== undefined && { peer }),
    ...(flags.length > 0 && { flags }),
  };
}

const sameAddress = (a: InterfaceAddress, b: InterfaceAddress): boolean =>
  a.address === b.address && a.prefixLength === b.prefixLength && a.peer === b.peer;

/**
 * Lays the listings of one namespace together by name. Addresses keep the order of the listing that has them first;
 * what two listings show differently is taken from the later one.
 */
export function mergeInterfaces(listings: readonly (readonly InterfacePart[])[]): Reading<readonly Interface[]> {
  const merged = new Map<string, InterfacePart>();
  const remarks: Remark[] = [];
  const warn = (part: InterfacePart, text: string) => remarks.push({ ...part.source, severity: 'warning', text });
  for (const part of listings.flat()) {
    const known = merged.get(part.name);
    if (!known) {
      merged.set(part.name, { ...part, ...(part.addresses && { addresses: [...part.addresses] }) });
      continue;
    }
    if (known.index !== undefined && part.index !== undefined && known.index !== part.index)
      warn(part, `${part.name} has number ${known.index} in ${known.source.file} and ${part.index} here`);
    const { addresses, source: _, ...rest } = part;
    Object.assign(known, rest);
    if (!addresses) continue;
    known.addresses ??= [];
    for (const address of addresses)
      if (!known.addresses.some(other => sameAddress(other, address))) known.addresses.push(address);
  }
  let shown = 0;
  const flagless: InterfacePart[] = [];
  const interfaces = [...merged.values()].map((part): Interface => {
    if (part.addresses) shown++;
    if (!part.flags) flagless.push(part);
    const { index = 0, name, flags = ['UP', 'LOWER_UP'], mtu, mac, group = 0, kind, master, hairpin, source } = part;
    const { addresses = [], tunnel } = part;
    const rest = { ...(tunnel && { tunnel }), addresses, source };
    return { index, name, flags, mtu, mac, group, kind, master, hairpin, ...rest };
  });
  if (flagless[0]) warn(flagless[0], `flags are not shown: ${flagless.length} interfaces are read as up`);
  const first = interfaces[0];
  if (first && shown === 0)
    remarks.push({ ...first.source, severity: 'warning', text: 'no listing shows addresses: `ip addr` would' });
  return { value: interfaces, remarks };
}
