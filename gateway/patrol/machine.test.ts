import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PatrolPlan, patrolPlanSchema, type Route, routeSchema } from '../contract/site.ts';
import {
  checkProvedBy,
  enterVisit,
  judgeRound,
  type KeptRound,
  markOutage,
  missedWhileWatching,
  startRound,
  type Visit,
} from './machine.ts';

const min = 60_000;
const start = Date.UTC(2026, 2, 1, 22, 0);
const route: Route = routeSchema.parse({
  id: 'night',
  name: '夜巡',
  checkpoints: [
    { checkpoint: 'gate', dueMin: 0 },
    { checkpoint: 'garage', dueMin: 10 },
    { checkpoint: 'roof', dueMin: 20 },
    { checkpoint: 'pump-room', dueMin: 30 },
  ],
});
const plan: PatrolPlan = patrolPlanSchema.parse({
  id: 'night',
  name: '夜巡 22:00',
  route: 'night',
  schedule: '0 * * * *',
});

function round(over: { route?: Partial<Route>; previous?: number; next?: number } = {}): KeptRound {
  return startRound(
    plan,
    { ...route, ...over.route },
    {
      id: '019c0000-0000-7000-8000-000000000001',
      startsAt: start,
      previousStartsAt: over.previous ?? null,
      nextStartsAt: over.next ?? null,
    },
  );
}

const visit = (checkpoint: string, atMin: number): Visit => ({
  checkpoint,
  at: start + atMin * min,
  guard: 'guard-1',
  reader: 'wand-1',
});
const walk = (kept: KeptRound, ...visits: Visit[]) => visits.reduce(enterVisit, kept);
const results = ({ round: { checks } }: KeptRound) => checks.map((check) => check.result);

test('a round is judged its grace after the last checkpoint is due', () => {
  expect(round().round.endsAt).toBe(start + 40 * min);
  expect(results(round())).toEqual(['pending', 'pending', 'pending', 'pending']);
});

