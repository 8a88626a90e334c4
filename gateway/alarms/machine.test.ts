import { describe, expect, test } from 'vitest';
import { type Alarm, alarmSchema, alarmTransitionSchema } from '../contract/alarm.ts';
import { chatterTrips, step } from './machine.ts';
import type { AlarmInput, AlarmSeed, Occurrence, Outcome } from './occurrence.ts';

const seed: AlarmSeed = {
  device: 'zone-1',
  definition: 'intrusion',
  area: 'wall',
  category: 'perimeter',
  priority: 1,
  title: { zh: '入侵', en: 'Intrusion' },
  deviceName: '一号防区',
  areaName: '东墙',
  latched: false,
  popup: true,
  shelvable: true,
  cameras: [],
};
const id = '01936f2a-0000-7000-8000-000000000001';
const by = { who: 'li', station: 'console-1' };
const other = { who: 'wang', station: 'console-2' };

function trip(fields: Partial<Extract<AlarmInput, { type: 'trip' }>> = {}): AlarmInput {
  return { type: 'trip', id, seed, occurredAt: 1, late: false, gone: false, ...fields };
}
const latched = trip({ seed: { ...seed, latched: true } });
const momentary = trip({ gone: true });
const back: AlarmInput = { type: 'return' };
const removed: AlarmInput = { type: 'return', reason: 'removed by configuration' };
const ack: AlarmInput = { type: 'acknowledge', by, comment: null };
const reset: AlarmInput = { type: 'reset', by, comment: null };
const comment: AlarmInput = { type: 'comment', by, comment: '已查看' };
const settle: AlarmInput = { type: 'settle' };
const unshelve: AlarmInput = { type: 'unshelve', by, comment: null };
const shelf = { by: 'li', until: 3_600_000, reason: '施工', owner: 'li' };
const shelve: AlarmInput = { type: 'shelve', by, shelf };
const suppress: AlarmInput = { type: 'suppress', why: 'receiver-1' };
const unsuppress: AlarmInput = { type: 'unsuppress' };
const ticket: AlarmInput = { type: 'ticket', ticket: id, by };

/** Inputs a minute and more apart, so that nothing chatters; answers the last outcome and what is then known. */
function play(
  inputs: AlarmInput[],
  everyMs = 61_000,
): { outcome: Outcome; occurrence: Occurrence | undefined; causes: string[] } {
  let occurrence: Occurrence | undefined;
  let outcome: Outcome = { kind: 'same' };
  let now = 0;
  const causes: string[] = [];
  for (const input of inputs) {
    now += everyMs;
    outcome = step(occurrence, input, now);
    if (outcome.kind !== 'changed') continue;
    occurrence = outcome.occurrence;
    if (outcome.transition) causes.push(outcome.transition.cause);
  }
  return { outcome, occurrence, causes };
}

const stateAfter = (inputs: AlarmInput[]) => play(inputs).occurrence?.alarm.state;

/** Ways to get an alarm into each state. */
const ways = {
  unacknowledged: [trip()],
  acknowledged: [trip(), ack],
  returned: [trip(), back],
  momentary: [momentary],
  'latched, unacknowledged': [latched],
  'latched, restored': [latched, back],
  latched: [latched, ack],
  'latched, restored, acknowledged': [latched, back, ack],
} satisfies Record<string, AlarmInput[]>;
type Way = keyof typeof ways;

