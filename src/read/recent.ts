import type { RecentEntry, RecentList } from '../model/recent.ts';
import { parseAddress } from '../net/address.ts';
import { excerpt, linesOf, type Reading, Remarks } from './reading.ts';

/** The machine's clock at the time of the dump: jiffies, and how many there are in a second. */
export interface JiffiesClock {
  readonly now: bigint;
  readonly hz: number;
}

const ENTRY = /^src=(\S+) ttl: (\d+) last_seen: (\d+) oldest_pkt: (\d+) ([\d, ]*)$/;

/**
 * Dumps of /proc/net/xt_recent: one list, named by the file; several, each headed `==> /proc/net/xt_recent/NAME <==`
 * (`head`, `tail`); or each line led by its path (`grep .`).
 */
export function parseRecent(
  text: string,
  file: string,
  name: string | undefined,
  clock?: JiffiesClock,
): Reading<ReadonlyMap<string, RecentList>> {
  const remarks = new Remarks(file);
  const lists = new Map<string, RecentEntry[]>();
  let current = name;
  if (name !== undefined) lists.set(name, []);
  for (const { text: line, number } of linesOf(text)) {
    const heading = /^==> (?:.*\/)?([^/]+) <==$/.exec(line)?.[1];
    if (heading !== undefined) {
      current = heading;
      if (name !== undefined && lists.get(name)?.length === 0) lists.delete(name);
      if (!lists.has(heading)) lists.set(heading, []);
      continue;
    }
    const [, path, rest = line] = /^(?:\S*\/)?([^/\s:]+):(src=.*)$/.exec(line) ?? [];
    const owner = path ?? current;
    const entry = parseEntry(rest, clock);
    if (!entry) remarks.error(number, `not a line of xt_recent: ${excerpt(line)}`);
    else if (owner === undefined)
      remarks.error(number, 'a list of xt_recent whose name nobody says: name the file xt_recent-NAME');
    else {
      const entries = lists.get(owner);
      if (entries) entries.push(entry);
      else lists.set(owner, [entry]);
    }
  }
  const value = new Map([...lists].map(([list, entries]) => [list, { name: list, entries }] as const));
  return { value, remarks: remarks.list };
}

/** The stamps stand in the order of a ring buffer; `last_seen` is the newest. */
function parseEntry(line: string, clock: JiffiesClock | undefined): RecentEntry | undefined {
  const [, source = '', ttl, , , stamps = ''] = ENTRY.exec(line.trimEnd()) ?? [];
  const address = parseAddress(source);
  if (address === undefined || ttl === undefined) return undefined;
  const times = (stamps.match(/\d{1,20}/g) ?? []).map(BigInt);
  const ages = clock && times.map(time => Number(clock.now - time) / clock.hz).sort((a, b) => a - b);
  return { address, ttl: Number(ttl), ...(ages && { agesSeconds: ages }), hits: times.length };
}
