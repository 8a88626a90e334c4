import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sequence } from '../../gateway/contract/plant.ts';
import { min, type SimulatedHouse, sec, startSimulation } from './simulated-house.ts';

// A supply and the generator behind it, over the native topics, on a clock that the test moves. Both report every five minutes and at each change.

const site = `
site: { id: power, name: 供电小区 }
areas: [{ id: plant-room, name: 配电房, kind: plant-room }]
devices:
  - { id: mains-1, type: native-mains-supply, name: 一路市电, area: plant-room, settings: { silenceS: 600 } }
  - { id: gen-1, type: native-generator, name: 发电机, area: plant-room, settings: { silenceS: 600, mains: mains-1 } }
`;
const start = Date.UTC(2026, 5, 1, 8);

let house: SimulatedHouse;
/** When the test began: all that is looked at is newer. */
let since = 0;
beforeAll(async () => {
  house = await startSimulation({ start, site, pace: 2 });
});
afterAll(() => house.close());

const state = {
  'mains-1': { present: true } as Record<string, boolean>,
  'gen-1': { running: false, onLoad: false } as Record<string, boolean>,
};
type Unit = keyof typeof state;

async function tell(unit: Unit, values: Record<string, boolean>): Promise<void> {
  Object.assign(state[unit], values);
  await house.send(unit, 'readings', { values: state[unit] });
}

/** Lets time pass while every unit in `alive` reports. */
async function pass(ms: number, alive: readonly Unit[] = ['mains-1', 'gen-1']): Promise<void> {
  for (let left = ms; left > 0; left -= 5 * min) {
    await house.pass(Math.min(left, 5 * min));
    if (left > 5 * min) for (const unit of alive) await tell(unit, {});
  }
}

/** Everything at rest, as configured at first, with the alarms of the test before closed. */
async function begin(): Promise<void> {
  await house.gateway.control['site.apply']?.({ yaml: site, file: 'site.yaml' });
  await house.gateway.turns.idle();
  await tell('gen-1', { running: false, onLoad: false });
  await tell('mains-1', { present: true });
  for (const { id, state: at } of house.alarms())
    if (at !== 'closed') await house.ask('POST', `/alarms/${id}/acknowledge`, {});
  await pass(11 * min);
  since = house.now;
}

const sequences = async () =>
  (await house.ask<{ items: Sequence[] }>('GET', `/plant/sequences?from=${since}`)).items;
const results = async () => ((await sequences())[0]?.steps ?? []).map(({ result }) => result).join(' ');
/** Alarms of the sequence, oldest first: the step, how it stands now. */
const alarms = (definition?: string) => house.alarms(definition).filter(({ raisedAt }) => raisedAt >= since);
const missed = () => alarms('stepMissed').map(({ instance, state }) => `${instance} ${state}`);
const ofField = () =>
  alarms()
    .filter(({ device }) => device !== 'gatehouse')
    .map(({ definition }) => definition);

test('a loss of mains that goes as it should leaves a full record and no alarm but the loss', async () => {
  await begin();
  await tell('mains-1', { present: false });
  const lostAt = house.now;
  await pass(6 * sec);
  await tell('gen-1', { running: true });
  await pass(4 * sec);
  await tell('gen-1', { onLoad: true });
  await pass(40 * min);
  await tell('mains-1', { present: true });
  const returnedAt = house.now;
  await pass(175 * sec);
  await tell('gen-1', { onLoad: false });
  await pass(10 * sec);
  await tell('gen-1', { running: false });
  const [sequence] = await sequences();
  expect(sequence).toMatchObject({
    ...{ generator: 'gen-1', mains: 'mains-1', state: 'ended', outcome: 'good' },
    ...{ lostAt, returnedAt, endedAt: returnedAt + 185 * sec, lossSeen: true, returnSeen: true },
    steps: [
      { step: 'start', by: lostAt + 15 * sec, at: lostAt + 6 * sec, result: 'done' },
      { step: 'load', by: lostAt + 15 * sec, at: lostAt + 10 * sec, result: 'done' },
      { step: 'carry', from: lostAt + 10 * sec, at: returnedAt, result: 'done' },
      { step: 'unload', by: returnedAt + 210 * sec, at: returnedAt + 175 * sec, result: 'done' },
      {
        ...{ step: 'stop', from: returnedAt + 150 * sec, by: returnedAt + 210 * sec },
        ...{ at: returnedAt + 185 * sec, result: 'done' },
      },
    ],
  });
  expect(ofField()).toEqual(['loss']);
  await pass(5 * min);
  expect(await sequences()).toHaveLength(1);
});

