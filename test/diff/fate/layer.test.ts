import { expect, it } from 'vitest';
import { fateLayer } from '../../../src/diff/fate/layer.ts';
import { compareRulesets } from '../../../src/diff/rules/ruleset.ts';
import { nodeOf } from '../../walk/node.ts';

const rules = (...lines: string[]) =>
  ['*nat', ':PREROUTING ACCEPT [0:0]', ':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ...lines, 'COMMIT', ''].join(
    '\n',
  );
const DNAT = '-A PREROUTING -d 169.10.10.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.3:8080';

it('says once what two nodes have alike, and from which rule on', () => {
  const [before, after] = [
    nodeOf({ rules: rules('-A PREROUTING -d 10.9.9.9/32 -j ACCEPT') }),
    nodeOf({ rules: rules('-A PREROUTING -d 10.9.9.9/32 -j ACCEPT', DNAT) }),
  ];
  const host = { before, after, rules: compareRulesets(before, after) };
  const told: string[] = [];
  const layer = fateLayer(
    [
      { name: 'n1', ...host },
      { name: 'n2', ...host },
    ],
    text => told.push(text),
  );
  expect(layer.changed).toEqual([
    {
      nodes: ['n1', 'n2'],
      packets: 'tcp from almost anywhere to 169.10.10.1:80, in by any interface',
      before: [{ probability: 1, disposition: 'leaves-the-node', text: 'leaves by eth0 to 10.0.0.254' }],
      after: [
        {
          probability: 1,
          disposition: 'leaves-the-node',
          text: 'leaves by eth1, DNAT to 10.1.0.3:8080',
          decidedBy: 'nat PREROUTING 2',
        },
      ],
    },
  ]);
  expect(layer).toMatchObject({ undecided: [], complete: true });
  expect(layer.classes).toBeGreaterThan(1);
});
