import type { Nexthop, Route, RouteType } from '../model/route.ts';
import type { Source } from '../model/source.ts';
import { type Address, type Family, familyOf, parseAddress } from '../net/address.ts';
import { networkOf, type Prefix, parsePrefix, prefixOf } from '../net/prefix.ts';
import { Cursor, excerpt, linesOf, numberOf, type Reading, Remarks, wordsOf } from './reading.ts';

/** What a command line or a file name says of a listing of routes. */
export interface RouteHints {
  readonly family?: Family;
  /** Of routes that name no table; `main` where nobody says. */
  readonly table?: string;
}

const TYPES: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
];
export const ROUTE_TYPES: ReadonlyMap<string, RouteType> = new Map(TYPES.map(type => [type, type]));
export const ROUTE_FLAGS = new Set(
  'dead onlink pervasive offload offload_failed trap notify linkdown unresolved rt_offload rt_trap cloned'.split(' '),
);
const METRICS = new Set(
  `mtu window rtt rttvar ssthresh cwnd advmss reordering hoplimit initcwnd initrwnd features rto_min quickack congctl
  fastopen_no_cookie`.split(/\s+/),
);
/** Words with one argument that no walk asks for. */
const IGNORED = new Set('pref error expires nhid realm realms ttl-propagate users used age ref'.split(' '));

interface Draft {
  type: RouteType;
  destination: string;
  family: Family | undefined;
  table: string;
  nexthops: Nexthop[];
  source?: Address;
  tos: number;
  metric: number;
  scope?: string;
  protocol?: string;
  flags: string[];
  from?: Prefix;
  readonly at: Source;
}

/** `ip route`, with and without `show table X`, -4, -6, -d, -o and -s, as text. */
export function parseRoutes(text: string, file: string, hints: RouteHints = {}): Reading<readonly Route[]> {
  const remarks = new Remarks(file);
  const drafts: Draft[] = [];
  let draft: Draft | undefined;
  for (const { text: whole, number } of linesOf(text)) {
    for (const line of whole.split('\\')) {
      const words = new Cursor(wordsOf(line));
      if (/^\s/.test(line)) {
        if (words.take('nexthop') && draft) draft.nexthops.push(parseNexthop(words, draft, number, remarks));
        else if (words.peek() === 'cache') remarks.error(number, 'an answer of `ip route get`, not a table');
        else if (words.peek() !== 'nh_info' && !words.done)
          remarks.error(number, `not a line of ip route: ${excerpt(line)}`);
      } else {
        draft = parseRoute(words, hints, { file, line: number }, remarks);
        if (draft) drafts.push(draft);
      }
    }
  }
  const others: Family = drafts.some(d => d.family === 'ip') || !drafts.some(d => d.family === 'ip6') ? 'ip' : 'ip6';
  const routes = drafts.flatMap(d => {
    const route = finishRoute(d, d.family ?? others);
    if (!route) remarks.error(d.at.line, `not a route: ${excerpt(d.destination)}`);
    return route ? [route] : [];
  });
  return { value: routes, remarks: remarks.list };
}

function parseRoute(words: Cursor, hints: RouteHints, at: Source, remarks: Remarks): Draft | undefined {
  const type = ROUTE_TYPES.get(words.peek() ?? '');
  if (type) words.next();
  const destination = words.next();
  const prefix = parsePrefix(destination);
  if (!prefix && destination !== 'default') {
    remarks.error(at.line, `not a line of ip route: ${excerpt(destination)}`);
    return undefined;
  }
  const draft: Draft = {
    type: type ?? 'unicast',
    destination,
    family: prefix?.family ?? hints.family,
    table: hints.table ?? 'main',
    nexthops: [],
    tos: 0,
    metric: 0,
    flags: [],
    at,
  };
  const hop = parseWords(words, draft, true, at.line, remarks);
  if (hop) draft.nexthops.push(hop);
  return draft;
}

function parseNexthop(words: Cursor, draft: Draft, line: number, remarks: Remarks): Nexthop {
  return parseWords(words, draft, false, line, remarks) ?? { weight: 1, flags: [] };
}

