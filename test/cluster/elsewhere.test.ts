import { describe, expect, it } from 'vitest';
import { parseDestination, parseEndpoint } from '../../src/cluster/request.ts';
import { exitCodeOf, trace } from '../../src/cluster/trace.ts';
import { lan } from './lan.ts';

const RULES = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 10.9.9.9/32 -j DNAT --to-destination 10.2.0.2
-A POSTROUTING -o rb -j MASQUERADE
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
`;

/** A packet of 10.1.0.2 through or to n1, which translates and masquerades; what may decide it elsewhere. */
function ask(destination: string, others: Readonly<Record<string, string>>) {
  const cluster = lan({
    a: { links: ['e 02:00:00:00:01:02 10.1.0.2/24'], routes: 'default via 10.1.0.1 dev e\n10.1.0.0/24 dev e\n' },
    n1: {
      links: ['ra 02:00:00:00:01:01 10.1.0.1/24', 'rb 02:00:00:00:02:01 10.2.0.1/24'],
      routes: '10.1.0.0/24 dev ra\n10.2.0.0/24 dev rb\n',
      rules: RULES,
      others,
    },
    b: { links: ['e 02:00:00:00:02:02 10.2.0.2/24'], routes: 'default via 10.2.0.1 dev e\n10.2.0.0/24 dev e\n' },
  });
  const { endpoint, protocol } = parseDestination(`${destination}:80/udp`);
  const request = { source: parseEndpoint('10.1.0.2:5555', 's'), destination: endpoint, protocol, reply: false };
  const answer = trace(cluster, request, { version: '0' });
  const [outcome] = answer.outcomes;
  return { fate: outcome?.disposition, code: exitCodeOf(answer), said: answer.unknowns.map(({ what }) => what) };
}

const policy = (source: string, destination: string, dir: string, more = '', mode = TUNNEL) =>
  `src ${source} dst ${destination} \n\tdir ${dir} ${more}ptype main \n${mode}`;
const TUNNEL =
  '\ttmpl src 1.1.1.1 dst 2.2.2.2\n\t\tproto esp spi 0x00000000(0) reqid 1(0x00000001) mode tunnel\n\t\tlevel required share any \n';
const ALL = '0.0.0.0/0';

describe('policies of IPsec, as the kernel lost or let pass packets without a state in namespaces', () => {
  it.each([
    ['none', '10.2.0.2', '', false],
    ['forwarded, of the address before DNAT', '10.9.9.9', policy(ALL, '10.9.9.9/32', 'fwd'), true],
    ['the same, and another address', '10.2.0.2', policy(ALL, '10.9.9.9/32', 'fwd'), false],
    ['forwarded, of the address behind DNAT', '10.9.9.9', policy(ALL, '10.2.0.2/32', 'fwd'), false],
    ['the same, and that address', '10.2.0.2', policy(ALL, '10.2.0.2/32', 'fwd'), true],
    ['out, of the masqueraded source', '10.2.0.2', policy('10.2.0.1/32', '10.2.0.2/32', 'out'), true],
    ['out, of the source before that', '10.2.0.2', policy('10.1.0.2/32', '10.2.0.2/32', 'out'), true],
    ['out, of another one', '10.2.0.2', policy('10.1.0.3/32', '10.2.0.2/32', 'out'), false],
    ['in', '10.1.0.1', policy(ALL, '10.1.0.1/32', 'in'), true],
    ['in, of another protocol', '10.1.0.1', policy(ALL, '10.1.0.1/32 proto tcp', 'in'), false],
    [
      'in, where it may come without',
      '10.1.0.1',
      policy(ALL, '10.1.0.1/32', 'in', '', TUNNEL.replace('required', 'use')),
      false,
    ],
    [
      'in, behind one that lets pass',
      '10.1.0.1',
      policy(ALL, '10.1.0.1/32', 'in', 'priority 5 ') + policy(ALL, '10.1.0.0/24', 'in', 'priority 3 ', ''),
      false,
    ],
    ['in, dropped', '10.1.0.1', policy(ALL, '10.1.0.1/32', 'in', 'action block ', ''), true],
    [
      'of equal priorities the older one, listed last',
      '10.1.0.1',
      policy(ALL, '10.1.0.0/24', 'in', 'priority 5 ', '') + policy(ALL, '10.1.0.1/32', 'in', 'priority 5 '),
      true,
    ],
    [
      'of equal priorities, the other way round',
      '10.1.0.1',
      policy(ALL, '10.1.0.1/32', 'in', 'priority 5 ') + policy(ALL, '10.1.0.0/24', 'in', 'priority 5 ', ''),
      false,
    ],
    ['of a socket', '10.1.0.1', `src ${ALL} dst ${ALL} \n\tsocket in priority 0 \n`, false],
  ])('%s', (_what, destination, text, applies) => {
    const { fate, code, said } = ask(destination, { 'ip-xfrm-policy.txt': text });
    expect(fate).toBe('delivered');
    expect([code, said.length]).toEqual(applies ? [3, 1] : [0, 0]);
  });

  it('says what a policy does', () => {
    const said = (destination: string, text: string) => ask(destination, { 'ip-xfrm-policy.txt': text }).said;
    const at = 'n1: the policy of nodes/n1/ip-xfrm-policy.txt:1';
    expect(said('10.2.0.2', policy(ALL, '10.2.0.2/32', 'out'))).toEqual([
      `${at} has it carried by IPsec, 1.1.1.1 > 2.2.2.2: what is around it was not walked`,
    ]);
    expect(said('10.1.0.1', policy(ALL, '10.1.0.1/32', 'in', '', `\tmark 0x1/0xff \n${TUNNEL}`))).toEqual([
      `${at}, which asks for a mark or a device, too, lets it in only if IPsec carried it, 1.1.1.1 > 2.2.2.2`,
    ]);
  });
});

/** As bpftool-net(8) shows them. */
const NET = `xdp:
ra(2) driver id 198

