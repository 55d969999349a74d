import type { Rule } from '../../../src/model/ruleset.ts';
import type { Truth } from '../../../src/model/truth.ts';
import type { World } from '../../../src/model/world.ts';
import type { Packet } from '../../../src/net/packet.ts';
import { tableOf } from '../../../src/nft/evaluate/table.ts';
import { readNftJson } from '../../../src/nft/json/read-ruleset.ts';

/** The first rule of a listing: objects of JSON beside it are sets, maps, counters of its table. */
export function ruleOf(expr: readonly unknown[], family = 'inet', objects: readonly object[] = []): Rule {
  const table = { family, table: 't' };
  const listing = [
    { table: { family, name: 't', handle: 1 } },
    ...objects.map(object =>
      Object.fromEntries(Object.entries(object).map(([key, body]) => [key, { ...table, ...body }])),
    ),
    { chain: { ...table, name: 'c', handle: 1 } },
    { rule: { ...table, chain: 'c', handle: 2, expr } },
  ];
  const [read] = readNftJson(JSON.stringify({ nftables: listing }), 'test').tables;
  const rule = read && tableOf(read, []).chains.get('c')?.rules.at(0);
  if (!rule) throw new Error('the listing has no rule');
  return rule;
}

/** Whether all matches of a rule say yes; the first other answer counts. */
export function truthOf(rule: Rule, packet: Packet, world: World): Truth {
  for (const statement of rule.statements) {
    const answer = statement.evaluate(packet, world);
    if (answer === true) continue;
    if (answer === false) return false;
    if (answer.kind === 'unknown' || answer.kind === 'chance') return answer;
  }
  return true;
}
