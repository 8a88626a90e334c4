import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Checkin, Round, Upload } from '../../gateway/contract/patrol.ts';
import { uuidv7 } from '../../gateway/lib/ids.ts';
import { day, hour, min, type SimulatedHouse, startSimulation } from './simulated-house.ts';

const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }]
people:
  - { id: li-wei, name: 李伟, role: guard, cards: ["6547886"] }
devices:
  - { id: cam-gate, type: camera, name: 大门摄像机, area: compound }
  - { id: wand-1, type: patrol-wand, name: 巡更棒一号, area: compound, address: W5-0317 }
  - { id: wand-3, type: patrol-wand, name: 巡更棒三号, area: compound, settings: { byteOrder: reversed } }
  - { id: wand-2, type: native-patrol-reader, name: 巡更棒二号, area: compound, settings: { silenceS: 31536000 } }
checkpoints:
  - { id: gate, name: 大门, area: compound, tag: "0100000001", camera: cam-gate }
  - { id: garage, name: 车库, area: compound, tag: "0100000002" }
  - { id: roof, name: 屋面, area: compound, tag: "0100000003" }
  - { id: pool, name: 泵房, area: compound, tag: "0000030D45EB" }
routes:
  - id: night
    name: 夜巡
    checkpoints: [{ checkpoint: gate, dueMin: 0 }, { checkpoint: garage, dueMin: 10 }, { checkpoint: roof, dueMin: 20 }]
plans:
  - { id: nightly, name: 夜巡 02:00, route: night, schedule: "0 2 * * *" }
`;
/** 00:00 of 1 March in Shanghai; the round begins at 02:00. */
const midnight = Date.UTC(2026, 1, 28, 16);
const two = midnight + 2 * hour;
const minute = (n: number) => new Date(two + n * min + 8 * hour).toISOString().slice(0, 16).replace('T', ' ');

let house: SimulatedHouse;
afterEach(() => house.close());

async function start(): Promise<void> {
  house = await startSimulation({ start: midnight, site, pace: 120, stepCheckMs: min });
}
/** The whole round, by a wand that is `fastMin` fast. */
const night = <More extends object>(fastMin = 0, more?: More) => ({
  reader: 'wand-1',
  readerClock: house.now + fastMin * min,
  records: [
    { tag: '6547886', at: minute(-5 + fastMin) },
    { tag: '0100000001', at: minute(1 + fastMin) },
    { tag: '0100000002', at: minute(11 + fastMin) },
    { tag: '0100000003', at: minute(21 + fastMin) },
  ],
  ...more,
});
const upload = (body: object) => house.ask<Upload>('POST', '/patrol/uploads', { ...body });
const checkins = async (filter = '') =>
  (await house.ask<{ items: Checkin[] }>('GET', `/patrol/checkins?${filter}`)).items;
const results = (round: Round | undefined) => round?.checks.map(({ result }) => result);
const open = async (definition: string) =>
  (await house.ask<{ items: Alarm[] }>('GET', '/alarms?state=open')).items.filter(
    (alarm) => alarm.definition === definition,
  );
/** How often an alarm of this definition began to call somebody. */
const rings = (definition: string) =>
  house.transitions(definition).filter(({ cause }) => cause === 'raised' || cause === 'retripped').length;

async function sendFile(text: string, query: string, role = 'administrator') {
  const made = await house.gateway.control['token.create']?.({ role, name: uuidv7(house.now).slice(-12) });
  const response = await fetch(`http://127.0.0.1:${house.gateway.http}/api/v1/patrol/uploads?${query}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${(made as { secret: string }).secret}`,
      'content-type': 'text/csv',
    },
    body: text,
  });
  return {
    status: response.status,
    body: (await response.json()) as Upload & { code?: string; detail?: string },
  };
}

