import { afterEach, describe, expect, test } from 'vitest';
import type { StoredEvent } from '../../gateway/contract/event.ts';
import type { Round } from '../../gateway/contract/patrol.ts';
import {
  type Checkpoint,
  checkpointSchema,
  type PatrolPlan,
  patrolPlanSchema,
  personSchema,
  type Route,
  routeSchema,
} from '../../gateway/contract/site.ts';
import { normaliseTag } from '../../gateway/contract/tag.ts';
import { uuidv7 } from '../../gateway/lib/ids.ts';
import { createPatrol, type Patrol } from '../../gateway/patrol/patrol.ts';
import { patrolStatements } from '../../gateway/patrol/store.ts';
import { createSimulatedDays, type SimulatedDays } from './simulated-days.ts';

const min = 60_000;
const hour = 60 * min;
const day = 24 * hour;

const checkpoints: Checkpoint[] = ['gate', 'garage', 'roof', 'wall'].map((id, index) =>
  checkpointSchema.parse({ id, name: id, area: 'site', tag: `01000000A${index}` }),
);
const tagOf = (id: string) => checkpoints.find((checkpoint) => checkpoint.id === id)?.tag ?? id;
const people = [
  personSchema.parse({ id: 'li-wei', name: '李伟', cards: ['6547886'] }),
  personSchema.parse({ id: 'zhang-min', name: '张敏', cards: ['6547887'] }),
];

const route = (over: Partial<Route> = {}): Route =>
  routeSchema.parse({
    id: 'night',
    name: '夜巡路线',
    checkpoints: [
      { checkpoint: 'gate', dueMin: 0 },
      { checkpoint: 'garage', dueMin: 10 },
      { checkpoint: 'roof', dueMin: 20 },
      { checkpoint: 'wall', dueMin: 30 },
    ],
    ...over,
  });
const plan = (over: Partial<PatrolPlan> = {}): PatrolPlan =>
  patrolPlanSchema.parse({ id: 'night', name: '夜巡', route: 'night', schedule: '0 22 * * *', ...over });

interface House {
  days: SimulatedDays<Patrol>;
  site: { zone: string; routes: Route[]; plans: PatrolPlan[] };
  raised: string[];
  cleared: string[];
  measured: string[];
  /** A check-in as it arrives from a reader; `at` is the reader's own time. */
  checkin(
    tag: string,
    options?: { at?: number; reader?: string; guard?: string; form?: 'hex' },
  ): Promise<void>;
  rounds(): Promise<Round[]>;
}

const houses: House[] = [];
afterEach(async () => {
  for (const house of houses.splice(0)) await house.days.remove();
});

