import { describe, expect, it } from 'vitest';
import { parseDestination, parseEndpoint } from '../../../src/cluster/request.ts';
import { trace } from '../../../src/cluster/trace.ts';
import { C1, lan, nodeFiles } from '../lan.ts';
import { forward } from '../namespaces.ts';
import { helperRules, serverRules } from './server.ts';

const rules = (helper: boolean, lanSpared: boolean): string =>
  serverRules({ helper: helper ? 'tftp' : undefined, lanSpared, protocol: 'udp', port: 69 });
const HELPER = helperRules('tftp', '-p udp -m udp --dport 69');

function get(source: string, address: string, helper: boolean, lanSpared: boolean, change = (text: string) => text) {
  const text = rules(helper, lanSpared);
  const neighbours = `10.0.0.243 dev eth0 lladdr 02:00:00:00:00:03 REACHABLE
10.0.0.245 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE
`;
  const cluster = lan({ c1: { ...C1, neighbours }, n1: nodeFiles(1, change(text)), n2: nodeFiles(2, text) });
  const { endpoint, protocol } = parseDestination(`${address}:69/udp`);
  const request = {
    source: parseEndpoint(`${source}:5555`, 's'),
    destination: endpoint,
    protocol,
    app: 'tftp' as const,
  };
  return trace(cluster, request, { version: '0' });
}

