import { describe, expect, it } from 'vitest';
import { proxyTables } from '../../../src/kubernetes/proxy/era.ts';
import { recoverIptables } from '../../../src/kubernetes/proxy/recover.ts';
import type { ProxyService } from '../../../src/kubernetes/proxy/service.ts';
import { formatEndpoint } from '../../../src/net/address.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';

interface Given {
  readonly nat: string;
  readonly filter?: string;
  readonly family?: 'ip6';
}

/** A table of rules, with every chain declared that they name. */
function dump(table: string, rules: string, builtIn: readonly string[]): string {
  const chains = [...rules.matchAll(/(?:-A|-j) (\S+)/g)].flatMap(([, name = '']) =>
    /^(?:KUBE|cali)/.test(name) ? name : [],
  );
  const own = [...new Set(chains)].map(name => `:${name} - [0:0]\n`).join('');
  return `*${table}\n${builtIn.map(name => `:${name} ACCEPT [0:0]\n`).join('')}${own}${rules.trim()}\nCOMMIT\n`;
}

function recovered({ nat, filter, family }: Given): readonly ProxyService[] {
  const text =
    dump('nat', `-A PREROUTING -j KUBE-SERVICES\n${nat}`, ['PREROUTING', 'OUTPUT', 'POSTROUTING']) +
    (filter === undefined ? '' : dump('filter', filter, ['INPUT', 'FORWARD', 'OUTPUT']));
  const path = family === 'ip6' ? 'ip6tables-save.txt' : 'iptables-save.txt';
  const { ruleset } = readNamespace('n', [{ path, text }]);
  return proxyTables(ruleset).flatMap(tables => recoverIptables(tables));
}

const policy = (value: ProxyService['externalPolicy']): string =>
  typeof value === 'object' ? 'not told' : (value ?? 'none');

/** One line a service: what a test is about, as text. */
function told(service: ProxyService): string {
  const { addresses, endpoints, externalPolicy, internalPolicy, affinitySeconds, sourceRanges } = service;
  const shown = addresses.map(
    ({ kind, address, port, fate }) =>
      `${kind} ${address === undefined ? port : formatEndpoint(address, port)}${fate === 'translated' ? '' : ` ${fate}`}`,
  );
  const ends = endpoints.map(({ address, port, share, localShare }) => {
    const text = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(3));
    return `${formatEndpoint(address, port)} ${text(share)} ${text(localShare)}`;
  });
  const affinity = typeof affinitySeconds === 'object' ? 'not told' : (affinitySeconds ?? 'none');
  const ranges = 'reason' in sourceRanges ? 'not told' : sourceRanges.map(formatPrefix).join(' ') || 'none';
  return [
    shown.join(', '),
    ends.join(', ') || 'no endpoints',
    `external ${policy(externalPolicy)}, internal ${policy(internalPolicy)}, affinity ${affinity}, ranges ${ranges}`,
  ].join('; ');
}

const H = 'AAAAAAAAAAAAAAAA';
const SEP = (name: string, to: string) =>
  `-A KUBE-SEP-${name} -s ${to.split(':')[0]}/32 -m comment --comment "a/b:c" -j KUBE-MARK-MASQ
-A KUBE-SEP-${name} -p tcp -m comment --comment "a/b:c" -m tcp -j DNAT --to-destination ${to}\n`;
const D = '-A FORWARD -j KUBE-PROXY-FIREWALL\n-A FORWARD -j KUBE-EXTERNAL-SERVICES\n';
const B = '-A INPUT -j KUBE-NODEPORTS\n-A FORWARD -j KUBE-EXTERNAL-SERVICES\n';
const A = '-A FORWARD -j KUBE-FORWARD\n-A INPUT -j KUBE-EXTERNAL-SERVICES\n';
const CLUSTER = `-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "a/b:c cluster IP" -m tcp --dport 80 -j KUBE-SVC-${H}\n`;
const TWO = `-A KUBE-SVC-${H} -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-X
-A KUBE-SVC-${H} -j KUBE-SEP-Y
${SEP('X', '10.1.0.2:80')}${SEP('Y', '10.1.1.2:80')}`;
const BOTH = '10.1.0.2:80 0.500 -, 10.1.1.2:80 0.500 -';

