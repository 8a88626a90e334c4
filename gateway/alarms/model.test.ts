import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alarm, AlarmState, AlarmTransition } from '../contract/alarm.ts';
import { Fault } from '../lib/errors.ts';
import { testActor } from '../store/turn-fixture.ts';
import { alarmed, definition, event, panicKind, tankKind, zoneKind } from './alarm-fixture.ts';
import { createHouse, type House } from './house-fixture.ts';
import { step } from './machine.ts';
import type { AlarmInput, AlarmSeed, Occurrence } from './occurrence.ts';
import { causeOf } from './store.ts';

/** Where each state may lead; a step that keeps the state is always legal, except that nothing leaves `closed`. */
const legal: Record<AlarmState | 'none', readonly AlarmState[]> = {
  none: ['unacknowledged', 'returned'],
  unacknowledged: ['unacknowledged', 'acknowledged', 'returned', 'latched', 'closed'],
  acknowledged: ['acknowledged', 'unacknowledged', 'returned', 'closed'],
  returned: ['returned', 'unacknowledged', 'acknowledged', 'closed'],
  latched: ['latched', 'unacknowledged', 'closed'],
  closed: [],
};

function checkTransition(transition: AlarmTransition): void {
  expect(legal[transition.from ?? 'none']).toContain(transition.to);
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const by = { who: 'li', station: null };
const seed: AlarmSeed = {
  device: 'd',
  definition: 'x',
  area: 'a',
  category: 'water',
  priority: 2,
  title: { zh: '报警', en: 'Alarm' },
  deviceName: 'D',
  areaName: 'A',
  latched: false,
  popup: false,
  shelvable: true,
  cameras: [],
};

const machineInput = (latched: boolean): fc.Arbitrary<AlarmInput> =>
  fc.oneof(
    fc.record({ late: fc.boolean(), gone: fc.boolean() }).map(
      (fields): AlarmInput => ({
        type: 'trip',
        id: 'i',
        seed: { ...seed, latched },
        occurredAt: 1,
        ...fields,
      }),
    ),
    fc.constantFrom<AlarmInput>(
      { type: 'return' },
      { type: 'return', reason: 'removed by configuration' },
      { type: 'acknowledge', by, comment: null },
      { type: 'reset', by, comment: null },
      { type: 'shelve', by, shelf: { by: 'li', until: 1e9, reason: 'x', owner: 'li' } },
      { type: 'unshelve', by, comment: null },
      { type: 'comment', by, comment: 'x' },
      { type: 'suppress', why: 'p' },
      { type: 'unsuppress' },
      { type: 'settle' },
    ),
  );

test('every state of the machine is reached by a legal step, and none of it is lost by writing and reading it', () => {
  fc.assert(
    fc.property(
      fc.boolean().chain((latched) =>
        fc.record({
          latched: fc.constant(latched),
          inputs: fc.array(fc.tuple(machineInput(latched), fc.integer({ min: 0, max: 70_000 })), {
            maxLength: 60,
          }),
        }),
      ),
      ({ latched, inputs }) => {
        let kept: Occurrence | undefined;
        let reread: Occurrence | undefined;
        let now = 1_000;
        for (const [input, waitMs] of inputs) {
          now += waitMs;
          const outcome = step(kept, input, now);
          expect(plain(step(reread, input, now))).toEqual(plain(outcome));
          if (outcome.kind !== 'changed') continue;
          const { alarm, track } = outcome.occurrence;
          if (outcome.transition) {
            checkTransition(outcome.transition);
            expect(outcome.transition.from).toBe(kept?.alarm.state ?? null);
            expect(alarm.revision).toBe((kept?.alarm.revision ?? 0) + 1);
          } else expect(alarm.state).toBe(kept?.alarm.state);
          // Only reset closes a latched alarm, and nothing else is ever latched.
          if (alarm.state === 'closed' && latched) expect(input.type).toBe('reset');
          if (alarm.state === 'latched') expect(latched).toBe(true);
          if (alarm.state === 'returned') expect(alarm.returnedAt).toBeDefined();
          if (alarm.state === 'acknowledged' || alarm.state === 'latched')
            expect(alarm.acknowledgedBy).toBeDefined();
          expect(alarm.count).toBe((kept?.alarm.count ?? 0) + (input.type === 'trip' ? 1 : 0));
          expect(track.trips.length).toBeLessThanOrEqual(5);
          kept = alarm.state === 'closed' ? undefined : outcome.occurrence;
          reread = kept && (JSON.parse(JSON.stringify(kept)) as Occurrence);
        }
      },
    ),
    { numRuns: 300 },
  );
});

// The room on a real database: whatever happens in whatever order, memory and database agree, and a restart changes nothing.

let house: House;
beforeAll(async () => {
  house = await createHouse();
});
afterAll(() => house.store.remove());

const tank = alarmed('tank-1', tankKind, {
  high: definition({
    on: { rule: 'above', point: 'level', limit: 2, deadband: 0.5, onDelayMs: 2_000, offDelayMs: 2_000 },
  }),
  dry: definition({ on: { rule: 'when', when: 'running && level < 0.5' } }),
  offline: definition({ on: { rule: 'supervision', fault: 'offline' } }),
});
const wall = alarmed('wall-1', zoneKind, {
  intrusion: definition({
    on: { rule: 'event', event: 'zone.alarm', clearedBy: 'zone.restore', instance: 'zone', onlyArmed: true },
  }),
  held: definition({ on: { rule: 'event', event: 'access.held' } }),
});
const button = alarmed('panic-1', panicKind, {
  panic: definition({ on: { rule: 'event', event: 'panic', clearedBy: 'panic.restore', latched: true } }),
});
const site = [tank, wall, button];

type Act =
  | { do: 'level'; value: number; quality: 'good' | 'bad' }
  | { do: 'running'; value: boolean }
  | { do: 'event'; device: string; type: string; zone: number; late: boolean }
  | { do: 'offline'; active: boolean; cause: boolean }
  | { do: 'acknowledge' | 'reset' | 'shelve' | 'unshelve'; which: number }
  | { do: 'shown'; which: number }
  | { do: 'arm'; armed: boolean }
  | { do: 'wait'; ms: number }
  | { do: 'configure'; devices: number }
  | { do: 'restart' };

const which = fc.nat(6);
const acts: fc.Arbitrary<Act>[] = [
  fc.record({
    do: fc.constant('level' as const),
    value: fc.constantFrom(0.2, 1, 1.8, 2.5),
    quality: fc.constantFrom('good', 'good', 'good', 'bad'),
  }),
  fc.record({ do: fc.constant('running' as const), value: fc.boolean() }),
  fc
    .record({
      do: fc.constant('event' as const),
      what: fc.constantFrom('zone.alarm', 'zone.restore', 'access.held', 'panic', 'panic.restore'),
      zone: fc.nat(1),
      late: fc.boolean(),
    })
    .map(({ what, ...rest }) => ({
      ...rest,
      type: what,
      device: what.startsWith('panic') ? 'panic-1' : 'wall-1',
    })),
  fc.record({ do: fc.constant('offline' as const), active: fc.boolean(), cause: fc.boolean() }),
  fc.record({ do: fc.constantFrom('acknowledge', 'acknowledge', 'reset', 'shelve', 'unshelve'), which }),
  fc.record({ do: fc.constant('shown' as const), which }),
  fc.record({ do: fc.constant('arm' as const), armed: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(100, 1_000, 5_000, 61_000) }),
  fc.record({ do: fc.constant('configure' as const), devices: fc.constantFrom(3, 3, 2, 0) }),
  fc.constant({ do: 'restart' as const }),
];

async function perform(act: Act): Promise<void> {
  switch (act.do) {
    case 'level':
      await house.read({ device: 'tank-1', point: 'level', value: act.value, quality: act.quality });
      return;
    case 'running':
      await house.read({ device: 'tank-1', point: 'running', value: act.value });
      return;
    case 'event': {
      const occurredAt = house.now - (act.late ? 3_600_000 + act.zone * 60_000 : 0);
      const stored = event(act.device, act.type, { data: { zone: act.zone }, occurredAt, late: act.late });
      await house.turn((turn, alarms) => alarms.onEvent(turn, stored));
      return;
    }
    case 'offline': {
      const cause = act.cause ? 'gateway-1' : undefined;
      await house.turn((turn, alarms) =>
        alarms.onSupervision(
          turn,
          'tank-1',
          act.active ? { state: 'offline', why: 'silence', cause } : { state: 'online', why: null },
        ),
      );
      return;
    }
    case 'arm':
      if (!house.alarms.zones.committed.has('wall-1')) return;
      await house.turn((turn, { zones }) =>
        act.armed ? zones.arm(turn, 'wall-1') : zones.disarm(turn, 'wall-1'),
      );
      return;
    case 'wait':
      await house.advance(act.ms);
      return;
    case 'configure':
      await house.configure(site.slice(0, act.devices));
      return;
    case 'restart': {
      const before = inMemory();
      await house.restart();
      expect(inMemory()).toEqual(before);
      return;
    }
    default:
      await onOneAlarm(act.do, act.which);
  }
}

async function onOneAlarm(
  what: 'acknowledge' | 'reset' | 'shelve' | 'unshelve' | 'shown',
  index: number,
): Promise<void> {
  const open = house.open().sort((a, b) => (causeOf(a) < causeOf(b) ? -1 : 1));
  const { id = '', revision = 0 } = open[index % Math.max(1, open.length)] ?? {};
  try {
    await house.turn((turn, alarms) => {
      if (what === 'shown')
        alarms.shown(turn, { type: 'shown', alarms: [{ id, revision }], audible: true, visible: true });
      else if (what === 'shelve') alarms.shelve(turn, id, { reason: 'x', until: house.now + 30_000 });
      else alarms[what](turn, id, null);
    }, testActor);
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'state.conflict')) throw error;
  }
}