/** What real transfers by tftp-hpa did in the kernel lab, with three kinds of rulesets alike (its README has the table). */
describe('TFTP through a service', () => {
  const WAYS = [
    ['load balancer, policy Local', '10.0.0.9', '10.0.0.245', [false, true, true]],
    ['pod to cluster IP', '192.168.1.10', '10.96.0.69', [false, true, true]],
    ['load balancer, masqueraded', '10.0.0.9', '10.0.0.243', [false, false, true]],
    ['node to cluster IP', '10.0.0.3', '10.96.0.69', [false, false, true]],
  ] as const;
  const SETTINGS = [
    ['no helper', false, false],
    ['CT --helper tftp', true, false],
    ['helper, LAN not masqueraded', true, true],
  ] as const;
  it.each(
    WAYS.flatMap(([way, source, address, works]) =>
      SETTINGS.map(
        ([setting, helper, spared], i) => [way, setting, source, address, helper, spared, works[i]] as const,
      ),
    ),
  )('%s, %s', (_way, _setting, source, address, helper, spared, works) => {
    const [outcome] = get(source, address, helper, spared).outcomes;
    expect(outcome?.disposition).toBe('delivered');
    expect(outcome?.answered?.accepted).toBe(works);
  });

  it('says which node has the helper, and what becomes of the data', () => {
    const good = get('10.0.0.9', '10.0.0.243', true, true);
    expect(good.app?.nodes).toEqual([
      { node: 'n1', translated: true, helper: true },
      { node: 'n2', translated: false, helper: true },
    ]);
    expect(good.app?.text).toBe("the transfer works: the tftp helper of n1 expects the server's data from any port");
    expect(good.reply?.packet.source).toEqual({ address: '192.168.2.10', port: 49152 });
    expect(good.reply?.outcomes[0]?.sourceSeen).toEqual({ address: '10.0.0.243', port: 49152 });
    expect(good.outcomes[0]?.answered?.text).toContain('its acknowledgements get back to the server');
    const bad = get('10.0.0.9', '10.0.0.243', false, true);
    expect(bad.app?.text).toContain('no tftp helper on n1, which translates the request');
    expect(bad.outcomes[0]?.answered?.text).toContain('ends up at n1, 10.0.0.3:');
  });

  it('a helper is needed by the node that translates alone', () => {
    const without = (text: string) => text.replace(HELPER, '');
    expect(get('10.0.0.9', '10.0.0.243', true, true, without).outcomes[0]?.answered?.accepted).toBe(false);
    expect(get('10.0.0.9', '10.0.0.245', true, false, without).outcomes[0]?.answered?.accepted).toBe(true);
  });

  it('kernels before 6.0 assign it by the port, if they are told to', () => {
    const cluster = (value: string) => {
      const files = (number: 1 | 2) => {
        const base = nodeFiles(number, rules(false, true));
        return { ...base, sysctls: `${base.sysctls}net.netfilter.nf_conntrack_helper = ${value}\n` };
      };
      const neighbours = '10.0.0.243 dev eth0 lladdr 02:00:00:00:00:03 REACHABLE\n';
      return lan({ c1: { ...C1, neighbours }, n1: files(1), n2: files(2) });
    };
    const accepted = (value: string) => {
      const { endpoint, protocol } = parseDestination('10.0.0.243:69/udp');
      const request = { source: parseEndpoint('10.0.0.9', 's'), destination: endpoint, protocol, app: 'tftp' as const };
      return trace(cluster(value), request, { version: '0' }).outcomes[0]?.answered?.accepted;
    };
    expect([accepted('0'), accepted('1')]).toEqual([false, true]);
  });

  it('expects what nobody translates where its NAT module is not loaded', () => {
    const answer = (modules: string, config?: string) => {
      const text = rules(true, true);
      const neighbours = '10.0.0.243 dev eth0 lladdr 02:00:00:00:00:03 REACHABLE\n';
      const others = { ...(config !== undefined && { 'kernel-config.txt': config }) };
      const n1 = { ...nodeFiles(1, text), ...(modules !== '' && { modules }), others };
      const { endpoint, protocol } = parseDestination('10.0.0.243:69/udp');
      const request = { source: parseEndpoint('10.0.0.9', 's'), destination: endpoint, protocol, app: 'tftp' as const };
      return trace(lan({ c1: { ...C1, neighbours }, n1, n2: nodeFiles(2, text) }), request, { version: '0' });
    };
    const lsmod = (...names: string[]) => names.map(name => `${name} 16384 1 - Live 0x0000000000000000\n`).join('');
    const conntrack = lsmod('nf_conntrack', 'nf_conntrack_tftp');
    const without = answer(conntrack);
    expect(without.outcomes[0]?.answered?.accepted).toBe(false);
    expect(without.assumptions).toContainEqual({
      what: 'n1: nf_nat_tftp is not loaded: the data are not translated as the request is',
      change: '`modprobe nf_nat_tftp` on the node',
    });
    const loaded = answer(conntrack + lsmod('nf_nat_tftp'));
    expect(loaded.outcomes[0]?.answered?.accepted).toBe(true);
    expect(loaded.assumptions.filter(({ what }) => what.includes('nf_nat_tftp'))).toEqual([]);
    // A kernel that has conntrack built in tells nothing of the others; its configuration does.
    expect(answer(lsmod('veth')).outcomes[0]?.answered?.accepted).toBe(true);
    const config = (how: string) => `CONFIG_NF_CONNTRACK_TFTP=y\nCONFIG_NF_NAT_TFTP=${how}\n`;
    expect(answer(lsmod('veth'), config('m')).outcomes[0]?.answered?.accepted).toBe(false);
    const builtIn = answer('', config('y'));
    expect(builtIn.outcomes[0]?.answered?.accepted).toBe(true);
    expect(builtIn.assumptions.filter(({ what }) => what.includes('nf_nat_tftp'))).toEqual([]);
  });

  it('the port that waits for the data is no closed one, whatever else the client listens on', () => {
    const text = rules(true, true);
    const neighbours = '10.0.0.243 dev eth0 lladdr 02:00:00:00:00:03 REACHABLE\n';
    const sockets = 'udp   UNCONN 0      0      127.0.0.1:323 0.0.0.0:*\n';
    const { endpoint, protocol } = parseDestination('10.0.0.243:69/udp');
    const request = { source: parseEndpoint('10.0.0.9', 's'), destination: endpoint, protocol, app: 'tftp' as const };
    const tracking = forward('-A INPUT -m conntrack --ctstate INVALID -j DROP\n');
    const cluster = lan({
      c1: { ...C1, neighbours, sockets, rules: tracking },
      n1: nodeFiles(1, text),
      n2: nodeFiles(2, text),
    });
    expect(trace(cluster, request, { version: '0' }).outcomes[0]?.answered?.accepted).toBe(true);
  });

  it('is asked for by udp', () => {
    const { endpoint, protocol } = parseDestination('10.0.0.243:69');
    const request = { source: parseEndpoint('10.0.0.9', 's'), destination: endpoint, protocol, app: 'tftp' as const };
    expect(() => trace(lan({ n1: nodeFiles(1) }), request, { version: '0' })).toThrow('TFTP is asked for by udp');
  });
});
