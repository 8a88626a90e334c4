import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { type House, startHouse } from '../house.ts';

const head = `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: alarm-line, kind: bus, path: "tcp://127.0.0.1:1", protocol: surgard-mlr2 }]
`;
const devices = `
devices:
  - { id: receiver, type: surgard-receiver, name: 接警机, area: compound, link: alarm-line }
  - { id: panel-302, type: contact-id-account, name: 1-302 主机, area: compound, parent: receiver, address: "0302" }
`;
const burglary = Buffer.from('5011 180302E13001003\x14');

let house: House | undefined;
afterEach(() => house?.close());

test('a letter that is read again while the disk takes nothing stays whole, and its alarm is raised once, across a restart', {
  timeout: 60_000,
}, async () => {
  house = await startHouse({ site: head });
  const { field } = house.gateway;
  const link = { id: 'alarm-line' } as Parameters<typeof field.frame>[0];
  await new Promise<boolean>((done) => field.frame(link, burglary, Date.now(), done));
  await house.applySite(head + devices);
  const letters = async () =>
    (await house?.api<{ items: { id: string }[] }>('GET', '/dead-letters'))?.body.items ?? [];
  const events = async () =>
    (await house?.api<{ items: { type: string }[] }>('GET', '/events?device=panel-302'))?.body.items ?? [];
  const [letter] = await letters();
  const rerun = () => house?.api('POST', `/dead-letters/${letter?.id}/rerun`);

  const other = new Database(`${house.dataDir}/gatehouse.db`);
  other.exec('BEGIN EXCLUSIVE');
  expect(await rerun()).toMatchObject({ status: 503, body: { code: 'storage.unavailable' } });
  other.exec('COMMIT');
  other.close();
  await house.gateway.turns.idle();
  expect(await letters()).toHaveLength(1);
  expect(await events()).toEqual([]);

  // Who presses twice gets one alarm.
  const both = await Promise.all([rerun(), rerun()]);
  // The other one finds it taken, or being taken.
  expect(both.map((answer) => answer?.status)).toContain(200);
  expect((await events()).map(({ type }) => type)).toEqual(['zone.alarm']);
  await house.restart();
  expect(await letters()).toEqual([]);
  expect((await events()).map(({ type }) => type)).toEqual(['zone.alarm']);
});
