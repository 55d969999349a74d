import type { Neighbour, NeighbourState } from '../model/neighbour.ts';
import type { Source } from '../model/source.ts';
import { parseAddress } from '../net/address.ts';
import { type Mac, parseMac } from '../net/mac.ts';
import { parseObjects, remarkUnknownKeys, stringField, stringsField } from './json.ts';
import { Cursor, excerpt, linesOf, type Reading, Remarks, wordsOf } from './reading.ts';

const ALL_STATES: readonly NeighbourState[] = [
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'PERMANENT',
  'NOARP',
  'INCOMPLETE',
  'FAILED',
  'NONE',
];
const STATES = new Map<string, NeighbourState>(ALL_STATES.map(state => [state, state]));
const FLAGS = /^(?:router|extern_learn|offload|managed|extern_valid)$/;
const COUNTS = /^(?:used|ref|probes|proto|protocol|nhid)$/;

/** `ip neigh`, with and without -s and `proxy`, as text. */
export function parseNeighbours(text: string, file: string): Reading<readonly Neighbour[]> {
  const remarks = new Remarks(file);
  const neighbours: Neighbour[] = [];
  for (const { text: line, number } of linesOf(text)) {
    const words = new Cursor(wordsOf(line.replaceAll('probes ', ' probes ')));
    const address = parseAddress(words.next());
    if (address === undefined) {
      remarks.error(number, `not a line of ip neigh: ${excerpt(line)}`);
      continue;
    }
    let device: string | undefined;
    let mac: Mac | undefined;
    let state: NeighbourState = 'NONE';
    let proxy = false;
    while (!words.done) {
      const word = words.next();
      const named = STATES.get(word);
      if (named) state = named;
      else if (word === 'dev') device = words.next();
      else if (word === 'lladdr') mac = macOf(words.next(), number, remarks);
      else if (word === 'proxy') proxy = true;
      else if (COUNTS.test(word)) words.next();
      else if (!FLAGS.test(word)) remarks.warning(number, `"${excerpt(word)}" is not known and was not used`);
    }
    neighbours.push({ address, device, mac, state, proxy, source: { file, line: number } });
  }
  return { value: neighbours, remarks: remarks.list };
}

function macOf(text: string, line: number, remarks: Remarks): Mac | undefined {
  const mac = parseMac(text);
  if (mac === undefined) remarks.warning(line, `not an Ethernet address: ${excerpt(text)}`);
  return mac;
}

const KEYS = new Set(
  'dst dev lladdr state router extern_learn offload managed extern_valid proxy protocol used refcnt probes nhid'.split(
    ' ',
  ),
);

/** `ip -j neigh`, with and without `proxy`. */
export function parseNeighboursJson(text: string, file: string): Reading<readonly Neighbour[]> {
  const remarks = new Remarks(file);
  const objects = parseObjects(text, remarks);
  remarkUnknownKeys(objects, KEYS, remarks);
  const neighbours = objects.flatMap((object): Neighbour[] => {
    const address = parseAddress(stringField(object, 'dst') ?? '');
    if (address === undefined) {
      remarks.error(1, `not a neighbour: ${excerpt(JSON.stringify(object))}`);
      return [];
    }
    const lladdr = stringField(object, 'lladdr');
    const mac = lladdr === undefined ? undefined : macOf(lladdr, 1, remarks);
    const state = STATES.get(stringsField(object, 'state')[0] ?? 'NONE') ?? 'NONE';
    const proxy = Object.hasOwn(object, 'proxy');
    return [{ address, device: stringField(object, 'dev'), mac, state, proxy, source: { file, line: 1 } }];
  });
  return { value: neighbours, remarks: remarks.list };
}

const AN =
  /^\S{1,256} \(([^)]{1,50})\) at (\S{1,60})(?: \[([^\]]{0,20})\])?((?: (?!on )\S{1,40}){0,8}) on (\S{1,80})\s*$/;

/**
 * `arp -an`, `arp -n` and /proc/net/arp. They do not tell states that work apart: a complete entry is read as STALE,
 * an incomplete one as INCOMPLETE.
 */
export function parseArp(text: string, file: string): Reading<readonly Neighbour[]> {
  const remarks = new Remarks(file);
  const neighbours: Neighbour[] = [];
  for (const { text: line, number } of linesOf(text)) {
    if (/^(?:Address|IP address) +HW/.test(line) || /^Entries:/.test(line)) continue;
    const source = { file, line: number };
    const neighbour = bsdLine(line, source) ?? procLine(line, source) ?? columnLine(line, source);
    if (neighbour) neighbours.push(neighbour);
    else remarks.error(number, `not a line of arp: ${excerpt(line)}`);
  }
  return { value: neighbours, remarks: remarks.list };
}

function arpEntry(
  address: string | undefined,
  mac: string | undefined,
  device: string | undefined,
  flags: { readonly complete: boolean; readonly permanent: boolean; readonly proxy: boolean },
  source: Source,
): Neighbour | undefined {
  const parsed = parseAddress(address ?? '');
  if (parsed === undefined) return undefined;
  const state = flags.permanent ? 'PERMANENT' : flags.complete ? 'STALE' : 'INCOMPLETE';
  const known = flags.complete && !flags.proxy ? parseMac(mac ?? '') : undefined;
  return { address: parsed, device, mac: known, state: flags.proxy ? 'NONE' : state, proxy: flags.proxy, source };
}

function bsdLine(line: string, source: Source): Neighbour | undefined {
  const [, address, mac, , rest = '', device] = AN.exec(line) ?? [];
  if (address === undefined) return undefined;
  const words = wordsOf(rest);
  const flags = { complete: mac !== '<incomplete>', permanent: words.includes('PERM'), proxy: words.includes('PUB') };
  return arpEntry(address, mac, device, flags, source);
}

/** Flags: 2 complete, 4 permanent, 8 published. */
function procLine(line: string, source: Source): Neighbour | undefined {
  const [address, type, flags, mac, mask, device, ...more] = wordsOf(line);
  if (!/^0x[0-9a-f]+$/.test(type ?? '') || !/^0x[0-9a-f]+$/.test(flags ?? '') || mask === undefined || more.length > 0)
    return undefined;
  const bits = Number(flags);
  const read = { complete: (bits & 2) !== 0, permanent: (bits & 4) !== 0, proxy: (bits & 8) !== 0 };
  return arpEntry(address, mac, device, read, source);
}

/** The columns of `arp -n`; an incomplete entry has no hardware type, and a name may stand for the address. */
function columnLine(line: string, source: Source): Neighbour | undefined {
  const words = wordsOf(line);
  const [address, type, mac, flags] = words;
  const device = words[words.length - 1];
  if (type === '(incomplete)' && words.length === 3)
    return arpEntry(address, undefined, device, { complete: false, permanent: false, proxy: false }, source);
  if (words.length < 5 || !/^[CMP!]+$/.test(flags ?? '')) return undefined;
  const read = {
    complete: flags?.includes('C') ?? false,
    permanent: /M/.test(flags ?? ''),
    proxy: /P/.test(flags ?? ''),
  };
  return arpEntry(address, mac, device, read, source);
}
