import { expect, test } from 'vitest';
import { findHighest, type Judged } from './search.ts';

const heldUpTo =
  (limit: number) =>
  async (rate: number): Promise<Judged> => ({ held: rate <= limit, close: false, why: '' });

test.each([3_000, 10_000, 47_000, 90_000])('what is held up to %i is found within 6 %%', async (limit) => {
  const { rate, probes } = await findHighest(20_000, 20, heldUpTo(limit));
  expect(rate).toBeLessThanOrEqual(limit);
  expect(rate).toBeGreaterThan(limit / 1.07);
  expect(probes.length).toBeLessThan(12);
});

test('no rate is named that was not held, however few probes there are', async () => {
  expect((await findHighest(20_000, 3, heldUpTo(100))).rate).toBe(0);
  expect((await findHighest(20_000, 3, heldUpTo(6_000))).rate).toBe(0);
  expect((await findHighest(20_000, 3, heldUpTo(9_000))).rate).toBe(7_813);
});

test('a rate that is only just not held is tried once more, and then counts', async () => {
  const asked: number[] = [];
  const once = await findHighest(1_000, 3, async (rate) => {
    asked.push(rate);
    return { held: asked.length === 2, close: true, why: '' };
  });
  expect(asked).toEqual([1_000, 1_000, 1_600]);
  expect(once.rate).toBe(1_000);
  const never = await findHighest(1_000, 3, async () => ({ held: false, close: true, why: '' }));
  expect(never.probes.map(({ rate }) => rate)).toEqual([1_000, 1_000, 625]);
});
