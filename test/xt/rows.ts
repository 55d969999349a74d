import type { Effect } from '../../src/model/effect.ts';
import type { Truth } from '../../src/model/truth.ts';
import { unknown } from '../../src/model/truth.ts';
import type { World } from '../../src/model/world.ts';
import type { Family } from '../../src/net/address.ts';
import type { Packet } from '../../src/net/packet.ts';
import type { RulePlace } from '../../src/xt/rule.ts';
import { parseRule } from '../../src/xt/rule.ts';
import type { XtStatement } from '../../src/xt/statement.ts';
import { splitWords } from '../../src/xt/words.ts';

const PLACE: RulePlace = {
  family: 'ip',
  backend: 'legacy',
  table: 'filter',
  chain: 'FORWARD',
  hook: 'forward',
  isChain: () => false,
};

/** A rule's words as `-A FORWARD` would take them, and how they print from the typed options. */
export function readRule(
  words: string,
  place: Partial<RulePlace> = {},
): { text: string; problems: readonly string[]; statements: readonly XtStatement[] } {
  const parsed = parseRule(words, splitWords(words) ?? [], { ...PLACE, ...place });
  return {
    text: parsed.statements
      .map(s => s.print(parsed.context))
      .join('')
      .trimStart(),
    problems: parsed.problems,
    statements: parsed.statements,
  };
}

/** A forwarded TCP SYN from 10.0.0.1:40000 to 10.0.0.2:80, changed as the row says. */
export function packetOf(change: Partial<Packet> = {}): Packet {
  return {
    family: 'ip',
    saddr: 0x0a000001,
    daddr: 0x0a000002,
    protocol: 6,
    sport: 40000,
    dport: 80,
    tcp: { flags: 2 },
    ttl: 64,
    tos: 0,
    mark: 0,
    iif: 'eth0',
    oif: 'eth1',
    ...change,
  };
}

/** A world in which nothing was captured; a row fills in what it needs. */
export function worldOf(change: Partial<World> = {}): World {
  const nothing = unknown('not captured');
  return {
    family: 'ip',
    hook: 'forward',
    connection: { state: 'new', entry: undefined },
    clock: undefined,
    addressType: () => nothing,
    route: () => nothing,
    interface: () => nothing,
    set: () => nothing,
    elements: () => undefined,
    choose: () => 0,
    recent: () => nothing,
    socket: () => nothing,
    sysctl: () => undefined,
    state: () => undefined,
    ...change,
  };
}

/** What the rule's last statement answers for the packet. */
export function answerOf(
  words: string,
  packet: Partial<Packet> = {},
  world: Partial<World> = {},
  family: Family = 'ip',
): Truth | Effect | undefined {
  const { statements } = readRule(words, { family });
  return statements[statements.length - 1]?.evaluate(packetOf({ family, ...packet }), worldOf({ family, ...world }));
}
