import type { ConnectionEntry } from '../../../src/model/world.ts';
import type { Packet } from '../../../src/net/packet.ts';
import { builtinHook } from '../../../src/xt/tables.ts';
import { packetOf, readRule, worldOf } from '../rows.ts';

/** `-A CHAIN -j ...` of one table: the printed rule or the problems, and what its target does to the packet. */
export function readTarget(place: string, words: string, backend: 'legacy' | 'nft' = 'legacy') {
  const [family = 'ip', table = 'filter', chain = 'FORWARD'] = place.split(' ');
  const rule = readRule(words, {
    family: family === 'ip6' ? 'ip6' : 'ip',
    backend,
    table,
    chain,
    hook: builtinHook(table, chain),
  });
  return {
    printed: rule.problems.length > 0 ? 'refused' : rule.text,
    effectOn(packet: Partial<Packet> = {}, connection?: Partial<ConnectionEntry>) {
      const entry = connection && { ...ENTRY, ...connection };
      return rule.statements
        .at(-1)
        ?.evaluate(packetOf(packet), worldOf({ connection: { state: entry ? 'new' : 'untracked', entry } }));
    },
  };
}

const ENTRY: ConnectionEntry = {
  direction: 'original',
  status: new Set(),
  original: { saddr: 0x0a010001, daddr: 0x0a010002, protocol: 17, sport: 4000, dport: 5000 },
  reply: { saddr: 0x0a010002, daddr: 0x0a010001, protocol: 17, sport: 5000, dport: 4000 },
  mark: 0,
  zone: 0,
  helper: undefined,
  labels: undefined,
  expires: undefined,
  packets: undefined,
  bytes: undefined,
};
