import type { Rule } from '../../src/model/ruleset.ts';
import { parseAddress } from '../../src/net/address.ts';
import { type Packet, UDP } from '../../src/net/packet.ts';
import type { Hop, RulePosition, Step } from '../../src/walk/trace.ts';

export const address = (text: string) => {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
};

export function position(
  table: string,
  chain: string,
  number: number,
  rest = '-j ACCEPT',
  comment?: string,
): RulePosition {
  const text = `-A ${chain} ${comment === undefined ? '' : `-m comment --comment "${comment}" `}${rest}`;
  const source = { file: 'nodes/n2/iptables-save.txt', line: 100 + number };
  const rule: Rule = { number, statements: [], comment, counters: undefined, source, text };
  return { family: 'ip', owner: 'iptables-nft', table, chain, rule };
}

export const POSITION = position('filter', 'FORWARD', 1);

export const udp = (from: string, sport: number, to: string, dport: number, more: Partial<Packet> = {}): Packet => ({
  family: from.includes(':') ? 'ip6' : 'ip',
  saddr: address(from),
  daddr: address(to),
  protocol: UDP,
  sport,
  dport,
  ttl: 64,
  tos: 0,
  mark: 0,
  ...more,
});

/** A hop as the walk would make it. */
export const hop = (before: Packet, after: Packet, steps: readonly Step[], more: Partial<Hop> = {}): Hop => ({
  node: 'n2',
  before,
  after,
  steps,
  disposition: 'leaves-the-node',
  reason: 'leaves by eth0',
  connection: { state: 'new', status: [] },
  answers: [],
  assumptions: [],
  unknowns: [],
  ...more,
});