describe('what each input makes of each state', () => {
  const keeps = 'same';
  const refuses = 'refused';
  const rows: [Way, Record<string, string>][] = [
    [
      'unacknowledged',
      { trip: 'unacknowledged', back: 'returned', ack: 'acknowledged', reset: refuses, removed: 'returned' },
    ],
    [
      'acknowledged',
      { trip: 'unacknowledged', back: 'closed', ack: keeps, reset: refuses, removed: 'closed' },
    ],
    ['returned', { trip: 'unacknowledged', back: keeps, ack: 'closed', reset: refuses, removed: keeps }],
    ['momentary', { momentary: 'returned', back: keeps, ack: 'closed', reset: refuses, removed: keeps }],
    [
      'latched, unacknowledged',
      {
        latched: 'unacknowledged',
        back: 'unacknowledged',
        ack: 'latched',
        reset: refuses,
        removed: 'unacknowledged',
      },
    ],
    [
      'latched, restored',
      { latched: 'unacknowledged', back: keeps, ack: 'latched', reset: refuses, removed: 'unacknowledged' },
    ],
    [
      'latched',
      { latched: 'unacknowledged', back: 'latched', ack: keeps, reset: 'closed', removed: 'latched' },
    ],
    [
      'latched, restored, acknowledged',
      { latched: 'unacknowledged', back: keeps, ack: keeps, reset: 'closed', removed: 'latched' },
    ],
  ];
  const inputs: Record<string, AlarmInput> = { trip: trip(), latched, momentary, back, ack, reset, removed };
  const cases = rows.flatMap(([way, outcomes]) =>
    Object.entries(outcomes).map(([input, expected]) => [way, input, expected] as const),
  );
  test.each(cases)('%s + %s → %s', (way, input, expected) => {
    const given = inputs[input];
    if (!given) throw new Error(input);
    const { outcome } = play([...ways[way], given]);
    expect(outcome.kind === 'changed' ? outcome.occurrence.alarm.state : outcome.kind).toBe(expected);
  });

  test.each(Object.keys(ways) as Way[])(
    '%s: comment, shelve, suppress, ticket leave the state alone and count no trip',
    (way) => {
      const before = play(ways[way]).occurrence?.alarm;
      for (const input of [comment, shelve, suppress, ticket]) {
        const after = play([...ways[way], input]).occurrence?.alarm;
        expect([after?.state, after?.count]).toEqual([before?.state, before?.count]);
        expect(after?.revision).toBe((before?.revision ?? 0) + 1);
      }
    },
  );
});

describe('the life of an alarm', () => {
  test('a new one has its facts, one trip, revision 1 and a transition from nothing', () => {
    const { outcome } = play([
      trip({ value: 3.2, late: true, occurredAt: 5, seed: { ...seed, limit: 3, unit: 'm' } }),
    ]);
    if (outcome.kind !== 'changed') throw new Error(outcome.kind);
    expect(alarmSchema.parse(outcome.occurrence.alarm)).toMatchObject({
      id,
      device: 'zone-1',
      state: 'unacknowledged',
      count: 1,
      occurredAt: 5,
      raisedAt: 61_000,
      late: true,
      recorded: true,
      value: 3.2,
      limit: 3,
      unit: 'm',
      revision: 1,
    });
    expect(alarmTransitionSchema.parse(outcome.transition)).toEqual({
      alarm: id,
      revision: 1,
      at: 61_000,
      from: null,
      to: 'unacknowledged',
      cause: 'raised',
      who: null,
      station: null,
      comment: null,
    });
  });

  test('nothing happens to an alarm that is not there', () => {
    for (const input of [back, ack, reset, shelve, unshelve, comment, settle, suppress, unsuppress, ticket])
      expect(step(undefined, input, 1)).toEqual({ kind: 'same' });
  });

  test('a second acknowledge leaves who and when of the first', () => {
    const { outcome, occurrence } = play([trip(), ack, { ...ack, by: other }]);
    expect(outcome).toEqual({ kind: 'same' });
    expect(occurrence?.alarm).toMatchObject({ acknowledgedBy: 'li', acknowledgedAt: 122_000, owner: 'li' });
  });

  test('a trip after the answer takes the answer back and counts', () => {
    const { occurrence, causes } = play([trip(), ack, trip()]);
    expect(occurrence?.alarm).toMatchObject({ state: 'unacknowledged', count: 2 });
    expect(occurrence?.alarm.acknowledgedAt).toBeUndefined();
    expect(occurrence?.alarm.acknowledgedBy).toBeUndefined();
    expect(causes).toEqual(['raised', 'acknowledged', 'retripped']);
  });

  test('a trip after the return is no longer returned', () => {
    expect(play([trip(), back, trip()]).occurrence?.alarm.returnedAt).toBeUndefined();
  });

  test('a momentary alarm is raised as returned and closes at acknowledge', () => {
    expect(play([momentary]).occurrence?.alarm).toMatchObject({ state: 'returned', returnedAt: 61_000 });
    const { occurrence } = play([momentary, ack]);
    expect(occurrence?.alarm).toMatchObject({ state: 'closed', closedAt: 122_000, acknowledgedBy: 'li' });
  });

  test('the restore of a latched alarm is recorded and closes nothing', () => {
    const { occurrence, causes } = play([latched, ack, back]);
    expect(occurrence?.alarm).toMatchObject({ state: 'latched', returnedAt: 183_000 });
    expect(causes).toEqual(['raised', 'acknowledged', 'restored']);
  });

  test('reset says who and when', () => {
    const { occurrence, causes } = play([latched, ack, { ...reset, by: other, comment: '已处理' }]);
    expect(occurrence?.alarm).toMatchObject({
      state: 'closed',
      resetBy: 'wang',
      resetAt: 183_000,
      closedAt: 183_000,
    });
    expect(causes.at(-1)).toBe('reset');
  });

  test('a late latched trip that was restored meanwhile is still unacknowledged', () => {
    const { occurrence } = play([trip({ seed: { ...seed, latched: true }, gone: true, late: true })]);
    expect(occurrence?.alarm).toMatchObject({ state: 'unacknowledged', returnedAt: 61_000, late: true });
  });

  test('what is removed by configuration returns with that reason and still wants an answer', () => {
    expect(play([trip(), removed]).occurrence?.alarm).toMatchObject({
      state: 'returned',
      returnedReason: 'removed by configuration',
    });
    expect(stateAfter([trip(), removed, ack])).toBe('closed');
    expect(play([latched, removed]).occurrence?.alarm).toMatchObject({
      state: 'unacknowledged',
      returnedReason: 'removed by configuration',
    });
    expect(play([latched, removed, removed]).outcome.kind).toBe('same');
  });

  test('a suppressed alarm closes when it returns: nobody has to answer it', () => {
    expect(stateAfter([trip({ suppressed: 'receiver-1' })])).toBe('unacknowledged');
    expect(stateAfter([trip({ suppressed: 'receiver-1' }), back])).toBe('closed');
    expect(stateAfter([trip(), suppress, unsuppress, back])).toBe('returned');
  });

  test('suppressing twice for the same reason, or lifting what is not suppressed, changes nothing', () => {
    expect(play([trip(), suppress, suppress]).outcome.kind).toBe('same');
    expect(play([trip(), unsuppress]).outcome.kind).toBe('same');
  });

  test('every transition has the next revision, and from where it came', () => {
    let occurrence: Occurrence | undefined;
    let last: Alarm | undefined;
    for (const input of [latched, comment, shelve, unshelve, ack, back, reset]) {
      const outcome = step(occurrence, input, 1_000 * (last?.revision ?? 1));
      if (outcome.kind !== 'changed' || !outcome.transition) throw new Error(input.type);
      occurrence = outcome.occurrence;
      expect(outcome.transition.revision).toBe((last?.revision ?? 0) + 1);
      expect(outcome.transition.from).toBe(last?.state ?? null);
      expect(outcome.transition.to).toBe(occurrence.alarm.state);
      last = occurrence.alarm;
    }
  });
});