async function createHouse(options: {
  start: number;
  zone?: string;
  routes?: Route[];
  plans?: PatrolPlan[];
  restartAfterEachStep?: boolean;
}): Promise<House> {
  const { start, zone = 'Asia/Shanghai', routes = [route()], plans = [plan()] } = options;
  const site = { zone, routes, plans };
  const raised: string[] = [];
  const cleared: string[] = [];
  const measured: string[] = [];
  const shown = (at: number) => new Date(at).toISOString().slice(5, 16);
  const days = await createSimulatedDays<Patrol>({
    start,
    statements: { patrol: patrolStatements },
    restartAfterEachStep: options.restartAfterEachStep,
    async stand(memory, query, now) {
      const patrol = createPatrol({
        memory,
        query,
        site: {
          timeZone: () => site.zone,
          checkpoint: (id) => checkpoints.find((checkpoint) => checkpoint.id === id),
          route: (id) => site.routes.find((one) => one.id === id),
          plans: () => site.plans,
          plan: (id) => site.plans.find((one) => one.id === id),
          checkpointByTag: (tag, form) =>
            checkpoints.find((one) => normaliseTag(one.tag) === normaliseTag(tag, form)),
          person: (id) => people.find((one) => one.id === id),
          personByCard: (card, form) =>
            people.find(({ cards }) => cards.some((one) => normaliseTag(one) === normaliseTag(card, form))),
          isReversed: () => false,
        },
        raiseMissed: (_, missed) => raised.push(`${missed.checkpoint.id} ${shown(missed.round.startsAt)}`),
        clearMissed: (_, visited) =>
          cleared.push(`${visited.checkpoint} ${visited.how} ${shown(visited.at)}`),
        clockMeasured: (_, { reader, driftMs }) => measured.push(`${reader} ${driftMs}`),
      });
      await patrol.load(now);
      return { rooms: patrol, onTimer: (turn, _, name) => patrol.onTimer(turn, name) };
    },
  });
  const house: House = {
    days,
    site,
    raised,
    cleared,
    measured,
    async checkin(tag, { at = days.now, reader = 'wand-1', ...more } = {}) {
      const event: StoredEvent = {
        id: uuidv7(days.now),
        device: reader,
        externalId: null,
        type: 'checkin',
        data: { tag, ...more },
        occurredAt: at,
        receivedAt: days.now,
        deviceTimeUsed: at !== days.now,
        late: days.now - at > min,
      };
      await days.act((turn) => days.rooms.onEvent(turn, event), null);
    },
    async rounds() {
      const rows = await days.query<{ doc: string }>('SELECT doc FROM round ORDER BY starts_at, plan');
      return rows.map((row) => JSON.parse(row.doc) as Round);
    },
  };
  houses.push(house);
  await days.act((turn) => days.rooms.start(turn, null), null);
  return house;
}

/** Starts again after having been down since `from`. */
async function comeBack({ days }: House, from: number): Promise<void> {
  await days.restart();
  await days.act((turn) => days.rooms.start(turn, { from, to: days.now }), null);
}

const results = (round: Round | undefined) => round?.checks.map((check) => check.result);
const starts = (rounds: Round[]) =>
  rounds.map((round) => new Date(round.startsAt).toISOString().slice(5, 16));

const evening = Date.UTC(2026, 2, 2, 12, 0);
/** 22:00 in Shanghai. */
const ten = Date.UTC(2026, 2, 2, 14, 0);

describe('a round', () => {
  test('begins at its time, follows the guard, and is judged at its end', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten - 1);
    expect(await house.rounds()).toEqual([]);
    await house.days.goTo(ten + 2 * min);
    expect(results((await house.rounds())[0])).toEqual(['pending', 'pending', 'pending', 'pending']);
    await house.checkin(tagOf('gate'));
    await house.days.goTo(ten + 18 * min);
    await house.checkin('00000000A1');
    await house.days.goTo(ten + 31 * min);
    await house.checkin(tagOf('wall'));
    expect(results((await house.rounds())[0])).toEqual(['normal', 'late', 'pending', 'normal']);
    await house.days.goTo(ten + hour);
    const [round] = await house.rounds();
    expect(results(round)).toEqual(['normal', 'late', 'missed', 'normal']);
    expect(round).toMatchObject({ state: 'missed', note: null });
    expect(house.raised).toEqual(['roof 03-02T14:00']);
    expect(house.days.rooms.snapshot()).toEqual([{ entity: 'rounds', id: round?.id, data: round }]);
  });

  test('leaves the board a day after its end and the memory a week later, not the database', async () => {
    const house = await createHouse({ start: evening, plans: [plan({ schedule: '0 22 2 3 *' })] });
    await house.days.goTo(ten + day + 7 * hour);
    expect(house.days.rooms.snapshot()).toEqual([]);
    const [round] = await house.rounds();
    expect(house.days.changes.at(-1)).toEqual({ entity: 'rounds', id: round?.id, data: null });
    expect(house.days.rooms.round(round?.id ?? '')).toEqual(round);
    await house.days.goTo(ten + 10 * day);
    expect(house.days.rooms.round(round?.id ?? '')).toBeUndefined();
    expect(await house.rounds()).toHaveLength(1);
  });

  test('is judged by the route as it was when it began', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten);
    house.site.routes = [route({ toleranceMin: 0, checkpoints: [{ checkpoint: 'roof', dueMin: 0 }] })];
    await house.days.act((turn) => house.days.rooms.siteChanged(turn));
    await house.days.goTo(ten + 4 * min);
    await house.checkin(tagOf('gate'));
    await house.days.goTo(ten + day + hour);
    const rounds = await house.rounds();
    expect(results(rounds[0])).toEqual(['normal', 'missed', 'missed', 'missed']);
    expect(results(rounds[1])).toEqual(['missed']);
  });
});

