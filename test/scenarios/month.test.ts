import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Round } from '../../gateway/contract/patrol.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import { day, hour, min, type SimulatedHouse, sec, startSimulation } from './simulated-house.ts';

// A month of rounds, delays, shelves, bypasses and escalations through the whole gateway, across the change to summer time.
// People and the field do the same things every day, some days late, some days not at all; what must come of it is worked out
// here, without the gateway's own schedules and machines.

const start = Date.UTC(2026, 2, 10, 11, 40);
const days = 31;
const end = start + days * day;

const site = `
site: { id: test, name: 测试小区, timeZone: Europe/Berlin }
areas: [{ id: compound, name: 小区, kind: site }]
people:
  - { id: li-wei, name: 李伟, role: guard, cards: ["6547886"] }
devices:
  - { id: wand-1, type: native-patrol-reader, name: 巡更棒, area: compound, settings: { silenceS: 31536000 } }
  - { id: tank-1, type: native-tank, name: 生活水箱, area: compound, settings: { silenceS: 31536000 } }
  - { id: segment-1, type: native-perimeter-zone, name: 一防区, area: compound, settings: { silenceS: 31536000 } }
checkpoints:
  - { id: gate, name: 大门, area: compound, tag: "0100000001" }
  - { id: garage, name: 车库, area: compound, tag: "0100000002" }
  - { id: roof, name: 屋顶, area: compound, tag: "0100000003" }
routes:
  - id: short
    name: 短线
    checkpoints: [{ checkpoint: gate, dueMin: 0 }, { checkpoint: garage, dueMin: 10 }]
    toleranceMin: 3
    graceMin: 8
  - { id: roof, name: 屋顶, checkpoints: [{ checkpoint: roof, dueMin: 15 }] }
plans:
  - { id: half-hourly, name: 每半小时, route: short, schedule: "*/30 * * * *", guards: [li-wei] }
  - { id: nightly, name: 夜巡, route: roof, schedule: "30 22,0,2 * * *" }
`;

/** How the guard walks the n-th round: minutes from the due time at each checkpoint, null when not at all. */
const manners: { gate: number | null; garage: number | null; results: string[] }[] = [
  { gate: 0, garage: 0, results: ['normal', 'normal'] },
  { gate: 1, garage: 5, results: ['normal', 'late'] },
  { gate: -2, garage: -6, results: ['normal', 'early'] },
  { gate: 2, garage: null, results: ['normal', 'missed'] },
  { gate: 0, garage: 2, results: ['normal', 'normal'] },
  { gate: 14, garage: 0, results: ['out-of-order', 'normal'] },
  { gate: null, garage: null, results: ['missed', 'missed'] },
  { gate: -1, garage: 1, results: ['normal', 'normal'] },
];
const mannerOf = (n: number) => manners[n % manners.length] ?? { gate: 0, garage: 0, results: [] };
/** The wand of this round is read out a day later. */
const isLate = (n: number) => n % 61 === 40;

const halfHourly = Array.from({ length: days * 48 }, (_, n) => start + 20 * min + n * 30 * min);
/** Berlin: an hour behind UTC + 2 until 29 March 01:00 UTC; 02:30 of that day is left out, the round is at 03:00. */
const nightly = Array.from({ length: days + 1 }, (_, n) => Date.UTC(2026, 2, 10 + n)).flatMap((date) =>
  ['00:30', '02:30', '22:30'].map((time) => {
    const wall = date + Number(time.slice(0, 2)) * hour + 30 * min;
    const changeAt = Date.UTC(2026, 2, 29, 1);
    return wall - hour < changeAt ? wall - hour : Math.max(changeAt, wall - 2 * hour);
  }),
);

/** What somebody or something does, in order of time. */
interface Deed {
  at: number;
  run(house: SimulatedHouse): Promise<unknown>;
}

function walk(): Deed[] {
  const deeds: Deed[] = [];
  const read = (at: number, tag: string, readOutAt = at) =>
    deeds.push({
      at: readOutAt,
      run: (house) =>
        house.send('wand-1', 'events', {
          id: `r-${tag}-${at}`,
          at,
          type: 'checkin',
          data: { tag, guard: 'li-wei' },
        }),
    });
  for (const [n, startsAt] of halfHourly.entries()) {
    const { gate, garage } = mannerOf(n);
    const after = isLate(n) ? day : 0;
    for (const [minutes, tag, due] of [
      [gate, '0100000001', 0],
      [garage, '0100000002', 10],
    ] as const) {
      if (minutes === null) continue;
      const at = startsAt + (due + minutes) * min;
      if (at < end) read(at, tag, at + after);
    }
  }
  for (const [n, startsAt] of nightly.entries())
    if (n % 5 !== 2 && startsAt > start && startsAt < end - hour) read(startsAt + 16 * min, '0100000003');
  return deeds;
}

