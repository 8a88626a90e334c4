import { describe, expect, test } from 'vitest';
import { createDemoGuards } from './demo-guards.ts';
import { demoRoutes } from './site/demo-patrol.ts';

const hour = Date.UTC(2026, 5, 1, 2);

/** The stops that a guard visits, as seconds after the full hour. */
function walk(
  route: string,
  from: number,
  to: number,
  meanwhile?: (second: number, guards: ReturnType<typeof createDemoGuards>) => void,
): [stop: number, second: number][] {
  const seen: [number, number][] = [];
  let second = from;
  const guards = createDemoGuards(({ id }, stop) => {
    if (id === route) seen.push([stop, second]);
  });
  for (; second < to; second++) {
    meanwhile?.(second, guards);
    guards.tick(hour + second * 1_000);
  }
  return seen;
}

describe('the guards', () => {
  test.each(demoRoutes.map((route) => [route.id, route] as const))(
    'come to every stop of %s when it is due',
    (id, { stops, stepS, everyMin, offsetMin }) => {
      const start = offsetMin * 60;
      expect(walk(id, start, start + everyMin * 60)).toEqual(stops.map((_, i) => [i, start + i * stepS]));
    },
  );

  test('do not walk a round that began long before they came', () => {
    expect(walk('post-route', 45, 125)).toEqual([[0, 120]]);
  });

  test('catch up when they come a little late, no faster than one walks', () => {
    expect(walk('post-route', 20, 120)).toEqual([
      [0, 20],
      [1, 35],
      [2, 60],
    ]);
  });

  test('at the post leave out one stop when told to, and no second one', () => {
    const skip = (second: number, guards: ReturnType<typeof createDemoGuards>) => {
      if (second === 10) guards.skipNext();
    };
    expect(walk('post-route', 0, 240, skip).map(([stop]) => stop)).toEqual([0, 2, 0, 1, 2]);
    expect(walk('night-route', 0, 240, skip).map(([stop]) => stop)).toEqual([0, 1, 2, 3]);
  });
});