describe('a plan', () => {
  test('that is switched off starts nothing until it is switched on', async () => {
    const house = await createHouse({ start: evening });
    house.site.plans = [plan({ enabled: false })];
    await house.days.act((turn) => house.days.rooms.siteChanged(turn));
    expect(house.days.rooms.nextStartOf('night')).toBeNull();
    await house.days.goTo(ten + day);
    expect(await house.rounds()).toEqual([]);
    house.site.plans = [plan()];
    await house.days.act((turn) => house.days.rooms.siteChanged(turn));
    await house.days.goTo(ten + 2 * day);
    expect(starts(await house.rounds())).toEqual(['03-04T14:00']);
  });

  test('that is removed starts nothing more; its running round is judged', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten);
    house.site.plans = [];
    await house.days.act((turn) => house.days.rooms.siteChanged(turn));
    await house.days.goTo(ten + 3 * day);
    expect((await house.rounds()).map((round) => round.state)).toEqual(['missed']);
  });

  test('follows its new times and the site’s new time zone', async () => {
    const house = await createHouse({ start: evening });
    house.site.plans = [plan({ schedule: '30 23 * * *' })];
    await house.days.act((turn) => house.days.rooms.siteChanged(turn));
    await house.days.goTo(ten + 12 * hour);
    house.site.zone = 'Europe/Berlin';
    await house.days.act((turn) => house.days.rooms.siteChanged(turn));
    await house.days.goTo(ten + day + 12 * hour);
    expect(starts(await house.rounds())).toEqual(['03-02T15:30', '03-03T22:30']);
  });

  test('with a pattern that never comes due rests and disturbs no other', async () => {
    const plans = [plan({ id: 'broken', schedule: '0 25 * * *' }), plan()];
    const house = await createHouse({ start: evening, plans });
    await house.days.goTo(ten + hour);
    expect((await house.rounds()).map((round) => round.plan)).toEqual(['night']);
  });
});

