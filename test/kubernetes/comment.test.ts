import { describe, expect, it } from 'vitest';
import { formatServicePort, parseServiceComment, parseServicePort } from '../../src/kubernetes/comment.ts';

const echo = { namespace: 'default', name: 'echo', port: 'p' };

describe('comments of kube-proxy', () => {
  it.each([
    ['default/echo:p cluster IP', { kind: 'address', service: echo, address: 'cluster IP' }],
    ['default/echo:p external IP', { kind: 'address', service: echo, address: 'external IP' }],
    ['default/echo:p loadbalancer IP', { kind: 'address', service: echo, address: 'load balancer IP' }],
    ['default/echo:p -> 192.168.1.10:8080', { kind: 'endpoint', service: echo, endpoint: '192.168.1.10:8080' }],
    ['default/echo:p -> [fd00::5]:80', { kind: 'endpoint', service: echo, endpoint: '[fd00::5]:80' }],
    ['default/echo:p has no endpoints', { kind: 'no-endpoints', service: echo }],
    ['default/echo:p has no local endpoints', { kind: 'no-local-endpoints', service: echo }],
    ['default/echo:p health check node port', { kind: 'health-check', service: echo }],
    [
      'default/echo:p traffic not accepted by KUBE-FW-4ELDBDKBNWI3LFO5',
      { kind: 'not-in-source-ranges', service: echo },
    ],
    [
      'other traffic to default/echo:p will be dropped by KUBE-PROXY-FIREWALL',
      { kind: 'outside-source-ranges', service: echo },
    ],
    ['masquerade traffic for default/echo:p external destinations', { kind: 'masquerade', service: echo }],
    ['masquerade LOCAL traffic for default/echo:p external destinations', { kind: 'masquerade-local', service: echo }],
    ['masquerade LOCAL traffic for default/echo:p LB IP', { kind: 'masquerade-local', service: echo }],
    ['route LOCAL traffic for default/echo:p LB IP to service chain', { kind: 'route-local', service: echo }],
    ['pod traffic for default/echo:p external destinations', { kind: 'pods', service: echo }],
    ['Balancing rule 0 for default/echo:p', { kind: 'balancing', service: echo }],
    ['default/echo:p', { kind: 'named', service: echo }],
    ['default/extlocal', { kind: 'named', service: { namespace: 'default', name: 'extlocal' } }],
    ['default/extlocal:', { kind: 'named', service: { namespace: 'default', name: 'extlocal' } }],
  ])('%s', (comment, expected) => {
    expect(parseServiceComment(comment)).toEqual(expected);
  });

  it.each([
    'kubernetes service portals',
    'flanneld masq',
    'masquerade traffic for  external destinations',
    'cali:abc/def',
    '-> 1.2.3.4:5',
    ' cluster IP',
    'Default/Echo cluster IP',
    'a/b/c',
    '__proto__',
    '',
  ])('not of a service: %s', comment => {
    expect(parseServiceComment(comment)).toBeUndefined();
  });

  it('prints what it reads', () => {
    for (const text of ['kube-system/kube-dns:dns-tcp', 'default/nginx-svc'])
      expect(formatServicePort(parseServicePort(text) ?? { namespace: '', name: '' })).toBe(text);
  });
});
