import { expect, it } from 'vitest';
import { minimize } from './shrink.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

it.each([
  [0, []],
  [1, [0]],
  [7, [6]],
  [100, [0, 99]],
  [100, [3, 50, 51, 97]],
  [64, []],
])('of %i elements those that matter are left: %j', async (count, needed) => {
  const kept = await minimize(upTo(count), async some => needed.every(one => some.includes(one)));
  expect(kept).toEqual(needed);
});

it('asks far less often than once for each pair', async () => {
  let asked = 0;
  await minimize(upTo(200), async some => {
    asked++;
    return some.includes(17);
  });
  expect(asked).toBeLessThan(40);
});
