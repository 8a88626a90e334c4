import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planReads, type ReadPoint } from './reads.ts';

const holding = (address: number, count = 1): ReadPoint => ({ fc: 3, address, count });
const plan = (points: ReadPoint[], limits = {}) =>
  planReads(points, limits).map(({ fc: code, address, quantity }) => [code, address, quantity]);

test('neighbours are read together, whatever order they are named in', () => {
  expect(plan([holding(4, 2), holding(0, 2), holding(2, 2)])).toEqual([[3, 0, 6]]);
});

test('each point is told where it begins in its block', () => {
  const [block] = planReads([holding(10, 2), holding(13)], { maxGap: 4 });
  expect(block?.points.map(({ point, at }) => [point.address, at])).toEqual([
    [10, 0],
    [13, 3],
  ]);
});

test('an address between is not touched unless it may be', () => {
  expect(plan([holding(0), holding(2)])).toEqual([
    [3, 0, 1],
    [3, 2, 1],
  ]);
  expect(plan([holding(0), holding(2)], { maxGap: 1 })).toEqual([[3, 0, 3]]);
});

test('functions are never mixed', () => {
  expect(plan([{ fc: 4, address: 1, count: 1 }, holding(0), { fc: 1, address: 0, count: 8 }])).toEqual([
    [1, 0, 8],
    [3, 0, 1],
    [4, 1, 1],
  ]);
});

test('a block ends at 125 registers, 2000 bits, or what the device takes', () => {
  const row = Array.from({ length: 100 }, (_, i) => holding(2 * i, 2));
  expect(plan(row)).toEqual([
    [3, 0, 124],
    [3, 124, 76],
  ]);
  expect(plan(row, { maxRegisters: 60 }).map(([, , quantity]) => quantity)).toEqual([60, 60, 60, 20]);
  const coils = Array.from({ length: 2001 }, (_, i): ReadPoint => ({ fc: 1, address: i, count: 1 }));
  expect(plan(coils).map(([, , quantity]) => quantity)).toEqual([2000, 1]);
});

test('the same and overlapping registers are read once', () => {
  expect(plan([holding(0, 4), holding(0, 2), holding(1), holding(3, 2)])).toEqual([[3, 0, 5]]);
});

test.each([
  ['wider than one read', holding(0, 126), {}],
  ['wider than the device takes', holding(0, 31), { maxRegisters: 30 }],
  ['of no width', holding(0, 0), {}],
  ['beyond the last address', holding(65_535, 2), {}],
])('a point %s cannot be planned', (_, point, limits) => {
  expect(() => planReads([point], limits)).toThrow(RangeError);
});

test('every point lies whole in its block, and every block within the limits', () => {
  const point = fc.record({
    fc: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
    address: fc.integer({ min: 0, max: 400 }),
    count: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(
      fc.array(point, { maxLength: 60 }),
      fc.integer({ min: 8, max: 125 }),
      fc.integer({ min: 0, max: 20 }),
      (points, maxRegisters, maxGap) => {
        const blocks = planReads(points, { maxRegisters, maxBits: 40, maxGap });
        expect(blocks.flatMap((block) => block.points).length).toBe(points.length);
        for (const block of blocks) {
          expect(block.quantity).toBeLessThanOrEqual(block.fc <= 2 ? 40 : maxRegisters);
          const wanted = new Set<number>();
          for (const { point: served, at } of block.points) {
            expect(served.fc).toBe(block.fc);
            expect(block.address + at).toBe(served.address);
            expect(at + served.count).toBeLessThanOrEqual(block.quantity);
            for (let i = 0; i < served.count; i++) wanted.add(at + i);
          }
          let gap = 0;
          for (let i = 0; i < block.quantity; i++) {
            gap = wanted.has(i) ? 0 : gap + 1;
            expect(gap).toBeLessThanOrEqual(maxGap);
          }
        }
      },
    ),
  );
});
