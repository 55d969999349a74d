import { describe, expect, it } from 'vitest';
import type { Hook } from '../../../src/model/ruleset.ts';
import type { Packet } from '../../../src/net/packet.ts';
import { packetOf, readRule, worldOf } from '../rows.ts';

const OUTPUT = { chain: 'OUTPUT', hook: 'output' } as const;

function answer(options: string, owner: Packet['owner'], hook: Hook = 'output') {
  const { iif, ...local } = packetOf();
  const packet = { ...local, ...(owner && { owner }), ...(hook === 'postrouting' && iif !== undefined && { iif }) };
  return readRule(`-m owner ${options}`, OUTPUT).statements[0]?.evaluate(packet, worldOf({ hook }));
}

describe('-m owner', () => {
  it.each([
    ['--uid-owner root', '--uid-owner 0'],
    ['! --gid-owner 1:5 --uid-owner 010', '--uid-owner 8 ! --gid-owner 1-5'],
    ['--gid-owner 10 --suppl-groups ! --socket-exists', '! --socket-exists --gid-owner 10 --suppl-groups'],
    ['--uid-owner 5-5', '--uid-owner 5'],
  ])('%s', (options, printed) => {
    expect(readRule(`-m owner ${options}`, OUTPUT)).toMatchObject({ text: `-m owner ${printed}`, problems: [] });
  });

  it.each([
    ['', 'output'],
    ['--uid-owner 10-5', 'output'],
    ['--uid-owner 4294967295', 'output'],
    ['--uid-owner root-5', 'output'],
    ['--suppl-groups --gid-owner 10', 'output'],
    ['--uid-owner 0', 'input'],
    ['--uid-owner 0', 'forward'],
  ] as const)('refuses `%s` in %s', (options, hook) => {
    expect(readRule(`-m owner ${options}`, { chain: hook.toUpperCase(), hook }).problems).not.toEqual([]);
  });

  // Counted on Linux 6.18 for packets that root sent.
  it.each([
    ['--uid-owner 0', true],
    ['! --uid-owner 0', false],
    ['--uid-owner 1-5', false],
    ['! --uid-owner 1-5 --gid-owner 0', true],
    ['--socket-exists', true],
    ['! --socket-exists', false],
  ])('%s of a packet that root sent', (options, expected) => {
    expect(answer(options, { uid: 0, gid: 0 })).toBe(expected);
  });

  // xt_owner.c: no socket.
  it.each([
    ['--uid-owner 0', false],
    ['! --uid-owner 0', true],
    ['! --uid-owner 0 --gid-owner 0', false],
    ['! --gid-owner 0 --suppl-groups', false],
    ['! --socket-exists', true],
  ])('%s of a forwarded packet', (options, expected) => {
    expect(answer(options, undefined, 'postrouting')).toBe(expected);
  });

  it.each([
    ['--uid-owner 0', undefined],
    ['--uid-owner 0', { gid: 0 }],
    ['--gid-owner 5 --suppl-groups', { uid: 0, gid: 0 }],
  ])('does not know %s of %o', (options, owner) => {
    expect(answer(options, owner)).toMatchObject({ kind: 'unknown' });
  });
});
