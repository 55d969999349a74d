import { describe, expect, it } from 'vitest';
import { type FateAnswer, fateDiff } from '../../../src/diff/fate/fate.ts';
import { boxHolds } from '../../../src/diff/fate/space/box.ts';
import { wayWords } from '../../../src/diff/fate/way.ts';
import { boxWords } from '../../../src/diff/fate/words.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';
import { address, type NodeSpec, nodeOf } from '../../walk/node.ts';

const AT = { file: 'test', line: 0 };

/** Each change as `PACKETS | WAS | NOW`, shares in front of ways where there are several. */
function told({ changed, interfaces }: FateAnswer): string[] {
  const side = (shares: FateAnswer['changed'][number]['before']) =>
    shares
      .map(({ probability, way }) => `${shares.length > 1 ? `${probability.toFixed(2)} ` : ''}${wayWords(way)}`)
      .sort()
      .join('; ');
  return changed
    .flatMap(({ packets, before, after, condition }) =>
      packets.boxes.map(
        box =>
          `${boxWords(box, interfaces)} | ${side(before)} | ${side(after)}${condition === undefined ? '' : ` | where ${condition}`}`,
      ),
    )
    .sort();
}

const diff = (before: NodeSpec, after: NodeSpec): FateAnswer =>
  fateDiff({ before: nodeOf(before), after: nodeOf(after) });

const filter = (...rules: string[]): NodeSpec => ({
  rules: [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...rules,
    'COMMIT',
    '',
  ].join('\n'),
});

const nat = (...rules: string[]): NodeSpec => ({
  rules: [
    '*nat',
    ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map(name => `:${name} ACCEPT [0:0]`),
    ...rules,
    'COMMIT',
    '',
  ].join('\n'),
});

