import { describe, expect, it } from 'vitest';
import { unknown } from '../../../src/model/truth.ts';
import type { AddressType } from '../../../src/model/world.ts';
import { parseAddress } from '../../../src/net/address.ts';
import { answerOf, readRule } from '../rows.ts';

describe('-m addrtype', () => {
  // What iptables 1.8.9, both backends, printed of the rule.
  it.each([
    ['-m addrtype --src-type local,uni', '-m addrtype --src-type UNICAST,LOCAL'],
    [
      '-m addrtype ! --dst-type UNICAST ! --src-type LOCAL --limit-iface-in',
      '-m addrtype ! --src-type LOCAL ! --dst-type UNICAST --limit-iface-in',
    ],
    ['-m addrtype --src-type UN', '-m addrtype --src-type UNSPEC'],
  ])('prints %s', (input, printed) => {
    expect(readRule(input)).toMatchObject({ text: printed, problems: [] });
  });

  it.each([
    ['ip', 'FORWARD', '-m addrtype'],
    ['ip', 'FORWARD', '-m addrtype --src-type LOCAL,'],
    ['ip', 'FORWARD', '-m addrtype --src-type constructor'],
    ['ip', 'FORWARD', '-m addrtype --src-type LOCAL --limit-iface-out --limit-iface-in'],
    ['ip', 'INPUT', '-m addrtype --src-type LOCAL --limit-iface-out'],
    ['ip', 'OUTPUT', '-m addrtype --src-type LOCAL --limit-iface-in'],
    ['ip6', 'FORWARD', '-m addrtype --dst-type BROADCAST'],
    ['ip6', 'FORWARD', '-m addrtype --dst-type BLACKHOLE'],
    ['ip6', 'FORWARD', '-m addrtype --dst-type THROW'],
  ] as const)('%s %s refuses %s', (family, chain, input) => {
    const hook = chain === 'INPUT' ? 'input' : chain === 'OUTPUT' ? 'output' : 'forward';
    expect(readRule(input, { family, chain, hook }).problems).toHaveLength(1);
  });

  const types = (...of: AddressType[]) => ({ addressType: () => new Set(of) });
  it.each([
    ['--dst-type LOCAL', types('LOCAL'), true],
    ['! --dst-type LOCAL', types('LOCAL'), false],
    ['--dst-type UNICAST', types('LOCAL'), false],
    ['--dst-type UNICAST,LOCAL', types('LOCAL'), true],
    ['--src-type BROADCAST --dst-type LOCAL', types('LOCAL'), false],
    ['--src-type UNSPEC', types('LOCAL'), false],
  ] as const)('IPv4: %s', (options, world, expected) => {
    expect(answerOf(`-m addrtype ${options}`, {}, world)).toBe(expected);
  });

  it('asks for the interface it is limited to', () => {
    const asked: (string | undefined)[] = [];
    const addressType = (_address: unknown, limit?: 'iif' | 'oif') => {
      asked.push(limit);
      return new Set<AddressType>(['LOCAL']);
    };
    answerOf('-m addrtype --dst-type LOCAL --limit-iface-in', {}, { addressType });
    answerOf('-m addrtype --dst-type LOCAL --limit-iface-out', {}, { addressType });
    expect(asked).toEqual(['iif', 'oif']);
  });

  it('is unknown where no addresses were captured', () => {
    const nothing = unknown('no addresses');
    expect(answerOf('-m addrtype --dst-type LOCAL', {}, { addressType: () => nothing })).toBe(nothing);
  });

  // Seen on a kernel 6.18 with a datagram to the address, which was one of lo.
  it.each([
    ['::1', '--dst-type UNICAST', true],
    ['::1', '--dst-type LOCAL', true],
    ['::1', '--dst-type UNICAST,LOCAL', true],
    ['::1', '--dst-type UNICAST,MULTICAST', false],
    ['::1', '! --dst-type UNICAST,MULTICAST', true],
    ['::1', '--dst-type LOCAL,MULTICAST', false],
    ['::1', '--dst-type LOCAL,ANYCAST', true],
    ['::1', '--dst-type ANYCAST', false],
    ['::1', '--dst-type UNSPEC', false],
    ['64:ff9b::1', '--dst-type UNICAST,LOCAL', true],
    ['::5', '--dst-type UNICAST', true],
  ])('%s %s', (address, options, expected) => {
    const daddr = parseAddress(address) ?? 0n;
    expect(answerOf(`-m addrtype ${options}`, { saddr: 1n, daddr }, types('LOCAL'), 'ip6')).toBe(expected);
  });
});
