import { describe, expect, test } from 'vitest';
import { localEdges } from '../lib/local-time.ts';
import { amountBetween, consumptionOf, edgeIn, edgeNow, sumOf } from './consumption.ts';
import { change, type Draft, type Mark } from './machine.ts';

const hour = 3_600_000;
const minute = 60_000;

/** Registers read at minutes after midnight; the register counts 1 a minute unless it is given. */
function readAt(...minutes: (number | [minute: number, register: number])[]): readonly Mark[] {
  const drafts = minutes.map((each): Draft => {
    const [at, register] = typeof each === 'number' ? [each, 1_000 + each] : each;
    return { at: at * minute, source: 'hour', slot: Math.ceil(at / 60) * hour, register, entry: null };
  });
  return change([], { add: drafts }, 1e6).chain;
}
const hours = (chain: readonly Mark[], from: number, to: number, spread = false) => {
  const edges = Array.from({ length: to - from + 1 }, (_, i) => edgeIn(chain, (from + i) * hour));
  return consumptionOf(edges, [], { spread });
};
const brief = ({ items }: ReturnType<typeof hours>) =>
  items.map(({ consumption, knowledge }) => [consumption, knowledge]);

describe('hours', () => {
  test('are the differences of the registers of full hours, each the newest read within its hour', () => {
    expect(brief(hours(readAt(59, 119, 179.5, 239), 1, 4))).toEqual([
      [60, 'measured'],
      [60.5, 'measured'],
      [59.5, 'measured'],
    ]);
  });

  test('within a gap are unknown; the gap is told as one, with all that went through', () => {
    const found = hours(readAt(60, 120, 290, 300), 1, 5);
    expect(brief(found)).toEqual([
      [60, 'measured'],
      [null, 'unknown'],
      [null, 'unknown'],
      [null, 'unknown'],
    ]);
    expect(found.gaps).toEqual([{ from: 120 * minute, to: 290 * minute, consumption: 170 }]);
  });

  test('before the first reading and after the newest nothing is said', () => {
    expect(brief(hours(readAt(90, 120, 180), 0, 5))).toEqual([
      [null, 'unknown'],
      [30, 'partial'],
      [60, 'measured'],
      [null, 'unknown'],
      [null, 'unknown'],
    ]);
  });
});

describe('days', () => {
  const day = (chain: readonly Mark[], to: number) =>
    amountBetween(edgeIn(chain, 0), edgeIn(chain, to * hour));

  test('over a gap within are right', () => {
    expect(day(readAt(0, 60, 20 * 60, 24 * 60), 24)).toEqual({ consumption: 1_440, knowledge: 'measured' });
  });

  test('that end in a gap get its share by time, and the two sides add up to all of it', () => {
    const chain = readAt(0, [22 * 60, 2_320], [30 * 60, 2_400], 48 * 60);
    const [first, second] = [0, 1].map((i) =>
      amountBetween(edgeIn(chain, i * 24 * hour), edgeIn(chain, (i + 1) * 24 * hour)),
    );
    expect(first).toEqual({ consumption: 1_340, knowledge: 'estimated' });
    expect(second).toEqual({ consumption: 2_880 - 1_340, knowledge: 'estimated' });
  });

  test('that have not ended are partial; so are those in which readings began or ended', () => {
    const chain = readAt(120, 600);
    expect(amountBetween(edgeIn(chain, 0), edgeNow(chain, 610 * minute)).knowledge).toBe('partial');
    expect(day(chain, 24)).toEqual({ consumption: 480, knowledge: 'partial' });
    const [item] = consumptionOf([edgeIn(readAt(0, 600), 0), edgeNow(readAt(0, 600), 610 * minute)], [], {
      spread: true,
      until: 24 * hour,
    }).items;
    expect(item).toMatchObject({ from: 0, to: 24 * hour, consumption: 600, knowledge: 'partial' });
  });

  test.each([
    ['2026-03-28T23:00Z', 23],
    ['2026-10-24T22:00Z', 25],
  ])('are the local ones: that of %s has %d hours', (start, length) => {
    const from = Date.parse(start);
    const edges = localEdges('Europe/Berlin', 'day', from, from + 1);
    const drafts = Array.from({ length: 30 }, (_, i): Draft => {
      const at = from + i * hour;
      return { at, source: 'hour', slot: at, register: 100 + i, entry: null };
    });
    const { chain } = change([], { add: drafts }, 1e6);
    const { items } = consumptionOf(
      edges.map((at) => edgeIn(chain, at)),
      [],
      { spread: true },
    );
    expect(items).toMatchObject([{ consumption: length, knowledge: 'measured' }]);
  });
});

test('what happened to a register stands at the period in which it did', () => {
  const chain = readAt(60, 120, 180);
  const edges = [1, 2, 3].map((at) => edgeIn(chain, at * hour));
  const events = [
    { at: 2 * hour, event: 'replaced' as const },
    { at: 2.5 * hour, event: 'backwards' as const },
    { at: 2.6 * hour, event: 'backwards' as const },
  ];
  const { items } = consumptionOf(edges, events, { spread: false });
  expect(items.map((item) => item.events)).toEqual([['replaced'], ['backwards']]);
});

test('a sum is known no better than the worst of its parts', () => {
  const part = (
    consumption: number | null,
    knowledge: Parameters<typeof sumOf>[0][0]['amount']['knowledge'],
  ) => ({ amount: { consumption, knowledge }, sign: 1 }) as const;
  expect(sumOf([part(1, 'measured'), part(2, 'estimated')])).toEqual({
    consumption: 3,
    knowledge: 'estimated',
  });
  expect(sumOf([part(1, 'measured'), part(null, 'unknown')])).toEqual({
    consumption: null,
    knowledge: 'unknown',
  });
  expect(sumOf([])).toEqual({ consumption: 0, knowledge: 'measured' });
});
