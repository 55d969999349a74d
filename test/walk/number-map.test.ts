import { expect, test } from 'vitest';
import { NumberMap } from '../../src/walk/number-map.ts';
import { seeded } from '../bench/ruleset.ts';

test('numbers of 32 bits keep their first place', () => {
  const random = seeded(3);
  const [map, known] = [new NumberMap(), new Map<number, number>()];
  const numbers = [0, 0xffffffff, 0x80000000, 1, ...Array.from({ length: 3000 }, () => Math.floor(random() * 2 ** 32))];
  for (const [place, number] of [...numbers, ...numbers].entries()) {
    expect(map.add(number, place)).toBe(!known.has(number));
    if (!known.has(number)) known.set(number, place);
  }
  for (const [number, place] of known) expect(map.get(number)).toBe(place);
  for (let i = 0; i < 1000; i++) {
    const number = Math.floor(random() * 2 ** 32);
    expect(map.get(number)).toBe(known.get(number) ?? -1);
  }
});
