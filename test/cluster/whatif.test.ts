import { describe, expect, it } from 'vitest';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint } from '../../src/cluster/request.ts';
import { trace } from '../../src/cluster/trace.ts';
import { editRules } from '../../src/cluster/whatif.ts';
import { ECHO, forward, node, SLICES } from './namespaces.ts';

const NODES = [node(ECHO), node(forward('-A FORWARD -p udp -j ACCEPT\n-A FORWARD -j DROP\n'), text => text, 'n9')];

function ask(edits: { without?: readonly string[]; with?: readonly string[] }, at = 'n2') {
  const { nodes, changes } = editRules(NODES, { without: edits.without ?? [], with: edits.with ?? [] });
  const { endpoint, protocol } = parseDestination(at === 'n2' ? '10.96.0.10:80/udp' : '192.168.2.10:80/udp');
  const answer = trace(
    clusterOf(nodes, [SLICES], [], { changes }),
    { source: parseEndpoint('10.0.0.9:5555', 's'), destination: endpoint, protocol, node: at },
    { version: '0' },
  );
  const { outcomes, assumptions } = answer;
  return {
    fates: outcomes.map(({ disposition, sourceSeen, decidedBy }) => [
      disposition,
      sourceSeen?.address,
      decidedBy && `${decidedBy.chain} ${decidedBy.number}`,
    ]),
    changes: assumptions.filter(({ change }) => change.startsWith('--with')).map(({ what }) => what),
  };
}

const PODS = [
  ['leaves-the-node', '10.0.0.2', 'KUBE-SEP-A7EDZZMBUYTUZGVD 2'],
  ['delivered', '192.168.2.1', 'KUBE-SEP-YWLBYSJ75AAA7OCQ 2'],
];
const UNMASKED = PODS.map(([fate, , rule]) => [fate, '10.0.0.9', rule]);

describe('--without', () => {
  it('nothing taken out', () => {
    expect(ask({})).toEqual({ fates: PODS, changes: [] });
  });

  it.each([
    'nat KUBE-POSTROUTING 3',
    'n2: nat KUBE-POSTROUTING 3',
    'nodes/n2/iptables-save.txt:19',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    'iptables -t nat -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
  ])('%s: the client is seen', words => {
    expect(ask({ without: [words] })).toEqual({ fates: UNMASKED, changes: ['without n2: nat KUBE-POSTROUTING 3'] });
  });

  it('keeps the numbers of the dump', () => {
    const { fates } = ask({ without: ['nat KUBE-SEP-A7EDZZMBUYTUZGVD 1'] });
    expect(fates).toEqual(PODS);
  });

  it('a jump goes to the chain as it is now', () => {
    const { fates } = ask({ without: ['nat KUBE-SVC-E7KE6SYXUB7WWDMT 2', 'nat KUBE-SVC-E7KE6SYXUB7WWDMT 3'] });
    expect(fates.map(([, , rule]) => rule)).toEqual([undefined]);
  });

  it.each([
    ['nat KUBE-POSTROUTING 9', 'no rule is'],
    ['n7: nat KUBE-POSTROUTING 3', 'there is no node n7'],
    ['-A KUBE-POSTROUTING -j ACCEPT', 'no rule is'],
    ['rubbish', 'no rule is'],
  ])('%s is refused', (words, message) => {
    expect(() => editRules(NODES, { without: [words], with: [] })).toThrow(message);
  });
});

describe('--with', () => {
  it.each([
    ['-t nat -I KUBE-SERVICES -s 10.0.0.9 -j RETURN', [['leaves-the-node', '10.0.0.9', undefined]]],
    [
      '-t nat -I KUBE-POSTROUTING 1 -d 192.168.1.10 -j RETURN',
      [['leaves-the-node', '10.0.0.9', PODS[0]?.[2]], PODS[1]],
    ],
    ['n9: -t filter -A FORWARD -j DROP', PODS],
    // A table that the dump does not have.
    ['iptables -t raw -A PREROUTING -s 10.0.0.9 -j DROP', [['dropped', undefined, 'PREROUTING 1']]],
    ['ip6tables -t raw -A PREROUTING -j DROP', PODS],
  ])('%s', (words, expected) => {
    expect(ask({ with: [words] }).fates.map(fate => fate.slice(0, 2))).toEqual(expected.map(fate => fate?.slice(0, 2)));
  });

  it('stands where it is put: before the rule of that number', () => {
    expect(ask({ with: ['n9: -I FORWARD -s 10.0.0.9 -j DROP'] }, 'n9').fates).toEqual([
      ['dropped', undefined, 'FORWARD 1'],
    ]);
    expect(ask({ with: ['n9: -A FORWARD -s 10.0.0.9 -j DROP'] }, 'n9').fates[0]?.[0]).toBe('leaves-the-node');
    expect(
      ask({ with: ['n9: -I FORWARD 2 -s 10.0.0.9 -j DROP'], without: ['n9: filter FORWARD 1'] }, 'n9').fates,
    ).toEqual([['dropped', undefined, 'FORWARD 2']]);
  });

  it('says on which nodes', () => {
    expect(ask({ with: ['n9: -I FORWARD -j DROP'] }).changes).toEqual([
      'with iptables -t filter -I FORWARD -j DROP on n9',
    ]);
  });

  it.each([
    ['-t nat -I NOWHERE -j ACCEPT', 'no table nat has a chain NOWHERE'],
    ['-t nta -I PREROUTING -j ACCEPT', 'no table nta has a chain PREROUTING'],
    ['-I FORWARD -j NOTHING', 'NOTHING'],
    ['-I FORWARD --nonsense', 'write it as for iptables'],
    ['-D FORWARD 1', 'is no rule'],
    ['-A FORWARD 3 -j DROP', 'is no rule'],
  ])('%s is refused', (words, message) => {
    expect(() => editRules(NODES, { without: [], with: [words] })).toThrow(message);
  });
});
