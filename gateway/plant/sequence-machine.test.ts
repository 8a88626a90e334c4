import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { abandon, beginRun, elapse, observe, shiftRun } from './sequence-machine.ts';
import type { Deadline, Outcome, Run, Seen } from './sequence-run.ts';

const sec = 1_000;
const limits = {
  startWithinMs: 15 * sec,
  loadWithinMs: 20 * sec,
  stopAfterMs: 180 * sec,
  stopToleranceMs: 30 * sec,
};
const of = { id: 'run', generator: 'gen-1', mains: 'mains-1', limits, lossSeen: true };

/** Points in one letter each: present, running, onLoad as 1, 0 or ? (nobody knows). */
function seen(word: string): Seen {
  const [present, running, onLoad] = [...word].map((letter) => (letter === '?' ? null : letter === '1'));
  return { present: present ?? null, running: running ?? null, onLoad: onLoad ?? null };
}

/** Plays a story of `seconds word`, with every deadline at its moment; what was last known holds at a deadline. */
function play(story: [seconds: number, word: string][], options: { lossSeen?: boolean } = {}) {
  const [first, ...rest] = story;
  const timers = new Map<Deadline, number>();
  const findings: string[] = [];
  let now = (first?.[0] ?? 0) * sec;
  let known = seen(first?.[1] ?? '???');
  let run: Run | undefined;
  const take = (outcome: Outcome) => {
    run = outcome.run;
    for (const [deadline, at] of outcome.timers) {
      if (at === null) timers.delete(deadline);
      else timers.set(deadline, at);
    }
    for (const { step, active } of outcome.findings) findings.push(`${active ? '+' : '-'}${step}`);
  };
  const fireUntil = (end: number) => {
    for (;;) {
      const [due] = [...timers].filter(([, at]) => at <= end).sort((a, b) => a[1] - b[1]);
      if (!due) return;
      timers.delete(due[0]);
      now = due[1];
      if (run) take(elapse(run, due[0], known, now));
    }
  };
  take(beginRun({ ...of, ...options }, known, now));
  for (const [seconds, word] of rest) {
    fireUntil(seconds * sec - 1);
    now = seconds * sec;
    const before = known;
    known = seen(word);
    if (run) take(observe(run, known, before.present !== null, now));
  }
  fireUntil(Number.MAX_SAFE_INTEGER);
  if (!run) throw new Error('a story without a beginning');
  const { state, outcome, steps } = run.sequence;
  return {
    results: steps.map(({ result }) => result).join(' '),
    findings: findings.join(' '),
    state,
    outcome,
    run,
  };
}

// present running onLoad
const stories: [what: string, story: [number, string][], results: string, findings: string][] = [
  [
    'as it should be',
    [
      [0, '000'],
      [5, '010'],
      [9, '011'],
      [600, '111'],
      [770, '110'],
      [780, '100'],
    ],
    'done done done done done',
    '',
  ],
  [
    'it ran before the loss',
    [
      [0, '010'],
      [9, '011'],
    ],
    'done done waiting waiting waiting',
    '',
  ],
  [
    'at the last moment of each window',
    [
      [0, '000'],
      [15, '010'],
      [20, '011'],
      [30, '111'],
      [240, '100'],
    ],
    'done done done done done',
    '',
  ],
  ['never started', [[0, '000']], 'missed missed waiting waiting waiting', '+start +load'],
  [
    'never started, then the mains is back',
    [
      [0, '000'],
      [60, '100'],
    ],
    'missed missed void void void',
    '+start +load -start -load',
  ],
  [
    'started late',
    [
      [0, '000'],
      [16, '010'],
      [18, '011'],
    ],
    'late done waiting waiting waiting',
    '+start -start',
  ],
  [
    'loaded late',
    [
      [0, '000'],
      [5, '010'],
      [21, '011'],
    ],
    'done late waiting waiting waiting',
    '+load -load',
  ],
  [
    'a gap in the load within the grace',
    [
      [0, '000'],
      [5, '011'],
      [60, '010'],
      [69, '011'],
      [90, '010'],
      [99, '011'],
    ],
    'done done waiting waiting waiting',
    '',
  ],
  [
    'the load is lost twice',
    [
      [0, '000'],
      [5, '011'],
      [60, '010'],
      [80, '011'],
      [100, '000'],
      [130, '011'],
      [200, '111'],
      [380, '100'],
    ],
    'done done missed done done',
    '+carry -carry +carry -carry',
  ],
  [
    'the switch gives the load back before the mains relay tells of the return',
    [
      [0, '000'],
      [5, '011'],
      [60, '010'],
      [63, '110'],
      [240, '100'],
    ],
    'done done done done done',
    '',
  ],
  [
    'stopped a second too early',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
      [209, '100'],
    ],
    'done done done done early',
    '+stop -stop',
  ],
  [
    'stopped a second after the first moment',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
      [211, '100'],
    ],
    'done done done done done',
    '',
  ],
  [
    'stopped at the last moment',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
      [270, '100'],
    ],
    'done done done done done',
    '',
  ],
  [
    'stopped too late',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
      [200, '110'],
      [271, '100'],
    ],
    'done done done done late',
    '+stop -stop',
  ],
  [
    'never given back',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
    ],
    'done done done missed missed',
    '+unload +stop',
  ],
  [
    'the mains goes again: no step of the return is held against it',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
      [90, '011'],
    ],
    'done done done void void',
    '',
  ],
  [
    'a blink',
    [
      [0, '000'],
      [2, '100'],
    ],
    'void void void void void',
    '',
  ],
  [
    'a blink in which it started',
    [
      [0, '000'],
      [2, '010'],
      [4, '110'],
      [190, '100'],
    ],
    'done void void void done',
    '',
  ],
  // What nobody can see.
  ['nothing is known', [[0, '0??']], 'waiting waiting waiting waiting waiting', ''],
  [
    'seen again, and done',
    [
      [0, '000'],
      [3, '0??'],
      [30, '011'],
    ],
    'unseen unseen waiting waiting waiting',
    '',
  ],
  [
    'seen again within the time',
    [
      [0, '000'],
      [3, '0??'],
      [12, '011'],
    ],
    'done done waiting waiting waiting',
    '',
  ],
  [
    'seen again, and not done',
    [
      [0, '000'],
      [3, '0??'],
      [30, '000'],
    ],
    'missed missed waiting waiting waiting',
    '+start +load',
  ],
  [
    'no contact of the breaker',
    [
      [0, '00?'],
      [5, '01?'],
      [60, '11?'],
      [240, '10?'],
    ],
    'done void void void done',
    '',
  ],
  [
    'the return is not known for a while',
    [
      [0, '000'],
      [5, '011'],
      [60, '?11'],
      [120, '111'],
      [250, '100'],
    ],
    'done done done unseen unseen',
    '',
  ],
  [
    'out of sight while it should stop',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
      [100, '1??'],
      [300, '100'],
    ],
    'done done done unseen unseen',
    '',
  ],
  [
    'out of sight for a moment, and still running',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
      [100, '1??'],
      [110, '111'],
      [150, '100'],
    ],
    'done done done done early',
    '+stop -stop',
  ],
  [
    'out of sight while it should stop, and still running',
    [
      [0, '000'],
      [5, '011'],
      [60, '111'],
      [100, '1??'],
      [300, '111'],
    ],
    'done done done missed missed',
    '+unload +stop',
  ],
  [
    'the load is lost out of sight',
    [
      [0, '000'],
      [5, '011'],
      [60, '010'],
      [62, '0??'],
      [90, '010'],
    ],
    'done done missed waiting waiting',
    '+carry',
  ],
];