describe('a whole night from a wand', () => {
  test('judges the round again that was missed, returns its alarms with the evidence, and rings no siren', async () => {
    await start();
    await house.pass(8 * hour);
    expect(results(house.rounds()[0])).toEqual(['missed', 'missed', 'missed']);
    const missed = await open('checkpoint-missed');
    expect(Object.fromEntries(missed.map(({ instance, cameras }) => [instance, cameras]))).toEqual({
      ...{ gate: ['cam-gate'], garage: [], roof: [] },
    });
    const rung = rings('checkpoint-missed');
    const answer = await upload(night());
    expect(answer).toMatchObject({
      ...{ reader: 'wand-1', format: 'json', driftMs: 0, count: 4, stored: 4, late: 4, repeated: 0 },
      ...{ unknown: 0, doubtful: 0, refused: [], from: two - 5 * min, to: two + 21 * min },
      rounds: [{ name: '夜巡 02:00', startsAt: two, missedBefore: 3, missed: 0 }],
    });
    const [round] = house.rounds();
    expect(round?.state).toBe('done');
    expect(
      round?.checks.map(({ result, guard, reader, lateEvidence }) => [result, guard, reader, lateEvidence]),
    ).toEqual(Array.from({ length: 3 }, () => ['normal', 'li-wei', 'wand-1', true]));
    expect((await open('checkpoint-missed')).map(({ state }) => state)).toEqual(
      Array.from({ length: 3 }, () => 'returned'),
    );
    expect(rings('checkpoint-missed')).toBe(rung);
  });

  test('is stored once, however often and in whatever form it is uploaded', async () => {
    await start();
    await house.pass(8 * hour);
    const body = { ...night(7), id: uuidv7(house.now) };
    const first = await upload(body);
    expect(await upload(body)).toEqual(first);
    await house.pass(hour);
    // Read out anew: the measured drift differs by some seconds, so the corrected times do, too.
    const again = await upload({ ...night(7), readerClock: house.now + 7 * min + 4_000 });
    expect(again).toMatchObject({ stored: 0, repeated: 4, rounds: [] });
    const file = `标签,时间\n${night(7)
      .records.map(({ tag, at }) => `${tag},${at}:00`)
      .join('\n')}\n`;
    expect((await sendFile(file, 'reader=wand-1')).body).toMatchObject({ stored: 0, repeated: 4 });
    await house.restart();
    expect(await upload(body)).toEqual(first);
    expect(await upload(night(7))).toMatchObject({ stored: 0, repeated: 4 });
    expect(await checkins()).toHaveLength(4);
    const { status, body: refusal } = await house.call('POST', '/patrol/uploads', {
      ...night(8),
      id: body.id,
    });
    expect([status, refusal.code]).toEqual([409, 'id.conflict']);
  });

  test('of which a part was sent live adds the rest', async () => {
    await start();
    await house.goTo(two + min);
    await house.send('wand-2', 'events', {
      id: 'c-1',
      type: 'checkin',
      data: { tag: '0100000001' },
      at: two + min,
    });
    await house.goTo(two + 6 * hour);
    expect(await upload(night(0, { reader: 'wand-2' }))).toMatchObject({ stored: 3, repeated: 1 });
    expect(results(house.rounds()[0])).toEqual(['normal', 'normal', 'normal']);
  });

  test('uploaded while the round is walked counts at once', async () => {
    await start();
    await house.goTo(two + 15 * min);
    const { records } = night();
    await upload({ reader: 'wand-1', readerClock: house.now, records: records.slice(0, 3) });
    expect(results(house.rounds()[0])).toEqual(['normal', 'normal', 'pending']);
    expect(house.rounds()[0]?.checks[0]?.lateEvidence).toBe(false);
    await house.pass(hour);
    expect((await open('checkpoint-missed')).map(({ instance }) => instance)).toEqual(['roof']);
  });

  test('older than any round in memory is kept on record, once, and judges nothing', async () => {
    await start();
    await house.restart(20 * day);
    const body = night();
    expect(await upload(body)).toMatchObject({ stored: 4, repeated: 0, rounds: [] });
    await house.restart(day);
    expect(await upload(body)).toMatchObject({ stored: 0, repeated: 4 });
    expect(results(house.rounds()[0])).toEqual(['missed', 'missed', 'missed']);
  });
});

