import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Checkin, Round } from '../../gateway/contract/patrol.ts';
import { createManualClock } from '../../gateway/lib/clock.ts';
import { simulateTagReader } from '../../simulators/serial-lines.ts';
import { eventually, type House, startHouse } from '../house.ts';

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const minute = 60_000;
const guardTag = '0100B00001';
const gateTag = '0100A00010';

test('a guard’s reads on an EM4100 reader make the checkpoints of the running round normal; a missed one is an alarm until somebody has been there', async () => {
  const reader = await simulateTagReader();
  open.push(reader);
  // 21:59:30 in Shanghai.
  const clock = createManualClock(Date.UTC(2026, 2, 2, 13, 59, 30));
  const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: tag-line, kind: bus, path: "tcp://127.0.0.1:${reader.port}", protocol: rfid-em4100-serial }]
people: [{ id: li-wei, name: 李伟, role: guard, cards: [${guardTag}] }]
devices:
  - { id: reader-1, type: em4100-reader, name: 读卡头, area: compound, link: tag-line }
  - { id: reader-2, type: native-patrol-reader, name: 钮扣读头, area: compound, settings: { byteOrder: reversed } }
checkpoints:
  - { id: gate, name: 大门, area: compound, tag: "${gateTag}" }
  - { id: roof, name: 天台, area: compound, tag: 0100A00011 }
routes:
  - id: night
    name: 夜巡
    checkpoints: [{ checkpoint: gate, dueMin: 2 }, { checkpoint: roof, dueMin: 10 }]
plans: [{ id: night, name: 夜巡, route: night, schedule: "0 22 * * *" }]
`;
  const house: House = await startHouse({ clock, site });
  open.push(house);
  const live = await house.live();
  await live.change('link-states', ({ state }: { state: string }) => state === 'up');
  const pass = (ms: number) => clock.advance(ms, () => house.gateway.turns.idle());
  const checksOf = ({ checks }: Round) => checks.map(({ result, guard }) => [result, guard]);
  const roundWith = (...results: string[]) =>
    live.change<Round>('rounds', ({ checks }) => checks.every(({ result }, i) => result === results[i]));
  const readEvents = async () =>
    (await house.api<{ items: { data: { tag: string } }[] }>('GET', '/events?device=reader-1')).body.items;

  await pass(30_000);
  await roundWith('pending', 'pending');
  reader.hold(guardTag);
  await eventually('the guard’s card is read', async () => (await readEvents()).length === 1);
  await pass(2 * minute);
  // Held to the reader the tag comes three times: one check-in.
  reader.hold(gateTag);
  expect(checksOf(await roundWith('normal', 'pending'))).toEqual([
    ['normal', 'li-wei'],
    ['pending', null],
  ]);
  await eventually('the repeats are in', async () => (await readEvents()).length >= 2);
  expect((await readEvents()).map(({ data }) => data.tag)).toEqual([gateTag, guardTag]);

  await pass(20 * minute);
  await roundWith('normal', 'missed');
  const missed = await live.change<Alarm>('alarms', ({ definition }) => definition === 'checkpoint-missed');
  expect(missed).toMatchObject({ instance: 'roof', state: 'unacknowledged', areaName: '小区' });
  expect(missed.title.zh).toContain('天台');
  await pass(minute);
  reader.hold('0100A00011');
  await live.change<Alarm>('alarms', ({ id, state }) => id === missed.id && state === 'returned');

  // A reader that turns the bytes round, and an iButton whose check byte was misread: kept with why, and no check-in.
  const secret = await house.secretOf('reader-2');
  const client = await connectAsync(`mqtt://127.0.0.1:${house.mqttPort}`, {
    ...{ username: 'reader-2', password: secret, clientId: 'reader-2' },
  });
  open.push({ close: () => client.endAsync(true) });
  const send = (tag: string) =>
    client.publishAsync('gatehouse/reader-2/events', JSON.stringify({ type: 'checkin', data: { tag } }), {
      qos: 1,
    });
  const at = async (reader: string) =>
    (await house.api<{ items: Checkin[] }>('GET', '/patrol/checkins')).body.items.filter(
      (checkin) => checkin.reader === reader,
    );
  await send('10 00 A0 00');
  await eventually('it is at the gate', async () => (await at('reader-2'))[0]?.checkpoint === 'gate');
  await send('01EB450D030000AF');
  await eventually('it is told which byte is wrong', async () => {
    const { body } = await house.api<{ items: { reason: string }[] }>('GET', '/dead-letters');
    return body.items.some(({ reason }) => /byte 8 is AF, and by the other seven it is AE/.test(reason));
  });
  expect(await at('reader-2')).toHaveLength(1);
  await expect(house.applySite(site.replace('byteOrder: reversed', 'byteOrder: revers'))).rejects.toThrow(
    /"byteOrder" is "revers".*must be normal or reversed/,
  );
});
