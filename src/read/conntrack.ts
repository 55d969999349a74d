import type { ConntrackEntry, Tuple } from '../model/conntrack.ts';
import type { Source } from '../model/source.ts';
import { type Address, type Family, familyOf, parseAddress } from '../net/address.ts';
import { excerpt, linesOf, numberOf, type Reading, Remarks, wordsOf } from './reading.ts';

const EVENT = /^\s*(?:\[\d+\.\d+\]\s*)?\[(?:NEW|UPDATE|DESTROY)\]/;
const TRAILER = /^conntrack v[\d.]+ .*(?:shown|deleted|updated)\.?$/;
/** A start or stop time has blanks in it. */
const TIMES = /\[(?:start|stop)=[^\]]*\]/g;

/** `conntrack -L` in its forms (plain, `-o extended`, id, labels, ktimestamp) and /proc/net/nf_conntrack. */
export function parseConntrack(text: string, file: string): Reading<readonly ConntrackEntry[]> {
  const remarks = new Remarks(file);
  const entries: ConntrackEntry[] = [];
  let events = 0;
  for (const { text: line, number } of linesOf(text)) {
    if (EVENT.test(line)) {
      if (events++ === 0) remarks.warning(number, 'events of `conntrack -E`, no table: they are not used');
      continue;
    }
    if (TRAILER.test(line)) continue;
    const problem = parseEntry(line, { file, line: number }, entries, remarks);
    if (problem) remarks.error(number, `${problem}: ${excerpt(line)}`);
  }
  return { value: entries, remarks: remarks.list };
}

interface Direction {
  saddr?: Address;
  daddr?: Address;
  readonly numbers: Map<string, number>;
  packets?: bigint;
  bytes?: bigint;
}

const TUPLE_NUMBERS = new Set(['sport', 'dport', 'type', 'code', 'id', 'srckey', 'dstkey']);
/** Fields of the whole entry; those that no walk asks for are here too. */
const ENTRY_FIELDS = new Set(
  `mark zone zone-orig zone-reply helper labels id use delta-time secctx secmark timeout stream_timeout`.split(' '),
);

function parseEntry(line: string, source: Source, entries: ConntrackEntry[], remarks: Remarks): string | undefined {
  const words = wordsOf(line.replace(TIMES, ''));
  if (/^ipv[46]$/.test(words[0] ?? '')) words.splice(0, 2);
  const protocol = numberOf(words[1]);
  if (protocol === undefined || protocol > 255) return 'not a line of conntrack -L';
  const [original, reply]: [Direction, Direction] = [{ numbers: new Map() }, { numbers: new Map() }];
  const flags = new Set<string>();
  const named = new Map<string, string>();
  let current: Direction | undefined;
  let timeout: number | undefined;
  let protocolState: string | undefined;
  for (const word of words.slice(2)) {
    const equals = word.indexOf('=');
    const key = word.slice(0, Math.max(equals, 0));
    const value = word.slice(equals + 1);
    if (word.startsWith('[')) flags.add(word);
    else if (equals < 0) {
      if (!current && /^\d+$/.test(word)) timeout = numberOf(word);
      else if (!current && /^[A-Z_0-9]+$/.test(word)) protocolState = word;
      else remarks.warning(source.line, `"${excerpt(word)}" is not known and was not used`);
    } else if (key === 'src' || key === 'dst') {
      if (key === 'src') current = current ? reply : original;
      const address = parseAddress(value);
      if (!current || address === undefined) return 'not an address';
      current[key === 'src' ? 'saddr' : 'daddr'] = address;
    } else if (current && isTupleNumber(current, reply, key, named)) {
      const number = numberOf(value);
      if (number === undefined) return `not a number (${key})`;
      current.numbers.set(key, number);
    } else if (current && (key === 'packets' || key === 'bytes') && /^\d{1,20}$/.test(value))
      current[key] = BigInt(value);
    else if (ENTRY_FIELDS.has(key)) named.set(key, value);
    else remarks.warning(source.line, `"${excerpt(word)}" is not known and was not used`);
  }
  const family = original.saddr === undefined ? undefined : familyOf(original.saddr);
  const there = family && tupleOf(original, protocol, family);
  const back = family && tupleOf(reply, protocol, family);
  if (!there || !back) return 'an entry without both of its tuples';
  const helper = named.get('helper');
  const labels = named.get('labels');
  const zoneOriginal = numberOf(named.get('zone-orig'));
  const zoneReply = numberOf(named.get('zone-reply'));
  const offload = flags.has('[HW_OFFLOAD]') ? 'hardware' : flags.has('[OFFLOAD]') ? 'software' : undefined;
  for (const flag of flags)
    if (!FLAGS.has(flag)) remarks.warning(source.line, `"${excerpt(flag)}" is not known and was not used`);
  entries.push({
    family,
    original: there,
    reply: back,
    ...(protocolState !== undefined && { protocolState }),
    ...(timeout !== undefined && { timeout }),
    unreplied: flags.has('[UNREPLIED]'),
    assured: flags.has('[ASSURED]'),
    ...(offload && { offload }),
    mark: numberOf(named.get('mark')) ?? 0,
    zone: numberOf(named.get('zone')) ?? 0,
    ...(zoneOriginal !== undefined && { zoneOriginal }),
    ...(zoneReply !== undefined && { zoneReply }),
    ...(helper !== undefined && { helper }),
    ...(labels !== undefined && { labels }),
    ...(original.packets !== undefined && {
      counters: {
        originalPackets: original.packets,
        originalBytes: original.bytes ?? 0n,
        replyPackets: reply.packets ?? 0n,
        replyBytes: reply.bytes ?? 0n,
      },
    }),
    source,
  });
  return undefined;
}

const FLAGS = new Set(['[UNREPLIED]', '[ASSURED]', '[OFFLOAD]', '[HW_OFFLOAD]', '[NONE]']);

/** `id=` is of an ICMP tuple where that has a type and no id yet, else it is the entry's own (`-o id`). */
function isTupleNumber(current: Direction, reply: Direction, key: string, named: ReadonlyMap<string, string>): boolean {
  if (!TUPLE_NUMBERS.has(key) || current.numbers.has(key)) return false;
  return key !== 'id' || (current.numbers.has('type') && !(current === reply && named.has('use')));
}

function tupleOf(direction: Direction, protocol: number, family: Family): Tuple | undefined {
  const { saddr, daddr, numbers } = direction;
  if (saddr === undefined || daddr === undefined || familyOf(saddr) !== family || familyOf(daddr) !== family)
    return undefined;
  const type = numbers.get('type');
  const id = numbers.get('id') ?? 0;
  if (type !== undefined)
    return { saddr, daddr, protocol, sport: id, dport: id, icmp: { type, code: numbers.get('code') ?? 0, id } };
  const sport = numbers.get('sport') ?? numbers.get('srckey');
  const dport = numbers.get('dport') ?? numbers.get('dstkey');
  return {
    saddr,
    daddr,
    protocol,
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
  };
}
