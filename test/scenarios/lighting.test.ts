import { afterEach, describe, expect, test } from 'vitest';
import type { Command } from '../../gateway/contract/command.ts';
import { type PlantHouse, startPlant, unhurried } from './plant-house.ts';
import { day, hour, min, sec } from './simulated-house.ts';

// Landscape and public lighting: full-night, half-night and festival circuits by clock and by light level, a daylight zone of
// its own, and the state against the plan.

let plant: PlantHouse;
afterEach(() => plant.house.close());

const quiet = 'settings: { silenceS: 31536000 }';
const site = `
site: { id: light, name: 灯光小区 }
areas: [{ id: garden, name: 花园, kind: outdoor }]
devices:
  - { id: lux-1, type: native-light-sensor, name: 屋面照度, area: garden, ${quiet} }
  - { id: lux-2, type: native-light-sensor, name: 车库口照度, area: garden, ${quiet} }
  - { id: light-full, type: native-light-circuit, name: 主路全夜灯, area: garden, ${quiet} }
  - { id: light-half, type: native-light-circuit, name: 草坪半夜灯, area: garden, ${quiet} }
  - { id: light-feast, type: native-light-circuit, name: 节日灯, area: garden, ${quiet} }
  - { id: light-ramp, type: native-light-circuit, name: 车库入口日光区, area: garden, ${quiet} }
schedules:
  - id: full-night
    name: 全夜灯
    devices: [light-full]
    periods: [{ on: "16:00", off: "09:00" }]
    light: { sensor: lux-1, onBelowLx: 30, offAboveLx: 60 }
  - id: half-night
    name: 半夜灯
    devices: [light-half]
    periods: [{ on: "18:30", off: "23:00" }]
    exceptions: [{ name: 国庆, dates: ["10-01/10-03"], periods: [{ on: "18:00", off: "02:00" }] }]
  - id: festival
    name: 节日灯
    devices: [light-feast]
    exceptions: [{ name: 国庆, dates: ["10-01/10-03"], periods: [{ on: "18:00", off: "24:00" }] }]
  - id: ramp
    name: 车库入口
    devices: [light-ramp]
    light: { sensor: lux-2, onBelowLx: 2000, offAboveLx: 3000, delayS: 30 }
`;
const devices = ['light-full', 'light-half', 'light-feast', 'light-ramp'];
/** Noon of 28 September 2026 in Shanghai. */
const noon = Date.UTC(2026, 8, 28, 4);

async function begin(start = noon): Promise<void> {
  plant = await startPlant({ start, site, devices, ...unhurried });
  await tellAll();
  await plant.pass(61 * sec);
}
/** Every circuit as it stands, and full daylight. */
async function tellAll(): Promise<void> {
  await plant.tellAll();
  await lux(40_000);
  await plant.house.send('lux-2', 'readings', { values: { illuminance: 9_000 } });
}
const lux = (illuminance: number) => plant.house.send('lux-1', 'readings', { values: { illuminance } });
/** Lets time pass with the light level as it is, told every ten minutes. */
async function passWith(illuminance: number, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10 * min) {
    await lux(illuminance);
    await plant.pass(Math.min(left, 10 * min));
  }
}
const against = () => plant.house.alarms('againstPlan').map(({ device, state }) => `${device} ${state}`);
const commands = (device: string) =>
  plant.house
    .rows<{ doc: string }>('SELECT doc FROM command WHERE device = ? ORDER BY id', device)
    .map(({ doc }) => JSON.parse(doc) as Command);

test('a half-night circuit goes by the clock: on and off once, asked for in the name of its schedule', async () => {
  await begin();
  await plant.goTo(noon + 12 * hour);
  expect(plant.obeyed).toEqual(['18:30 light-half switchOn', '23:00 light-half switchOff']);
  expect(commands('light-half')).toMatchObject([
    {
      command: 'switchOn',
      requestedBy: 'schedule:half-night',
      reason: '半夜灯',
      state: 'confirmed',
      alarm: null,
    },
    { command: 'switchOff', requestedBy: 'schedule:half-night', reason: '半夜灯', state: 'confirmed' },
  ]);
  expect(against()).toEqual([]);
  expect(await plant.state('half-night')).toMatchObject({
    ...{ wanted: false, since: noon + 11 * hour, nextAt: noon + 30.5 * hour },
    devices: [{ device: 'light-half', on: false, owed: false, override: null, againstSince: null }],
  });
});

test('on a festival a circuit has the hours of that day, and one that only knows festivals is on', async () => {
  await begin(noon + 2 * day);
  await plant.goTo(noon + 4.5 * day);
  expect(plant.obeyed).toEqual([
    ...['18:30 light-half switchOn', '23:00 light-half switchOff'],
    ...['18:00 light-feast switchOn', '18:00 light-half switchOn'],
    ...['00:00 light-feast switchOff', '02:00 light-half switchOff'],
    ...['18:00 light-feast switchOn', '18:00 light-half switchOn', '00:00 light-feast switchOff'],
  ]);
});

