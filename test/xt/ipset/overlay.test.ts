import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IpSet } from '../../../src/model/ipset.ts';
import { testSet } from '../../../src/xt/ipset/membership.ts';
import { withMember } from '../../../src/xt/ipset/overlay.ts';
import { packetOf, worldOf } from '../rows.ts';
import { savedSets } from './sets.ts';

const named = (text: string): IpSet => {
  const [set] = savedSets(text).values();
  if (!set) throw new Error('no set');
  return set;
};
const has = (set: IpSet, saddr: number): boolean => {
  const query = { set: set.name, directions: ['src' as const], returnNomatch: false, updateCounters: true };
  const found = testSet(
    { ...query, packets: undefined, bytes: undefined },
    packetOf({ saddr }),
    worldOf({ set: () => set }),
  );
  return 'member' in found && found.member;
};

describe('withMember', () => {
  const before = named('create s hash:net\nadd s 10.0.0.0/24\nadd s 10.0.0.8/29 nomatch');

  it('leaves the given set as it is', () => {
    const after = withMember(before, { action: 'add', key: '10.0.0.9' });
    expect([has(before, 0x0a000009), has(after, 0x0a000009)]).toEqual([false, true]);
    expect(after.elements.map(e => e.key)).toEqual(['10.0.0.0/24', '10.0.0.8/29', '10.0.0.9']);
    expect(before.elements).toHaveLength(2);
  });

  it('takes the mark of an exception from an element that is added again', () => {
    expect(has(withMember(before, { action: 'add', key: '10.0.0.8/29' }), 0x0a000009)).toBe(true);
  });

  it('uncovers the wider network', () => {
    const open = withMember(before, { action: 'del', key: '10.0.0.8/29' });
    expect(has(open, 0x0a000009)).toBe(true);
    const closed = withMember(open, { action: 'del', key: '10.0.0.0/24' });
    expect([has(closed, 0x0a000009), closed.elements.length]).toEqual([false, 0]);
  });

  it('changes nothing for a key that is not there or not understood', () => {
    expect(withMember(before, { action: 'del', key: '10.0.0.1' })).toBe(before);
    expect(withMember(before, { action: 'add', key: '__proto__' })).toBe(before);
  });

  it('ends as a set that was read with the same elements', () => {
    const length = fc.constantFrom(8, 24, 30, 31, 32);
    const key = fc
      .tuple(fc.nat(7), length)
      .map(([host, bits]) => `10.0.0.${bits === 32 ? host : (host >> (32 - bits)) << (32 - bits)}/${bits}`);
    const change = fc.record({ action: fc.constantFrom('add' as const, 'del' as const), key });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), changes => {
        let set = named('create s hash:net\nadd s 10.0.0.0/30');
        for (const one of changes) set = withMember(set, one);
        const read = { ...named('create s hash:net'), elements: [...set.elements] };
        for (let host = 0; host < 9; host++) expect(has(set, 0x0a000000 + host)).toBe(has(read, 0x0a000000 + host));
      }),
    );
  });
});

describe('a large set', () => {
  const elements = Array.from(
    { length: 60_000 },
    (_, i) => `add s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/${i % 2 ? 32 : 31}`,
  );
  const set = named(['create s hash:net', ...elements].join('\n'));

  it('answers many lookups without looking through its elements', () => {
    has(set, 0);
    const start = performance.now();
    let found = 0;
    for (let i = 0; i < 20_000; i++) if (has(set, 0x0a000000 + i)) found++;
    expect(found).toBe(20_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
