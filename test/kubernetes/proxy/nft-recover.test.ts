import { describe, expect, it } from 'vitest';
import { nftProxyTables, nftReleases } from '../../../src/kubernetes/proxy/era.ts';
import { parseNftChain } from '../../../src/kubernetes/proxy/nft-name.ts';
import { recoverNft } from '../../../src/kubernetes/proxy/nft-recover.ts';
import { formatAddress, formatEndpoint } from '../../../src/net/address.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';

const SETS = `
	set cluster-ips {
		type ipv4_addr
		elements = { 10.96.0.1, 10.96.0.2, 10.96.0.3 }
	}
	set nodeport-ips {
		type ipv4_addr
		elements = { 10.0.0.1 }
	}
	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.1 . tcp . 80 : goto service-ULMVA6XW-ns1/svc1/tcp/p80,
			     192.0.2.1 . tcp . 80 : goto external-ULMVA6XW-ns1/svc1/tcp/p80 }
	}
	map service-nodeports {
		type inet_proto . inet_service : verdict
		elements = { tcp . 30080 : goto external-ULMVA6XW-ns1/svc1/tcp/p80 }
	}
	map no-endpoint-services {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.2 . udp . 53 comment "ns1/none:dns" : goto reject-chain,
			     10.96.0.3 . tcp . 80 comment "ns1/far" : drop }
	}
`;
const FIREWALL = `
	map firewall-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 192.0.2.1 . tcp . 80 : goto firewall-ULMVA6XW-ns1/svc1/tcp/p80 }
	}
	chain firewall-ULMVA6XW-ns1/svc1/tcp/p80 {
		ip saddr != { 10.0.0.0/8, 192.0.2.1 } drop
	}
`;
/** Layouts of the releases, as the chains of services have them. */
const UNTIL_132 = `
	chain cluster-ips-check {
		ip daddr @cluster-ips reject
	}
	chain mark-for-masquerade {
		meta mark set meta mark | 0x00004000
	}
	chain endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80 {
		ip saddr 10.180.0.1 jump mark-for-masquerade
		meta l4proto tcp dnat to 10.180.0.1:80
	}
	chain endpoint-AAAAAAAA-ns1/svc1/tcp/p80__10.180.1.1/80 {
		ip saddr 10.180.1.1 jump mark-for-masquerade
		meta l4proto tcp dnat to 10.180.1.1:80
	}
	chain service-ULMVA6XW-ns1/svc1/tcp/p80 {
		ip daddr 10.96.0.1 tcp dport 80 ip saddr != 10.180.0.0/16 jump mark-for-masquerade
		numgen random mod 2 vmap { 0 : goto endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80, 1 : goto endpoint-AAAAAAAA-ns1/svc1/tcp/p80__10.180.1.1/80 }
	}
	chain external-ULMVA6XW-ns1/svc1/tcp/p80 {
		jump mark-for-masquerade
		goto service-ULMVA6XW-ns1/svc1/tcp/p80
	}
`;
const OF_129 = UNTIL_132.replace(
  /\tchain cluster-ips-check [^}]*}\n/,
  `\tchain endpoints-check {
		ip daddr . meta l4proto . th dport vmap @no-endpoint-services
	}
`,
);
const SINCE_133 = `
	chain filter-prerouting-pre-dnat {
		type filter hook prerouting priority dstnat - 10; policy accept;
	}
	chain services {
		ip daddr @cluster-ips ip saddr != 10.180.0.0/16 meta mark set meta mark | 0x00004000
	}
	chain service-ULMVA6XW-ns1/svc1/tcp/p80 {
		meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.180.0.1 . 80, 1 : 10.180.1.1 . 80 }
	}
	chain external-ULMVA6XW-ns1/svc1/tcp/p80 {
		ip saddr 10.180.0.0/16 goto service-ULMVA6XW-ns1/svc1/tcp/p80
		fib saddr type local meta mark set meta mark | 0x00004000
		fib saddr type local goto service-ULMVA6XW-ns1/svc1/tcp/p80
	}
`;

