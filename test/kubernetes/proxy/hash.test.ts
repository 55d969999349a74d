import { describe, expect, it } from 'vitest';
import { chainHash, endpointSuffixes, serviceSuffixes } from '../../../src/kubernetes/proxy/hash.ts';

// Chains of real clusters, named by kube-proxy itself.
describe('chain hashes', () => {
  it.each([
    [{ namespace: 'ns1', name: 'svc1', port: 'p80' }, 'tcp', ['XPGD46QRK7WJZT7O']],
    [{ namespace: 'default', name: 'kubernetes', port: 'https' }, 'tcp', ['NPX46M4PTMTKRN6Y']],
    [{ namespace: 'kube-system', name: 'kube-dns', port: 'dns' }, 'udp', ['TCOU7JCQXEZGVUNU']],
    [{ namespace: 'default', name: 'multi', port: 'assoc' }, 'sctp', ['ZBHRRUX2VRCTKHOR']],
    // Without a port's name: as it is, and with the colon of old kube-proxies.
    [{ namespace: 'default', name: 'nginx-svc' }, 'tcp', ['HL5LMXD5JFHQZ6LN', 'R2VK7O5AFVLRAXSH']],
    [{ namespace: 'default', name: 'svc-test-1' }, 'tcp', ['4KKQ72WK6FBT7SBZ', 'SWP62QIEGFZNLQE7']],
  ])('service %j %s', (service, protocol, suffixes) => {
    expect(serviceSuffixes(service, protocol)).toEqual(suffixes);
  });

  it.each([
    [{ namespace: 'ns1', name: 'svc1', port: 'p80' }, 'tcp', '10.180.0.1:80', 'SXIVWICOYRO3J4NJ'],
    [{ namespace: 'default', name: 'sticky6', port: 'p' }, 'udp', '[fd00:192:168:1::11]:8080', 'MCQQYPMY3CR762MR'],
    [{ namespace: 'default', name: 'web', port: 'p' }, 'tcp', '192.168.3.10:8080', 'H43H35ODYEDBXZU7'],
  ])('endpoint %j %s %s', (service, protocol, endpoint, suffix) => {
    expect(endpointSuffixes(service, protocol, endpoint)).toEqual([suffix]);
  });

  it('nftables mode takes eight characters', () => {
    expect(chainHash('ns1/svc1/tcp/p80', 8)).toBe('ULMVA6XW');
    expect(chainHash('default/web/tcp/', 8)).toBe('PFISGYVC');
    expect(chainHash('ns1/svc1/tcp/p80__10.180.0.1/80', 8)).toBe('5OJB2KTY');
  });
});