test('a full-night circuit goes on at dusk and off at dawn; a cloud or a headlight does nothing', async () => {
  await begin();
  await lux(20);
  await plant.pass(5 * min);
  expect(plant.obeyed).toEqual([]);
  await lux(40_000);
  await plant.goTo(noon + 5 * hour);
  await lux(20);
  await plant.pass(30 * sec);
  await lux(500);
  await plant.pass(30 * sec);
  expect(plant.obeyed).toEqual([]);
  await passWith(25, 10 * min);
  expect(plant.obeyed).toEqual(['17:02 light-full switchOn']);
  // Between the two thresholds nothing moves.
  await passWith(45, 30 * min);
  await lux(3_000);
  await plant.pass(20 * sec);
  await passWith(5, 12 * hour);
  expect(plant.obeyed.filter((one) => one.includes('full'))).toHaveLength(1);
  await passWith(200, 10 * min);
  expect(plant.obeyed.filter((one) => one.includes('full'))).toEqual([
    '17:02 light-full switchOn',
    '05:42 light-full switchOff',
  ]);
});

test('a window of the clock bounds the light level', async () => {
  await begin();
  await passWith(5, 3.5 * hour);
  expect(plant.obeyed).toEqual([]);
  await passWith(5, 1 * hour);
  expect(plant.obeyed).toEqual(['16:00 light-full switchOn']);
  await passWith(5, 17 * hour);
  expect(plant.obeyed.filter((one) => one.includes('full'))).toEqual([
    '16:00 light-full switchOn',
    '09:00 light-full switchOff',
  ]);
});

test('a daylight zone has its own sensor and thresholds', async () => {
  await begin();
  await plant.house.send('lux-2', 'readings', { values: { illuminance: 1_200 } });
  await plant.pass(29 * sec);
  expect(plant.obeyed).toEqual([]);
  await plant.pass(1 * sec);
  expect(plant.obeyed).toEqual(['12:01 light-ramp switchOn']);
  await plant.house.send('lux-2', 'readings', { values: { illuminance: 2_500 } });
  await plant.pass(5 * min);
  await plant.house.send('lux-2', 'readings', { values: { illuminance: 5_000 } });
  await plant.pass(31 * sec);
  expect(plant.obeyed).toEqual(['12:01 light-ramp switchOn', '12:07 light-ramp switchOff']);
});

test('a light sensor that has failed counts as dark after ten minutes', async () => {
  await begin();
  await plant.goTo(noon + 4 * hour + 30 * min);
  await lux(800);
  await plant.house.send('lux-1', 'readings', { values: { illuminance: 800 }, quality: 'bad' });
  await plant.pass(10 * min - 1);
  expect(plant.obeyed).toEqual([]);
  await plant.pass(1);
  expect(plant.obeyed).toEqual(['16:40 light-full switchOn']);
});

