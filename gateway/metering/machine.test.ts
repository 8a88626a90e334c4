import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MarkSource } from '../contract/meter.ts';
import { change, type Draft, isBefore, type Mark, wraps } from './machine.ts';

const hour = 3_600_000;
const top = 1_000_000;

function draft(hours: number, register: number, source: MarkSource = 'hour'): Draft {
  const at = hours * hour;
  return {
    at,
    source,
    slot: source === 'hour' ? Math.ceil(hours) * hour : null,
    register,
    entry: source === 'hour' ? null : `entry-${hours}`,
  };
}
const chainOf = (...drafts: Draft[]): readonly Mark[] => change([], { add: drafts }, top).chain;
const registers = (...values: number[]) => values.map((value, i) => draft(i, value));
/** What each mark counted, and what is said of it. */
const counted = (chain: readonly Mark[]) =>
  chain.slice(1).map((mark, i) => [Math.round((mark.total - (chain[i]?.total ?? 0)) * 1e6) / 1e6, mark.flag]);

describe('what registers count, one after another', () => {
  test.each<[what: string, drafts: Draft[], expected: [number, Mark['flag']][]]>([
    [
      'differences',
      registers(10, 12.5, 12.5, 20),
      [
        [2.5, null],
        [0, null],
        [7.5, null],
      ],
    ],
    [
      'a roll-over goes through',
      registers(999_990, 15, 20),
      [
        [25, 'rolled-over'],
        [5, null],
      ],
    ],
    ['a roll-over over a long gap, too', [draft(0, 950_000), draft(900, 60_000)], [[110_000, 'rolled-over']]],
    ['falling from the middle is no roll-over', registers(500_000, 15), [[0, 'backwards']]],
    ['falling to the middle is no roll-over', registers(999_990, 500_000), [[0, 'backwards']]],
    ['a register beyond its digits does not roll over', registers(1_200_000, 3), [[0, 'backwards']]],
    [
      'a step backwards that was nonsense is passed over',
      registers(5_000, 12, 5_003),
      [
        [0, 'backwards'],
        [3, null],
      ],
    ],
    [
      'zeros for hours are nonsense, too',
      registers(5_000, 0, 0, 0, 5_004),
      [
        [0, 'backwards'],
        [0, 'backwards'],
        [0, 'backwards'],
        [4, null],
      ],
    ],
    [
      'a smaller register that goes on is where the meter stands now',
      registers(5_000, 12, 15, 16),
      [
        [0, 'backwards'],
        [3, null],
        [1, null],
      ],
    ],
    [
      'two steps backwards in a row',
      registers(5_000, 12, 7, 9),
      [
        [0, 'backwards'],
        [0, 'backwards'],
        [2, null],
      ],
    ],
    [
      'a replaced meter counts to its last register and on from the first of the new one',
      [draft(0, 5_000), draft(0.5, 5_004, 'final'), draft(0.5, 1, 'initial'), draft(1, 3), draft(2, 8)],
      [
        [4, null],
        [0, null],
        [2, null],
        [5, null],
      ],
    ],
    [
      'a new meter that stands higher',
      [draft(0, 50), draft(0.5, 54, 'final'), draft(0.5, 700, 'initial'), draft(1, 703)],
      [
        [4, null],
        [0, null],
        [3, null],
      ],
    ],
    [
      'a reading by hand stands between the hours',
      [draft(0, 10), draft(2.5, 14, 'manual'), draft(4, 20)],
      [
        [4, null],
        [6, null],
      ],
    ],
  ])('%s', (_, drafts, expected) => {
    expect(counted(chainOf(...drafts))).toEqual(expected);
  });
});

test.each([
  [900_000, 100_000, true],
  [899_999, 5, false],
  [999_999, 100_001, false],
  [1_000_000, 5, false],
])('from %d to %d of six digits: rolls over %s', (from, to, expected) => {
  expect(wraps(from, to, top)).toBe(expected);
});

