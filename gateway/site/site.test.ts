import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSimulatedDays, type SimulatedDays } from '../../test/scenarios/simulated-days.ts';
import type { Permission } from '../contract/permissions.ts';
import type { Device } from '../contract/site.ts';
import { Fault } from '../lib/errors.ts';
import { testActor } from '../store/turn-fixture.ts';
import { readSite } from './file.ts';
import type { SiteChange } from './plan.ts';
import { createSite, type Site } from './site.ts';
import { goodSite, siteEnv, siteTypes } from './site-fixture.ts';
import { siteStatements } from './store.ts';

let days: SimulatedDays<Site>;
let applied: SiteChange[] = [];
let revoked: string[] = [];

beforeEach(async () => {
  applied = [];
  revoked = [];
  days = await createSimulatedDays({
    start: Date.UTC(2026, 2, 1),
    statements: { site: siteStatements },
    async stand(memory, query) {
      const site = createSite({
        memory,
        query,
        types: siteTypes,
        env: siteEnv,
        onApplied: (_, changes) => applied.push(...changes),
        onSecretChanged: (_, device) => revoked.push(device),
      });
      await site.load();
      return { rooms: site, onTimer() {} };
    },
  });
});
afterEach(() => days.remove());

const apply = (text: string, prune = false) =>
  days.act((turn) => days.rooms.apply(turn, readSite(text, 'site.yaml'), { prune }));
const device = (id: string): Device => ({ id, type: 'panic-mqtt', name: '按钮', area: 'b1' });

async function refusal(act: Promise<unknown>): Promise<Fault> {
  const thrown = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw new Error(`no fault: ${String(thrown)}`);
  return thrown;
}

test('an applied site is there at once, after a restart too, and applying it again changes nothing', async () => {
  const plan = await apply(goodSite);
  expect(plan.add).toHaveLength(26);
  expect(applied).toHaveLength(26);
  for (const round of ['at once', 'after a restart']) {
    if (round === 'after a restart') await days.restart();
    const site = days.rooms;
    expect(site.settings()?.name, round).toBe('花园小区');
    expect(site.timeZone()).toBe('Asia/Shanghai');
    expect(site.get('devices', 'tank-1')?.settings?.highM).toBe(3.2);
    expect(site.camerasOf('tank-1')).toEqual(['cam-1']);
    expect(site.isInside('garage', 'garden')).toBe(true);
    expect(site.isInside('garden', 'garage')).toBe(false);
    expect(site.ancestors('b1').map(({ id }) => id)).toEqual(['b1', 'garden']);
    expect(site.personByCard('010063E9AE')?.id).toBe('li-wei');
    expect(site.checkpointByTag('0006547887')?.id).toBe('cp-1');
  }
  expect((await apply(goodSite, true)).unchanged).toBe(26);
});

test('what a turn did and lost is gone from every lookup', async () => {
  await apply(goodSite);
  await expect(
    days.act((turn) => {
      days.rooms.apply(turn, readSite(goodSite.replace('"0006547886"', '"0006547000"'), 'site.yaml'), {
        prune: false,
      });
      expect(days.rooms.personByCard('0006547000')?.id).toBe('li-wei');
      throw new Error('the disk is full');
    }),
  ).rejects.toThrow('the disk is full');
  expect(days.rooms.personByCard('0006547000')).toBeUndefined();
  expect(days.rooms.personByCard('0006547886')?.id).toBe('li-wei');
});

test('a card that moves to another person in one file is found at the new one', async () => {
  await apply(goodSite);
  const moved = goodSite
    .replace('    role: guard\n    cards: ["0006547886"]\n', '    role: guard\n')
    .replace('    role: resident\n', '    role: resident\n    cards: ["0006547886"]\n');
  await apply(moved);
  expect(days.rooms.personByCard('010063E9AE')?.id).toBe('wang-fang');
  await apply(goodSite);
  expect(days.rooms.personByCard('010063E9AE')?.id).toBe('li-wei');
});

test('a bad file is refused whole, naming every place, and the running site stays', async () => {
  await apply(goodSite);
  applied = [];
  const bad = goodSite.replace('name: 排污泵', 'name: 新泵').replace('parent: receiver-1', 'parent: nobody');
  const error = await refusal(apply(bad));
  expect(error.code).toBe('site.invalid');
  expect(error.errors).toEqual([
    { path: 'site.yaml:90:13', message: 'there is no device "nobody"; add it, or correct the key' },
  ]);
  expect(days.rooms.get('devices', 'pump-1')?.name).toBe('排污泵');
  expect(applied).toEqual([]);
});

test('live messages and snapshots hold no contacts, medical notes, telephone numbers or cards', async () => {
  await apply(goodSite);
  for (const changes of [days.changes, days.rooms.snapshot()]) {
    expect(changes.find(({ id }) => id === 'b1-101')?.data).toEqual({
      id: 'b1-101',
      room: '1-101',
      area: 'b1',
      alarmService: true,
    });
    expect(JSON.stringify(changes)).not.toMatch(/心脏病|13800000000|0006547886|hunter/);
  }
});

