import { expect, test } from 'vitest';
import type { Route } from '../../../src/model/route.ts';
import { contains, formatPrefix, networkOf, prefixOf } from '../../../src/net/prefix.ts';
import { RouteTable } from '../../../src/walk/route/table.ts';
import { seeded } from '../../bench/ruleset.ts';

function route(address: number | bigint, length: number, tos: number, metric: number): Route {
  const destination = networkOf(prefixOf(address, length));
  return {
    family: destination.family,
    type: 'unicast',
    destination,
    table: 'main',
    nexthops: [{ device: `eth${metric}`, weight: 1, flags: [] }],
    tos,
    metric,
    flags: [],
    at: { file: 'test', line: 0 },
  };
}

const textOf = ({ destination, tos, metric }: Route, length: number): string =>
  `${formatPrefix(destination)} /${length} tos ${tos} metric ${metric}`;

test.each([
  ['ip', 32, [0, 4, 8, 15, 24, 31, 32]],
  ['ip6', 128, [0, 16, 48, 64, 127, 128]],
] as const)('of many routes of %s those that cover an address, the longest first', (family, bits, lengths) => {
  const random = seeded(bits);
  const below = (n: number) => Math.floor(random() * n);
  // Few bits differ, from the first on, so that prefixes lie within each other.
  const address = () => {
    const high = (below(4) << 30) | (below(4) << 22) | (below(4) << 15) | below(4);
    return family === 'ip' ? high >>> 0 : (BigInt(high >>> 0) << 96n) | BigInt(below(4));
  };
  const routes = Array.from({ length: 120 }, (_, metric) => ({
    length: lengths[below(lengths.length)] ?? 0,
    metric,
    tos: random() < 0.2 ? 8 : 0,
  })).map(({ length, metric, tos }) => ({ length, route: route(address(), length, tos, metric) }));
  const table = new RouteTable(routes.map(({ route }) => route));
  for (let i = 0; i < 2000; i++) {
    const [to, tos] = [address(), below(2) * 8];
    const expected = routes
      .filter(({ route }) => contains(route.destination, to) && (route.tos === 0 || route.tos === tos))
      .sort((a, b) => b.length - a.length || b.route.tos - a.route.tos || a.route.metric - b.route.metric)
      .map(({ route, length }) => textOf(route, length));
    expect(table.covering(to, tos).map(({ found }) => textOf(found.route, found.length))).toEqual(expected);
  }
});
