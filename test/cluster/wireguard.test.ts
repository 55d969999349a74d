import { describe, expect, it } from 'vitest';
import type { TraceAnswer } from '../../src/cluster/answer.ts';
import { parseDestination, parseEndpoint } from '../../src/cluster/request.ts';
import { trace } from '../../src/cluster/trace.ts';
import { type HostFiles, lan, nodeFiles } from './lan.ts';

const KEYS = { 1: 'AAAAaaaa', 2: 'BBBBbbbb' } as const;
const HEADS = { 1: '10.0.0.3', 2: '10.0.0.2' } as const;

interface Said {
  readonly port?: string;
  readonly fwmark?: string;
  readonly key?: string;
  readonly peerKey?: string;
  readonly allowed?: string;
  readonly endpoint?: string;
  readonly rules?: string;
  readonly routes?: string;
  readonly others?: Readonly<Record<string, string>>;
}

/** A node with wg0, by which the pods of the other one are; the listings as wg prints them, with the keys cut short. */
function node(number: 1 | 2, said: Said = {}): HostFiles {
  const base = nodeFiles(number, said.rules);
  const other = number === 1 ? 2 : 1;
  const { port = '51820', fwmark = 'off', key = KEYS[number], peerKey = KEYS[other] } = said;
  const { allowed = `192.168.${other}.0/24`, endpoint = `${HEADS[other]}:51820` } = said;
  const pods = `192.168.${other}.0/24 dev wg0 scope link\n`;
  return {
    ...base,
    links: [...base.links, `wg0 02:0f:00:00:00:0${number} 10.9.0.${number}/24 wireguard`],
    routes: (said.routes ?? `${base.routes}`).replace(/^192.* via 10.0.0.[23] .*\n/m, said.routes ? '' : pods),
    others: {
      'wg-listen-port.txt': `wg0\t${port}\n`,
      'wg-fwmark.txt': `wg0\t${fwmark}\n`,
      'wg-public-key.txt': `wg0 ${key} \n`,
      'wg-allowed-ips.txt': `wg0 ${peerKey} ${allowed}\n`,
      'wg-endpoints.txt': `wg0 ${peerKey} ${endpoint}\n`,
      ...said.others,
    },
  };
}

function ask(
  one: HostFiles,
  two: HostFiles,
  destination = '192.168.2.10:80/udp',
  tos = 0,
  from = '192.168.1.10:5555',
): TraceAnswer {
  const { endpoint, protocol } = parseDestination(destination);
  const source = parseEndpoint(from, 'source');
  return trace(
    lan({ n1: one, n2: two }),
    { source, destination: endpoint, protocol, tos, reply: true },
    { version: '0' },
  );
}