describe('a circuit against its plan', () => {
  test('that does not do what it was told is an alarm after the grace, and the command is not repeated', async () => {
    await begin();
    plant.stubborn.add('light-half');
    await plant.goTo(noon + 6.5 * hour + 59 * sec);
    expect(against()).toEqual([]);
    await plant.pass(1 * sec);
    expect(against()).toEqual(['light-half unacknowledged']);
    expect(plant.house.alarms('againstPlan')[0]?.title.zh).toBe('照明状态与计划不符：半夜灯');
    await plant.pass(2 * hour);
    expect(plant.obeyed).toEqual(['18:30 light-half switchOn']);
    expect(commands('light-half')).toMatchObject([{ state: 'failed' }]);
    plant.stubborn.clear();
    await plant.turn('light-half', true);
    expect(against()).toEqual(['light-half returned']);
  });

  test('by the switch on site is an alarm after the grace, and over when it is turned back', async () => {
    await begin();
    await plant.turn('light-half', true);
    await plant.pass(59 * sec);
    expect(against()).toEqual([]);
    await plant.pass(1 * sec);
    expect(against()).toEqual(['light-half unacknowledged']);
    await plant.turn('light-half', false);
    expect(against()).toEqual(['light-half returned']);
    expect(plant.obeyed).toEqual([]);
  });

  test('by an operator’s command is respected and shown until the next switching', async () => {
    await begin();
    const asked = { command: 'switchOn', reason: '检修照明' };
    await plant.house.ask('POST', '/devices/light-half/commands', asked, 'operator');
    await plant.pass(1 * hour);
    expect(plant.obeyed).toEqual(['12:01 light-half switchOn']);
    expect(against()).toEqual([]);
    expect((await plant.state('half-night')).devices[0]).toMatchObject({
      ...{ on: true, owed: false, againstSince: null },
      override: { on: true, by: 'token:operator', reason: '检修照明' },
    });
    await plant.goTo(noon + 6.5 * hour);
    expect((await plant.state('half-night')).devices[0]).toMatchObject({ on: true, override: null });
    await plant.goTo(noon + 11 * hour);
    // Already on at 18:30: nothing had to be asked for.
    expect(plant.obeyed).toEqual(['12:01 light-half switchOn', '23:00 light-half switchOff']);
  });

  test('and back by command goes by its plan again', async () => {
    await begin();
    await plant.house.ask('POST', '/devices/light-half/commands', { command: 'switchOn' }, 'operator');
    await plant.pass(10 * sec);
    await plant.house.ask('POST', '/devices/light-half/commands', { command: 'switchOff' }, 'operator');
    await plant.pass(10 * sec);
    expect((await plant.state('half-night')).devices[0]).toMatchObject({ on: false, override: null });
  });

  test('while it is out of reach is not judged; back, it gets the switching that it is owed', async () => {
    await begin();
    const silent = site.replace(
      'name: 草坪半夜灯, area: garden, settings: { silenceS: 31536000 }',
      'name: 草坪半夜灯, area: garden, settings: { silenceS: 60 }',
    );
    await plant.house.gateway.control['site.apply']?.({ yaml: silent, file: 'site.yaml' });
    await plant.goTo(noon + 8 * hour);
    expect(commands('light-half')).toEqual([]);
    expect(plant.house.alarms('offline').map(({ device }) => device)).toEqual(['light-half']);
    expect((await plant.state('half-night')).devices[0]).toMatchObject({ on: null, owed: true });
    await plant.turn('light-half', false);
    expect(plant.obeyed).toEqual(['20:00 light-half switchOn']);
    await plant.pass(1 * sec);
    expect(commands('light-half')).toMatchObject([{ state: 'confirmed' }]);
    expect(against()).toEqual([]);
  });
});

describe('a restart of the gateway', () => {
  test('between two switchings repeats nothing', async () => {
    await begin();
    await plant.goTo(noon + 8 * hour);
    await plant.house.restart(10 * min);
    await tellAll();
    await plant.pass(2 * hour);
    expect(plant.obeyed).toEqual(['18:30 light-half switchOn']);
  });

  test('over a switching judges it once: what is wanted now', async () => {
    await begin();
    await plant.goTo(noon + 6 * hour);
    await plant.house.restart(1 * hour);
    await tellAll();
    await plant.pass(5 * min);
    expect(plant.obeyed).toEqual(['19:00 light-half switchOn']);
    expect(commands('light-half')).toHaveLength(1);
  });

  test('over two switchings that cancel each other does nothing', async () => {
    await begin();
    await plant.goTo(noon + 6 * hour);
    await plant.house.restart(7 * hour);
    await tellAll();
    await plant.pass(5 * min);
    expect(plant.obeyed).toEqual([]);
    expect(against()).toEqual([]);
  });

  test('does not wait for ever for a device that tells nothing: after a minute it is switched as it is', async () => {
    await begin();
    await plant.goTo(noon + 6 * hour);
    await plant.house.restart(1 * hour);
    await plant.pass(59 * sec);
    expect(plant.obeyed).toEqual([]);
    await plant.pass(2 * sec);
    expect(plant.obeyed).toEqual(['19:01 light-half switchOn']);
  });

  test('keeps an operator’s override, a running grace and an alarm', async () => {
    await begin();
    await plant.house.ask('POST', '/devices/light-half/commands', { command: 'switchOn' }, 'operator');
    await plant.pass(10 * sec);
    await plant.turn('light-feast', true);
    await plant.pass(30 * sec);
    await plant.house.restart(10 * sec);
    await tellAll();
    await plant.pass(19 * sec);
    expect(against()).toEqual([]);
    expect((await plant.state('half-night')).devices[0]?.override).toMatchObject({ on: true });
    await plant.pass(1 * sec);
    expect(against()).toEqual(['light-feast unacknowledged']);
    await plant.house.restart(10 * min);
    await tellAll();
    expect(against()).toEqual(['light-feast unacknowledged']);
    await plant.turn('light-feast', false);
    expect(against()).toEqual(['light-feast returned']);
  });
});

