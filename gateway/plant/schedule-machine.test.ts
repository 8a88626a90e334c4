import { describe, expect, test } from 'vitest';
import {
  endGrace,
  followDevices,
  judgeDevice,
  type KeptDevice,
  newSchedule,
  planTime,
  type Standing,
  seeLight,
  switchedByHand,
  turned,
  type Watch,
  want,
} from './schedule-machine.ts';

const hour = 3_600_000;

function device(planned: Partial<KeptDevice['planned']> = {}, watch: Watch = null): KeptDevice {
  return {
    planned: { device: 'light-1', on: null, owed: false, override: null, againstSince: null, ...planned },
    watch,
  };
}
const standing = (fields: Partial<Standing> = {}): Standing => ({
  ...{ on: false, reachable: true, held: false, patient: false },
  ...fields,
});
const byHand = { on: true, by: 'li', at: 1, reason: null };

describe('a device that is owed a switching', () => {
  // wanted on; what is seen of the device → whether the command goes out, whether it stays owed, what watch begins
  test.each<[what: string, seen: Partial<Standing>, command: boolean, owed: boolean, watch: Watch]>([
    ['is off and in reach', { on: false }, true, false, 'grace'],
    ['is on already', { on: true }, false, false, null],
    ['has never told its state', { on: null }, true, false, null],
    ['is out of reach', { on: null, reachable: false }, false, true, null],
    ['is held by an interlock', { held: true }, false, true, null],
    ['has not told its state yet, shortly after the start', { on: null, patient: true }, false, true, null],
    ['has told it, shortly after the start', { on: false, patient: true }, true, false, 'grace'],
  ])('and %s', (_, seen, command, owed, watch) => {
    const step = judgeDevice(device({ owed: true }), true, standing(seen), 5);
    expect([step.command, step.device.planned.owed, step.device.watch]).toEqual([command, owed, watch]);
    expect(step.finding).toBeUndefined();
  });

  test('is commanded once: what it then does is watched, not repeated', () => {
    let { device: kept } = judgeDevice(device({ owed: true }), true, standing(), 5);
    for (const on of [false, null, false]) {
      const step = judgeDevice(kept, true, standing({ on }), 6);
      expect(step.command).toBe(false);
      kept = step.device;
    }
    expect(kept).toMatchObject({ watch: 'grace', planned: { againstSince: 5 } });
  });

  test('gets nothing while its schedule rests', () => {
    const step = judgeDevice(device({ owed: true }, 'raised'), null, standing(), 5);
    expect([step.command, step.finding, step.device.watch]).toEqual([false, false, null]);
  });
});

describe('a device that differs from its plan', () => {
  test('for longer than the grace is found, and given back when it is as planned', () => {
    const begun = judgeDevice(device(), true, standing(), 5);
    expect(begun).toMatchObject({ grace: true, device: { watch: 'grace', planned: { againstSince: 5 } } });
    const found = endGrace(begun.device);
    expect(found).toMatchObject({ finding: true, device: { watch: 'raised' } });
    const met = judgeDevice(found.device, true, standing({ on: true }), 9);
    expect(met).toMatchObject({ finding: false, device: { watch: null, planned: { againstSince: null } } });
    expect(met.grace).toBeUndefined();
  });

  test('for shorter is not', () => {
    const begun = judgeDevice(device(), true, standing(), 5);
    const met = judgeDevice(begun.device, true, standing({ on: true }), 6);
    expect(met).toMatchObject({ grace: false, device: { watch: null } });
    expect(met.finding).toBeUndefined();
    expect(endGrace(met.device).finding).toBeUndefined();
  });

  test('and is lost from sight is judged by its next word', () => {
    const begun = judgeDevice(device(), true, standing(), 5);
    const lost = judgeDevice(begun.device, true, standing({ on: null }), 6);
    const overdue = endGrace(lost.device);
    expect([overdue.finding, overdue.device.watch]).toEqual([undefined, 'overdue']);
    expect(judgeDevice(overdue.device, true, standing({ on: false }), 7).finding).toBe(true);
    const met = judgeDevice(overdue.device, true, standing({ on: true }), 7);
    expect([met.finding, met.device.watch]).toEqual([undefined, null]);
  });

  test('stands as it was found while it is out of sight', () => {
    const step = judgeDevice(device({}, 'raised'), true, standing({ on: null, reachable: false }), 5);
    expect([step.finding, step.device.watch]).toEqual([undefined, 'raised']);
  });

  test.each<[why: string, kept: Partial<KeptDevice['planned']>, seen: Partial<Standing>]>([
    ['somebody has switched it by hand', { override: byHand }, {}],
    ['an interlock holds it', {}, { held: true }],
    ['the switching is owed and it cannot be reached', { owed: true }, { reachable: false }],
  ])('because %s is not found, and an alarm that stood is over', (_, kept, seen) => {
    const fresh = judgeDevice(device(kept), true, standing(seen), 5);
    expect([fresh.grace, fresh.finding, fresh.device.watch]).toEqual([undefined, undefined, null]);
    const stood = judgeDevice(device(kept, 'raised'), true, standing(seen), 5);
    expect([stood.finding, stood.device.watch]).toEqual([false, null]);
  });
});

