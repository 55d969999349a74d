import { describe, expect, it } from 'vitest';
import type { RecentEntry } from '../../../src/model/recent.ts';
import { answerOf, packetOf, readRule, worldOf } from '../rows.ts';

const TAIL = '--name DEFAULT --mask 255.255.255.255 --rsource';
const SOURCE = 0x0a000001;

const listOf =
  (...entries: RecentEntry[]) =>
  (name: string) => ({ name, entries });
const noted = (...agesSeconds: number[]): RecentEntry => ({
  address: SOURCE,
  ttl: 65,
  agesSeconds,
  hits: agesSeconds.length,
});

describe('-m recent', () => {
  it.each([
    ['--set', `--set ${TAIL}`],
    ['! --rcheck', `! --rcheck ${TAIL}`],
    ['--update --rttl', `--update --rttl ${TAIL}`],
    ['--remove --rdest', '--remove --name DEFAULT --mask 255.255.255.255 --rdest'],
    ['--rcheck --hitcount 0', `--rcheck ${TAIL}`],
    [
      '--rcheck --seconds 60 --hitcount 5 --name x --rttl --reap --mask 255.0.255.0',
      '--rcheck --seconds 60 --reap --hitcount 5 --rttl --name x --mask 255.0.255.0 --rsource',
    ],
    [
      '--rcheck --seconds 10800 --reap --name KUBE-SEP-X --mask 255.255.255.255 --rsource',
      '--rcheck --seconds 10800 --reap --name KUBE-SEP-X --mask 255.255.255.255 --rsource',
    ],
  ])('%s', (options, printed) => {
    expect(readRule(`-m recent ${options}`)).toMatchObject({ text: `-m recent ${printed}`, problems: [] });
  });

  it('prints the mask of IPv6', () => {
    expect(readRule('-m recent --set', { family: 'ip6' }).text).toBe(
      '-m recent --set --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource',
    );
  });

  it.each([
    '',
    '--set --update',
    '--set --seconds 5',
    '--set --rttl',
    '--remove --hitcount 5',
    '--rcheck --reap',
    '--rcheck --seconds 0',
    '--rcheck --hitcount 65536',
    '--rcheck --name a/b',
    '--rcheck --name ..',
    '--rcheck --mask ffff::',
  ])('refuses `%s`', options => {
    expect(readRule(`-m recent ${options}`).problems).not.toEqual([]);
  });

  it.each([
    ['--set', [], true],
    ['! --set', [], false],
    ['--rcheck', [], false],
    ['! --rcheck', [], true],
    ['--rcheck', [noted(5)], true],
    ['--rcheck --seconds 5', [noted(5)], true],
    ['--rcheck --seconds 4', [noted(5)], false],
    ['! --update --seconds 4', [noted(5)], true],
    ['--rcheck --hitcount 2', [noted(5)], false],
    ['--rcheck --seconds 6 --hitcount 2', [noted(1, 5, 9)], true],
    ['--rcheck --seconds 6 --hitcount 3', [noted(1, 5, 9)], false],
    ['--rcheck --rttl', [noted(5)], true],
    ['--rcheck --rttl', [{ ...noted(5), ttl: 64 }], false],
    ['--remove', [noted(5)], true],
    ['! --remove', [noted(5)], false],
    ['! --remove', [], true],
    ['--rcheck --rdest', [noted(5)], false],
    ['--rcheck --mask 255.255.255.0', [{ ...noted(5), address: 0x0a000000 }], true],
    ['--rcheck', [{ address: SOURCE, ttl: 64, hits: 1 }], true],
    ['--rcheck --seconds 5 --hitcount 2', [{ address: SOURCE, ttl: 64, hits: 1 }], false],
  ])('%s with %o', (options, entries, expected) => {
    expect(answerOf(`-m recent ${options}`, {}, { recent: listOf(...entries) })).toBe(expected);
  });

  it('does not know a list that was not captured, nor ages that were not', () => {
    expect(answerOf('-m recent --rcheck')).toMatchObject({ kind: 'unknown' });
    const list = listOf({ address: SOURCE, ttl: 64, hits: 3 });
    expect(answerOf('-m recent --rcheck --seconds 5', {}, { recent: list })).toMatchObject({ kind: 'unknown' });
  });

  it.each([
    ['--set', [], 'set', 65],
    ['! --set', [], 'set', 65],
    ['--rcheck', [noted(1)], undefined, 0],
    ['--update', [noted(1)], 'set', 65],
    ['--update', [], undefined, 0],
    ['--update --hitcount 2', [noted(1)], undefined, 0],
    ['! --update --hitcount 2', [noted(1)], 'set', 65],
    ['--remove', [noted(1)], 'remove', undefined],
    ['--remove', [], undefined, 0],
  ] as const)('%s with %o notes %s', (options, entries, action, ttl) => {
    const [statement] = readRule(`-m recent ${options}`).statements;
    const changes = statement?.changes?.(packetOf(), worldOf({ recent: listOf(...entries) }));
    const change = { kind: 'recent', list: 'DEFAULT', action, address: SOURCE, ...(ttl !== undefined && { ttl }) };
    expect(changes).toEqual(action ? [change] : []);
  });

  it('notes the TTL of a packet of its own as it is', () => {
    const [statement] = readRule('-m recent --set').statements;
    expect(statement?.changes?.(packetOf(), worldOf({ hook: 'output' }))).toMatchObject([{ ttl: 64 }]);
  });
});