describe('shelving', () => {
  test('shows by whom, why and until when, and hands it to an owner', () => {
    const { occurrence } = play([trip(), { type: 'shelve', by, shelf: { ...shelf, owner: 'wang' } }]);
    expect(occurrence?.alarm).toMatchObject({
      state: 'unacknowledged',
      shelved: { by: 'li', until: 3_600_000, reason: '施工' },
      owner: 'wang',
    });
    expect(play([trip(), shelve, unshelve]).occurrence?.alarm.shelved).toBeUndefined();
  });

  test.each<[string, AlarmInput, Partial<typeof shelf>, Partial<AlarmSeed>]>([
    ['its definition forbids it', shelve, {}, { shelvable: false }],
    ['it is a panic call', shelve, {}, { category: 'emergency', priority: 1 }],
    ['there is no reason', shelve, { reason: '  ' }, {}],
    ['there is no owner', shelve, { owner: '' }, {}],
    ['the expiry has passed', shelve, { until: 1 }, {}],
    ['the expiry is more than 7 days away', shelve, { until: 8 * 86_400_000 }, {}],
  ])('is refused when %s', (_title, _input, wrong, facts) => {
    const { outcome, occurrence } = play([
      trip({ seed: { ...seed, ...facts } }),
      { type: 'shelve', by, shelf: { ...shelf, ...wrong } },
    ]);
    expect(outcome.kind).toBe('refused');
    expect(occurrence?.alarm.shelved).toBeUndefined();
  });

  test('taking off what is not shelved changes nothing', () => {
    expect(play([trip(), unshelve]).outcome.kind).toBe('same');
  });

  test('a shelved cause is raised shelved', () => {
    expect(play([trip({ shelf })]).occurrence?.alarm).toMatchObject({
      shelved: { reason: '施工' },
      owner: 'li',
    });
  });
});