tc:
rb(3) htb name prefix.o:[cls_htb] id 11 act []
rb(3) clsact/egress from_pod id 12
rb(3) clsact/ingress into_pod id 13 act []

flow_dissector:

`;

describe('programs and filters of devices', () => {
  it('are told of where the packet passes them', () => {
    const may = 'may drop, change or redirect it';
    expect(ask('10.2.0.2', { 'bpftool-net.txt': NET })).toEqual({
      fate: 'delivered',
      code: 3,
      said: [
        `n1: the BPF program at xdp of ra (nodes/n1/bpftool-net.txt:2) ${may}`,
        `n1: the BPF program from_pod at egress of rb (nodes/n1/bpftool-net.txt:6) ${may}`,
      ],
    });
    expect(ask('10.1.0.1', { 'bpftool-net.txt': NET }).said).toHaveLength(1);
    const netkit =
      'xdp:\n\ntc:\nra(2) netkit/primary to_pod prog_id 75\nra(2) netkit/peer from_pod prog_id 76 link_id 7\n';
    expect(ask('10.2.0.2', { 'bpftool-net.txt': netkit }).said).toEqual([
      `n1: the BPF program from_pod at ingress of ra (nodes/n1/bpftool-net.txt:5) ${may}`,
    ]);
    const filter =
      'filter protocol all pref 49152 u32 chain 0 \nfilter protocol all pref 49152 u32 chain 0 fh 800: ht divisor 1 \n';
    expect(ask('10.2.0.2', { 'tc-filter-ingress-ra.txt': filter }).said).toEqual([
      `n1: the filter u32 of tc at ingress of ra (nodes/n1/tc-filter-ingress-ra.txt:1) ${may}`,
    ]);
  });

  it.each([
    ['bpftool-net.txt', 'xdp:\n\ntc:\n\nflow_dissector:\n\n'],
    ['bpftool-net.txt', 'xdp:\nother(9) driver id 198\n'],
    ['tc-filter-ingress-ra.txt', ''],
    ['tc-filter-egress-ra.txt', 'filter protocol all pref 1 bpf chain 0\n'],
  ])('%s without one on its way', (name, text) => {
    expect(ask('10.2.0.2', { [name]: text })).toEqual({ fate: 'delivered', code: 0, said: [] });
  });
});
