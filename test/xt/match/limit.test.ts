import { describe, expect, it } from 'vitest';
import type { World } from '../../../src/model/world.ts';
import type { Backend } from '../../../src/xt/extension.ts';
import { packetOf, readRule, worldOf } from '../rows.ts';

// What iptables 1.8.9 printed of the rule; undefined: it refused.
describe('-m limit', () => {
  it.each([
    ['--limit 5', '--limit 5/sec'],
    ['--limit 60/min', '--limit 1/sec'],
    ['--limit 7/minute', '--limit 7/min'],
    ['--limit 7000/h', '--limit 7001/hour'],
    ['--limit 9999/sec', '--limit 10000/sec'],
    ['--limit 700/sec --limit-burst 5', '--limit 714/sec'],
    ['--limit-burst 7', '--limit 3/hour --limit-burst 7'],
    ['--limit 5.5/SEC', '--limit 5/sec'],
    ['--limit 5/seconds', undefined],
    ['--limit 5/', undefined],
    ['--limit 0/sec', undefined],
    ['--limit 10001/sec', undefined],
    ['--limit 5/s --limit-burst 10001', undefined],
    ['! --limit 5/s', undefined],
  ])('%s', (options, printed) => {
    const { text, problems } = readRule(`-m limit ${options}`);
    expect(problems.length > 0 ? undefined : text).toBe(printed && `-m limit ${printed}`);
  });

  it.each([
    ['legacy', '--limit 1/day', undefined],
    ['nft', '--limit 1/day', '--limit 1/day'],
    ['legacy', '--limit 1/day --limit-burst 49', '--limit 1/day --limit-burst 49'],
    ['legacy', '--limit 1/hour --limit-burst 1194', undefined],
    ['nft', '--limit 1/hour --limit-burst 1194', '--limit 1/hour --limit-burst 1194'],
    ['legacy', '--limit 10/s --limit-burst 0', undefined],
    ['nft', '--limit 10/s --limit-burst 0', '--limit 10/sec'],
  ] as const)('%s: %s', (backend, options, printed) => {
    const { text, problems } = readRule(`-m limit ${options}`, { backend });
    expect(problems.length > 0 ? undefined : text).toBe(printed && `-m limit ${printed}`);
  });

  const freshState = (): World['state'] => {
    const kept = new Map<object, object>();
    return <T extends object>(owner: object, initial: () => T): T => {
      const known = kept.get(owner);
      if (known) return known as T;
      const made = initial();
      kept.set(owner, made);
      return made;
    };
  };
  const answers = (options: string, seconds: readonly number[], backend: Backend = 'legacy') => {
    const state = freshState();
    const statement = readRule(`-m limit ${options}`, { backend }).statements[0];
    return seconds.map(s => statement?.evaluate(packetOf(), worldOf({ state, clock: new Date(s * 1000) })));
  };

  // The number of yeses was counted on a kernel 6.18 with five datagrams at once.
  it.each([
    ['legacy', '--limit 1/min --limit-burst 2', 2],
    ['legacy', '--limit 1/hour --limit-burst 3', 3],
    ['nft', '--limit 1/day --limit-burst 3', 3],
    ['legacy', '--limit 1/day --limit-burst 3', 1],
  ] as const)('%s: %s lets %i of 5 pass', (backend, options, expected) => {
    expect(answers(options, [0, 0, 0, 0, 0], backend).filter(answer => answer === true)).toHaveLength(expected);
  });

  it('fills up with time, to the burst and no further', () => {
    expect(answers('--limit 1/min --limit-burst 1', [0, 30, 60, 61, 600, 601])).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('is unknown where the rule has run for an unknown time, and once empty without a clock', () => {
    const [statement] = readRule('-m limit --limit 1/min --limit-burst 1').statements;
    expect(statement?.evaluate(packetOf(), worldOf())).toMatchObject({ kind: 'unknown' });
    const world = worldOf({ state: freshState() });
    expect(statement?.evaluate(packetOf(), world)).toBe(true);
    expect(statement?.evaluate(packetOf(), world)).toMatchObject({ kind: 'unknown' });
  });
});

// What iptables 1.8.9, both backends, printed of the rule; undefined: it or the kernel refused.
describe('-m hashlimit', () => {
  it.each([
    ['--hashlimit 5', '--hashlimit-upto 5/sec --hashlimit-burst 5'],
    ['! --hashlimit-above 5/min', '--hashlimit-upto 5/min --hashlimit-burst 5'],
    ['! --hashlimit 5/min', '--hashlimit-above 5/min --hashlimit-burst 5'],
    ['--hashlimit-above 9/sec', '--hashlimit-above 9/sec --hashlimit-burst 5'],
    ['--hashlimit-above 99999/sec', '--hashlimit-above 100000/sec --hashlimit-burst 5'],
    ['--hashlimit-upto 7 --hashlimit-burst 5kb', '--hashlimit-upto 7/sec --hashlimit-burst 5120'],
    ['--hashlimit-upto 123456b/s --hashlimit-burst 1mb', '--hashlimit-upto 123456b/s --hashlimit-burst 1mb'],
    ['--hashlimit-upto 3kb/s --hashlimit-burst 4kb', '--hashlimit-upto 3kb/s --hashlimit-burst 6kb'],
    ['--hashlimit-upto 1025b/s', '--hashlimit-upto 1kb/s'],
    ['--hashlimit-upto 4095mb/s', '--hashlimit-upto 4095mb/s'],
    ['--hashlimit-upto 4096mb/s', '--hashlimit-upto 4581298432b/s'],
    ['--hashlimit-upto 10mb/min', '--hashlimit-upto 10/min --hashlimit-burst 5'],
    ['--hashlimit-upto 1000001/sec', undefined],
    ['--hashlimit-upto 10mb/s --hashlimit-burst 20kb', undefined],
    ['--hashlimit-upto 1/sec --hashlimit-burst 0', undefined],
    ['--hashlimit-upto 1/sec --hashlimit-burst 134218', undefined],
    ['--hashlimit-upto 1/day --hashlimit-burst 2', undefined],
    ['--hashlimit-upto 5/week', undefined],
    ['--hashlimit-upto 5 --hashlimit-above 4', undefined],
  ])('%s', (options, printed) => {
    const { text, problems } = readRule(`-m hashlimit ${options} --hashlimit-name n`);
    expect(problems.length > 0 ? undefined : text).toBe(printed && `-m hashlimit ${printed} --hashlimit-name n`);
  });

  it.each([
    ['--hashlimit-upto 60/min', '--hashlimit-upto 1/sec --hashlimit-burst 5', '--hashlimit-htable-expire 60000'],
    ['--hashlimit-upto 7/sec --hashlimit-htable-expire 1000', '--hashlimit-upto 7/sec --hashlimit-burst 5', ''],
    [
      '--hashlimit-upto 7/hour --hashlimit-rate-match',
      '--hashlimit-upto 7/sec --hashlimit-burst 5',
      '--hashlimit-htable-expire 3600000 --hashlimit-rate-match --hashlimit-rate-interval 3600',
    ],
    [
      '--hashlimit-upto 14127/s --hashlimit-rate-match',
      '--hashlimit-upto 14285/sec --hashlimit-burst 5',
      '--hashlimit-rate-match',
    ],
    [
      '--hashlimit-upto 1kb/s --hashlimit-htable-expire 60000',
      '--hashlimit-upto 1kb/s',
      '--hashlimit-htable-expire 60000',
    ],
    [
      '--hashlimit-upto 1 --hashlimit-srcmask 255.255.255.0 --hashlimit-dstmask 32',
      '--hashlimit-upto 1/sec --hashlimit-burst 5',
      '--hashlimit-srcmask 24',
    ],
  ])('%s', (options, before, after) => {
    expect(readRule(`-m hashlimit ${options} --hashlimit-name n`).text).toBe(
      `-m hashlimit ${before} --hashlimit-name n ${after}`.trimEnd(),
    );
  });

  it('prints the keys in the order of the kernel', () => {
    expect(readRule('-m hashlimit --hashlimit-upto 1 --hashlimit-mode dstport,srcip, --hashlimit-name n').text).toBe(
      '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name n',
    );
  });
});