const filter = (rules: string) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules}COMMIT\n`;
const way = ({ outcomes }: TraceAnswer) => outcomes[0]?.hops.map(({ node: at, in: iif }) => `${at} ${iif ?? ''}`);

describe('through WireGuard', () => {
  it('the packet around has visits of its own, from the listening port to the endpoint of the peer', () => {
    const answer = ask(node(1), node(2));
    expect(way(answer)).toEqual(['n1 veth1', 'n1 ', 'n2 eth0', 'n2 wg0']);
    const [outcome] = answer.outcomes;
    expect(outcome?.hops.map(({ around }) => around)).toEqual([undefined, 'wg0', 'wg0', undefined]);
    expect(outcome?.hops[1]?.packet).toMatchObject({
      protocol: 'udp',
      source: { address: '10.0.0.3', port: 51820 },
      destination: { address: '10.0.0.2', port: 51820 },
      ttl: 64,
      tos: 0,
      mark: 0,
    });
    expect(outcome?.hops[0]?.tunnel?.evidence).toEqual([
      {
        what: '10.0.0.2:51820 is the endpoint of the peer of wg0 that is allowed 192.168.2.0/24',
        file: 'nodes/n1/wg-endpoints.txt',
        line: 1,
      },
      { what: 'wg0 of n2 listens on udp 10.0.0.2:51820' },
      { what: 'the peer that sent it is allowed 192.168.1.0/24', file: 'nodes/n2/wg-allowed-ips.txt', line: 1 },
    ]);
    expect(outcome).toMatchObject({ disposition: 'delivered', deliveredTo: { name: 'default/n2p1' } });
    expect(outcome?.answered?.accepted).toBe(true);
  });

  /** wg-quick: all goes by wg0 but what has the mark of its own. */
  const QUICK = {
    fwmark: '0xca6c',
    allowed: '0.0.0.0/0',
    others: {
      'ip-rule.txt':
        '0:\tfrom all lookup local\n32765:\tnot from all fwmark 0xca6c lookup 51820\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    },
    routes: `${nodeFiles(1).routes}default dev wg0 table 51820 scope link\n`,
  };

  it('the mark of the device keeps the packet around out of the tunnel', () => {
    const answer = ask(node(1, QUICK), node(2));
    expect(way(answer)).toEqual(['n1 veth1', 'n1 ', 'n2 eth0', 'n2 wg0']);
    expect(answer.outcomes[0]?.hops[1]?.packet?.mark).toBe(0xca6c);
    expect(answer.outcomes[0]?.disposition).toBe('delivered');
  });

  it.each([
    [
      'without the mark it would go round',
      { ...QUICK, fwmark: 'off' },
      {},
      /^the route to 10\.0\.0\.2:51820 leads into wg0 itself/,
    ],
    ['no peer has the destination', { allowed: '192.168.3.0/24' }, {}, /^no peer of wg0 is allowed 192\.168\.2\.10/],
    ['the peer was never heard from', { endpoint: '(none)' }, {}, /192\.168\.2\.0\/24 has no endpoint/],
    [
      'a rule takes it by its mark',
      { fwmark: '0x7', rules: filter('-A OUTPUT -m mark --mark 0x7 -j DROP\n') },
      {},
      /^the packet around it, 10\.0\.0\.3/,
    ],
    [
      'a rule of the other end takes it',
      {},
      { rules: filter('-A INPUT -p udp --dport 51820 -j DROP\n') },
      /^the packet around it, 10\.0\.0\.3/,
    ],
    ['nobody listens on the port', {}, { port: '51821' }, /^no WireGuard of n2 listens on udp 10\.0\.0\.2:51820/],
    [
      'it was encrypted for another',
      { peerKey: 'CCCCcccc' },
      {},
      /^wg0 of n2 has the key BBBBbbbb\.\.\., and it was encrypted for CCCCcccc/,
    ],
    [
      'the other end does not know the sender',
      {},
      { peerKey: 'CCCCcccc' },
      /^wg0's key AAAAaaaa\.\.\. is no peer of wg0 of n2/,
    ],
    [
      'the inner source is not allowed',
      {},
      { allowed: '192.168.3.0/24' },
      /does not allow 192\.168\.1\.10 to the peer that sent it \(no peer is\)/,
    ],
  ])('dropped: %s', (_, one, two, reason) => {
    const [outcome] = ask(node(1, one), node(2, two)).outcomes;
    expect(outcome?.disposition).toBe('dropped');
    expect(outcome?.reason).toMatch(reason);
  });

  it('of two peers the longer prefix has the destination, and the source has to be of the one that sent', () => {
    const peers = (allowed: readonly string[], ends: readonly string[]) => ({
      'wg-allowed-ips.txt': `wg0 ${KEYS[2]} ${allowed[0]}\nwg0 CCCCcccc ${allowed[1]}\n`,
      'wg-endpoints.txt': `wg0 ${KEYS[2]} ${ends[0]}\nwg0 CCCCcccc ${ends[1]}\n`,
    });
    const two = node(1, { others: peers(['192.168.2.0/24', '192.168.0.0/16'], ['10.0.0.2:51820', '10.0.0.77:1']) });
    expect(ask(two, node(2)).outcomes[0]?.disposition).toBe('delivered');
    const taken = { 'wg-allowed-ips.txt': `wg0 ${KEYS[1]} 192.168.0.0/16\nwg0 CCCCcccc 192.168.1.0/24\n` };
    const [outcome] = ask(node(1), node(2, { others: taken })).outcomes;
    expect(outcome?.reason).toMatch(/\(192\.168\.1\.0\/24 is another peer's\)$/);
  });

  it.each([
    [0xb8, 0],
    [0x02, 2],
    [0x03, 2],
  ])('of TOS %i the packet around has %i', (tos, around) => {
    expect(ask(node(1), node(2), undefined, tos).outcomes[0]?.hops[1]?.packet?.tos).toBe(around);
  });

  it("around what the host itself sends stays the sender's socket, which nobody told; a pod's packet has none", () => {
    const rules = filter('-A OUTPUT -p udp --dport 51820 -m owner --uid-owner 1000 -j DROP\n');
    const allowed = '192.168.1.0/24 10.9.0.1/32';
    const from = (source: string) => ask(node(1, { rules }), node(2, { allowed }), undefined, 0, source);
    expect(from('192.168.1.10:5555').outcomes.map(({ disposition }) => disposition)).toEqual(['delivered']);
    const own = from('10.9.0.1:5555');
    expect(own.outcomes.map(({ disposition }) => disposition).sort()).toEqual(['delivered', 'dropped']);
    expect(own.unknowns.map(unknown => unknown.what)).toEqual(['who sent the packet is not known']);
  });

  it('an answer goes to where the peer was heard from, whatever the listing says', () => {
    const answer = ask(node(1), node(2, { endpoint: '(none)' }));
    expect(answer.outcomes[0]?.answered?.accepted).toBe(true);
    expect(answer.reply?.outcomes[0]?.hops.flatMap(({ tunnel }) => tunnel?.evidence[0]?.what ?? [])).toEqual([
      'the peer of wg0 that is allowed 192.168.1.0/24 was heard from 10.0.0.3:51820',
    ]);
  });

  it('a snapshot with numbers in place of the keys tells the sender by its endpoint', () => {
    const one = { key: '(none)', peerKey: 'peer1' };
    expect(ask(node(1, one), node(2, one)).outcomes[0]?.disposition).toBe('delivered');
    const [outcome] = ask(node(1, one), node(2, { ...one, allowed: '192.168.9.0/24' })).outcomes;
    expect(outcome?.disposition).toBe('dropped');
  });

  it('what was not captured is not made up: the other end is the host with a device of that name', () => {
    const { others: _, ...bare } = node(1);
    const answer = ask(bare, node(2));
    expect(way(answer)).toEqual(['n1 veth1', 'n2 wg0']);
    const { others: none, ...deaf } = node(2);
    const [lost] = ask(node(1), { ...deaf, links: nodeFiles(2).links }).outcomes;
    expect([lost?.disposition, lost?.reason]).toEqual([
      'undecided',
      'whether a WireGuard of n2 listens on udp 10.0.0.2:51820 was not captured',
    ]);
    expect(ask(node(1), deaf).outcomes[0]?.hops[0]?.tunnel?.evidence.at(-1)?.what).toBe(
      'which device of n2 listens on udp 10.0.0.2:51820 was not captured: wg0 has the name',
    );
  });
});
