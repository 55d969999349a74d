import { interfacesOf } from '../../../src/diff/fate/interfaces.ts';
import { type Box, SELF } from '../../../src/diff/fate/space/box.ts';
import { ANY_MARK } from '../../../src/diff/fate/space/cube.ts';
import { from, union } from '../../../src/diff/fate/space/intervals.ts';
import { addresses, PORTS } from '../../../src/diff/fate/space/whole.ts';
import { compareRulesets } from '../../../src/diff/rules/ruleset.ts';
import type { Random } from '../../kernel/generate/random.ts';
import type { Pair } from './pairs.ts';

/** A part of all packets that is soon examined: one family, few protocols, two ways in. */
export function partOf(random: Random, { before, after, texts }: Pair): Box {
  const [ruleset] = texts[0].rulesets;
  const family = ruleset && ruleset.family !== 'inet' ? ruleset.family : random.pick(['ip', 'ip6'] as const);
  const { names } = interfacesOf(before, after, compareRulesets(before, after));
  const icmp = family === 'ip' ? 1 : 58;
  return {
    family,
    iif: random.some([SELF, ...names], 2, 2).sort(),
    saddr: addresses(family),
    daddr: addresses(family),
    protocol: union(random.some([6, 17, icmp, 132, 50, 89], 2, 3).flatMap(protocol => from(protocol))),
    sport: PORTS,
    dport: PORTS,
    mark: ANY_MARK,
  };
}