describe('within a round', () => {
  test.each([
    ['on time', 10, 'normal'],
    ['as early as the tolerance', 5, 'normal'],
    ['as late as the tolerance', 15, 'normal'],
    ['earlier', 4.9, 'early'],
    ['later', 15.1, 'late'],
  ])('a visit %s (minute %d of 10) is %s', (_, atMin, result) => {
    expect(results(walk(round(), visit('garage', atMin)))[1]).toBe(result);
  });

  test.each([
    ['before it opens', -5.1],
    ['after its end', 40.1],
  ])('a visit %s proves nothing', (_, atMin) => {
    const kept = round();
    expect(walk(kept, visit('gate', atMin))).toBe(kept);
  });

  test('a visit elsewhere proves nothing', () => {
    const kept = round();
    expect(walk(kept, visit('lift-hall', 10))).toBe(kept);
  });

  test('of two visits the one nearer to the due time counts', () => {
    const kept = walk(round(), visit('garage', 2), visit('garage', 9), visit('garage', 14));
    expect(kept.round.checks[1]).toMatchObject({ at: start + 9 * min, result: 'normal' });
  });

  test('a checkpoint walked after one that comes later is out of order; the later one is not', () => {
    const kept = walk(round(), visit('gate', 0), visit('roof', 17), visit('garage', 18));
    expect(results(kept)).toEqual(['normal', 'out-of-order', 'normal', 'pending']);
  });

  test('a skipped checkpoint is missed and spoils no other', () => {
    const kept = judgeRound(walk(round(), visit('gate', 0), visit('roof', 20), visit('pump-room', 30)));
    expect(results(kept)).toEqual(['normal', 'missed', 'normal', 'normal']);
    expect(kept.round.state).toBe('missed');
  });

  test('where order does not matter, nothing is out of order', () => {
    const kept = walk(round({ route: { ordered: false } }), visit('roof', 16), visit('garage', 14));
    expect(results(kept)).toEqual(['pending', 'normal', 'normal', 'pending']);
  });

  describe('at a speed that nobody walks', () => {
    const of = (more: Partial<Route> = {}, ...visits: Visit[]) =>
      results(walk(round({ route: more }), ...visits));
    const sec = 1 / 60;
    const by = (guard: string | null, reader = 'wand-1') => ({ guard, reader });

    test('the second of two checkpoints is told apart, and the third by the second', () => {
      const read = [
        visit('gate', 9),
        visit('garage', 9 + 5 * sec),
        visit('roof', 15),
        visit('pump-room', 26),
      ];
      expect(of({}, ...read)).toEqual(['late', 'impossible-speed', 'normal', 'normal']);
      expect(of({}, ...read.slice(0, 2), visit('roof', 15), visit('pump-room', 15 + 9 * sec))).toEqual([
        'late',
        'impossible-speed',
        'normal',
        'impossible-speed',
      ]);
    });

    test('what takes as long as the least is walked', () => {
      expect(of({}, visit('gate', 5), visit('garage', 5 + 10 * sec))[1]).toBe('normal');
      expect(of({ minWalkS: 11 }, visit('gate', 5), visit('garage', 5 + 10 * sec))[1]).toBe(
        'impossible-speed',
      );
      expect(of({ minWalkS: 0 }, visit('gate', 5), visit('garage', 5))[1]).toBe('normal');
    });

    test('a way of its own has its own least; from elsewhere only the route’s', () => {
      const checkpoints = route.checkpoints.map((stop) =>
        stop.checkpoint === 'roof' ? { ...stop, walkS: 180 } : stop,
      );
      expect(of({ checkpoints }, visit('garage', 14), visit('roof', 16))[2]).toBe('impossible-speed');
      expect(of({ checkpoints }, visit('gate', 14), visit('roof', 16))[2]).toBe('normal');
    });

    test.each([
      ['two guards', by('guard-1'), by('guard-2'), 'normal'],
      ['one guard with two readers', by('guard-1', 'wand-1'), by('guard-1', 'wand-2'), 'impossible-speed'],
      ['one reader of nobody’s', by(null), by(null), 'impossible-speed'],
      ['two readers of nobody’s', by(null, 'wand-1'), by(null, 'wand-2'), 'normal'],
    ])('%s', (_, first, second, result) => {
      const visits = [
        { ...visit('gate', 5), ...first },
        { ...visit('garage', 5 + sec), ...second },
      ];
      expect(of({}, ...visits)[1]).toBe(result);
    });

    test('it outweighs the order, and a round so walked has missed nothing', () => {
      const kept = judgeRound(
        walk(round(), visit('roof', 15), visit('garage', 15 + sec), visit('gate', 1), visit('pump-room', 31)),
      );
      expect(results(kept)).toEqual(['normal', 'impossible-speed', 'normal', 'normal']);
      expect(kept.round.state).toBe('done');
    });

    test('the same checkpoint twice on a route is no way to walk', () => {
      const checkpoints = [
        { checkpoint: 'gate', dueMin: 0 },
        { checkpoint: 'gate', dueMin: 6 },
      ];
      expect(of({ checkpoints }, visit('gate', 2.99), visit('gate', 3.05))).toEqual(['normal', 'normal']);
    });
  });

  test('a checkpoint that stands at the start and at the end of a route needs both visits', () => {
    const there = { checkpoints: [...route.checkpoints, { checkpoint: 'gate', dueMin: 40 }] };
    const once = judgeRound(walk(round({ route: there }), visit('gate', 1)));
    expect(results(once)).toEqual(['normal', 'missed', 'missed', 'missed', 'missed']);
    expect(missedWhileWatching(once)).toEqual(['garage', 'roof', 'pump-room', 'gate']);
    const both = walk(round({ route: there }), visit('gate', 41), visit('gate', 1));
    expect(results(both)).toEqual(['normal', 'pending', 'pending', 'pending', 'normal']);
  });
});

describe('a judged round', () => {
  const all = [visit('gate', 1), visit('garage', 11), visit('roof', 21), visit('pump-room', 31)];

  test('with every checkpoint proved is done', () => {
    expect(judgeRound(walk(round(), ...all)).round.state).toBe('done');
  });

  test('is judged once', () => {
    const judged = judgeRound(walk(round(), ...all));
    expect(judgeRound(judged)).toBe(judged);
  });

  test('takes late evidence, says so, and is done when nothing is missed any more', () => {
    const judged = judgeRound(walk(round(), ...all.slice(0, 3)));
    expect(judged.round.state).toBe('missed');
    const again = walk(judged, visit('pump-room', 31));
    expect(again.round.state).toBe('done');
    expect(again.round.checks.map((check) => check.lateEvidence)).toEqual([false, false, false, true]);
    expect(walk(again, visit('pump-room', 31))).toBe(again);
  });
});

