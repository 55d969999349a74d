import { describe, expect, it } from 'vitest';
import { parseConntrack } from '../../../src/read/conntrack.ts';
import { machineOf, packet, walkAll } from '../node.ts';

const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate NEW
COMMIT
`;
const SYSCTLS = { 'net.netfilter.nf_conntrack_checksum': '0' };

/** As the kernel had it in fixtures/kernel/answered-protocols.json. */
describe('the third packet of a connection that was answered', () => {
  it.each([
    ['136', 'SEEN_REPLY,ASSURED,CONFIRMED', 'UDP-Lite'],
    ['47', 'SEEN_REPLY,ASSURED,CONFIRMED', 'GRE'],
    ['udp', 'SEEN_REPLY,CONFIRMED', 'UDP, within two seconds'],
    ['50', 'SEEN_REPLY,CONFIRMED', 'ESP'],
  ])('%s: %s (%s)', (protocol, status) => {
    const there = packet(`${protocol} 10.0.0.9:40000 > 10.1.0.2:80`);
    const back = packet(`${protocol} 10.1.0.2:80 > 10.0.0.9:40000`, { iif: 'eth1' });
    const machine = machineOf({ rules: RULES, sysctls: SYSCTLS });
    const hops = walkAll(
      machine,
      [there, back, there].map(one => ({ packet: one })),
    );
    expect(hops[2]?.connection.status.join()).toBe(status);
  });
});

describe('a packet of a captured connection', () => {
  const assumed = (line: string, text: string) => {
    const { value: conntrack } = parseConntrack(line, 'conntrack-L');
    const machine = machineOf({ rules: RULES, namespace: { conntrack } });
    return machine.walk({ packet: packet(text) }, { choose: () => 0 }).hop.assumptions.map(({ what }) => what);
  };
  const ends = 'src=10.0.0.9 dst=10.1.0.2 sport=40000 dport=80 src=10.1.0.2 dst=10.0.0.9 sport=80 dport=40000';

  it.each([
    [`tcp 6 300 ESTABLISHED ${ends} [ASSURED] mark=0 use=1`, 'tcp 10.0.0.9:40000 > 10.1.0.2:80 A', 1],
    [`sctp 132 300 ESTABLISHED ${ends} [ASSURED] mark=0 use=1`, '132 10.0.0.9:40000 > 10.1.0.2:80', 1],
    [`udp 17 30 ${ends} mark=0 use=1`, 'udp 10.0.0.9:40000 > 10.1.0.2:80', 0],
    [`tcp 6 300 ESTABLISHED ${ends} [ASSURED] mark=0 use=1`, 'tcp 10.0.0.9:40001 > 10.1.0.2:80 A', 0],
  ])('%s, %s: %i assumptions about numbers', (line, text, count) => {
    expect(assumed(line, text).filter(what => what.includes('captured connection'))).toHaveLength(count);
  });
});