describe('a check-in', () => {
  test('belongs to the guard whose card the reader saw last, for a shift at most', async () => {
    const house = await createHouse({ start: evening, plans: [plan({ schedule: '0 22,23 * * *' })] });
    await house.days.goTo(ten);
    await house.checkin(tagOf('gate'));
    await house.checkin('0006547886', { at: ten + min });
    await house.checkin('0006547887', { at: ten + min, reader: 'wand-2' });
    await house.days.goTo(ten + 10 * min);
    await house.checkin(tagOf('garage'));
    await house.days.restart();
    await house.days.goTo(ten + 20 * min);
    await house.checkin(tagOf('roof'), { reader: 'wand-2' });
    await house.days.goTo(ten + 30 * min);
    await house.checkin(tagOf('wall'), { guard: '99,59823' });
    const [round] = await house.rounds();
    expect(round?.checks.map((check) => check.guard)).toEqual([null, 'li-wei', 'zhang-min', 'zhang-min']);
    await house.days.goTo(ten + 13 * hour + 2 * min);
    await house.checkin(tagOf('gate'));
    const [last] = await house.days.query<{ guard: string | null }>(
      'SELECT guard FROM checkin ORDER BY at DESC LIMIT 1',
    );
    expect(last?.guard).toBeNull();
  });

  test('of a guard counts for the round meant for that guard, not for another guard’s at the same time', async () => {
    const plans = [
      plan({ id: 'a', guards: ['li-wei'] }),
      plan({ id: 'b', guards: ['zhang-min'] }),
      plan({ id: 'c' }),
    ];
    const house = await createHouse({ start: evening, plans });
    await house.days.goTo(ten);
    await house.checkin(tagOf('gate'), { guard: 'li-wei' });
    await house.checkin(tagOf('garage'), { guard: 'somebody standing in', at: ten + 10 * min });
    expect((await house.rounds()).map(results)).toEqual([
      ['normal', 'normal', 'pending', 'pending'],
      ['pending', 'normal', 'pending', 'pending'],
      ['normal', 'normal', 'pending', 'pending'],
    ]);
  });

  test('that repeats, at once or from a wand read twice, is stored once', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten + hour);
    for (const at of [ten, ten + 3_000, ten + 2 * min, ten, ten + 2 * min])
      await house.checkin(tagOf('gate'), { at });
    await house.days.restart();
    for (const at of [ten, ten + 2 * min]) await house.checkin(tagOf('gate'), { at });
    const rows = await house.days.query<{ at: number }>('SELECT at FROM checkin ORDER BY at');
    expect(rows.map((row) => row.at)).toEqual([ten, ten + 2 * min]);
  });

  test('of a reader that says it sends hex is taken at its word, also for a tag of digits only', async () => {
    const house = await createHouse({ start: evening });
    await house.checkin('0100632345', { form: 'hex' });
    await house.checkin('0100632345');
    const rows = await house.days.query<{ tag: string }>('SELECT tag FROM checkin ORDER BY id');
    expect(rows.map((row) => row.tag)).toEqual(['00632345', '05FF8719']);
  });

  test('of a tag that nobody knows is kept, for enrolling it', async () => {
    const house = await createHouse({ start: evening });
    await house.checkin('DEADBEEF');
    expect(await house.days.query('SELECT tag, checkpoint, guard FROM checkin')).toEqual([
      { tag: 'DEADBEEF', checkpoint: null, guard: null },
    ]);
  });

  test.each([
    ['no tag', undefined],
    ['an empty tag', ' '],
    ['a tag without end', '0A'.repeat(33)],
    ['true', true],
  ])('with %s is refused with the form to send', async (_, tag) => {
    const house = await createHouse({ start: evening });
    await expect(house.checkin(tag as string)).rejects.toThrow(/^message\.invalid: .*wand-1.*"tag"/);
  });

  test('just before a round begins counts in it', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten - 4 * min);
    await house.checkin(tagOf('gate'));
    await house.days.goTo(ten);
    expect(results((await house.rounds())[0])).toEqual(['normal', 'pending', 'pending', 'pending']);
  });
});

describe('late evidence', () => {
  test('three days old judges the round anew, once, clears the alarm and raises none', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten + 3 * day - hour);
    expect(house.raised).toHaveLength(12);
    house.raised.length = 0;
    const upload = async () => {
      for (const [index, id] of ['gate', 'garage', 'roof', 'wall'].entries())
        await house.checkin(tagOf(id), { at: ten + 2 * day + index * 10 * min });
    };
    await upload();
    const [first, , third] = await house.rounds();
    expect(results(third)).toEqual(['normal', 'normal', 'normal', 'normal']);
    expect(third?.checks.every((check) => check.lateEvidence)).toBe(true);
    expect(third?.state).toBe('done');
    expect(first?.state).toBe('missed');
    expect(house.raised).toEqual([]);
    expect(house.cleared).toEqual([
      'gate late-evidence 03-04T14:00',
      'garage late-evidence 03-04T14:10',
      'roof late-evidence 03-04T14:20',
      'wall late-evidence 03-04T14:30',
    ]);
    const told = house.days.changes.length;
    await upload();
    expect(house.days.changes.length).toBe(told);
    expect(house.cleared).toHaveLength(4);
  });

  test('for an older round leaves the alarm standing that a later round raised', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten + 2 * day);
    await house.checkin(tagOf('roof'), { at: ten + 20 * min });
    expect(results((await house.rounds())[0])?.[2]).toBe('normal');
    expect(house.cleared).toEqual([]);
  });

  test('a visit after the missed round clears the alarm and leaves the round missed', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten + 2 * hour);
    await house.checkin(tagOf('roof'));
    expect(house.cleared).toEqual(['roof visited-since 03-02T16:00']);
    expect(results((await house.rounds())[0])?.[2]).toBe('missed');
  });
});