/** The mains is lost and the generator carries it; the outage lasts ten minutes. */
async function carried(): Promise<void> {
  await begin();
  await tell('mains-1', { present: false });
  await pass(5 * sec);
  await tell('gen-1', { running: true, onLoad: true });
  await pass(10 * min);
}
async function mainsBack(): Promise<void> {
  await tell('mains-1', { present: true });
  await pass(170 * sec);
}

describe('a step that is missed is an alarm that names it, gone when it happens after all', () => {
  test('the generator does not start; the mains comes back', async () => {
    await begin();
    await tell('mains-1', { present: false });
    await pass(14 * sec);
    expect(missed()).toEqual([]);
    await pass(1 * sec);
    expect(missed().sort()).toEqual(['load unacknowledged', 'start unacknowledged']);
    const [load, start] = alarms('stepMissed').sort((a, b) =>
      String(a.instance).localeCompare(String(b.instance)),
    );
    expect(start).toMatchObject({
      ...{ device: 'gen-1', priority: 1, category: 'power', limit: 15, unit: 's' },
      title: { zh: '发电机投切顺序异常：未启动', en: 'Generator sequence: not started' },
    });
    expect(load?.title.zh).toBe('发电机投切顺序异常：未带载');
    await pass(20 * min);
    await tell('mains-1', { present: true });
    expect(missed().sort()).toEqual(['load returned', 'start returned']);
    expect(await results()).toBe('missed missed void void void');
    expect((await sequences())[0]).toMatchObject({ state: 'ended', outcome: 'faulty' });
  });

  test('it starts late', async () => {
    await begin();
    await tell('mains-1', { present: false });
    await pass(25 * sec);
    await tell('gen-1', { running: true, onLoad: true });
    expect(missed().sort()).toEqual(['load returned', 'start returned']);
    expect(await results()).toBe('late late waiting waiting waiting');
  });

  test('it runs but does not take the load', async () => {
    await begin();
    await tell('mains-1', { present: false });
    await pass(5 * sec);
    await tell('gen-1', { running: true });
    await pass(10 * sec);
    expect(missed()).toEqual(['load unacknowledged']);
    expect(await results()).toBe('done missed waiting waiting waiting');
  });

  test('it gives up during the outage; a short gap in the load is none', async () => {
    await carried();
    await tell('gen-1', { onLoad: false });
    await pass(5 * sec);
    await tell('gen-1', { onLoad: true });
    await pass(1 * min);
    expect(missed()).toEqual([]);
    await tell('gen-1', { running: false, onLoad: false });
    await pass(10 * sec);
    expect(missed()).toEqual(['carry unacknowledged']);
    await tell('gen-1', { running: true, onLoad: true });
    expect(missed()).toEqual(['carry returned']);
    expect(await results()).toBe('done done missed waiting waiting');
  });

  test('it does not give the load back, and so does not stop', async () => {
    await carried();
    await mainsBack();
    await pass(39 * sec);
    expect(missed()).toEqual([]);
    await pass(1 * sec);
    expect(missed().sort()).toEqual(['stop unacknowledged', 'unload unacknowledged']);
    await tell('gen-1', { onLoad: false });
    await pass(1 * min);
    await tell('gen-1', { running: false });
    expect(missed().sort()).toEqual(['stop returned', 'unload returned']);
    expect(await results()).toBe('done done done late late');
  });

  test('it stops too early: told as that, and over at once', async () => {
    await carried();
    await tell('mains-1', { present: true });
    await pass(149 * sec);
    await tell('gen-1', { running: false, onLoad: false });
    expect(missed()).toEqual(['stop returned']);
    expect(alarms('stepMissed')[0]?.title.zh).toBe('发电机投切顺序异常：来电后停机过早');
    expect(await results()).toBe('done done done done early');
    expect((await sequences())[0]?.outcome).toBe('faulty');
  });

  test.each([150, 180, 210])('a stop %i s after the return is in time', async (afterS) => {
    await carried();
    await tell('mains-1', { present: true });
    await pass(afterS * sec - 1);
    await tell('gen-1', { running: false, onLoad: false });
    expect(await results()).toBe(afterS === 150 ? 'done done done done early' : 'done done done done done');
  });
});

