import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countRunning, type KeptHours, newHours, runMsAt, shiftHours } from './hours-machine.ts';

const min = 60_000;

/** A story in minutes and 1 (runs), 0 (stands), ? (nobody knows), from the first word on. */
function count(story: [minutes: number, word: '1' | '0' | '?'][], endMin: number) {
  let kept: KeptHours | undefined;
  for (const [minutes, word] of story) {
    const running = word === '?' ? null : word === '1';
    if (kept) kept = countRunning(kept, running, minutes * min);
    else if (running !== null) kept = newHours('pump-1', running, minutes * min);
  }
  if (!kept) throw new Error('a story in which nothing is known');
  const { hours } = kept;
  return {
    run: runMsAt(hours, endMin * min) / min,
    starts: hours.starts,
    unknown: hours.unknownMs / min,
    kept,
  };
}

test.each<
  [
    what: string,
    story: [number, '1' | '0' | '?'][],
    end: number,
    run: number,
    starts: number,
    unknown: number,
  ]
>([
  [
    'two runs',
    [
      [0, '0'],
      [10, '1'],
      [25, '0'],
      [30, '1'],
      [31, '0'],
    ],
    60,
    16,
    2,
    0,
  ],
  [
    'it still runs',
    [
      [0, '0'],
      [10, '1'],
    ],
    60,
    50,
    1,
    0,
  ],
  [
    'it ran when it was first heard: that is no start',
    [
      [5, '1'],
      [15, '0'],
    ],
    60,
    10,
    0,
    0,
  ],
  [
    'the same word again',
    [
      [0, '0'],
      [10, '1'],
      [12, '1'],
      [20, '0'],
      [21, '0'],
    ],
    60,
    10,
    1,
    0,
  ],
  [
    'out of sight for a while, it ran before and after',
    [
      [0, '0'],
      [10, '1'],
      [20, '?'],
      [30, '1'],
      [40, '0'],
    ],
    60,
    30,
    1,
    0,
  ],
  [
    'out of sight for more than an hour',
    [
      [0, '0'],
      [10, '1'],
      [20, '?'],
      [90, '1'],
      [100, '0'],
    ],
    100,
    20,
    1,
    70,
  ],
  [
    'out of sight and then at rest',
    [
      [0, '0'],
      [10, '1'],
      [20, '?'],
      [30, '0'],
    ],
    60,
    10,
    1,
    10,
  ],
  [
    'out of sight and then running: started meanwhile',
    [
      [0, '0'],
      [10, '?'],
      [30, '1'],
      [40, '0'],
    ],
    60,
    10,
    1,
    20,
  ],
  [
    'out of sight at rest',
    [
      [0, '0'],
      [10, '?'],
      [30, '0'],
    ],
    60,
    0,
    0,
    0,
  ],
  [
    'out of sight and never heard again',
    [
      [0, '0'],
      [10, '1'],
      [20, '?'],
      [21, '?'],
    ],
    600,
    10,
    1,
    0,
  ],
])('%s', (_, story, end, run, starts, unknown) => {
  expect(count(story, end)).toMatchObject({ run, starts, unknown });
});

test('a word that says nothing new changes nothing, so that nothing is written', () => {
  const { kept } = count(
    [
      [0, '0'],
      [10, '1'],
    ],
    10,
  );
  expect(countRunning(kept, true, 20 * min)).toBe(kept);
  const lost = countRunning(kept, null, 30 * min);
  expect(countRunning(lost, null, 40 * min)).toBe(lost);
});

test('a step of the wall clock neither adds nor takes time', () => {
  const { kept } = count(
    [
      [0, '0'],
      [10, '1'],
    ],
    10,
  );
  const stepped = shiftHours(kept, -90 * min);
  expect(runMsAt(countRunning(stepped, false, (40 - 90) * min).hours, 0)).toBe(30 * min);
});

test('whatever is heard, run hours and starts only grow and never pass the time that went by', () => {
  const story = fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom('1', '0', '?')), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(story, (words) => {
      let kept = newHours('pump-1', false, 0);
      let now = 0;
      for (const [gap, word] of words) {
        const before = { run: runMsAt(kept.hours, now), starts: kept.hours.starts };
        now += gap * min;
        kept = countRunning(kept, word === '?' ? null : word === '1', now);
        expect(runMsAt(kept.hours, now)).toBeGreaterThanOrEqual(before.run);
        expect(kept.hours.starts).toBeGreaterThanOrEqual(before.starts);
        expect(runMsAt(kept.hours, now) + kept.hours.unknownMs).toBeLessThanOrEqual(now);
      }
    }),
  );
});
