import { expect, it } from 'vitest';
import type { ListedChain } from '../../src/model/ruleset.ts';
import { listedOtherwise } from './contradictions.ts';
import type { Registration } from './observation.ts';

const registered = (owner: Registration['owner'], table: string, priority: number): Registration => ({
  owner,
  family: 'ip',
  table,
  chain: 'FORWARD',
  hook: 'forward',
  priority,
  type: 'filter',
});
const listed = (backend: ListedChain['backend'], table: string, priority: number): ListedChain => ({
  family: 'ip',
  hook: 'forward',
  priority,
  backend,
  table,
});
const LEGACY_FIRST = [registered('iptables-legacy', 'filter', 0), registered('iptables-nft', 'filter', 0)];

it.each([
  ['the newest is listed first', [listed('nft', 'filter', 0), listed('legacy', 'filter', 0)], 0],
  ['the oldest is listed first', [listed('legacy', 'filter', 0), listed('nft', 'filter', 0)], 1],
  ['other priorities', [listed('legacy', 'mangle', -150), listed('nft', 'filter', 0)], 0],
  ['chains of others', [listed('nft', 'mine', 0), listed('nft', 'filter', 0)], 0],
])('the order of a listing against that of registration: %s', (_, list, expected) => {
  expect(listedOtherwise(list, LEGACY_FIRST)).toHaveLength(expected);
});
