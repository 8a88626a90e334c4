import { describe, expect, test } from 'vitest';
import { type Schedule, scheduleSchema } from '../contract/site.ts';
import { clockWants, nextSwitching, stretchesOfDay } from './plan.ts';

const plan = (fields: object): Schedule =>
  scheduleSchema.parse({ id: 'plan', name: '计划', devices: ['light-1'], ...fields });

/** Every change of the clock's word in [from, to], found by following `nextSwitching`. */
function switchings(schedule: Schedule, zone: string, from: string, to: string): string[] {
  const end = Date.parse(to);
  const found: string[] = [];
  let wanted = clockWants(schedule, zone, Date.parse(from));
  for (let at = nextSwitching(schedule, zone, Date.parse(from)); at !== null && at <= end; ) {
    const next = clockWants(schedule, zone, at);
    if (next !== wanted)
      found.push(`${new Date(at).toISOString().slice(5, 16).replace('T', ' ')} ${next ? 'on' : 'off'}`);
    wanted = next;
    at = nextSwitching(schedule, zone, at);
  }
  return found;
}

describe('in Shanghai, which has no summer time', () => {
  const zone = 'Asia/Shanghai';
  const on = (schedule: Schedule, local: string) => clockWants(schedule, zone, Date.parse(`${local}+08:00`));

  test('a period of the day, from its first moment to the one at which it ends', () => {
    const fountain = plan({ periods: [{ on: '09:00', off: '11:30' }] });
    expect(
      ['08:59:59', '09:00', '11:29:59', '11:30'].map((time) => on(fountain, `2026-06-01T${time}`)),
    ).toEqual([false, true, true, false]);
  });

  test('a full night ends on the next morning, a half night before it', () => {
    const full = plan({ periods: [{ on: '18:30', off: '06:00' }] });
    const half = plan({ periods: [{ on: '18:30', off: '23:00' }] });
    const times = [
      '2026-06-01T18:29',
      '2026-06-01T18:30',
      '2026-06-01T23:30',
      '2026-06-02T05:59',
      '2026-06-02T06:00',
    ];
    expect(times.map((time) => on(full, time))).toEqual([false, true, true, true, false]);
    expect(times.map((time) => on(half, time))).toEqual([false, true, false, false, false]);
  });

  test('24:00 is the end of the day, and 00:00 to 24:00 the whole of it', () => {
    expect(
      switchings(
        plan({ periods: [{ on: '20:00', off: '24:00' }] }),
        zone,
        '2026-06-01T00:00Z',
        '2026-06-02T00:00Z',
      ),
    ).toEqual(['06-01 12:00 on', '06-01 16:00 off']);
    expect(
      switchings(
        plan({ periods: [{ on: '00:00', off: '24:00' }] }),
        zone,
        '2026-06-01T00:00Z',
        '2026-06-10T00:00Z',
      ),
    ).toEqual([]);
  });

  test('weekdays are those on which it begins: Friday night lasts into Saturday', () => {
    const party = plan({ periods: [{ on: '22:00', off: '02:00', days: ['fri'] }] });
    expect(on(party, '2026-06-05T23:00')).toBe(true);
    expect(on(party, '2026-06-06T01:00')).toBe(true);
    expect(on(party, '2026-06-06T23:00')).toBe(false);
    expect(on(party, '2026-06-05T01:00')).toBe(false);
  });

  test('a festival has periods of its own instead, the night before it runs to its end', () => {
    const festive = plan({
      periods: [{ on: '18:30', off: '06:00' }],
      exceptions: [
        { name: '春节', dates: ['2027-02-05/2027-02-07'], periods: [{ on: '17:00', off: '24:00' }] },
        { name: '检修', dates: ['10-01'], periods: [] },
      ],
    });
    expect(on(festive, '2027-02-05T05:00')).toBe(true);
    expect(on(festive, '2027-02-05T17:30')).toBe(true);
    expect(on(festive, '2027-02-06T05:00')).toBe(false);
    expect(on(festive, '2027-02-08T17:30')).toBe(false);
    expect(on(festive, '2027-02-08T18:30')).toBe(true);
    expect(['2026-10-01T20:00', '2027-10-01T20:00'].map((time) => on(festive, time))).toEqual([false, false]);
    expect(on(festive, '2026-10-01T05:00')).toBe(true);
  });

  test('a yearly span may go over the turn of the year', () => {
    const year = plan({
      exceptions: [{ dates: ['12-24/01-02'], periods: [{ on: '18:00', off: '24:00' }] }],
    });
    const days = ['2026-12-23', '2026-12-24', '2026-12-31', '2027-01-01', '2027-01-02', '2027-01-03'];
    expect(days.map((day) => on(year, `${day}T19:00`))).toEqual([false, true, true, true, true, false]);
  });

  test('of two exceptions that name a day the first counts', () => {
    const two = plan({
      exceptions: [
        { dates: ['10-01'], periods: [{ on: '20:00', off: '21:00' }] },
        { dates: ['10-01/10-07'], periods: [{ on: '18:00', off: '24:00' }] },
      ],
    });
    expect(on(two, '2026-10-01T19:00')).toBe(false);
    expect(on(two, '2026-10-02T19:00')).toBe(true);
  });

  test('with light and no periods the clock always agrees, but on days with periods of their own', () => {
    const light = { sensor: 'lux-1', onBelowLx: 30, offAboveLx: 60 };
    const tunnel = plan({
      light,
      exceptions: [{ dates: ['06-02'], periods: [{ on: '20:00', off: '22:00' }] }],
    });
    expect(switchings(tunnel, zone, '2026-05-30T00:00Z', '2026-06-05T00:00Z')).toEqual([
      '06-01 16:00 off',
      '06-02 12:00 on',
      '06-02 14:00 off',
      '06-02 16:00 on',
    ]);
    expect(nextSwitching(plan({ light }), zone, Date.parse('2026-06-01T00:00Z'))).toBe(null);
  });

  test('the stretches of a day are cut at its ends and joined where they meet', () => {
    const at = Date.parse('2026-06-02T12:00+08:00');
    const ofDay = (fields: object) =>
      stretchesOfDay(plan(fields), zone, at).map((stretch) =>
        stretch.map((ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(5, 16).replace('T', ' ')),
      );
    expect(ofDay({ periods: [{ on: '18:30', off: '06:00' }] })).toEqual([
      ['06-02 00:00', '06-02 06:00'],
      ['06-02 18:30', '06-03 00:00'],
    ]);
    expect(
      ofDay({
        periods: [
          { on: '20:00', off: '23:00' },
          { on: '18:00', off: '20:00' },
          { on: '19:00', off: '21:00' },
        ],
      }),
    ).toEqual([['06-02 18:00', '06-02 23:00']]);
    expect(ofDay({ periods: [{ on: '09:00', off: '10:00', days: ['mon'] }] })).toEqual([]);
    const light = { sensor: 'lux-1', onBelowLx: 30, offAboveLx: 60 };
    expect(ofDay({ light })).toEqual([['06-02 00:00', '06-03 00:00']]);
    expect(ofDay({ light, exceptions: [{ dates: ['06-02'] }] })).toEqual([]);
  });

  test('what is more than eight days ahead is not looked for', () => {
    const far = plan({ exceptions: [{ dates: ['2027-02-05'], periods: [{ on: '17:00', off: '24:00' }] }] });
    expect(nextSwitching(far, zone, Date.parse('2026-06-01T00:00Z'))).toBe(null);
    expect(nextSwitching(far, zone, Date.parse('2027-02-01T00:00Z'))).toBe(
      Date.parse('2027-02-05T17:00+08:00'),
    );
  });
});

describe('in Berlin, each switching happens once', () => {
  const zone = 'Europe/Berlin';

  test('when summer time begins; of what is left out the first moment after', () => {
    const night = plan({ periods: [{ on: '22:00', off: '02:30' }] });
    expect(switchings(night, zone, '2026-03-27T12:00Z', '2026-03-31T12:00Z')).toEqual([
      ...['03-27 21:00 on', '03-28 01:30 off'],
      ...['03-28 21:00 on', '03-29 01:00 off'],
      ...['03-29 20:00 on', '03-30 00:30 off'],
      ...['03-30 20:00 on', '03-31 00:30 off'],
    ]);
    const inTheGap = plan({ periods: [{ on: '02:10', off: '02:40' }] });
    expect(switchings(inTheGap, zone, '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toEqual([]);
    const overTheGap = plan({ periods: [{ on: '02:10', off: '04:00' }] });
    expect(switchings(overTheGap, zone, '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toEqual([
      ...['03-29 01:00 on', '03-29 02:00 off'],
    ]);
  });

  test('a day of 23 hours ends when the next one begins', () => {
    const always = plan({ periods: [{ on: '00:00', off: '24:00' }] });
    expect(stretchesOfDay(always, zone, Date.parse('2026-03-29T12:00Z'))).toEqual([
      [Date.parse('2026-03-28T23:00Z'), Date.parse('2026-03-29T22:00Z')],
    ]);
  });

  test('when summer time ends; of what comes twice the first', () => {
    const night = plan({ periods: [{ on: '22:00', off: '02:30' }] });
    expect(switchings(night, zone, '2026-10-24T12:00Z', '2026-10-26T12:00Z')).toEqual([
      ...['10-24 20:00 on', '10-25 00:30 off'],
      ...['10-25 21:00 on', '10-26 01:30 off'],
    ]);
    const inTheHour = plan({ periods: [{ on: '02:10', off: '02:40' }] });
    expect(switchings(inTheHour, zone, '2026-10-24T12:00Z', '2026-10-25T12:00Z')).toEqual([
      ...['10-25 00:10 on', '10-25 00:40 off'],
    ]);
  });
});

test.each([
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
])('in %s a day is switched on and off once, all year round', (zone) => {
  const evening = plan({ periods: [{ on: '18:30', off: '23:00' }] });
  const found = switchings(evening, zone, '2026-01-01T12:00Z', '2026-12-30T12:00Z');
  expect(found.length).toBeGreaterThan(2 * 361);
  expect(found.filter((one, n) => one.endsWith(found[n + 1]?.split(' ').at(-1) ?? '-'))).toEqual([]);
});