describe('a change in the middle', () => {
  const steady = chainOf(...registers(10, 20, 30, 40, 50, 60, 70));

  test('a late reading moves consumption between its neighbours and nothing else', () => {
    const late = draft(2.5, 38);
    const { chain, puts, drops, shift } = change(steady, { drop: [steady[3] as Mark], add: [late] }, top);
    expect(counted(chain)).toEqual([
      [10, null],
      [10, null],
      [8, null],
      [12, null],
      [10, null],
      [10, null],
    ]);
    expect(puts).toMatchObject([{ register: 38, total: 28 }]);
    expect(drops).toEqual([steady[3]]);
    expect(shift).toBeNull();
  });

  test('a replacement entered later moves all totals after it by what had not been counted', () => {
    const wild = chainOf(...registers(10, 20, 2, 4, 6, 8, 10, 12));
    expect(counted(wild).slice(1, 3)).toEqual([
      [0, 'backwards'],
      [2, null],
    ]);
    const { chain, puts, shift } = change(
      wild,
      { add: [draft(1.5, 26, 'final'), draft(1.5, 0, 'initial')] },
      top,
    );
    expect(counted(chain).map(([value]) => value)).toEqual([10, 6, 0, 2, 2, 2, 2, 2, 2]);
    expect(puts.map(({ register, flag }) => [register, flag])).toEqual([
      [26, null],
      [0, null],
      [2, null],
    ]);
    expect(shift).toEqual({ from: expect.objectContaining({ register: 4, total: 20 }), by: 8 });
  });

  test('what is put in and taken out again leaves no trace', () => {
    const added = change(steady, { add: [draft(3.5, 45, 'manual')] }, top).chain;
    const mark = added.filter(({ source }) => source === 'manual');
    expect(change(added, { drop: mark }, top).chain).toEqual(steady);
  });

  test('a mark before the first of all moves everything', () => {
    const { chain, shift } = change(steady, { add: [draft(-1, 4)] }, top);
    expect(chain.map(({ total }) => total)).toEqual([0, 6, 16, 26, 36, 46, 56, 66]);
    expect(shift?.by).toBe(6);
  });
});

/** As the database keeps it: rows by their place, written and shifted. */
function applied(rows: readonly Mark[], changed: ReturnType<typeof change>): Mark[] {
  const { puts, drops, shift } = changed;
  const kept = rows
    .map((row) =>
      shift && !isBefore(row, shift.from)
        ? { ...row, total: Math.round((row.total + shift.by) * 1e6) / 1e6 }
        : row,
    )
    .filter((row) => !drops.some((drop) => drop.at === row.at && drop.source === row.source))
    .filter((row) => !puts.some((put) => put.at === row.at && put.source === row.source));
  return [...kept, ...puts].sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

describe('in whatever order marks come', () => {
  const marks = fc
    .uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 25 })
    .chain((hours) =>
      fc.tuple(
        ...hours.map((at) =>
          fc
            .tuple(
              fc.oneof(fc.integer({ min: 0, max: 999_999 }), fc.constantFrom(0, 5, 999_990)),
              fc.boolean(),
            )
            .map(([register, byHand]) => draft(at, register, byHand ? 'manual' : 'hour')),
        ),
      ),
    );

  test('the chain is the same, never falls, and what is written is what memory holds', () => {
    fc.assert(
      fc.property(marks, (drafts) => {
        let chain: readonly Mark[] = [];
        let rows: Mark[] = [];
        for (const one of drafts) {
          const changed = change(chain, { add: [one] }, top);
          rows = applied(rows, changed);
          chain = changed.chain;
          expect(rows).toEqual(chain);
        }
        expect(chain).toEqual(chainOf(...drafts));
        chain.forEach((mark, i) => {
          expect(mark.total).toBeGreaterThanOrEqual(chain[i - 1]?.total ?? 0);
        });
      }),
    );
  });
});
