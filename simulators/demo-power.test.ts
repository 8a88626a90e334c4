import { describe, expect, test } from 'vitest';
import { createDemoPower, powerTimes } from './demo-power.ts';

/** What stands after so many seconds. */
function standingAfter(seconds: number, power = createDemoPower()) {
  for (let s = 0; s < seconds; s++) power.tick();
  const { mains, generator, ups } = power.readings();
  return {
    ...{ present: mains.present, closed: mains.breakerClosed },
    ...{ running: generator.running, onLoad: generator.onLoad, onBattery: ups.onBattery },
  };
}

const atRest = { present: true, closed: true, running: false, onLoad: false, onBattery: false };

describe('the switchboard', () => {
  test('rests while the mains is there', () => {
    expect(standingAfter(600)).toEqual(atRest);
  });

  test.each([
    [1, { running: false, onLoad: false, onBattery: true }],
    [powerTimes.startS, { running: true, onLoad: false, onBattery: true }],
    [powerTimes.loadS, { running: true, onLoad: true, onBattery: false }],
    [600, { running: true, onLoad: true, onBattery: false }],
  ])('%i s into an outage', (seconds, expected) => {
    const power = createDemoPower();
    power.setMains(false);
    expect(standingAfter(seconds, power)).toMatchObject({ present: false, closed: false, ...expected });
  });

  test.each([
    [powerTimes.unloadS - 1, { running: true, onLoad: true }],
    [powerTimes.unloadS, { running: true, onLoad: false }],
    [powerTimes.stopS, atRest],
  ])('%i s after the mains has come back', (seconds, expected) => {
    const power = createDemoPower();
    power.setMains(false);
    standingAfter(45, power);
    power.setMains(true);
    expect(standingAfter(seconds, power)).toMatchObject(expected);
  });

  test('tells when something was switched, and only then', () => {
    const power = createDemoPower();
    expect(power.tick()).toBe(false);
    power.setMains(false);
    const told = Array.from({ length: 12 }, (_, i) => (power.tick() ? i + 1 : 0)).filter((s) => s > 0);
    expect(told).toEqual([1, powerTimes.startS, powerTimes.loadS]);
  });
});