test('a wand that turns bytes round is understood by its setting; of an iButton with a wrong check byte it is said which', async () => {
  await start();
  await house.pass(8 * hour);
  const answer = await upload({
    reader: 'wand-3',
    records: [
      { tag: 'AE E9 63 00', at: minute(-5) },
      { tag: '03E1F505', at: minute(21) },
      // An iButton, in two of its spellings and with a digit misread.
      { tag: '01EB450D030000AE', at: minute(25) },
      { tag: 'AE 01 0000030D45EB', at: minute(30) },
      { tag: '01EB450D030000AF', at: minute(35) },
    ],
  });
  expect(answer).toMatchObject({
    ...{ stored: 4, unknown: 0 },
    refused: [{ line: 5, problem: 'tag-check', message: expect.stringContaining('byte 8 is AF') }],
    rounds: [{ missedBefore: 3, missed: 2 }],
  });
  expect((await checkins()).map(({ checkpoint, guard, tag }) => [checkpoint, guard, tag]).reverse()).toEqual([
    [null, 'li-wei', '0063E9AE'],
    ['roof', 'li-wei', '05F5E103'],
    ['pool', 'li-wei', '01EB450D030000AE'],
    ['pool', 'li-wei', '01EB450D030000AE'],
  ]);
});

describe('the clock of a wand', () => {
  test('that is 7 min 30 s fast is corrected; both times are kept, and the drift is reported with its figure until it is set', async () => {
    await start();
    await house.pass(8 * hour);
    const answer = await upload(
      night(7.5, {
        records: night().records.map(({ tag }, i) => ({ tag, at: two + (i * 10 - 9) * min + 7.5 * min })),
      }),
    );
    expect(answer.driftMs).toBe(450_000);
    const [last] = await checkins('checkpoint=roof');
    expect(last).toMatchObject({
      at: two + 21 * min,
      readerAt: two + 28.5 * min,
      upload: answer.id,
      doubt: null,
    });
    expect(results(house.rounds()[0])).toEqual(['normal', 'normal', 'normal']);
    const [drift] = await open('clock-drift');
    expect(drift).toMatchObject({ instance: 'wand-1', value: 450, limit: 300, unit: 's', priority: 4 });
    expect(drift?.title).toEqual({
      zh: '设备时钟偏差过大：巡更棒一号 快 07:30',
      en: 'The clock of a device is off: 巡更棒一号 07:30 fast',
    });
    await upload({
      reader: 'wand-1',
      readerClock: house.now - 20_000,
      records: [{ tag: '0100000001', at: house.now }],
    });
    expect((await open('clock-drift')).map(({ state }) => state)).toEqual(['returned']);
  });

  test('within five minutes is corrected and not reported; one that nobody read is neither', async () => {
    await start();
    await house.pass(8 * hour);
    expect((await upload(night(-5))).driftMs).toBe(-5 * min);
    expect(results(house.rounds()[0])).toEqual(['normal', 'normal', 'normal']);
    const { readerClock: _, ...unread } = night(4, { reader: 'wand-2' });
    expect((await upload(unread)).driftMs).toBeNull();
    expect(await open('clock-drift')).toEqual([]);
  });

  test('that was set back on the way leaves reads whose time is in doubt: on record, and proof of nothing', async () => {
    await start();
    await house.pass(8 * hour);
    const { records } = night();
    const answer = await upload({
      reader: 'wand-1',
      readerClock: house.now,
      records: [...records.slice(0, 3), { tag: '0100000003', at: minute(1) }],
    });
    expect(answer).toMatchObject({ stored: 4, doubtful: 3 });
    expect(
      (await checkins(`upload=${answer.id}`)).map(({ checkpoint, doubt }) => [checkpoint, doubt]),
    ).toEqual([
      ['garage', 'clock-set'],
      ['roof', null],
      ['gate', 'clock-set'],
      [null, 'clock-set'],
    ]);
    expect(results(house.rounds()[0])).toEqual(['missed', 'missed', 'early']);
  });
});

