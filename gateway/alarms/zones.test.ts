import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { zoneStateSchema } from '../contract/zone.ts';
import { testActor } from '../store/turn-fixture.ts';
import { alarmed, definition, event, panelKind, panicKind, tankKind, zoneKind } from './alarm-fixture.ts';
import type { Alarms } from './alarms.ts';
import { createHouse, type House } from './house-fixture.ts';

let house: House;
beforeAll(async () => {
  house = await createHouse();
});
afterAll(() => house.store.remove());

const intrusion = definition({
  on: { rule: 'event', event: 'zone.alarm', clearedBy: 'zone.restore', onlyArmed: true },
});
const tamper = definition({ on: { rule: 'event', event: 'zone.tamper', clearedBy: 'zone.restore' } });
const devices = [
  alarmed('wall-1', zoneKind, { intrusion, tamper }),
  alarmed('panic-1', panicKind, {}),
  alarmed('home-1', panelKind, {}, {}, { settings: { users: { 5: 'li-wei' } } }),
  alarmed('tank-1', tankKind, {}),
];
beforeEach(async () => {
  await house.wipe();
  await house.configure(devices);
});

const act = (run: Parameters<typeof house.turn>[0]) => house.turn(run, testActor);
const zone = (id: string) => house.alarms.zones.committed.get(id);
const happen = (device: string, type: string, fields = {}) =>
  house.turn((turn, alarms) =>
    alarms.onEvent(turn, event(device, type, { occurredAt: house.now, ...fields })),
  );

describe('arming', () => {
  test('a new zone is armed, and a device of another kind is no zone', () => {
    expect([...house.alarms.zones.committed.keys()].sort()).toEqual(['home-1', 'panic-1', 'wall-1']);
    expect(zoneStateSchema.parse(zone('wall-1'))).toEqual({
      id: 'wall-1',
      armed: true,
      changedAt: house.now,
      changedBy: 'gateway',
      bypass: null,
    });
  });

  test('a disarmed zone raises no intrusion, but tamper; it says who disarmed it, also after a restart', async () => {
    const { turn } = await act((running, alarms) => alarms.zones.disarm(running, 'wall-1'));
    expect(turn.audits).toMatchObject([{ action: 'zone.disarmed', subject: 'device:wall-1' }]);
    expect(turn.changes).toMatchObject([
      { entity: 'zones', id: 'wall-1', data: { armed: false, changedBy: 'tester' } },
    ]);
    await house.restart();
    await happen('wall-1', 'zone.alarm');
    await happen('wall-1', 'zone.tamper');
    expect(house.open().map(({ definition: name }) => name)).toEqual(['tamper']);
    await act((running, alarms) => alarms.zones.arm(running, 'wall-1'));
    await happen('wall-1', 'zone.alarm');
    expect(house.of('intrusion')).toHaveLength(1);
  });

  test('arming what is armed changes nothing', async () => {
    const { turn } = await act((running, alarms) => alarms.zones.arm(running, 'wall-1'));
    expect([turn.writes, turn.audits, turn.changes]).toEqual([[], [], []]);
  });

  test('a restore closes the intrusion also when the zone was disarmed meanwhile', async () => {
    await happen('wall-1', 'zone.alarm');
    await act((running, alarms) => alarms.zones.disarm(running, 'wall-1'));
    await happen('wall-1', 'zone.restore');
    expect(house.of('intrusion')).toMatchObject([{ state: 'returned' }]);
  });

  test.each<[string, string, (turn: Parameters<Alarms['zones']['arm']>[0], alarms: Alarms) => unknown]>([
    [
      'a panic button cannot be disarmed',
      'state.conflict',
      (turn, alarms) => alarms.zones.disarm(turn, 'panic-1'),
    ],
    [
      'a panic button cannot be bypassed',
      'state.conflict',
      (turn, alarms) => alarms.zones.bypass(turn, 'panic-1', 'x', turn.now + 1),
    ],
    [
      'a panel is armed at the panel',
      'state.conflict',
      (turn, alarms) => alarms.zones.disarm(turn, 'home-1'),
    ],
    ['a pump is no zone', 'not.found', (turn, alarms) => alarms.zones.arm(turn, 'tank-1')],
    [
      'a bypass without a reason is refused',
      'request.invalid',
      (turn, alarms) => alarms.zones.bypass(turn, 'wall-1', ' ', turn.now + 1),
    ],
    [
      'a bypass that is over already is refused',
      'request.invalid',
      (turn, alarms) => alarms.zones.bypass(turn, 'wall-1', 'x', turn.now),
    ],
    [
      'a bypass for ever is refused',
      'request.invalid',
      (turn, alarms) => alarms.zones.bypass(turn, 'wall-1', 'x', turn.now + 32 * 86_400_000),
    ],
  ])('%s', async (_title, code, run) => {
    await expect(act(run)).rejects.toMatchObject({ code });
  });

  test('the arming of a panel follows its reports and names its user', async () => {
    await happen('home-1', 'panel.disarmed', { data: { user: 5 } });
    expect(zone('home-1')).toMatchObject({ armed: false, changedBy: 'li-wei' });
    await happen('home-1', 'panel.armed', { data: { user: 6 } });
    expect(zone('home-1')).toMatchObject({ armed: true, changedBy: 'panel-user:6' });
  });

  test('an older report than the last one changes nothing', async () => {
    await house.advance(1_000);
    await happen('home-1', 'panel.armed');
    await happen('home-1', 'panel.disarmed', { late: true, occurredAt: house.now - 500 });
    expect(zone('home-1')).toMatchObject({ armed: true });
  });
});

describe('bypass', () => {
  const bypass = () =>
    act((turn, alarms) => alarms.zones.bypass(turn, 'wall-1', '围墙施工', turn.now + 3_600_000));

  test('raises no intrusion until it expires, also over a restart', async () => {
    const { turn } = await bypass();
    expect(turn.audits).toMatchObject([{ action: 'zone.bypassed', detail: { reason: '围墙施工' } }]);
    await house.restart();
    await happen('wall-1', 'zone.alarm');
    expect(house.open()).toEqual([]);
    await house.advance(3_600_000);
    expect(zone('wall-1')).toMatchObject({ armed: true, bypass: null });
    await happen('wall-1', 'zone.alarm');
    expect(house.of('intrusion')).toHaveLength(1);
  });

  test('ends by hand, once', async () => {
    await bypass();
    await act((turn, alarms) => alarms.zones.unbypass(turn, 'wall-1'));
    expect(house.timers.size).toBe(0);
    const { turn } = await act((running, alarms) => alarms.zones.unbypass(running, 'wall-1'));
    expect(turn.writes).toEqual([]);
  });

  test('a zone that is removed takes its bypass with it', async () => {
    await bypass();
    await house.configure(devices.slice(1));
    expect(zone('wall-1')).toBeUndefined();
    expect(house.timers.size).toBe(0);
    expect(await house.store.query(`SELECT * FROM zone WHERE id = 'wall-1'`)).toEqual([]);
  });
});
