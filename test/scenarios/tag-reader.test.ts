import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Round } from '../../gateway/contract/patrol.ts';
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
  const house: House = await startHouse({
    clock,
    site: `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: tag-line, kind: bus, path: "tcp://127.0.0.1:${reader.port}", protocol: rfid-em4100-serial }]
people: [{ id: li-wei, name: 李伟, role: guard, cards: [${guardTag}] }]
devices: [{ id: reader-1, type: em4100-reader, name: 读卡头, area: compound, link: tag-line }]
checkpoints:
  - { id: gate, name: 大门, area: compound, tag: "${gateTag}" }
  - { id: roof, name: 天台, area: compound, tag: 0100A00011 }
routes:
  - id: night
    name: 夜巡
    checkpoints: [{ checkpoint: gate, dueMin: 2 }, { checkpoint: roof, dueMin: 10 }]
plans: [{ id: night, name: 夜巡, route: night, schedule: "0 22 * * *" }]
`,
  });
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
});