describe('when the site changes', () => {
  const apply = (yaml: string) =>
    plant.house.gateway.control['site.apply']?.({ yaml, file: 'site.yaml', prune: true });

  test('a schedule that wants something else now switches at once', async () => {
    await begin();
    await apply(site.replace('"18:30", off: "23:00"', '"11:00", off: "23:00"'));
    await plant.pass(1 * sec);
    expect(plant.obeyed).toEqual(['12:01 light-half switchOn']);
  });

  test('one that is switched off leaves its lights alone, and its alarms are over', async () => {
    await begin();
    await plant.turn('light-half', true);
    await plant.pass(2 * min);
    await apply(
      site.replace(
        '    periods: [{ on: "18:30", off: "23:00" }]',
        '    periods: [{ on: "18:30", off: "23:00" }]\n    enabled: false',
      ),
    );
    await plant.pass(12 * hour);
    expect(plant.obeyed).toEqual([]);
    expect(against()).toEqual(['light-half returned']);
    expect(await plant.state('half-night')).toMatchObject({ wanted: null, nextAt: null });
  });

  test('one that is removed is gone, with its alarms', async () => {
    await begin();
    await plant.turn('light-feast', true);
    await plant.pass(2 * min);
    const [before, after = ''] = site.split('  - id: festival');
    await apply(`${before}  - id: ramp${after.split('  - id: ramp')[1]}`);
    await plant.pass(1 * sec);
    expect(against()).toEqual(['light-feast returned']);
    await expect(plant.state('festival')).rejects.toThrow('no state');
    await plant.pass(4 * day);
    expect(plant.obeyed.filter((one) => one.includes('feast'))).toEqual([]);
  });
});

test('two circuits of one schedule: one that fails does not keep the other from its plan', async () => {
  plant = await startPlant({
    start: noon,
    site: site
      .replace('devices: [light-half]', 'devices: [light-half, light-feast]')
      .replace(/ {2}- id: festival[\s\S]*?(?= {2}- id: ramp)/, ''),
    devices,
    ...unhurried,
  });
  await tellAll();
  plant.stubborn.add('light-half');
  await plant.goTo(noon + 7 * hour);
  expect(plant.obeyed).toEqual(['18:30 light-half switchOn', '18:30 light-feast switchOn']);
  expect(against()).toEqual(['light-half unacknowledged']);
});

describe('in a zone with summer time', () => {
  const berlin = `
site: { id: light, name: Lichthof, timeZone: Europe/Berlin }
areas: [{ id: garden, name: Garten, kind: outdoor }]
devices:
  - { id: light-night, type: native-light-circuit, name: Nacht, area: garden, ${quiet} }
  - { id: light-late, type: native-light-circuit, name: Spät, area: garden, ${quiet} }
schedules:
  - { id: night, name: Nacht, devices: [light-night], periods: [{ on: "20:30", off: "06:00" }] }
  - { id: late, name: Spät, devices: [light-late], periods: [{ on: "02:15", off: "04:30" }] }
`;
  const slow = { stepCheckMs: 30 * min, pace: 3_600 };

  test.each([
    ['begins', Date.UTC(2026, 2, 10, 12), 32],
    ['ends', Date.UTC(2026, 9, 8, 12), 32],
  ])(
    'a month in which it %s: every switching of every day once, by the clock on the wall',
    async (_, start, days) => {
      plant = await startPlant({
        ...{ start, site: berlin, devices: ['light-night', 'light-late'], zone: 'Europe/Berlin' },
        ...slow,
      });
      await plant.tellAll();
      await plant.goTo(start + days * day);
      const counts = new Map<string, number>();
      for (const one of plant.obeyed) counts.set(one, (counts.get(one) ?? 0) + 1);
      // 02:15 is left out on the night when the clocks go forward: then it is 03:00.
      const late =
        start < Date.UTC(2026, 5)
          ? { '02:15 light-late switchOn': days - 1, '03:00 light-late switchOn': 1 }
          : { '02:15 light-late switchOn': days };
      expect(Object.fromEntries(counts)).toEqual({
        ...{ '20:30 light-night switchOn': days, '06:00 light-night switchOff': days },
        ...{ ...late, '04:30 light-late switchOff': days },
      });
      expect(against()).toEqual([]);
    },
  );

  test.each([
    ['forward over', hour],
    ['back over', -hour],
  ])('a clock that is set %s a switching and set right again switches once', async (_, stepMs) => {
    const start = Date.UTC(2026, 6, 1, 12);
    plant = await startPlant({
      ...{ start, site: berlin, devices: ['light-night', 'light-late'], zone: 'Europe/Berlin' },
      ...unhurried,
    });
    await plant.tellAll();
    // 20:30 there is 18:30 UTC.
    await plant.goTo(Date.UTC(2026, 6, 1, stepMs > 0 ? 18 : 19));
    plant.house.clock.stepWall(stepMs);
    await plant.pass(10 * min);
    plant.house.clock.stepWall(-stepMs);
    await plant.goTo(Date.UTC(2026, 6, 1, 23));
    expect(plant.obeyed.map((one) => one.slice(6))).toEqual(['light-night switchOn']);
  });
});
