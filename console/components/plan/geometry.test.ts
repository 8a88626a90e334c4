import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Area } from '../../../gateway/contract/site.ts';
import {
  type Direction,
  isSurface,
  neighbour,
  outlinedOn,
  outlineSheetOf,
  pathOf,
  type Spot,
  sheetOf,
  sheetsOf,
  spotAlong,
} from './geometry.ts';

const square: [number, number][] = [
  [0, 0],
  [10, 0],
  [10, 10],
];
const area = (id: string, more: Partial<Area> = {}): Area => ({ id, name: id, kind: 'outdoor', ...more });
const areas = new Map(
  [
    area('site', { plan: { width: 100, height: 80 } }),
    area('b1', { parent: 'site', outline: square, plan: { width: 50, height: 50 } }),
    area('b1-f2', { parent: 'b1', outline: square }),
    area('b1-f2-hall', { parent: 'b1-f2' }),
    area('garage', { parent: 'site', outline: square }),
    area('garage-pit', { parent: 'garage' }),
    area('loose'),
  ].map((each) => [each.id, each]),
);

describe('plans of areas', () => {
  test.each([
    ['site', 'site'],
    ['b1', 'b1'],
    ['b1-f2-hall', 'b1'],
    ['garage-pit', 'site'],
    ['loose', undefined],
    ['nowhere', undefined],
  ])('what stands in %s is drawn on the plan of %s', (id, sheet) => {
    expect(sheetOf(areas, id)?.id).toBe(sheet);
  });

  test('the outline of an area with its own plan stands on the plan above it', () => {
    expect(outlineSheetOf(areas, 'b1')?.id).toBe('site');
    expect(outlineSheetOf(areas, 'site')).toBeUndefined();
  });

  test('a thing without a place belongs to the nearest outline on the plan that is looked at', () => {
    expect(outlinedOn(areas, 'site', 'garage-pit')?.id).toBe('garage');
    expect(outlinedOn(areas, 'site', 'b1-f2-hall')?.id).toBe('b1');
    expect(outlinedOn(areas, 'b1', 'b1-f2-hall')?.id).toBe('b1-f2');
    expect(outlinedOn(areas, 'site', 'site')).toBeUndefined();
  });

  test('the plan of the whole site comes before those of its parts', () => {
    expect(sheetsOf(areas).map(({ id }) => id)).toEqual(['site', 'b1']);
  });

  test('areas that name each other as parents end the search', () => {
    const ring = new Map(
      [area('a', { parent: 'b' }), area('b', { parent: 'a' })].map((each) => [each.id, each]),
    );
    expect(sheetOf(ring, 'a')).toBeUndefined();
  });
});

describe('shapes', () => {
  test('a shape that ends where it begins is a surface', () => {
    expect(isSurface([...square, [0, 0]])).toBe(true);
    expect(isSurface(square)).toBe(false);
    expect(pathOf(square, true)).toBe('M0 0L10 0L10 10Z');
  });

  test.each([
    [0, [0, 0]],
    [0.25, [5, 0]],
    [0.5, [10, 0]],
    [0.75, [10, 5]],
    [1, [10, 10]],
  ])('after %f of a bent line', (share, spot) => {
    expect(spotAlong(square, share)).toEqual(spot);
  });
});

describe('arrow keys on a plan', () => {
  const item = (name: string, at: Spot) => ({ name, at });
  const centre = item('centre', [50, 50]);
  const items = [
    centre,
    item('near right', [60, 52]),
    item('far right', [90, 50]),
    item('above', [52, 20]),
    item('same spot', [50, 50]),
  ];

  test.each<[Direction, string | undefined]>([
    ['right', 'same spot'],
    ['up', 'above'],
    ['down', 'same spot'],
    ['left', undefined],
  ])('%s leads to %s', (direction, name) => {
    expect(neighbour(items, centre, direction)?.name).toBe(name);
  });

  test('what lies nearer is reached first', () => {
    expect(neighbour(items.slice(0, 4), centre, 'right')?.name).toBe('near right');
  });

  test('a step never leads against its direction', () => {
    const place = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 12 }), (places) => {
        const all = places.map((at) => ({ at }));
        for (const from of all) {
          expect(neighbour(all, from, 'right')?.at[0] ?? 99).toBeGreaterThanOrEqual(from.at[0]);
          expect(neighbour(all, from, 'left')?.at[0] ?? -1).toBeLessThanOrEqual(from.at[0]);
          expect(neighbour(all, from, 'down')?.at[1] ?? 99).toBeGreaterThanOrEqual(from.at[1]);
          expect(neighbour(all, from, 'up')?.at[1] ?? -1).toBeLessThanOrEqual(from.at[1]);
        }
      }),
    );
  });
});
