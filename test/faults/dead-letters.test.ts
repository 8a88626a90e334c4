import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { type House, startHouse } from '../house.ts';

const siteOf = (type: string) => `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices: [{ id: button-1, type: ${type}, name: 岗亭紧急按钮, area: compound }]
`;

let house: House | undefined;
afterEach(() => house?.close());

test('a letter that is read again while the disk takes nothing stays whole, and its alarm is raised once, across a restart', {
  timeout: 60_000,
}, async () => {
  // Taken for another thing, until the site says what it is.
  house = await startHouse({ site: siteOf('native-lift') });
  const { field } = house.gateway;
  await new Promise<void>((done) =>
    field.mqtt(
      {
        ...{
          principal: { kind: 'device', id: 'button-1', prefixes: [] },
          topic: 'gatehouse/button-1/events',
        },
        ...{
          payload: Buffer.from('{"id":"1","type":"tamper"}'),
          qos: 1,
          retain: false,
          dup: false,
          will: false,
        },
        receivedAt: Date.now(),
      },
      () => done(),
    ),
  );
  await house.applySite(siteOf('native-panic-button'));
  const letters = async () =>
    (await house?.api<{ items: { id: string }[] }>('GET', '/dead-letters'))?.body.items ?? [];
  const events = async () =>
    (await house?.api<{ items: { type: string }[] }>('GET', '/events?device=button-1'))?.body.items ?? [];
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
  expect((await events()).map(({ type }) => type)).toEqual(['tamper']);
  await house.restart();
  expect(await letters()).toEqual([]);
  expect((await events()).map(({ type }) => type)).toEqual(['tamper']);
});