describe('an outage', () => {
  const plans = [plan({ schedule: '0 * * * *' })];

  test('rounds that fell into it are judged once, marked, and raise nothing that nobody could have seen', async () => {
    const house = await createHouse({ start: evening, plans });
    await house.days.goTo(ten + 15 * min);
    house.raised.length = 0;
    house.days.sleepTo(ten + 3 * hour + 12 * min);
    await comeBack(house, ten + 15 * min);
    const note = 'gateway down 22:15–01:12';
    const seen = async () => (await house.rounds()).slice(1).map(({ state, note: words }) => [state, words]);
    expect(await seen()).toEqual([
      ['missed', note],
      ['missed', note],
      ['missed', note],
      ['running', note],
    ]);
    expect(house.raised).toEqual(['gate 03-02T14:00', 'garage 03-02T14:00']);
    await comeBack(house, house.days.now);
    expect((await seen()).map(([, words]) => words)).toEqual([note, note, note, note]);
    await house.days.goTo(ten + 4 * hour);
    expect(house.raised.slice(2)).toEqual(['garage 03-02T17:00', 'roof 03-02T17:00', 'wall 03-02T17:00']);
    expect(starts(await house.rounds())).toEqual([13, 14, 15, 16, 17, 18].map((at) => `03-02T${at}:00`));
  });

  test('what readers kept meanwhile counts when it comes', async () => {
    const house = await createHouse({ start: evening });
    house.days.sleepTo(ten + 2 * hour);
    await comeBack(house, evening);
    for (const [index, id] of ['gate', 'garage', 'roof', 'wall'].entries())
      await house.checkin(tagOf(id), { at: ten + index * 10 * min });
    expect((await house.rounds()).map(({ state }) => state)).toEqual(['done']);
    expect(house.raised).toEqual([]);
  });

  test('a restart within a minute leaves no mark', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten + 5 * min);
    house.days.sleepTo(ten + 5 * min + 59_000);
    await comeBack(house, ten + 5 * min);
    expect((await house.rounds())[0]?.note).toBeNull();
  });
});

describe('clocks', () => {
  test.each([
    ['to summer time', Date.UTC(2026, 2, 27, 12), 37],
    ['and back', Date.UTC(2026, 9, 23, 12), 36],
  ])('%s: each scheduled round happens exactly once', async (_, start, twoHourly) => {
    const plans = [
      plan({ id: 'fixed', schedule: '30 2 * * *' }),
      plan({ id: 'two-hourly', schedule: '0 */2 * * *' }),
    ];
    const house = await createHouse({ start, zone: 'Europe/Berlin', plans });
    await house.days.goTo(start + 3 * day + hour);
    const rounds = await house.rounds();
    expect(rounds.filter((round) => round.plan === 'fixed')).toHaveLength(3);
    // On the wall: from 14:00 (16:00) of the first day up to 14:00 of the fourth.
    const clock = new Intl.DateTimeFormat('sv', {
      timeZone: 'Europe/Berlin',
      dateStyle: 'short',
      timeStyle: 'short',
    });
    const walls = rounds
      .filter((round) => round.plan === 'two-hourly')
      .map((round) => clock.format(round.startsAt));
    expect(new Set(walls).size).toBe(walls.length);
    expect(walls.length).toBe(twoHourly);
    expect(rounds.every((round) => round.endsAt > house.days.now || round.state === 'missed')).toBe(true);
  });

  test('set back an hour repeats no round, set forward an hour leaves none out', async () => {
    const house = await createHouse({ start: evening, plans: [plan({ schedule: '*/30 * * * *' })] });
    await house.days.goTo(ten + min);
    house.days.sleepTo(ten - hour + min);
    await house.days.goTo(ten + 2 * hour + min);
    house.days.sleepTo(ten + 3 * hour + min);
    await house.days.goTo(ten + 4 * hour + min);
    const half = 30 * min;
    expect((await house.rounds()).map((round) => round.startsAt)).toEqual(
      Array.from({ length: 12 }, (_, n) => evening + half * (n + 1)),
    );
  });

  test('a plan switched off and on while the clock is back repeats no round', async () => {
    const house = await createHouse({ start: evening });
    await house.days.goTo(ten + min);
    house.days.sleepTo(ten - hour);
    for (const enabled of [false, true]) {
      house.site.plans = [plan({ enabled })];
      await house.days.act((turn) => house.days.rooms.siteChanged(turn));
    }
    await house.days.goTo(ten + day + hour);
    expect(starts(await house.rounds())).toEqual(['03-02T14:00', '03-03T14:00']);
  });
});

