import { describe, expect, it } from 'vitest';
import { parseDestination, parseEndpoint } from '../../../src/cluster/request.ts';
import { trace } from '../../../src/cluster/trace.ts';
import { renderSummary } from '../../../src/render/summary.ts';
import { C1, type HostFiles, lan, nodeFiles } from '../lan.ts';
import { serverRules } from './server.ts';

const rules = (helper: boolean, lanSpared: boolean): string =>
  serverRules({ helper: helper ? 'sip' : undefined, lanSpared, protocol: 'udp', port: 5060 });

function call(source: string, address: string, text: string, others: Partial<HostFiles> = {}) {
  const neighbours = `10.0.0.243 dev eth0 lladdr 02:00:00:00:00:03 REACHABLE
10.0.0.245 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE
`;
  const n1 = { ...nodeFiles(1, text), ...others };
  const { endpoint, protocol } = parseDestination(`${address}:5060/udp`);
  const request = {
    source: parseEndpoint(`${source}:5555`, 's'),
    destination: endpoint,
    protocol,
    app: 'sip' as const,
  };
  return trace(lan({ c1: { ...C1, neighbours }, n1, n2: nodeFiles(2, text) }), request, { version: '0' });
}

type Answer = ReturnType<typeof call>;

/** Where RTP goes and whom it seems to come from, with the callee's first and with the caller's. */
const streams = ({ outcomes }: Answer): string[] =>
  (outcomes[0]?.answered?.media ?? []).map(
    ({ first, from, to, sourceSeen }) =>
      `${first === from ? '1' : '2'} ${from} to ${to.address}:${to.port} ${sourceSeen ? `from ${sourceSeen.address}` : 'lost'}`,
  );

