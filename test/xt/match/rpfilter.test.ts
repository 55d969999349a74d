import { describe, expect, it } from 'vitest';
import type { RouteAnswer } from '../../../src/model/world.ts';
import { packetOf, readRule, worldOf } from '../rows.ts';

const PLACE = { table: 'raw', chain: 'PREROUTING', hook: 'prerouting' } as const;

const route = (
  type: 'unicast' | 'local' | 'broadcast' | 'blackhole',
  device?: string,
): Extract<RouteAnswer, { kind: 'found' }> => ({
  kind: 'found',
  type,
  device,
  gateway: undefined,
  prefixLength: 24,
  source: undefined,
});

const ROUTES: Readonly<Record<string, RouteAnswer>> = {
  'the same interface': route('unicast', 'v0'),
  'another interface': route('unicast', 'd0'),
  'an address of this interface': route('local', 'v0'),
  'an address of another interface': route('local', 'd0'),
  'no route': { kind: 'none' },
  'a blackhole': route('blackhole'),
  'the broadcast address': route('broadcast', 'v0'),
  'two interfaces': { ...route('unicast', 'd0'), devices: ['d0', 'v0'] },
};

const answer = (options: string, back: RouteAnswer, iif = 'v0') =>
  readRule(`-m rpfilter ${options}`, PLACE).statements[0]?.evaluate(
    packetOf({ iif }),
    worldOf({ hook: 'prerouting', route: () => back }),
  );

describe('-m rpfilter', () => {
  it('prints its options in the order of iptables', () => {
    expect(readRule('-m rpfilter --invert --accept-local --loose --validmark', PLACE)).toMatchObject({
      text: '-m rpfilter --loose --validmark --accept-local --invert',
      problems: [],
    });
  });

  it.each([
    { table: 'filter', chain: 'INPUT', hook: 'input' } as const,
    { table: 'nat', chain: 'PREROUTING', hook: 'prerouting' } as const,
  ])('is refused in %o', place => {
    expect(readRule('-m rpfilter', place).problems).not.toEqual([]);
  });

  it('asks as for a packet of the own node, so that routing rules with iif lo apply', () => {
    const asked: unknown[] = [];
    for (const family of ['ip', 'ip6'] as const)
      readRule('-m rpfilter', { ...PLACE, family }).statements[0]?.evaluate(
        packetOf({ iif: 'v0', family, ...(family === 'ip6' && { saddr: 1n << 120n, daddr: 2n << 120n }) }),
        worldOf({
          hook: 'prerouting',
          route: query => {
            asked.push(query.iif);
            return route('unicast', 'v0');
          },
        }),
      );
    expect(asked).toEqual(['lo', 'lo']);
  });

  // Counted on Linux 6.18 with spoofed sources: plain, --loose, --accept-local, --loose --accept-local.
  it.each([
    ['the same interface', [true, true, true, true]],
    ['another interface', [false, true, false, true]],
    ['an address of this interface', [false, false, true, true]],
    ['an address of another interface', [false, false, false, true]],
    ['no route', [false, false, false, false]],
    ['a blackhole', [false, false, false, false]],
    ['the broadcast address', [false, false, false, false]],
    ['two interfaces', [true, true, true, true]],
  ])('the way back is %s', (name, expected) => {
    const back = ROUTES[name] ?? { kind: 'none' };
    const options = ['', '--loose', '--accept-local', '--loose --accept-local'];
    expect(options.map(o => answer(o, back))).toEqual(expected);
    expect(options.map(o => answer(`${o} --invert`, back))).toEqual(expected.map(yes => !yes));
  });

  it('lets the loopback interface pass, and does not know without routes', () => {
    expect(answer('', { kind: 'none' }, 'lo')).toBe(true);
    expect(answer('--invert', { kind: 'unknown', reason: 'no routes' })).toMatchObject({ kind: 'unknown' });
  });
});