test('a device is added, changed and removed one by one; the key of a removed one is never used again', async () => {
  await apply(goodSite);
  await days.act((turn) => days.rooms.addDevice(turn, device('panic-2')));
  expect(await days.act((turn) => days.rooms.addDevice(turn, device('panic-2')))).toEqual(device('panic-2'));
  const other = { ...device('panic-2'), name: '另一个' };
  expect((await refusal(days.act((turn) => days.rooms.addDevice(turn, other)))).code).toBe('id.conflict');
  await days.act((turn) => days.rooms.replaceDevice(turn, other));
  expect(days.rooms.get('devices', 'panic-2')?.name).toBe('另一个');
  await days.act((turn) => days.rooms.removeDevice(turn, 'panic-2'));
  expect(days.rooms.get('devices', 'panic-2')).toBeUndefined();
  for (const round of ['at once', 'after a restart']) {
    if (round === 'after a restart') await days.restart();
    const again = await refusal(days.act((turn) => days.rooms.addDevice(turn, device('panic-2'))));
    expect(again.code, round).toBe('site.invalid');
    expect(again.detail).toMatch(/belonged to a device that was removed on 2026-03-01/);
  }
});

test('a device that leads nowhere is refused by the field, one that others use stays', async () => {
  await apply(goodSite);
  const lost = { ...device('panic-3'), area: 'garge' };
  expect((await refusal(days.act((turn) => days.rooms.addDevice(turn, lost)))).errors).toEqual([
    { path: 'area', message: 'there is no area "garge"; did you mean "garage"?' },
  ]);
  const used = await refusal(days.act((turn) => days.rooms.removeDevice(turn, 'io-1')));
  expect(used.code).toBe('state.conflict');
  expect(used.detail).toBe(
    '"io-1" is still used by device "pump-1", device "segment-1"; change or remove these first',
  );
});

test('what is wrong elsewhere already does not stop a device from being added', async () => {
  await apply(goodSite);
  delete (siteEnv as Partial<typeof siteEnv>).TANK_PASSWORD;
  try {
    await days.act((turn) => days.rooms.addDevice(turn, device('panic-4')));
  } finally {
    siteEnv.TANK_PASSWORD = 'secret';
  }
  expect(days.rooms.get('devices', 'panic-4')).toBeDefined();
});

test('a device signs in with its newest secret only, and the database holds no secret', async () => {
  await apply(goodSite);
  const first = await days.act((turn) => days.rooms.issueSecret(turn, 'panic-1'));
  expect(Buffer.from(first, 'base64url')).toHaveLength(24);
  expect(days.rooms.authenticateDevice('panic-1', first)).toBe(true);
  const second = await days.act((turn) => days.rooms.issueSecret(turn, 'panic-1'));
  await days.restart();
  const site = days.rooms;
  expect(site.authenticateDevice('panic-1', second)).toBe(true);
  expect(site.authenticateDevice('panic-1', Buffer.from(second))).toBe(true);
  expect(site.authenticateDevice('panic-1', first)).toBe(false);
  expect(site.authenticateDevice('panic-1', '')).toBe(false);
  expect(site.authenticateDevice('light-1', second)).toBe(false);
  expect(site.authenticateDevice('nobody', second)).toBe(false);
  const rows = await days.query<{ sha256: Uint8Array }>('SELECT sha256 FROM device_secret');
  expect(rows).toHaveLength(1);
  expect(Buffer.from(rows[0]?.sha256 ?? [])).toHaveLength(32);
  expect(revoked).toEqual(['panic-1', 'panic-1']);
});

test('with the device goes its secret', async () => {
  await apply(goodSite);
  const secret = await days.act((turn) => days.rooms.issueSecret(turn, 'panic-1'));
  await days.act((turn) => days.rooms.removeDevice(turn, 'panic-1'));
  expect(days.rooms.authenticateDevice('panic-1', secret)).toBe(false);
  expect(await days.query('SELECT * FROM device_secret')).toEqual([]);
  expect(revoked).toEqual(['panic-1', 'panic-1']);
});

test('who may not see private fields cannot overwrite them by a file either', async () => {
  await apply(goodSite);
  const integrator = { ...testActor, permissions: new Set<Permission>(['site.write']) };
  const as = (text: string) =>
    days.act((turn) => days.rooms.apply(turn, readSite(text, 'site.yaml'), { prune: false }), integrator);
  const error = await refusal(as(goodSite.replace('心脏病', '无')));
  expect(error.code).toBe('auth.forbidden');
  expect(error.detail).toContain('"medical" of household "b1-101"');
  await as(goodSite.replace('name: 排污泵', 'name: 新泵'));
  expect(days.rooms.get('devices', 'pump-1')?.name).toBe('新泵');
});

test('a removed household leaves nothing personal in the database', async () => {
  await apply(goodSite);
  const text = goodSite
    .replace(/households:\n[\s\S]*?people:/, 'people:')
    .replace('    household: b1-101\ndevices', 'devices')
    .replace('    household: b1-101\n    settings', '    settings');
  const plan = await apply(text, true);
  expect(plan.remove).toEqual([{ class: 'households', id: 'b1-101', name: '1-101' }]);
  expect(await days.query("SELECT doc FROM thing WHERE id = 'b1-101'")).toEqual([{ doc: null }]);
});