/** What SIP phones did in namespaces (`npm run test:calls`), with the addresses of those here. */
describe('SIP through a service', () => {
  const CASES = [
    [
      'load balancer, policy Local, no helper',
      ['10.0.0.9', '10.0.0.245', false, false],
      ['callee to 10.0.0.9:49160 from 10.0.0.2', 'caller to 192.168.2.10:49152 lost'],
    ],
    [
      'load balancer, policy Local, helper',
      ['10.0.0.9', '10.0.0.245', true, false],
      ['callee to 10.0.0.9:49160 from 10.0.0.245', 'caller to 10.0.0.245:49152 from 10.0.0.9'],
    ],
    [
      'pod to cluster IP, no helper',
      ['192.168.1.10', '10.96.0.69', false, false],
      ['callee to 192.168.1.10:49160 from 192.168.2.10', 'caller to 192.168.2.10:49152 from 192.168.1.10'],
    ],
    [
      'pod to cluster IP, helper',
      ['192.168.1.10', '10.96.0.69', true, false],
      ['callee to 192.168.1.10:49160 from 10.96.0.69', 'caller to 10.96.0.69:49152 from 192.168.1.10'],
    ],
    [
      'load balancer, masqueraded, no helper',
      ['10.0.0.9', '10.0.0.243', false, false],
      ['callee to 10.0.0.9:49160 from 10.0.0.2', 'caller to 192.168.2.10:49152 lost'],
    ],
    [
      'load balancer, masqueraded, helper, LAN spared',
      ['10.0.0.9', '10.0.0.243', true, true],
      ['callee to 10.0.0.3:49160 from 10.0.0.243', 'caller to 10.0.0.243:49152 from 10.0.0.3'],
    ],
    [
      'node to cluster IP, helper, LAN spared',
      ['10.0.0.3', '10.96.0.69', true, true],
      ['callee to 10.0.0.3:49160 from 10.96.0.69', 'caller to 10.96.0.69:49152 from 10.0.0.3'],
    ],
  ] as const;
  it.each(CASES)('%s', (_, [source, address, helper, spared], [callee, caller]) => {
    const answer = call(source, address, rules(helper, spared));
    expect(streams(answer)).toEqual([`1 ${callee}`, `2 ${caller}`, `2 ${callee}`, `1 ${caller}`]);
    const isLost = `${callee}${caller}`.includes('lost');
    expect(answer.outcomes[0]?.answered?.accepted).toBe(!isLost);
  });

  it('hangs on whose RTP is first where a node on the way masquerades', () => {
    expect(streams(call('10.0.0.9', '10.0.0.243', rules(true, false)))).toEqual([
      '1 callee to 10.0.0.3:49160 lost',
      '2 caller to 10.0.0.243:49152 from 10.0.0.3',
      '2 callee to 10.0.0.3:49160 from 10.0.0.243',
      '1 caller to 10.0.0.243:49152 from 10.0.0.3',
    ]);
    expect(call('10.0.0.9', '10.0.0.243', rules(true, false)).app?.text).toMatch(
      /^the call does not work, though the sip helper of n1 expects /,
    );
    expect(streams(call('10.0.0.3', '10.96.0.69', rules(false, false)))).toEqual([
      '1 callee to 10.0.0.3:49160 from 10.0.0.2',
      '2 caller to 192.168.2.10:49152 from 10.0.0.3',
      '2 callee to 10.0.0.3:49160 from 192.168.2.10',
      '1 caller to 192.168.2.10:49152 from 10.0.0.3',
    ]);
  });

  it('says which helper is there, and what was taken for what SDP says', () => {
    const good = call('10.0.0.9', '10.0.0.245', rules(true, false));
    expect(good.app?.text).toBe(
      'the call works: the sip helper of n2 expects the media of both sides, and writes their addresses in SDP',
    );
    expect(good.outcomes[0]?.answered?.text).toBe(
      'c1 gets its answer from 10.0.0.245:5060, whom it asked; RTP of the callee to 10.0.0.9:49160 reaches c1 from 10.0.0.245:49152; RTP of c1 to 10.0.0.245:49152 reaches the callee from 10.0.0.9:49160',
    );
    expect(good.assumptions.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'the caller names 10.0.0.9:49160 in its SDP, its own address and a port for RTP, and sends RTP from there',
        'n2: the SIP helper expects media of the signalling addresses alone (sip_direct_media=1)',
      ]),
    );
    expect(renderSummary(good, { columns: 80, color: 0 })).toMatch(/^the answer\n(?:.*\n)*the call works: /m);
    expect(good.reply?.assumptions[0]?.what).toMatch(/the callee knows itself by 192\.168\.2\.10:49152 alone/);
    const bad = call('10.0.0.9', '10.0.0.245', rules(false, false));
    expect(bad.app?.text).toMatch(
      /^the call does not work: no sip helper on n2, .*the addresses in SDP stay as the two programs know themselves/,
    );
    expect(bad.outcomes[0]?.answered?.text).toMatch(
      /^the call is set up, but not all media arrive; .*; RTP of c1 to 192\.168\.2\.10:49152 does not reach the callee: /,
    );
  });

  it('leaves SDP alone where the NAT module is not loaded', () => {
    const modules = 'nf_conntrack 16384 1 - Live 0x0\nnf_conntrack_sip 16384 1 - Live 0x0\n';
    const answer = call('10.0.0.9', '10.0.0.243', rules(true, true), { modules });
    expect(streams(answer)[1]).toBe('2 caller to 192.168.2.10:49152 lost');
    expect(answer.assumptions).toContainEqual({
      what: 'n1: nf_nat_sip is not loaded: the data are not translated as the request is',
      change: '`modprobe nf_nat_sip` on the node',
    });
  });

  it('kernels before 6.0 assign it by the port, if they are told to', () => {
    const accepted = (value: string) => {
      const { sysctls = '' } = nodeFiles(1);
      const told = { sysctls: `${sysctls}net.netfilter.nf_conntrack_helper = ${value}\n` };
      return call('10.0.0.9', '10.0.0.243', rules(false, true), told).outcomes[0]?.answered?.accepted;
    };
    expect([accepted('0'), accepted('1')]).toEqual([false, true]);
  });

  it('is walked by udp', () => {
    const source = parseEndpoint('10.0.0.9', 's');
    const destination = parseEndpoint('10.0.0.245:5060', 'd');
    const request = { source, destination, protocol: 6, app: 'sip' as const };
    expect(() => trace(lan({ n1: nodeFiles(1) }), request, { version: '0' })).toThrow(
      'SIP is walked by udp; write the destination as ADDRESS:5060/udp',
    );
  });
});