function inMemory(): unknown {
  return plain(house.alarms.snapshot().sort((a, b) => (a.id < b.id ? -1 : 1)));
}

/** What must hold after every step. */
async function check(): Promise<void> {
  const open = house.open();
  const causes = open.map(causeOf);
  expect(new Set(causes).size, 'one open alarm for each cause').toBe(causes.length);
  const rows = await house.store.query<{ doc: string }>(
    'SELECT doc FROM alarm WHERE closed_at IS NULL ORDER BY id',
  );
  expect(rows.map(({ doc }) => JSON.parse(doc) as Alarm)).toEqual(
    plain([...open].sort((a, b) => (a.id < b.id ? -1 : 1))),
  );
}

async function checkRecords(): Promise<void> {
  const transitions = await house.store.query<AlarmTransition>(
    `SELECT alarm, revision, at, from_state AS "from", to_state AS "to", cause, who FROM alarm_transition ORDER BY alarm, revision`,
  );
  const last = new Map<string, AlarmTransition>();
  for (const transition of transitions) {
    const before = last.get(transition.alarm);
    expect(transition.revision, 'no revision is missing').toBe((before?.revision ?? 0) + 1);
    expect(transition.from, 'each begins where the last ended').toBe(before?.to ?? null);
    checkTransition(transition);
    last.set(transition.alarm, transition);
  }
  const alarms = await house.store.query<{ id: string; state: string }>('SELECT id, state FROM alarm');
  expect(new Map(alarms.map(({ id, state }) => [id, state]))).toEqual(
    new Map(Array.from(last, ([id, { to }]) => [id, to])),
  );
  const [latency] = await house.store.query<{ total: number }>('SELECT count(*) AS total FROM alarm_latency');
  expect(latency?.total, 'a latency record for every alarm').toBe(alarms.length);
}