// The shapes are those of reference dumps of each release; what each must tell follows from kube-proxy's own sources.
describe('a service from its rules', () => {
  it.each<readonly [string, Given, string]>([
    [
      'cluster address alone, 1.25',
      { nat: CLUSTER + TWO, filter: D },
      `cluster IP 10.96.0.1:80; ${BOTH}; external none, internal Cluster, affinity none, ranges none`,
    ],
    [
      'the same before 1.24',
      { nat: CLUSTER + TWO, filter: B },
      `cluster IP 10.96.0.1:80; ${BOTH}; external none, internal not told, affinity none, ranges none`,
    ],
    [
      'three endpoints, as the kernel keeps their probabilities',
      {
        nat: `${CLUSTER}-A KUBE-SVC-${H} -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-X
-A KUBE-SVC-${H} -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-Y
-A KUBE-SVC-${H} -j KUBE-SEP-Z
${SEP('X', '10.1.0.2:80')}${SEP('Y', '10.1.1.2:80')}${SEP('Z', '10.1.2.2:80')}`,
        filter: D,
      },
      'cluster IP 10.96.0.1:80; 10.1.0.2:80 0.333 -, 10.1.1.2:80 0.333 -, 10.1.2.2:80 0.333 -; external none, internal Cluster, affinity none, ranges none',
    ],
    [
      'affinity',
      {
        nat: `${CLUSTER}-A KUBE-SVC-${H} -m recent --rcheck --seconds 600 --reap --name KUBE-SEP-X --mask 255.255.255.255 --rsource -j KUBE-SEP-X
-A KUBE-SVC-${H} -j KUBE-SEP-X
${SEP('X', '10.1.0.2:80')}`,
        filter: D,
      },
      'cluster IP 10.96.0.1:80; 10.1.0.2:80 1.000 -; external none, internal Cluster, affinity 600, ranges none',
    ],
    [
      'source ranges: the balancer itself is none of them',
      {
        nat: `${CLUSTER}-A KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "a/b:c loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-${H}
-A KUBE-FW-${H} -s 10.0.0.0/8 -m comment --comment "a/b:c loadbalancer IP" -j KUBE-EXT-${H}
-A KUBE-FW-${H} -s 192.0.2.1/32 -m comment --comment "a/b:c loadbalancer IP" -j KUBE-EXT-${H}
-A KUBE-EXT-${H} -m comment --comment "masquerade traffic for a/b:c external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-${H} -j KUBE-SVC-${H}
${TWO}`,
        filter: D,
      },
      `cluster IP 10.96.0.1:80, load balancer IP 192.0.2.1:80; ${BOTH}; external Cluster, internal Cluster, affinity none, ranges 10.0.0.0/8`,
    ],
    [
      'a range that is the balancer itself and nothing else',
      {
        nat: `${CLUSTER}-A KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "a/b:c loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-${H}
-A KUBE-FW-${H} -s 192.0.2.1/32 -m comment --comment "a/b:c loadbalancer IP" -j KUBE-EXT-${H}
-A KUBE-EXT-${H} -j KUBE-MARK-MASQ
${TWO}`,
        filter: D,
      },
      `cluster IP 10.96.0.1:80, load balancer IP 192.0.2.1:80; ${BOTH}; external Cluster, internal Cluster, affinity none, ranges 192.0.2.1/32`,
    ],
    [
      'until 1.23 a balancer without ranges has a chain for them, too',
      {
        nat: `${CLUSTER}-A KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "a/b:c loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-${H}
-A KUBE-FW-${H} -m comment --comment "a/b:c loadbalancer IP" -j KUBE-MARK-MASQ
-A KUBE-FW-${H} -m comment --comment "a/b:c loadbalancer IP" -j KUBE-SVC-${H}
-A KUBE-FW-${H} -m comment --comment "a/b:c loadbalancer IP" -j KUBE-MARK-DROP
${TWO}`,
        filter: B,
      },
      `cluster IP 10.96.0.1:80, load balancer IP 192.0.2.1:80; ${BOTH}; external Cluster, internal not told, affinity none, ranges none`,
    ],
    [
      'Local before 1.24, with an endpoint here',
      {
        nat: `${CLUSTER}-A KUBE-NODEPORTS -p tcp -m comment --comment "a/b:c" -m tcp --dport 30080 -j KUBE-XLB-${H}
-A KUBE-XLB-${H} -m comment --comment "Balancing rule 0 for a/b:c" -j KUBE-SEP-X
${TWO}`,
        filter: B,
      },
      'cluster IP 10.96.0.1:80, node port 30080; 10.1.0.2:80 0.500 1.000, 10.1.1.2:80 0.500 -; external Local, internal not told, affinity none, ranges none',
    ],
    [
      'an external address alone before 1.20: the policy makes no difference',
      {
        nat: `${CLUSTER}-A KUBE-SERVICES -d 203.0.113.1/32 -p tcp -m comment --comment "a/b:c external IP" -m tcp --dport 80 -m addrtype --dst-type LOCAL -j KUBE-SVC-${H}
${TWO}`,
        filter: A,
      },
      `cluster IP 10.96.0.1:80, external IP 203.0.113.1:80; ${BOTH}; external not told, internal not told, affinity none, ranges none`,
    ],
    [
      'no endpoints: which address is which is not told',
      {
        nat: '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
        filter: `${D}-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "a/b:c has no endpoints" -m tcp --dport 80 -j REJECT
-A KUBE-EXTERNAL-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "a/b:c has no endpoints" -m tcp --dport 80 -j REJECT
-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "a/b:c has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j REJECT`,
      },
      'cluster IP 10.96.0.1:80 rejected, external or load balancer IP 192.0.2.1:80 rejected, node port 30080 rejected; no endpoints; external not told, internal not told, affinity not told, ranges not told',
    ],
    [
      'without endpoints before 1.16 balancers stand behind cluster addresses',
      {
        nat: '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
        filter: `${A}-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "a/b:c has no endpoints" -m tcp --dport 80 -j REJECT
-A KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "a/b:c has no endpoints" -m tcp --dport 80 -j REJECT`,
      },
      'cluster IP 10.96.0.1:80 rejected, load balancer IP 192.0.2.1:80 rejected; no endpoints; external not told, internal not told, affinity not told, ranges not told',
    ],
    [
      'node ports on two addresses alone',
      {
        nat: `-A KUBE-SERVICES -d 10.0.0.1/32 -j KUBE-NODEPORTS
-A KUBE-SERVICES -d 10.0.0.2/32 -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m comment --comment "a/b:c" -m tcp --dport 30080 -j KUBE-EXT-${H}
-A KUBE-EXT-${H} -j KUBE-MARK-MASQ
${TWO}`,
        filter: D,
      },
      `node port 10.0.0.1:30080, node port 10.0.0.2:30080; ${BOTH}; external Cluster, internal none, affinity none, ranges none`,
    ],
    [
      'without comments',
      {
        nat: `${CLUSTER.replace(/-m comment --comment "[^"]*" /, '')}-A KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j KUBE-EXT-${H}
-A KUBE-EXT-${H} -j KUBE-MARK-MASQ
${TWO.replaceAll(/-m comment --comment "[^"]*" /g, '')}`,
        filter: D,
      },
      `cluster IP 10.96.0.1:80, external or load balancer IP 192.0.2.1:80; ${BOTH}; external Cluster, internal Cluster, affinity none, ranges none`,
    ],
  ])('%s', (_, given, expected) => {
    expect(recovered(given).map(told)).toEqual([expected]);
  });

  it('keeps services apart that share a name and not a protocol', () => {
    const udp = CLUSTER.replace('-p tcp', '-p udp').replace('-m tcp', '-m udp').replace(H, 'BBBBBBBBBBBBBBBB');
    const services = recovered({ nat: CLUSTER + udp + TWO, filter: D });
    expect(services.map(({ protocol }) => protocol)).toEqual([6, 17]);
  });

  it('tells an endpoint chain that leads nowhere', () => {
    const [service] = recovered({ nat: `${CLUSTER}-A KUBE-SVC-${H} -j KUBE-SEP-X\n`, filter: D });
    expect(service?.oddities).toEqual(['KUBE-SEP-X translates to no address and port']);
  });

  it.each([
    [D, '1.25 or newer'],
    [B, '1.20 to 1.23'],
    [A, 'up to 1.19'],
    [undefined, 'up to 1.23'],
  ])('%j is of %s', (filter, releases) => {
    const text = dump('nat', `-A PREROUTING -j KUBE-SERVICES\n${CLUSTER}${TWO}`, ['PREROUTING']);
    const more = filter === undefined ? '' : dump('filter', filter, ['INPUT', 'FORWARD']);
    const { ruleset } = readNamespace('n', [{ path: 'iptables-save.txt', text: text + more }]);
    expect(proxyTables(ruleset).map(({ era }) => era.releases)).toEqual([releases]);
  });
});