/** A tank that fills twice a day, once only for a moment; what people make of its alarms and of its ticket. */
function tankDeeds(n: number): Deed[] {
  const filled = fillsAt(n);
  const level = (at: number, value: number): Deed => ({
    at,
    run: (house) => house.send('tank-1', 'readings', { values: { level: value } }),
  });
  const open = (house: SimulatedHouse, definition: string) =>
    house.alarms(definition).find(({ state }) => state !== 'closed')?.id;
  const step = (minutes: number, action: string, body = {}, role?: string): Deed => ({
    at: filled + sec + minutes * min,
    run: (house) => house.ask('POST', `/tickets/${house.tickets().at(-1)?.id}/${action}`, body, role),
  });
  const manner = [
    [60, 61, 62],
    [1, 20, 30],
    [1, 2, 10],
  ];
  const [dispatched = 0, accepted = 0, arrived = 0] = manner[n % 3] ?? [];
  return [
    level(filled - 10 * min, 2.9),
    level(filled - 10 * min + 600, 2),
    level(filled, 2.9),
    level(filled + 10 * min, 2),
    {
      at: filled + min,
      run: (house) =>
        house.ask('POST', `/alarms/${open(house, 'high')}/shelve`, {
          reason: '液位计检修',
          until: filled + 2 * hour,
        }),
    },
    step(dispatched, 'dispatch', { assignee: 'engineer-1' }),
    step(accepted, 'accept'),
    step(arrived, 'arrive'),
    step(70, 'resolve'),
    step(71, 'verify', {}, 'supervisor'),
    step(72, 'close'),
  ];
}
const fillsAt = (n: number) => start + n * day + 2 * hour;
/** Minutes after the ticket was opened at which somebody higher is told (limits.yaml: water, priority 2). */
const escalations = [[10, 25], [1 + 15], []];

/** Work on the wall: bypassed for three hours, tripped within and after them; in the evening everything is acknowledged. */
function wallDeeds(n: number): Deed[] {
  const at = fillsAt(n) + 3 * hour;
  const event = (when: number, type: string): Deed => ({
    at: when,
    run: (house) => house.send('segment-1', 'events', { id: `${type}-${when}`, type, data: {} }),
  });
  return [
    {
      at,
      run: (house) => house.ask('POST', '/zones/segment-1/bypass', { reason: '施工', until: at + 3 * hour }),
    },
    event(at + hour, 'zone.alarm'),
    event(at + hour + min, 'zone.restore'),
    event(at + 3 * hour + min, 'zone.alarm'),
    event(at + 3 * hour + 2 * min, 'zone.restore'),
    {
      at: at + 4 * hour,
      async run(house) {
        for (const { id, state } of house.alarms())
          if (state === 'unacknowledged' || state === 'returned')
            await house.ask('POST', `/alarms/${id}/acknowledge`, {});
      },
    },
  ];
}

let house: SimulatedHouse;
beforeAll(async () => {
  house = await startSimulation({ start, site, stepCheckMs: min, pace: 120 });
  const deeds = [
    ...walk(),
    ...Array.from({ length: days }, (_, n) => [...tankDeeds(n), ...wallDeeds(n)]).flat(),
  ].sort((a, b) => a.at - b.at);
  for (const deed of deeds) {
    if (deed.at > end) break;
    await house.goTo(deed.at);
    await deed.run(house);
  }
  await house.goTo(end);
}, 120_000);
afterAll(() => house.close());

const resultsOf = ({ checks }: Round) => checks.map(({ result }) => result);
const everyDay = <Value>(value: (n: number) => Value) => Array.from({ length: days }, (_, n) => value(n));