describe('switched by hand', () => {
  test('against the plan it is respected; no switching is owed any more', () => {
    const { device: kept, finding } = switchedByHand(device({ owed: true }, 'raised'), false, byHand);
    expect(finding).toBe(false);
    expect(kept).toMatchObject({ watch: null, planned: { override: byHand, owed: false } });
    expect(judgeDevice(kept, false, standing({ on: true }), 9)).toMatchObject({ command: false });
  });

  test('as planned it goes by its plan again', () => {
    const { device: kept } = switchedByHand(device({ override: { ...byHand, on: false } }), true, byHand);
    expect(kept.planned.override).toBe(null);
  });

  test('ends with the next switching, which is owed to every device', () => {
    const before = {
      ...newSchedule('plan'),
      state: { ...newSchedule('plan').state, wanted: true },
      devices: [device({ override: { ...byHand, on: false } })],
    };
    const after = want(before, false, 7);
    expect(after.state).toMatchObject({ wanted: false, since: 7 });
    expect(after.devices[0]?.planned).toMatchObject({ override: null, owed: true });
    expect(want(after, false, 8)).toBe(after);
  });
});

test('a device that joins a schedule is owed its state, one that leaves is forgotten', () => {
  const kept = want(followDevices(newSchedule('plan'), ['a', 'b']), true, 5);
  const settled = {
    ...kept,
    devices: kept.devices.map((one) => ({ ...one, planned: { ...one.planned, owed: false } })),
  };
  const after = followDevices(settled, ['b', 'c']);
  expect(after.devices.map(({ planned }) => [planned.device, planned.owed])).toEqual([
    ['b', false],
    ['c', true],
  ]);
  expect(followDevices(after, ['b', 'c'])).toBe(after);
  expect(followDevices(newSchedule('rests'), ['a']).devices[0]?.planned.owed).toBe(false);
});

test('a clock that is set back asks nothing twice, unless it had been quite wrong', () => {
  const kept = { ...newSchedule('plan'), judgedTo: 10 * hour };
  expect(planTime(kept, 11 * hour)).toBe(11 * hour);
  expect(planTime(kept, 9 * hour)).toBe(10 * hour);
  expect(planTime(kept, 7 * hour)).toBe(7 * hour);
});

describe('the light level', () => {
  const light = { sensor: 'lux-1', onBelowLx: 30, offAboveLx: 60, delayS: 60 };
  const at = (dark: boolean | null) => {
    const fresh = newSchedule('plan');
    return { ...fresh, state: { ...fresh.state, dark } };
  };

  test.each([
    [10, true],
    [45, false],
    [100, false],
  ])('that is seen first counts at once: %i lx', (lux, dark) => {
    expect(seeLight(at(null), lux, light).kept.state.dark).toBe(dark);
  });

  // before, level → what it turns to after which delay (null: nothing)
  test.each<[dark: boolean, lux: number | null, turns: boolean | null, delayMs: number | undefined]>([
    [false, 29, true, 60_000],
    [false, 30, null, undefined],
    [false, 100, null, undefined],
    [true, 61, false, 60_000],
    [true, 60, null, undefined],
    [true, 10, null, undefined],
    [false, null, true, 600_000],
    [true, null, null, undefined],
  ])('dark %s and %s lx', (dark, lux, turns, delayMs) => {
    const { kept, delayMs: delay } = seeLight(at(dark), lux, light);
    expect([kept.turning?.dark ?? null, delay]).toEqual([turns, delayMs]);
    expect(turned(kept).state.dark).toBe(turns ?? dark);
  });

  test('that comes back within the delay turns nothing; one that stays waits on with the delay as it runs', () => {
    const turning = seeLight(at(false), 20, light).kept;
    expect(seeLight(turning, 15, light).delayMs).toBe(undefined);
    const back = seeLight(turning, 40, light);
    expect([back.kept.turning, back.delayMs]).toEqual([null, null]);
    expect(turned(back.kept).state.dark).toBe(false);
  });

  test('of a sensor that fails while it gets dark waits for the longer delay', () => {
    const turning = seeLight(at(false), 20, light).kept;
    expect(seeLight(turning, null, light).delayMs).toBe(600_000);
  });
});