test('the room and its database agree after every step, and a restart at any of them changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...acts), { minLength: 5, maxLength: 40 }), async (sequence) => {
      await house.wipe();
      await house.configure(site);
      for (const act of sequence) {
        await perform(act);
        await check();
      }
      const before = inMemory();
      await house.restart();
      expect(inMemory()).toEqual(before);
      await checkRecords();
    }),
    { numRuns: 60 },
  );
}, 120_000);

/** All that was ever raised, with every step of it; ids, which are drawn anew, left out. */
async function told(): Promise<unknown> {
  const alarms = await house.store.query<{ id: string; cause: string; doc: string; track: string }>(
    'SELECT id, cause, doc, track FROM alarm ORDER BY raised_at, cause, id',
  );
  const transitions = await house.store.query<AlarmTransition>(
    'SELECT * FROM alarm_transition ORDER BY revision',
  );
  return alarms.map(({ id, doc, track }) => ({
    ...(JSON.parse(doc) as Alarm),
    id: null,
    track: JSON.parse(track),
    transitions: transitions.filter(({ alarm }) => alarm === id).map((row) => ({ ...row, alarm: null })),
  }));
}

test('restarts at any steps leave the same alarms and transitions as none (on-delays and live values aside)', async () => {
  // An on-delay waits for a fresh value after a restart, and so does an expression (rules.test.ts has both).
  const { high, offline } = tank.alarms;
  if (high?.on.rule !== 'above' || !offline)
    throw new Error('the tank has other alarms than this test means');
  const alarms = { high: { ...high, on: { ...high.on, onDelayMs: 0 } }, offline };
  const plainSite = [{ ...tank, alarms }, wall, button];
  const step = fc.oneof(...acts.slice(0, -2));
  async function run(sequence: { act: Act; restart: boolean }[], restarting: boolean): Promise<unknown> {
    await house.wipe();
    await house.configure(plainSite);
    for (const { act, restart } of sequence) {
      await perform(act);
      if (restarting && restart) await house.restart();
    }
    return told();
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ act: step, restart: fc.boolean() }), { minLength: 5, maxLength: 40 }),
      async (sequence) => {
        const without = await run(sequence, false);
        expect(await run(sequence, true)).toEqual(without);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