/** A word that says nothing: the sensor knows itself to be broken. */
async function blind(unit: Unit): Promise<void> {
  await house.send(unit, 'readings', { values: state[unit], quality: 'bad' });
}

describe('what nobody can see is not judged', () => {
  test('values of bad quality: the next good one decides, and a step done meanwhile is not held against anybody', async () => {
    await begin();
    await tell('mains-1', { present: false });
    await blind('gen-1');
    await pass(20 * sec, []);
    expect(missed()).toEqual([]);
    await tell('gen-1', { running: true, onLoad: true });
    expect(await results()).toBe('unseen unseen waiting waiting waiting');
    expect(missed()).toEqual([]);
  });

  test('and if the good value says that it was not done, it is missed', async () => {
    await begin();
    await tell('mains-1', { present: false });
    await blind('gen-1');
    await pass(20 * sec, []);
    await tell('gen-1', {});
    expect(missed().sort()).toEqual(['load unacknowledged', 'start unacknowledged']);
  });

  test('a mains value of bad quality neither begins a sequence nor ends one', async () => {
    await begin();
    state['mains-1'] = { present: false };
    await blind('mains-1');
    await pass(1 * min, ['gen-1']);
    expect(await sequences()).toEqual([]);
    await tell('mains-1', { present: false });
    await tell('gen-1', { running: true, onLoad: true });
    state['mains-1'] = { present: true };
    await blind('mains-1');
    await pass(1 * min, ['gen-1']);
    expect((await sequences()).map(({ state: at, lossSeen }) => [at, lossSeen])).toEqual([['outage', false]]);
  });

  test('a generator that has fallen silent', async () => {
    await carried();
    await pass(11 * min, ['mains-1']);
    expect(ofField()).toContain('offline');
    await tell('mains-1', { present: true });
    await pass(5 * min, ['mains-1']);
    expect(missed()).toEqual([]);
    await tell('gen-1', { running: false, onLoad: false });
    expect(await results()).toBe('done done done unseen unseen');
  });

  test('a test run with the mains present', async () => {
    await begin();
    await tell('gen-1', { running: true });
    await pass(10 * min);
    await tell('gen-1', { running: false });
    expect(await sequences()).toEqual([]);
  });

  test('a loss that is over before the generator was due', async () => {
    await begin();
    await tell('mains-1', { present: false });
    await pass(3 * sec);
    await tell('mains-1', { present: true });
    await pass(5 * min);
    expect(await results()).toBe('void void void void void');
    expect(missed()).toEqual([]);
  });

  test('a generator that backs up no supply of the site', async () => {
    await begin();
    await house.gateway.control['site.apply']?.({
      yaml: site.replace(', mains: mains-1', ''),
      file: 's',
    });
    await tell('mains-1', { present: false });
    await pass(1 * min);
    expect(await sequences()).toEqual([]);
  });
});

test('a mains that goes again before the generator has stopped begins a second sequence, with the generator running', async () => {
  await carried();
  await tell('mains-1', { present: true });
  await pass(1 * min);
  await tell('mains-1', { present: false });
  await pass(1 * min);
  const [second, first] = await sequences();
  expect(first).toMatchObject({ state: 'ended', outcome: 'good' });
  expect(second).toMatchObject({ state: 'outage' });
  expect(await results()).toBe('done done waiting waiting waiting');
  expect(missed()).toEqual([]);
});