test('the outcome does not depend on the order in which visits become known, before or after the judgement', () => {
  const visits = fc.array(
    fc.record({
      checkpoint: fc.constantFrom('gate', 'garage', 'roof', 'pump-room'),
      atMin: fc.integer({ min: -10, max: 50 }),
    }),
    { maxLength: 12 },
  );
  const outcome = (kept: KeptRound) => ({
    ...kept.round,
    checks: kept.round.checks.map(({ lateEvidence: _, ...check }) => check),
  });
  fc.assert(
    fc.property(visits, fc.nat(12), fc.infiniteStream(fc.nat()), (made, before, stream) => {
      const inOrder = made.map(({ checkpoint, atMin }) => visit(checkpoint, atMin));
      const shuffled = inOrder
        .map((value) => ({ value, key: stream.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ value }) => value);
      const live = judgeRound(walk(round(), ...inOrder));
      const late = walk(judgeRound(walk(round(), ...shuffled.slice(0, before))), ...shuffled.slice(before));
      expect(outcome(late)).toEqual(outcome(live));
    }),
  );
});

describe('between two rounds of an hourly plan', () => {
  const hour = 60 * min;
  const long = {
    checkpoints: [
      { checkpoint: 'gate', dueMin: 0 },
      { checkpoint: 'wall', dueMin: 55 },
    ],
  };
  const first = round({ route: long, next: start + hour });
  const second = startRound(
    plan,
    { ...route, ...long },
    {
      id: '019c0000-0000-7000-8000-000000000002',
      startsAt: start + hour,
      previousStartsAt: start,
      nextStartsAt: start + 2 * hour,
    },
  );
  const owner = (checkpoint: string, atMin: number) =>
    [first, second].flatMap((kept, index) =>
      checkProvedBy(kept, visit(checkpoint, atMin)) >= 0 ? [index + 1] : [],
    );

  test.each([
    ['the first checkpoint just before the second round', 'gate', 56, [2]],
    ['the first checkpoint in the second round', 'gate', 61, [2]],
    ['the first checkpoint late in the first round', 'gate', 40, [1]],
    ['the last checkpoint on time, just before the second round', 'wall', 57, [1]],
    ['the last checkpoint late, the second round having begun', 'wall', 62, [1]],
    ['the last checkpoint of the second round', 'wall', 115, [2]],
  ])('%s counts in one of them', (_, checkpoint, atMin, owners) => {
    expect(owner(checkpoint, atMin)).toEqual(owners);
  });

  test('no visit counts in both', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('gate', 'wall'),
        fc.integer({ min: -10 * min, max: 3 * hour }),
        (checkpoint, afterMs) => {
          expect(owner(checkpoint, afterMs / min).length).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('an outage', () => {
  const outage = { from: start + 4 * min, to: start + 26 * min };

  test('leaves rounds alone that it did not touch', () => {
    const kept = round();
    expect(markOutage(kept, { from: start - 9 * min, to: start }, 'x')).toBe(kept);
    expect(markOutage(kept, { from: start + 40 * min, to: start + 50 * min }, 'x')).toBe(kept);
  });

  test('is on the record; checkpoints whose whole time fell into it are missed without an alarm', () => {
    const judged = judgeRound(markOutage(round(), outage, 'gateway down 22:04–22:26'));
    expect(judged.round.note).toBe('gateway down 22:04–22:26');
    expect(results(judged)).toEqual(['missed', 'missed', 'missed', 'missed']);
    expect(missedWhileWatching(judged)).toEqual(['gate', 'pump-room']);
  });

  test('a second one is told beside the first', () => {
    const twice = markOutage(
      markOutage(round(), outage, 'a'),
      { from: start + 30 * min, to: start + 31 * min },
      'b',
    );
    expect(twice.round.note).toBe('a; b');
  });
});
