import { describe, expect, it } from 'vitest';
import { chainRole, hashedPrefix } from '../../src/kubernetes/chain.ts';
import { markMeaning, ruleMeaning, serviceOf } from '../../src/kubernetes/meaning.ts';

const SVC = 'KUBE-SVC-E7KE6SYXUB7WWDMT';
const SEP = ['KUBE-SEP-A7EDZZMBUYTUZGVD', 'KUBE-SEP-YWLBYSJ75AAA7OCQ', 'KUBE-SEP-7L7M52LYYCENQVRZ'];

describe('what a rule is for', () => {
  it.each([
    ['KUBE-SERVICES', 'default/echo:p cluster IP', SVC, 'default/echo:p, cluster IP'],
    [SVC, 'default/echo:p cluster IP', 'KUBE-MARK-MASQ', 'from outside of the cluster: to be masqueraded'],
    [SVC, 'default/echo:p -> 192.168.1.10:8080', SEP[0], '1 of 3 endpoints'],
    [SVC, undefined, SEP[0], '1 of 3 endpoints'],
    [SEP[0], 'default/echo:p', 'KUBE-MARK-MASQ', 'from the endpoint itself: to be masqueraded'],
    [SEP[0], 'default/echo:p', undefined, 'endpoint of default/echo:p'],
    ['KUBE-NODEPORTS', 'default/echo:p', 'KUBE-EXT-E7KE6SYXUB7WWDMT', 'default/echo:p, node port'],
    ['KUBE-EXTERNAL-SERVICES', 'default/empty:p has no endpoints', undefined, 'default/empty:p has no endpoints'],
    ['FORWARD', 'flanneld forward', 'FLANNEL-FWD', 'lets the pod network through (Flannel)'],
    ['KUBE-FW-4ELDBDKBNWI3LFO5', 'default/fw:p loadbalancer IP', 'KUBE-EXT-4ELDBDKBNWI3LFO5', 'in the source ranges'],
    ['KUBE-EXT-E7KE6SYXUB7WWDMT', undefined, SVC, 'any endpoint'],
    ['KUBE-EXT-S3XXD45UWQBFLUWE', undefined, 'KUBE-SVL-S3XXD45UWQBFLUWE', 'an endpoint of this node'],
    ['INPUT', undefined, undefined, undefined],
    ['INPUT', undefined, 'my-chain', undefined],
  ])('%s "%s" > %s', (chain = '', comment, target, expected) => {
    const facts = { table: 'nat', chain, comment, siblings: SEP, ...(target && { target }) };
    expect(ruleMeaning(facts)).toBe(expected);
  });

  const NAME = 'R7N756BQ-default/echo/udp/p';
  it.each([
    ['services', `service-${NAME}`, 'default/echo:p'],
    ['services', `external-${NAME}`, 'default/echo:p'],
    [`external-${NAME}`, `service-${NAME}`, 'any endpoint'],
    [`external-${NAME}`, `local-${NAME}`, 'an endpoint of this node'],
    [`external-${NAME}`, 'mark-for-masquerade', 'to be masqueraded'],
    [`service-${NAME}`, 'mark-for-masquerade', 'from outside of the cluster: to be masqueraded'],
    [`service-${NAME}`, `endpoint-${NAME}__192.168.1.10/8080`, 'an endpoint'],
    [`endpoint-${NAME}__192.168.1.10/8080`, 'mark-for-masquerade', 'from the endpoint itself: to be masqueraded'],
    ['services', 'service-R7N756BQ-default/cut...', undefined],
    ['nat-prerouting', 'services', 'hands packets to services'],
    ['services', undefined, undefined],
  ])('of nftables mode: %s > %s', (chain, target, expected) => {
    expect(ruleMeaning({ table: 'kube-proxy', chain, comment: undefined, ...(target && { target }) })).toBe(expected);
  });

  it('counts a chain of one endpoint', () => {
    const only = SEP[0] ?? '';
    expect(ruleMeaning({ table: 'nat', chain: SVC, comment: undefined, target: only, siblings: [only, only] })).toBe(
      'the only endpoint',
    );
  });

  it('names the service and how it is addressed', () => {
    expect(serviceOf({ table: 'nat', chain: 'KUBE-NODEPORTS', comment: 'default/echo:p' })).toEqual({
      service: { namespace: 'default', name: 'echo', port: 'p' },
      address: 'node port',
    });
    expect(serviceOf({ table: 'nat', chain: 'PREROUTING', comment: 'anything' })).toBeUndefined();
  });
});

describe('chains', () => {
  it.each([
    ['KUBE-SEP-A7EDZZMBUYTUZGVD', 'endpoint'],
    ['KUBE-MARK-MASQ', 'marks for masquerading'],
    ['cali-fw-cali1234', 'policy from a workload (Calico)'],
    ['cali-INPUT', 'workload policy or its bookkeeping (Calico)'],
    ['CNI-0123456789abcdef01234567', "masquerading of a pod's traffic (CNI bridge)"],
    ['DOCKER-USER', "the operator's own rules (Docker)"],
    ['KUBE-SERVICES-MINE', undefined],
    ['__proto__', undefined],
  ])('%s', (name, role) => {
    expect(chainRole(name)).toBe(role);
  });

  it('knows the chains named by a hash', () => {
    expect(hashedPrefix('KUBE-SVC-XPGD46QRK7WJZT7O')).toBe('KUBE-SVC-');
    expect(hashedPrefix('KUBE-MARK-MASQ')).toBeUndefined();
  });
});

it.each([
  [0, 0x4000, 'to be masqueraded'],
  [0x4000, 0, 'masquerade mark cleared'],
  [0x10, 0x8010, 'to be dropped'],
  [0, 0x10, undefined],
])('mark %i to %i', (before, after, expected) => {
  expect(markMeaning(before, after)).toBe(expected);
});