function recovered(text: string) {
  const listing = `table ip kube-proxy {\n${text}}\n`;
  const { ruleset } = readNamespace('n', [{ path: 'nft-list-ruleset.txt', text: listing }]);
  return nftProxyTables(ruleset).flatMap(table => recoverNft(table));
}

const web = (text: string) => recovered(text).find(({ service }) => service?.name === 'svc1');

describe('services of nftables mode', () => {
  it.each([
    ['1.29', OF_129, 'Cluster', 'outside 10.180.0.0/16 cluster IP'],
    ['until 1.32', UNTIL_132, 'Cluster', 'outside 10.180.0.0/16 cluster IP'],
    ['since 1.33', SINCE_133, 'Local', 'outside 10.180.0.0/16 cluster IP'],
  ])('%s', (_, layout, policy, masquerade) => {
    const service = web(SETS + layout);
    expect(service?.namedBy).toBe('name');
    expect(service?.service).toEqual({ namespace: 'ns1', name: 'svc1', port: 'p80' });
    expect(
      service?.addresses.map(({ kind, address = 0, port }) => `${kind} ${formatAddress(address)} ${port}`),
    ).toEqual(['cluster IP 10.96.0.1 80', 'external or load balancer IP 192.0.2.1 80', 'node port 10.0.0.1 30080']);
    expect(service?.endpoints.map(({ address, port, share }) => [formatEndpoint(address, port), share])).toEqual([
      ['10.180.0.1:80', 0.5],
      ['10.180.1.1:80', 0.5],
    ]);
    expect([service?.externalPolicy, service?.internalPolicy, service?.sourceRanges]).toEqual([policy, 'Cluster', []]);
    expect(service?.masquerades.map(({ whose, detail, kind }) => `${whose} ${detail} ${kind}`)).toContain(masquerade);
  });

  it('an address behind source ranges is a load balancer, and none of them', () => {
    const service = web(SETS + FIREWALL + UNTIL_132);
    expect(service?.addresses.map(({ kind }) => kind)).toEqual(['cluster IP', 'load balancer IP', 'node port']);
    const ranges = service?.sourceRanges ?? [];
    expect('reason' in ranges ? ranges : ranges.map(formatPrefix)).toEqual(['10.0.0.0/8']);
  });

  it.each([
    ['none', 'rejected', 'object'],
    ['far', 'dropped', 'Local'],
  ])('%s is %s', (name, fate, policy) => {
    const service = recovered(SETS).find(each => each.service?.name === name);
    expect(service?.addresses.map(({ kind, fate }) => [kind, fate])).toEqual([['cluster IP', fate]]);
    const { internalPolicy } = service ?? {};
    expect(typeof internalPolicy === 'object' ? 'object' : internalPolicy).toBe(policy);
  });

  it.each([
    [SINCE_133, '1.33 or newer'],
    [UNTIL_132, '1.30 to 1.32'],
    ['', '1.29'],
  ])('%#: releases', (layout, releases) => {
    const { ruleset } = readNamespace('n', [{ path: 'nft.txt', text: `table ip kube-proxy {\n${SETS}${layout}}\n` }]);
    expect(nftProxyTables(ruleset).map(({ table }) => nftReleases(table))).toEqual([releases]);
  });
});

describe('names of chains', () => {
  it.each([
    ['service-ULMVA6XW-ns1/svc1/tcp/p80', 'service', { namespace: 'ns1', name: 'svc1', port: 'p80' }],
    ['external-PFISGYVC-default/web/tcp/', 'external', { namespace: 'default', name: 'web' }],
    [
      'endpoint-4Q4PWEGM-default/sticky6/udp/p__fd00.192.168.1..11/8080',
      'endpoint',
      { namespace: 'default', name: 'sticky6', port: 'p' },
    ],
    ['local-AAAAAAAA-default/very-long...', 'local', undefined],
  ])('%s', (name, role, service) => {
    expect(parseNftChain(name)).toMatchObject({ role });
    expect(parseNftChain(name)?.service).toEqual(service);
  });

  it.each(['services', 'masquerading', 'service-', 'service-x-a/b/tcp/c'])('%s is of no service', name => {
    expect(parseNftChain(name)).toBeUndefined();
  });
});