describe('which packets are treated differently', () => {
  it('none where the rules are the same', () => {
    const node = filter('-A FORWARD -d 10.1.0.3/32 -p tcp -m tcp --dport 80 -j DROP');
    const answer = diff(node, node);
    expect(answer).toMatchObject({ changed: [], undecided: [], complete: true, classes: 0, everything: undefined });
  });

  it('those of a rule that came, and of no other hook', () => {
    const answer = diff(filter(), filter('-A FORWARD -s 10.0.0.0/24 -d 10.1.0.3/32 -p tcp -m tcp --dport 80 -j DROP'));
    expect(told(answer)).toEqual([
      'tcp from 10.0.0.0, 10.0.0.2-10.0.0.255 to 10.1.0.3:80, in by any interface | leaves by eth1 | dropped',
    ]);
    expect(answer.undecided).toEqual([]);
    expect(answer.everything).toBeUndefined();
  });

  it('none where a rule moved past others that it has nothing in common with', () => {
    const rules = ['-A FORWARD -p tcp -m tcp --dport 80 -j DROP', '-A FORWARD -p tcp -m tcp --dport 81 -j REJECT'];
    const answer = diff(filter(...rules), filter(...[...rules].reverse()));
    expect(answer).toMatchObject({ changed: [], undecided: [] });
  });

  it('where a translation leads, with its shares', () => {
    const answer = diff(
      nat('-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.3:8080'),
      nat(
        '-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.1.0.4:8080',
        '-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.3:8080',
      ),
    );
    const changes = told(answer);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toContain('to 10.96.0.1:80, in by any interface | leaves by eth1, DNAT to 10.1.0.3:8080 | ');
    expect(changes[0]).toContain(
      '0.50 leaves by eth1, DNAT to 10.1.0.3:8080; 0.50 leaves by eth1, DNAT to 10.1.0.4:8080',
    );
  });

  it('what hangs on something unknown that both sides ask, with the condition', () => {
    const owner = '-m owner --uid-owner 1000';
    const answer = diff(
      filter(`-A OUTPUT -d 10.0.0.9/32 -p udp ${owner} -j DROP`),
      filter(`-A OUTPUT -d 10.0.0.9/32 -p udp ${owner} -j REJECT`),
    );
    expect(told(answer)).toEqual([
      'udp from anywhere but 127.0.0.0/8 to 10.0.0.9, sent by the node itself | dropped | rejected with icmp-port-unreachable | where "sent by user 1000" holds',
    ]);
  });

  it('is undecided where only one side asks something unknown', () => {
    const answer = diff(filter(), filter('-A OUTPUT -d 10.0.0.9/32 -p udp -m owner --uid-owner 1000 -j DROP'));
    expect(told(answer)).toEqual([]);
    expect(
      answer.undecided.map(({ packets, why }) => [packets.boxes.map(box => boxWords(box, answer.interfaces)), why]),
    ).toEqual([
      [
        ['udp from anywhere but 127.0.0.0/8 to 10.0.0.9, sent by the node itself'],
        'it hangs on whether "sent by user 1000" holds',
      ],
    ]);
  });

  it('by a route that came, for which every packet is examined', () => {
    const answer = diff({}, { routes: ['default via 10.0.0.254 dev eth0', '10.9.0.0/16 via 10.1.0.9 dev eth1'] });
    expect(answer.everything).toBe('routes differ');
    expect(told(answer)).toEqual([
      'anything from anywhere but 0.0.0.0, 10.0.0.1, 10.1.0.1 and 3 more to 10.9.0.0/16, in by any interface | leaves by eth0 to 10.0.0.254 | leaves by eth1 to 10.1.0.9',
      'anything from anywhere but 127.0.0.0/8 to 10.9.0.0/16, sent by the node itself | leaves by eth0 to 10.0.0.254 | leaves by eth1 to 10.1.0.9',
    ]);
  });

  describe('a neighbour that fails', () => {
    const failed = (text: string): NodeSpec => ({
      ...nat('-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.3:8080'),
      namespace: {
        neighbours: [
          { address: address(text), device: 'eth1', mac: undefined, state: 'FAILED', proxy: false, source: AT },
          { address: address(text), device: 'eth0', mac: undefined, state: 'FAILED', proxy: false, source: AT },
        ],
      },
    });
    const answers: NodeSpec = { ...failed('10.1.0.3'), namespace: { neighbours: [] } };

    it('is asked for by packets to it and by those that are translated to it', () => {
      const answer = diff(answers, failed('10.1.0.3'));
      expect(answer.everything).toBeUndefined();
      const ends = answer.changed.flatMap(({ packets }) =>
        packets.boxes.map(({ daddr }) => formatAddress(daddr[0]?.low ?? 0)),
      );
      expect([...new Set(ends)].sort()).toEqual(['10.1.0.3', '10.96.0.1']);
      expect(new Set(told(answer).map(text => text.split(' | ').at(-1)))).toEqual(
        new Set(['nobody answers at the next hop']),
      );
    });

    it('is asked for by all where it is a gateway', () => {
      expect(diff(answers, failed('10.0.0.254')).everything).toBe('neighbours differ');
    });

    it('is no difference to a side whose neighbours were not captured', () => {
      const answer = diff({ ...answers, namespace: { neighbours: undefined } }, failed('10.1.0.3'));
      expect([answer.changed, answer.classes]).toEqual([[], 0]);
      expect(answer.assumptions).toContain('taken to be the same on both sides: neighbours (captured after alone)');
    });
  });

  describe('frames of a bridge', () => {
    const macs = { veth1: '02:00:00:00:01:01', veth2: '02:00:00:00:01:02' };
    /** 10.4.0.3 has one of these link layer addresses, which are behind these ports. */
    const bridge = (mac: string, ports: readonly (readonly [string, string])[], rule: string): NodeSpec => ({
      ...filter(rule),
      interfaces: ['lo 127.0.0.1/8', 'eth0 10.0.0.1/24', 'br0 10.4.0.1/24', 'veth1', 'veth2'],
      ports: { veth1: 'br0', veth2: 'br0' },
      sysctls: { 'net.bridge.bridge-nf-call-iptables': '1' },
      namespace: {
        neighbours: [
          { address: address('10.4.0.3'), device: 'br0', mac, state: 'REACHABLE', proxy: false, source: AT },
        ],
        fdb: ports.map(([mac, device]) => ({ mac, device, master: 'br0', flags: [], source: AT })),
      },
    });
    const { veth1, veth2 } = macs;
    const BEHIND = [
      [veth1, 'veth1'],
      [veth2, 'veth2'],
    ] as const;
    const ASKS = '-A FORWARD -m physdev --physdev-out veth2 --physdev-is-bridged -j DROP';
    /** No frame goes back by the port it came in by. */
    const MOVED = [
      '10.4.0.3, in by br0 | leaves by br0 | dropped',
      '10.4.0.3, in by veth1 | bridge-dropped | dropped',
      '10.4.0.3, in by veth2 | leaves by br0 | bridge-dropped',
    ];
    const changes = (before: NodeSpec, after: NodeSpec) => {
      const answer = diff(before, after);
      expect(answer.everything).toBeUndefined();
      return [...new Set(told(answer).map(text => text.replace(/^.* to /, '')))].sort();
    };

    it.each<[string, NodeSpec, NodeSpec, string[]]>([
      [
        'that came in by a port',
        bridge(veth1, [], '-A FORWARD -d 10.4.0.3/32 -m physdev --physdev-in veth2 -j ACCEPT'),
        bridge(veth1, [], '-A FORWARD -d 10.4.0.3/32 -m physdev --physdev-in veth2 -j DROP'),
        [
          '10.4.0.3, in by br0 | leaves by br0 | dropped | where "in by bridge port veth2" holds',
          '10.4.0.3, in by veth2 | leaves by br0 | dropped',
        ],
      ],
      [
        'to a neighbour that is another station behind another port',
        bridge(veth1, BEHIND, ASKS),
        bridge(veth2, BEHIND, ASKS),
        MOVED,
      ],
      [
        'to a station that went to another port',
        bridge(veth1, BEHIND, ASKS),
        bridge(veth1, [[veth1, 'veth2']], ASKS),
        MOVED,
      ],
      [
        'to another station behind the same port',
        bridge(veth1, [[veth1, 'veth1']], ASKS),
        bridge(veth2, [[veth2, 'veth1']], ASKS),
        [],
      ],
      [
        'where no rule asks for ports',
        bridge(veth1, BEHIND, '-A FORWARD -p udp -j DROP'),
        bridge(veth2, BEHIND, '-A FORWARD -p udp -j DROP'),
        [],
      ],
    ])('%s', (_, before, after, expected) => {
      expect(changes(before, after)).toEqual(expected);
    });
  });

  describe('chains below IP', () => {
    const below = (family: string, base: string, ...rules: string[]): NodeSpec => ({
      namespace: {
        ruleset: readNamespace('node', [
          {
            path: 'nft-list-ruleset.txt',
            text: `table ${family} t {\n\tchain c {\n\t\ttype filter ${base} priority 0; policy accept;\n${rules.map(rule => `\t\t${rule}\n`).join('')}\t}\n}\n`,
          },
        ]).ruleset,
      },
    });
    const DNS = 'udp dport 53 drop';
    const HTTP = 'tcp dport 80 drop';

    it.each([
      ['netdev', 'hook ingress device "eth0"'],
      ['netdev', 'hook egress device "eth1"'],
      ['inet', 'hook ingress device "eth0"'],
    ])('%s %s: a rule that came', (family, base) => {
      const answer = diff(below(family, base, DNS), below(family, base, DNS, HTTP));
      expect(answer.everything).toBeUndefined();
      expect(answer.changed.length).toBeGreaterThan(0);
      for (const { packets, after } of answer.changed) {
        expect(after.map(({ way }) => way.disposition)).toEqual(['dropped']);
        expect(packets.boxes.map(({ dport }) => dport)).toEqual(packets.boxes.map(() => [{ low: 80, high: 80 }]));
      }
    });

    it('is asked for by all where the table went', () => {
      const answer = diff(
        below('netdev', 'hook ingress device "eth0"', HTTP),
        below('netdev', 'hook ingress device "eth0"'),
      );
      expect(answer.everything).toBe('chains below IP differ');
      expect(answer.changed.length).toBeGreaterThan(0);
    });
  });

  it('from ::1, which may come by lo and by no other interface', () => {
    const filter6 = (policy: string): NodeSpec => ({
      interfaces: ['lo ::1/128', 'eth0 fd00::1/64'],
      rules6: `*filter\n:INPUT ${policy} [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`,
    });
    const { changed } = diff(filter6('ACCEPT'), filter6('DROP'));
    const packet = { family: 'ip6', saddr: 1n, daddr: 1n, protocol: 6, sport: 1, dport: 80, mark: 0 } as const;
    const isChanged = (iif: string) =>
      changed.some(({ packets }) => packets.boxes.some(box => boxHolds(box, { ...packet, iif })));
    expect(['lo', 'eth0'].map(isChanged)).toEqual([true, false]);
  });

  it('says what is left when the budget is spent', () => {
    const answer = fateDiff({ before: nodeOf(filter()), after: nodeOf(filter('-A INPUT -j DROP')), budget: 4 });
    expect(answer.complete).toBe(false);
    expect(answer.undecided.map(({ why }) => why)).toEqual(['not examined: the budget of walks was spent']);
  });
});