/** The words after the destination, or after `nexthop`; gateway and device make a next hop. */
function parseWords(words: Cursor, draft: Draft, whole: boolean, line: number, remarks: Remarks): Nexthop | undefined {
  let gateway: Address | undefined;
  let device: string | undefined;
  let encap: string | undefined;
  let weight = 1;
  const flags: string[] = [];
  while (!words.done) {
    const word = words.next();
    if (word === 'via') {
      const other = words.take('inet6') || words.take('inet');
      const text = words.next();
      gateway = parseAddress(text);
      if (gateway === undefined) remarks.error(line, `not a gateway: ${excerpt(text)}`);
      else if (!other) draft.family ??= familyOf(gateway);
    } else if (word === 'dev') device = words.next();
    else if (word === 'weight') weight = numberOf(words.next()) ?? 1;
    else if (ROUTE_FLAGS.has(word)) flags.push(word);
    else if (word === 'encap') {
      encap = words.next();
      remarks.warning(line, `the route puts packets into a tunnel of its own (encap ${excerpt(encap)})`);
      while (!words.done && words.peek() !== 'via' && words.peek() !== 'dev') words.next();
    } else if (!whole || !parseOption(word, words, draft, line, remarks))
      remarks.warning(line, `"${excerpt(word)}" is not known and was not used`);
  }
  if (whole) draft.flags.push(...flags);
  if (gateway === undefined && device === undefined) return undefined;
  return {
    ...(gateway !== undefined && { gateway }),
    ...(device !== undefined && { device }),
    weight,
    ...(encap !== undefined && { encap }),
    flags,
  };
}

function parseOption(word: string, words: Cursor, draft: Draft, line: number, remarks: Remarks): boolean {
  if (word === 'table') draft.table = words.next();
  else if (word === 'proto' || word === 'protocol') draft.protocol = words.next();
  else if (word === 'scope') draft.scope = words.next();
  else if (word === 'metric' || word === 'preference') draft.metric = numberOf(words.next()) ?? 0;
  else if (word === 'tos' || word === 'dsfield') draft.tos = tosOf(words.next(), line, remarks);
  else if (word === 'src') {
    const text = words.next();
    const source = parseAddress(text);
    if (source === undefined) remarks.error(line, `not an address: ${excerpt(text)}`);
    else {
      draft.source = source;
      draft.family ??= familyOf(source);
    }
  } else if (word === 'from') {
    const text = words.next();
    const from = parsePrefix(text);
    if (from) draft.from = networkOf(from);
    else if (text !== 'default' && text !== 'all') remarks.error(line, `not a prefix: ${excerpt(text)}`);
  } else if (METRICS.has(word)) {
    words.take('lock');
    words.next();
  } else if (IGNORED.has(word)) {
    if (word === 'pref' || word === 'error') draft.family ??= 'ip6';
    words.next();
  } else return false;
  return true;
}

const TOS_NAMES = new Map([
  ['default', 0],
  ['lowdelay', 0x10],
  ['throughput', 0x08],
  ['reliability', 0x04],
  ['mincost', 0x02],
]);

/** A number, always hexadecimal as iproute2 takes it, or one of /etc/iproute2/rt_dsfield's old names. */
export function tosOf(text: string, line: number, remarks: Remarks): number {
  const tos = TOS_NAMES.get(text) ?? (/^(?:0x)?[0-9a-f]{1,2}$/i.test(text) ? Number.parseInt(text, 16) : undefined);
  if (tos === undefined) remarks.warning(line, `tos "${excerpt(text)}" is not known; read as 0`);
  return tos ?? 0;
}

function finishRoute(draft: Draft, family: Family): Route | undefined {
  const all = family === 'ip' ? prefixOf(0, 0) : prefixOf(0n, 0);
  const destination = draft.destination === 'default' ? all : parsePrefix(draft.destination);
  if (destination?.family !== family) return undefined;
  const { family: _, ...rest } = draft;
  return { ...rest, family, destination: networkOf(destination) };
}
