import { describe, expect, it } from 'vitest';
import {
  checkRequest,
  parseDestination,
  parseEndpoint,
  parseIcmpType,
  parseNumber,
  parseTcpFlags,
  tcpFlagNames,
} from '../../src/cluster/request.ts';
import { InputError } from '../../src/model/source.ts';

const V4 = 0x0a000001;
const V6 = (0xfd00n << 112n) | 1n;

describe('endpoints', () => {
  it.each([
    ['10.0.0.1', { address: V4 }],
    ['10.0.0.1:40000', { address: V4, port: 40000 }],
    ['10.0.0.1:0', { address: V4, port: 0 }],
    ['fd00::1', { address: V6 }],
    ['[fd00::1]', { address: V6 }],
    ['[fd00::1]:53', { address: V6, port: 53 }],
  ])('%s', (text, expected) => {
    expect(parseEndpoint(text, 'source')).toEqual(expected);
  });

  it.each([
    '',
    'host',
    '10.0.0',
    '10.0.0.1:',
    '10.0.0.1:65536',
    '10.0.0.1:-1',
    '10.0.0.1:http',
    '[fd00::1',
    '::x',
    '[10.0.0.1]x',
  ])('refuses %j', text => {
    expect(() => parseEndpoint(text, 'source')).toThrow(InputError);
  });
});

describe('destinations', () => {
  it.each([
    ['10.0.0.1:53/udp', { endpoint: { address: V4, port: 53 }, protocol: 17 }],
    ['10.0.0.1:53', { endpoint: { address: V4, port: 53 }, protocol: 6 }],
    ['10.0.0.1:53/SCTP', { endpoint: { address: V4, port: 53 }, protocol: 132 }],
    ['[fd00::1]:53/tcp', { endpoint: { address: V6, port: 53 }, protocol: 6 }],
    ['10.0.0.1/icmp', { endpoint: { address: V4 }, protocol: 1 }],
    ['fd00::1/icmpv6', { endpoint: { address: V6 }, protocol: 58 }],
    ['10.0.0.1/4', { endpoint: { address: V4 }, protocol: 4 }],
  ])('%s', (text, expected) => {
    expect(parseDestination(text)).toEqual(expected);
  });

  it.each([
    ['10.0.0.1', 'tcp needs a port; write 10.0.0.1:80'],
    ['fd00::1/udp', 'udp needs a port; write [fd00::1]:80/udp'],
    ['10.0.0.1:5/icmp', 'icmp has no ports; leave out :5'],
    ['10.0.0.1:5/tpc', "'tpc' is no protocol"],
    ['10.0.0.1:5/256', "'256' is no protocol"],
    ['10.0.0.1:5/__proto__', "'__proto__' is no protocol"],
  ])('refuses %s', (text, message) => {
    expect(() => parseDestination(text)).toThrow(message);
  });
});

describe('flags', () => {
  it.each([
    ['SYN', 2],
    ['syn,ack', 18],
    ['none', 0],
    ['ALL', 255],
  ])('--tcp-flags %s', (text, expected) => {
    expect(parseTcpFlags(text)).toBe(expected);
  });

  it.each(['', 'SYN,', 'constructor', 'SYN ACK'])('refuses --tcp-flags %j', text => {
    expect(() => parseTcpFlags(text)).toThrow(InputError);
  });

  it('names the flags', () => {
    expect(tcpFlagNames(18)).toEqual(['SYN', 'ACK']);
  });

  it('--icmp-type', () => {
    expect(parseIcmpType('3/4')).toEqual({ type: 3, code: 4 });
    expect(parseIcmpType('8')).toEqual({ type: 8, code: 0 });
    expect(() => parseIcmpType('256')).toThrow(InputError);
    expect(() => parseIcmpType('3/')).toThrow(InputError);
  });

  it('numbers', () => {
    expect(parseNumber('0x4000', 0xffffffff, '--mark')).toBe(0x4000);
    expect(parseNumber('64', 255, '--ttl')).toBe(64);
    for (const bad of ['', '-1', '256', '1e1', '0x', 'x'])
      expect(() => parseNumber(bad, 255, '--ttl')).toThrow(InputError);
  });
});

describe('what is no packet', () => {
  const v4 = { address: V4, port: 1 };
  it.each([
    ['two families', { source: v4, destination: { address: V6, port: 1 }, protocol: 6 }],
    ['icmp of IPv6', { source: { address: V6 }, destination: { address: V6 }, protocol: 1 }],
    ['icmpv6 of IPv4', { source: { address: V4 }, destination: { address: V4 }, protocol: 58 }],
    ['a port of icmp', { source: v4, destination: { address: V4 }, protocol: 1 }],
    ['TCP flags of udp', { source: v4, destination: v4, protocol: 17, tcpFlags: 2 }],
    ['ICMP type of udp', { source: v4, destination: v4, protocol: 17, icmp: { type: 8, code: 0 } }],
    ['sent and received', { source: v4, destination: v4, protocol: 17, fromNode: true, in: 'eth0' }],
  ])('%s', (_, request) => {
    expect(() => checkRequest(request)).toThrow(InputError);
  });
});
