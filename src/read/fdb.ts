import type { FdbEntry } from '../model/neighbour.ts';
import { parseAddress } from '../net/address.ts';
import { parseMac } from '../net/mac.ts';
import { numberField, parseObjects, remarkUnknownKeys, stringField, stringsField } from './json.ts';
import { Cursor, excerpt, linesOf, numberOf, type Reading, Remarks, wordsOf } from './reading.ts';

const FLAGS =
  /^(?:self|permanent|static|sticky|extern_learn|offload|router|dynamic|master|added_by_user|locked|blackhole|stale)$/;

/** `bridge fdb`, with and without -d and -s, as text. */
export function parseFdb(text: string, file: string): Reading<readonly FdbEntry[]> {
  const remarks = new Remarks(file);
  const entries: FdbEntry[] = [];
  for (const { text: line, number } of linesOf(text)) {
    const words = new Cursor(wordsOf(line));
    const mac = parseMac(words.next());
    if (mac === undefined) {
      remarks.error(number, `not a line of bridge fdb: ${excerpt(line)}`);
      continue;
    }
    const entry: { -readonly [K in keyof FdbEntry]: FdbEntry[K] } = {
      mac,
      device: '',
      flags: [],
      source: { file, line: number },
    };
    const flags: string[] = [];
    while (!words.done) {
      const word = words.next();
      if (word === 'dev') entry.device = words.next();
      else if (word === 'master') entry.master = words.next();
      else if (word === 'dst') {
        const destination = parseAddress(words.next());
        if (destination !== undefined) entry.destination = destination;
      } else if (word === 'vlan' || word === 'vni') {
        const value = numberOf(words.next());
        if (value !== undefined) entry[word] = value;
      } else if (/^(?:port|via|src_vni|link-netnsid|nhid|used|activity_notify|state)$/.test(word)) words.next();
      else if (FLAGS.test(word)) flags.push(word);
      else remarks.warning(number, `"${excerpt(word)}" is not known and was not used`);
    }
    if (entry.device === '') remarks.error(number, `not a line of bridge fdb: ${excerpt(line)}`);
    else entries.push({ ...entry, flags });
  }
  return { value: entries, remarks: remarks.list };
}

const KEYS = new Set(
  `mac ifname master dst vlan vni flags state port viaIf viaIfIndex src_vni linkNetNsId link-netnsid nhid used updated
  added_by_user`.split(/\s+/),
);

/** `bridge -j fdb`. */
export function parseFdbJson(text: string, file: string): Reading<readonly FdbEntry[]> {
  const remarks = new Remarks(file);
  const objects = parseObjects(text, remarks);
  remarkUnknownKeys(objects, KEYS, remarks);
  const entries = objects.flatMap((object): FdbEntry[] => {
    const mac = parseMac(stringField(object, 'mac') ?? '');
    const device = stringField(object, 'ifname');
    if (mac === undefined || device === undefined) {
      remarks.error(1, `not an entry of bridge fdb: ${excerpt(JSON.stringify(object))}`);
      return [];
    }
    const master = stringField(object, 'master');
    const destination = parseAddress(stringField(object, 'dst') ?? '');
    const vlan = numberField(object, 'vlan');
    const vni = numberField(object, 'vni');
    const state = stringField(object, 'state') ?? '';
    return [
      {
        mac,
        device,
        ...(master !== undefined && { master }),
        ...(destination !== undefined && { destination }),
        ...(vlan !== undefined && { vlan }),
        ...(vni !== undefined && { vni }),
        flags: [...stringsField(object, 'flags'), ...(state === '' ? [] : [state])],
        source: { file, line: 1 },
      },
    ];
  });
  return { value: entries, remarks: remarks.list };
}