test('the limits are settings of the generator', async () => {
  await begin();
  await house.gateway.control['site.apply']?.({
    yaml: site.replace(
      'mains: mains-1',
      'mains: mains-1, startWithinS: 5, loadWithinS: 8, stopAfterS: 60, stopToleranceS: 10',
    ),
    file: 's',
  });
  await pass(1 * sec);
  await tell('mains-1', { present: false });
  await pass(6 * sec);
  await tell('gen-1', { running: true });
  await pass(1 * sec);
  await tell('gen-1', { onLoad: true });
  await tell('mains-1', { present: true });
  await pass(65 * sec);
  await tell('gen-1', { running: false, onLoad: false });
  expect(await results()).toBe('late done done done done');
});

test('an engineer’s clock that is set while the generator runs changes no step', async () => {
  await carried();
  await tell('mains-1', { present: true });
  await pass(60 * sec);
  house.clock.stepWall(3_600 * sec);
  await pass(125 * sec);
  await tell('gen-1', { running: false, onLoad: false });
  expect(await results()).toBe('done done done done done');
  const [{ returnedAt, endedAt } = { returnedAt: 0, endedAt: 0 }] = await sequences();
  expect((endedAt ?? 0) - (returnedAt ?? 0)).toBe(185 * sec);
});

describe('a restart of the gateway at any step goes on with the sequence', () => {
  const story: [what: string, act: () => Promise<void>, waitMs: number][] = [
    ['lost', () => tell('mains-1', { present: false }), 5 * sec],
    ['started', () => tell('gen-1', { running: true }), 5 * sec],
    ['on load', () => tell('gen-1', { onLoad: true }), 60 * sec],
    ['returned', () => tell('mains-1', { present: true }), 160 * sec],
    ['off load', () => tell('gen-1', { onLoad: false }), 20 * sec],
    ['stopped', () => tell('gen-1', { running: false }), 60 * sec],
  ];

  test.each(story.map(([what], index) => ({ what, index })))(
    '$what, then a restart of 2 s',
    async ({ index }) => {
      await begin();
      for (const [n, [, act, waitMs]] of story.entries()) {
        await act();
        if (n === index) {
          await house.restart(2 * sec);
          await tell('mains-1', {});
          await tell('gen-1', {});
          await pass(waitMs - 2 * sec);
        } else await pass(waitMs);
      }
      expect(await results()).toBe('done done done done done');
      expect(missed()).toEqual([]);
      expect(await sequences()).toHaveLength(1);
    },
  );

  test.each(story.map(([what], index) => ({ what, index })))(
    'everything from "$what" on happens while the gateway is down: nothing is made up',
    async ({ index }) => {
      await begin();
      for (const [n, [, act, waitMs]] of story.entries()) {
        if (n < index) {
          await act();
          await pass(waitMs);
        }
      }
      state['mains-1'] = { present: true };
      state['gen-1'] = { running: false, onLoad: false };
      await house.restart(10 * min);
      await tell('mains-1', {});
      await tell('gen-1', {});
      await pass(10 * min);
      expect(missed()).toEqual([]);
      const found = await sequences();
      expect(found).toHaveLength(index === 0 ? 0 : 1);
      for (const { state: at, outcome } of found) expect([at, outcome]).toEqual(['ended', 'good']);
    },
  );

  test('the mains went and came back while it was down, and the generator still runs: only its stop is watched', async () => {
    await begin();
    await house.restart(10 * min);
    await tell('gen-1', { running: true, onLoad: true });
    await tell('mains-1', { present: false });
    await pass(20 * sec);
    expect(missed()).toEqual([]);
    expect((await sequences())[0]).toMatchObject({ lossSeen: false });
    expect(await results()).toBe('unseen unseen waiting waiting waiting');
    await tell('mains-1', { present: true });
    await pass(215 * sec);
    expect(missed().sort()).toEqual(['stop unacknowledged', 'unload unacknowledged']);
  });
});