describe('a CSV file', () => {
  const header = '序号,卡号,打点时间\n';

  test('with bad lines is tried first, each named with its line; the good ones are taken, and what was sent is kept as it was', async () => {
    await start();
    await house.pass(8 * hour);
    const text = `${header}1,0100000001,${minute(1)}\n2,,${minute(2)}\n3,0100000002,31.02.\n4,0100000003,${minute(21)}\n`;
    const tried = await sendFile(text, 'reader=W5-0317&dryRun=true');
    expect(tried.status).toBe(200);
    expect(tried.body).toMatchObject({
      ...{ reader: 'wand-1', format: 'csv', count: 4, stored: 2, driftMs: null },
      refused: [
        { line: 3, problem: 'tag-missing' },
        { line: 4, problem: 'time-bad', value: '31.02.' },
      ],
      rounds: [{ missedBefore: 3, missed: 1 }],
    });
    expect(await checkins()).toEqual([]);
    expect((await house.ask<{ items: Upload[] }>('GET', '/patrol/uploads')).items).toEqual([]);
    const { status, body } = await sendFile(
      text,
      `reader=wand-1&readerClock=${encodeURIComponent('2026-03-01 08:00:00')}`,
    );
    expect([status, body.stored, body.driftMs]).toEqual([201, 2, 0]);
    expect((await house.ask<{ items: Upload[] }>('GET', '/patrol/uploads?reader=wand-1')).items).toEqual([
      body,
    ]);
    expect(await house.ask('GET', `/patrol/uploads/${body.id}`)).toEqual(body);
    const file = await house.rows<{ raw: string }>('SELECT raw FROM patrol_upload');
    expect(file).toEqual([{ raw: text }]);
    expect(await house.rows('SELECT action, detail FROM audit WHERE action = ?', 'patrol.uploaded')).toEqual([
      {
        action: 'patrol.uploaded',
        detail: JSON.stringify({ reader: 'wand-1', count: 4, stored: 2, driftMs: 0 }),
      },
    ]);
  });

  test.each([
    [
      'of a wand that is not there',
      'reader=W9',
      `${header}1,0100000001,${'2026-03-01 02:01'}\n`,
      404,
      /no patrol reader "W9": add it.*the site has wand-1, wand-3, wand-2/,
    ],
    ['of nobody', '', `${header}1,0100000001,2026-03-01 02:01\n`, 400, /whose reads are these/],
    [
      'of another wand than was chosen',
      'reader=wand-2',
      'tag,time,reader\n0100000001,2026-03-01 02:01,W5-0317\n',
      400,
      /it is of "W5-0317" \(wand-1\), not of wand-2/,
    ],
    [
      'without a usable line',
      'reader=wand-1',
      `${header}1,,2026-03-01 02:01\n`,
      422,
      /none of its records can be used/,
    ],
    ['without a line', 'reader=wand-1', header, 422, /there is no record in it/],
    [
      'read out tomorrow',
      'reader=wand-1&hostClock=2026-03-02%2008:00',
      `${header}1,0100000001,2026-03-01 02:01\n`,
      422,
      /hostClock lies in the future/,
    ],
  ])('%s is refused with what to do', async (_, query, text, status, words) => {
    await start();
    await house.pass(8 * hour);
    const answer = await sendFile(text, query);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toMatch(words);
    expect(await checkins()).toEqual([]);
  });

  test('is uploaded by those who may write the patrol', async () => {
    await start();
    expect((await sendFile(header, 'reader=wand-1', 'operator')).status).toBe(403);
  });
});

test('the neutral form of a read-out is taken under its own names', async () => {
  await start();
  await house.pass(8 * hour);
  const answer = await upload({
    reader_id: 'W5-0317',
    reader_clock: '2026-03-01 08:07:30',
    host_clock: '2026-03-01 08:00:00',
    records: [
      { tag: '010063E9AE', at: '2026-03-01 02:07:30' },
      { tag: '100086F444', at: '2026-03-01 02:19:30' },
    ],
  });
  expect(answer).toMatchObject({ reader: 'wand-1', driftMs: 450_000, stored: 2, unknown: 1 });
  expect((await checkins()).map(({ at }) => at)).toEqual([two + 12 * min, two]);
});