test.each(stories)('%s', (_, story, results, findings) => {
  const played = play(story);
  expect({ results: played.results, findings: played.findings }).toEqual({ results, findings });
});

test('a loss that nobody saw begins with its discovery: what is done then was done at some time', () => {
  expect(play([[0, '011']], { lossSeen: false }).results).toBe('unseen unseen waiting waiting waiting');
  expect(
    play(
      [
        [0, '000'],
        [10, '011'],
      ],
      { lossSeen: false },
    ).results,
  ).toBe('unseen unseen waiting waiting waiting');
  expect(play([[0, '000']], { lossSeen: false }).findings).toBe('+start +load');
});

test('the outcome is faulty when a step was missed, late or early, and good otherwise', () => {
  const outcomes = stories.map(([, story]) => play(story)).filter(({ state }) => state === 'ended');
  expect(outcomes.length).toBeGreaterThan(8);
  for (const { results, outcome } of outcomes)
    expect(outcome).toBe(/missed|late|early/.test(results) ? 'faulty' : 'good');
});

test('an abandoned run ends, and gives back what it had raised', () => {
  const { run } = play([[0, '000']]);
  const { run: ended, timers, findings } = abandon(run, 100 * sec);
  expect(ended.sequence).toMatchObject({ state: 'ended', endedAt: 100 * sec });
  expect(findings).toEqual([
    { step: 'start', active: false },
    { step: 'load', active: false },
  ]);
  expect([...timers.values()]).toEqual([null, null, null, null, null]);
});

test('a step of the wall clock moves all its times alike', () => {
  const { run } = play([
    [0, '000'],
    [5, '011'],
    [60, '111'],
  ]);
  const moved = shiftRun(run, -3_600 * sec).sequence;
  expect(moved.lostAt - run.sequence.lostAt).toBe(-3_600 * sec);
  expect(moved.steps.map(({ at, by }) => [at && at + 3_600 * sec, by && by + 3_600 * sec])).toEqual(
    run.sequence.steps.map(({ at, by }) => [at, by]),
  );
});

describe('whatever the field says', () => {
  const word = fc.stringMatching(/^[01?]{3}$/);
  const story = fc.array(fc.tuple(fc.integer({ min: 1, max: 120 }), word), { maxLength: 14 }).map((gaps) => {
    const steps: [number, string][] = [[0, '000']];
    for (const [gap, seenAs] of gaps) steps.push([(steps.at(-1)?.[0] ?? 0) + gap, seenAs]);
    return steps;
  });

  test('every finding that is raised is given back by the end, and none is given back that was not raised', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const { run, findings } = play(steps);
        const raised = new Map<string, number>();
        for (const finding of findings.split(' ').filter((one) => one !== '')) {
          const step = finding.slice(1);
          raised.set(step, (raised.get(step) ?? 0) + (finding[0] === '+' ? 1 : -1));
        }
        const standing = [...raised].filter(([, count]) => count !== 0);
        for (const [step, count] of standing) {
          expect(count).toBe(1);
          expect(run.sequence.steps.find((one) => one.step === step)?.result).toBe('missed');
        }
        if (run.sequence.state === 'ended') expect(standing).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a step with a time has a result, and one that waits has none', () => {
    fc.assert(
      fc.property(story, (steps) => {
        for (const { result, at } of play(steps).run.sequence.steps)
          expect(at !== null).toBe(['done', 'late', 'early', 'unseen'].includes(result));
      }),
      { numRuns: 1_000 },
    );
  });
});