describe('chattering', () => {
  const flapping = (times: number, of: AlarmInput = trip()) =>
    Array.from({ length: times }, () => [of, back]).flat();

  test(`${chatterTrips} trips within a minute make one alarm that is held, with a count`, () => {
    const { occurrence, causes } = play(flapping(300), 100);
    expect(occurrence?.alarm).toMatchObject({ chattering: true, state: 'unacknowledged', count: 300 });
    // Raised, four times back and tripped again, then silence.
    expect(causes).toHaveLength(9);
    expect(occurrence?.track.trips).toHaveLength(chatterTrips);
  });

  test('five trips over more than a minute are five trips', () => {
    const { occurrence } = play(flapping(5), 8_000);
    expect(occurrence?.alarm.chattering).toBeUndefined();
    expect(occurrence?.alarm).toMatchObject({ count: 5, state: 'returned' });
  });

  test('an answered one stays answered while it chatters, and is not closed by its returns', () => {
    expect(play([...flapping(6), ack, ...flapping(20)], 100).occurrence?.alarm).toMatchObject({
      state: 'acknowledged',
      chattering: true,
      count: 26,
    });
  });

  test('answered just before the fifth trip, it is held as answered', () => {
    const trips = Array.from({ length: 4 }, () => trip());
    expect(play([...trips, ack, trip()], 100).occurrence?.alarm).toMatchObject({
      state: 'acknowledged',
      chattering: true,
      count: 5,
    });
  });

  test('trips of the alarm before, closed a moment ago, count towards it', () => {
    expect(step(undefined, trip({ before: [10, 20, 30, 40] }), 50)).toMatchObject({
      occurrence: { alarm: { chattering: true, state: 'unacknowledged', count: 1 } },
      transition: { cause: 'raised', comment: 'chattering' },
    });
    expect(step(undefined, trip({ before: [20, 30, 40] }), 50)).toMatchObject({
      occurrence: { alarm: { chattering: undefined } },
    });
  });

  test('while it trips it does not settle', () => {
    const chattering = play(flapping(10), 100).occurrence;
    const watched = step(chattering, settle, 61_000);
    if (watched.kind !== 'changed') throw new Error(watched.kind);
    expect(watched.transition).toBeNull();
    expect(watched.occurrence.alarm.chattering).toBe(true);
    expect(watched.occurrence.track.watchedCount).toBe(10);
  });

  /** Flaps, is answered or not, trips on or not, then is quiet for a window. */
  function settled(inputs: AlarmInput[]): Outcome {
    const { occurrence } = play(inputs, 100);
    const watched = step(occurrence, settle, 70_000);
    return step(watched.kind === 'changed' ? watched.occurrence : occurrence, settle, 131_000);
  }
  test.each<[string, AlarmInput[], string, string | null]>([
    ['unanswered and gone: returned', flapping(10), 'returned', 'returned'],
    ['unanswered and there: rings again', [...flapping(10), trip()], 'unacknowledged', 'retripped'],
    [
      'tripped after the answer, now gone: wants an answer',
      [...flapping(10), ack, ...flapping(3)],
      'returned',
      'returned',
    ],
    [
      'tripped after the answer, there: rings again',
      [...flapping(10), ack, trip()],
      'unacknowledged',
      'retripped',
    ],
    ['answered and gone, no trip since: closed', [...flapping(10), ack], 'closed', 'returned'],
    [
      'answered and there, no trip since: stays answered',
      [...flapping(10), trip(), ack],
      'acknowledged',
      null,
    ],
    [
      'momentary, unanswered: stays returned',
      Array.from({ length: 9 }, () => momentary),
      'returned',
      'returned',
    ],
    [
      'latched, tripped after the answer: rings again',
      [...flapping(9, latched), ack, latched],
      'unacknowledged',
      'retripped',
    ],
    ['latched, answered, restored: waits for its reset', [...flapping(9, latched), ack], 'latched', null],
  ])('settles %s', (_title, inputs, expected, cause) => {
    const outcome = settled(inputs);
    if (outcome.kind !== 'changed') throw new Error(outcome.kind);
    expect(outcome.occurrence.alarm.state).toBe(expected);
    expect(outcome.occurrence.alarm.chattering).toBeUndefined();
    expect(outcome.transition?.cause ?? null).toBe(cause);
  });

  test('removed by configuration while it chatters: returned', () => {
    expect(play([...flapping(9), removed], 100).occurrence?.alarm).toMatchObject({
      state: 'returned',
      returnedReason: 'removed by configuration',
    });
  });

  test('a quiet alarm has nothing to settle', () => {
    expect(play([trip(), settle]).outcome.kind).toBe('same');
  });

  test('a wall clock stepped back makes nothing chatter', () => {
    const future = [9e12, 9e12 + 1, 9e12 + 2, 9e12 + 3];
    expect(step(undefined, trip({ before: future }), 1_000)).toMatchObject({
      occurrence: { track: { trips: [1_000] } },
    });
  });
});
