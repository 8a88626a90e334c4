import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inView, keepInPlace, scrollToRow, windowOf } from './list-window.ts';

const rowPx = 32;
const ids = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `a${n + from}`);

test('of ten thousand rows only those in view, and a few more, are drawn', () => {
  const { first, end } = windowOf(10_000, rowPx, 32_000, 640);
  expect(first).toBeLessThanOrEqual(1_000);
  expect(end).toBeGreaterThanOrEqual(1_020);
  expect(end - first).toBeLessThan(40);
});

test('an empty list draws nothing, also when it is scrolled', () => {
  expect(windowOf(0, rowPx, 500, 640)).toEqual({ first: 0, end: 0 });
});

test('only rows that are wholly in view count as visible', () => {
  expect(inView(100, rowPx, 16, 96)).toEqual({ first: 1, end: 3 });
  expect(inView(2, rowPx, 0, 640)).toEqual({ first: 0, end: 2 });
});

test('a new row above the selected one does not move it', () => {
  const before = ids(5);
  const top = keepInPlace({
    before,
    after: ['new', ...before],
    selected: 'a2',
    rowPx,
    scrollTop: 0,
    viewportPx: 640,
  });
  expect(top).toBe(rowPx);
});

test('a new row below the selected one changes nothing', () => {
  const before = ids(5);
  const after = [...before, 'new'];
  expect(keepInPlace({ before, after, selected: 'a2', rowPx, scrollTop: 0, viewportPx: 640 })).toBe(0);
});

test('at the top with nothing selected, what is new pushes down', () => {
  const before = ids(50);
  const after = ['new', ...before];
  expect(keepInPlace({ before, after, selected: null, rowPx, scrollTop: 0, viewportPx: 640 })).toBe(0);
});

test('a scrolled list with nothing selected keeps its first row', () => {
  const before = ids(50);
  const after = ['new', ...before];
  expect(keepInPlace({ before, after, selected: null, rowPx, scrollTop: 320, viewportPx: 640 })).toBe(352);
});

test('a selected row that is out of view does not hold the list', () => {
  const before = ids(500);
  const after = [...before.slice(0, 400), 'new', ...before.slice(400)];
  expect(keepInPlace({ before, after, selected: 'a450', rowPx, scrollTop: 0, viewportPx: 640 })).toBe(0);
});

test('whatever comes and goes, the selected row stays where it was on the screen', () => {
  const list = fc.uniqueArray(
    fc.integer({ min: 0, max: 60 }).map((n) => `a${n}`),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(list, list, fc.nat(), fc.nat(400), (before, others, pick, scrollTop) => {
      const selected = before[pick % before.length] ?? '';
      const after = others.includes(selected) ? others : [...others, selected];
      const viewportPx = 320;
      const at = before.indexOf(selected) * rowPx - scrollTop;
      fc.pre(at >= 0 && at + rowPx <= viewportPx);
      const top = keepInPlace({ before, after, selected, rowPx, scrollTop, viewportPx });
      const now = after.indexOf(selected) * rowPx - top;
      // It can only rise when so many rows above it went that the list stands at its top.
      if (top > 0) expect(now).toBe(at);
      else expect(now).toBeLessThanOrEqual(at);
    }),
  );
});

test('the least scrolling brings a row into view', () => {
  expect(scrollToRow(0, rowPx, 320, 640)).toBe(0);
  expect(scrollToRow(15, rowPx, 320, 640)).toBe(320);
  expect(scrollToRow(40, rowPx, 320, 640)).toBe(41 * rowPx - 640);
});