test('a month of rounds, across the change to summer time, is the same with a restart after every step', async () => {
  const plain = await tellMonth(false);
  const restarted = await tellMonth(true);
  expect(plain.rounds.length).toBe(32 * 5);
  const told = new Set(plain.rounds.flatMap((round) => round.checks.map((check) => check.result)));
  expect([...told].sort()).toEqual(['early', 'late', 'missed', 'normal', 'out-of-order']);
  expect(plain.raised.length).toBeGreaterThan(20);
  expect(plain.cleared.length).toBeGreaterThan(10);
  expect(restarted).toEqual(plain);
}, 120_000);

/** Three night rounds and two of a second plan each day; the guard is prompt, slow, careless or uploads late by a fixed pattern. */
async function tellMonth(restartAfterEachStep: boolean) {
  const start = Date.UTC(2026, 2, 10, 11);
  const plans = [
    plan({ schedule: '0 22,0,2 * * *', guards: ['li-wei'] }),
    plan({ id: 'evening', route: 'short', schedule: '30 21,23 * * *', guards: ['zhang-min'] }),
  ];
  const routes = [
    route(),
    route({
      id: 'short',
      checkpoints: [
        { checkpoint: 'gate', dueMin: 0 },
        { checkpoint: 'roof', dueMin: 15 },
      ],
    }),
  ];
  const house = await createHouse({ start, zone: 'Europe/Berlin', plans, routes, restartAfterEachStep });
  const reads: { at: number; arrives: number; tag: string; reader: string }[] = [];
  for (let n = 0; n < 31; n++) {
    // Wall times do not matter to the guard's wand: 20:00 UTC is close enough to a round on both sides of the change.
    const night = Date.UTC(2026, 2, 10 + n, 20, 55);
    for (const [round, reader] of ['wand-1', 'wand-2', 'wand-1', 'wand-2', 'wand-1'].entries()) {
      const begin = night - 30 * min + Math.floor(round / 2) * 2 * hour + (round % 2) * 30 * min;
      reads.push({ at: begin, arrives: begin, tag: reader === 'wand-1' ? '6547886' : '6547887', reader });
      for (const [index, { id }] of checkpoints.entries()) {
        const dice = (n * 31 + round * 17 + index * 7) % 23;
        if (dice === 3) continue;
        const at = begin + (index * 10 + (dice % 9) + (dice === 5 ? 25 : 0)) * min + 1;
        reads.push({ at, arrives: dice === 7 ? at + day : at, tag: tagOf(id), reader });
      }
    }
  }
  reads.sort((a, b) => a.arrives - b.arrives);
  for (const read of reads) {
    await house.days.goTo(read.arrives);
    await house.checkin(read.tag, { at: read.at, reader: read.reader });
  }
  await house.days.goTo(start + 32 * day);
  const rounds = (await house.rounds()).map(({ id: _, ...round }) => round);
  const checkins = await house.days.query(
    'SELECT reader, tag, checkpoint, guard, at FROM checkin ORDER BY at, tag',
  );
  return { rounds, checkins, raised: house.raised, cleared: house.cleared };
}