describe('a month through the whole gateway', () => {
  test('holds every scheduled round exactly once, also across the change to summer time', () => {
    expect(house.rounds('half-hourly').map(({ startsAt }) => startsAt)).toEqual(
      halfHourly.filter((at) => at <= end),
    );
    expect(house.rounds('nightly').map(({ startsAt }) => startsAt)).toEqual(
      nightly.filter((at) => at > start && at <= end),
    );
  });

  test('judges each round as it was walked, also when the wand was read out a day later', () => {
    const judged = house.rounds('half-hourly').filter(({ endsAt }) => endsAt <= end - day);
    expect(judged.length).toBeGreaterThan(1_400);
    expect(judged.map(resultsOf)).toEqual(judged.map((_, n) => mannerOf(n).results));
    const late = judged.flatMap(({ checks }, n) => (checks.some((check) => check.lateEvidence) ? [n] : []));
    expect(late).toEqual(
      judged.flatMap((_, n) =>
        isLate(n) && mannerOf(n).results.some((result) => result !== 'missed') ? [n] : [],
      ),
    );
    const roofs = house.rounds('nightly').filter(({ endsAt }) => endsAt <= end - day);
    expect(roofs.map(({ startsAt, state }) => [startsAt, state])).toEqual(
      roofs.map(({ startsAt }) => [startsAt, nightly.indexOf(startsAt) % 5 === 2 ? 'missed' : 'done']),
    );
  });

  test('tells of a missed checkpoint at the end of its round, once until it was visited', () => {
    const instances = new Map(house.alarms().map(({ id, instance }) => [id, instance]));
    const told = house
      .transitions('checkpoint-missed')
      .filter(({ cause }) => cause === 'raised' || cause === 'retripped')
      .map(({ at, alarm }) => `${instances.get(alarm)} ${at}`);
    expect(told.length).toBeGreaterThan(300);
    expect(told.sort()).toEqual(missesTold().sort());
  });

  test('raises after each on-delay to the millisecond, never for less, and returns after each off-delay', () => {
    expect(
      house.alarms('overflow').map(({ raisedAt, returnedAt, count }) => [raisedAt, returnedAt, count]),
    ).toEqual(everyDay((n) => [fillsAt(n) + sec, fillsAt(n) + 10 * min, 1]));
    expect(
      house.alarms('high').map(({ raisedAt, returnedAt, count }) => [raisedAt, returnedAt, count]),
    ).toEqual(everyDay((n) => [fillsAt(n) + 5 * sec, fillsAt(n) + 10 * min + 5 * sec, 1]));
  });

  test('ends every shelf and every bypass at its time, and lets nothing through before', () => {
    expect(
      house
        .transitions('high')
        .filter(({ cause }) => cause === 'unshelved')
        .map(({ at, comment }) => [at, comment]),
    ).toEqual(everyDay((n) => [fillsAt(n) + 2 * hour, 'expired']));
    expect(
      house.rows<{ at: number }>("SELECT at FROM audit WHERE action = 'zone.unbypassed'").map(({ at }) => at),
    ).toEqual(everyDay((n) => fillsAt(n) + 6 * hour));
    expect(house.alarms('intrusion').map(({ raisedAt, count }) => [raisedAt, count])).toEqual(
      everyDay((n) => [fillsAt(n) + 6 * hour + min, 1]),
    );
  });

  test('escalates each ticket at its times, and never one whose steps are taken in time', () => {
    const told = ({ steps, createdAt }: Ticket) =>
      steps.filter(({ action }) => action === 'escalate').map(({ at }) => (at - createdAt) / min);
    expect(house.tickets().map(({ createdAt }) => createdAt)).toEqual(everyDay((n) => fillsAt(n) + sec));
    expect(house.tickets().map(told)).toEqual(everyDay((n) => escalations[n % 3]));
    expect(house.tickets().every(({ state }) => state === 'closed')).toBe(true);
  });
});

/** Checkpoint and time of each miss that finds no older one still standing. */
function missesTold(): string[] {
  const moments: { at: number; checkpoint: string; what: 'missed' | 'visited' }[] = [];
  for (const [n, startsAt] of halfHourly.entries())
    for (const [index, checkpoint] of (['gate', 'garage'] as const).entries()) {
      const minutes = mannerOf(n)[checkpoint];
      if (minutes === null || isLate(n))
        moments.push({ at: startsAt + 18 * min, checkpoint, what: 'missed' });
      else moments.push({ at: startsAt + (index * 10 + minutes) * min, checkpoint, what: 'visited' });
    }
  for (const [n, startsAt] of nightly.entries()) {
    if (startsAt <= start) continue;
    if (n % 5 === 2) moments.push({ at: startsAt + 25 * min, checkpoint: 'roof', what: 'missed' });
    else moments.push({ at: startsAt + 16 * min, checkpoint: 'roof', what: 'visited' });
  }
  const standing = new Set<string>();
  const told: string[] = [];
  for (const { at, checkpoint, what } of moments.sort((a, b) => a.at - b.at)) {
    if (at > end) break;
    if (what === 'visited') standing.delete(checkpoint);
    else if (!standing.has(checkpoint)) {
      standing.add(checkpoint);
      told.push(`${checkpoint} ${at}`);
    }
  }
  return told;
}
