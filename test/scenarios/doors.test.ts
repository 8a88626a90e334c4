import { afterEach, describe, expect, test } from 'vitest';
import type { AccessEvent, DoorState } from '../../gateway/contract/access.ts';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import { min, type SimulatedHouse, sec, startSimulation } from './simulated-house.ts';

// Doors that are a contact and no more: the gateway judges held and forced.

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
people: [{ id: li-wei, name: 李伟, cards: ["6547886"] }]
devices:
  - { id: io-1, type: native-io-module, name: 模块, area: compound }
  - id: roof
    type: composed-door
    name: 屋面门
    area: compound
    bind: { opened: io-1.in1, exit: { from: io-1.in2, event: access.granted }, unlock: io-1.out1, lock: { from: io-1.out1, invert: true } }
    settings: { heldAfterS: 30, permitS: 5 }
  - { id: gate, type: native-door, name: 大门, area: compound }
  - { id: lobby, type: native-door, name: 大堂, area: compound, settings: { heldAfterS: 0 } }
`;
const start = Date.UTC(2026, 2, 2, 8);

let house: SimulatedHouse;
afterEach(() => house.close());
const begin = async () => {
  house = await startSimulation({ start, site });
  await contact(false);
};
const io = (values: Record<string, boolean>) => house.send('io-1', 'readings', { values });
const contact = (open: boolean) => io({ in1: open, in2: false });
let sent = 0;
const tell = (door: string, type: string, data: object = {}, at?: number) =>
  house.send(door, 'events', { id: `e-${sent++}`, type, data, ...(at === undefined ? {} : { at }) });
const raised = () =>
  house
    .alarms()
    .flatMap(({ device, definition, state }: Alarm) =>
      definition === 'held' || definition === 'forced' ? [`${device} ${definition} ${state}`] : [],
    );
const doorState = async (id: string) => (await house.ask<DoorState>('GET', `/access/doors/${id}`)).state;
const logOf = async (door: string) =>
  (await house.ask<{ items: AccessEvent[] }>('GET', `/access/events?door=${door}`)).items.map(
    ({ type }) => type,
  );

describe('a door that stays open', () => {
  test('is held after its time, an alarm and a line of the log, until it is closed', async () => {
    await begin();
    await io({ in2: true });
    await contact(true);
    await house.pass(30 * sec - 1);
    expect(raised()).toEqual([]);
    expect(await doorState('roof')).toBe('open');
    await house.pass(1);
    expect(raised()).toEqual(['roof held unacknowledged']);
    expect(await doorState('roof')).toBe('held');
    await contact(false);
    expect(raised()).toEqual(['roof held returned']);
    expect(await doorState('roof')).toBe('closed');
    expect(await logOf('roof')).toEqual(['closed', 'held', 'opened', 'granted']);
  });

  test('is held after a minute where nothing else is said, also one that reports its contact as a reading', async () => {
    await begin();
    await house.send('gate', 'readings', { values: { opened: false } });
    await house.send('gate', 'readings', { values: { opened: true } });
    await house.pass(min);
    expect(raised()).toEqual(['gate held unacknowledged']);
  });

  test('closed in time and opened again has its time anew', async () => {
    await begin();
    await io({ in2: true });
    for (let n = 0; n < 4; n++) {
      await contact(true);
      await house.pass(20 * sec);
      await contact(false);
      await io({ in2: true });
    }
    expect(raised()).toEqual([]);
  });

  test('goes on being watched across a restart, for what is left of its time', async () => {
    await begin();
    await io({ in2: true });
    await contact(true);
    await house.pass(20 * sec);
    await house.restart(5 * sec);
    await house.pass(4 * sec);
    expect(raised()).toEqual([]);
    await house.pass(sec);
    expect(raised()).toEqual(['roof held unacknowledged']);
  });

  test('may stand open as long as it is kept unlocked, as in a fire, and is held when it is locked and still open', async () => {
    await begin();
    await unlock();
    await contact(true);
    await house.pass(10 * min);
    expect(raised()).toEqual([]);
    // The module is silent by itself, so it counts as lost by now.
    await contact(true);
    await order('lock', false);
    await house.pass(30 * sec);
    expect(raised()).toEqual(['roof held unacknowledged']);
  });

  test('whose controller says so is held once, and one whose controller judges is left to it', async () => {
    await begin();
    await tell('gate', 'access.opened');
    await house.pass(20 * sec);
    await tell('gate', 'access.held');
    await tell('lobby', 'access.opened');
    await house.pass(10 * min);
    expect(raised()).toEqual(['gate held unacknowledged']);
    expect(house.alarms('held')[0]?.count).toBe(1);
  });

  test('is not judged by what is told late', async () => {
    await begin();
    await tell('gate', 'access.opened', {}, house.now - 5 * min);
    await house.pass(10 * min);
    expect(raised()).toEqual([]);
  });
});

describe('a door with a reader that nobody was let in by', () => {
  test('is forced a second after it opens, until it is closed', async () => {
    await begin();
    await contact(true);
    await house.pass(sec - 1);
    expect(raised()).toEqual([]);
    await house.pass(1);
    expect(raised()).toEqual(['roof forced unacknowledged']);
    expect(await doorState('roof')).toBe('forced');
    await house.pass(min);
    expect(raised()).toEqual(['roof forced unacknowledged']);
    await contact(false);
    expect(raised()).toEqual(['roof forced returned']);
  });

  test.each([
    ['the exit button was pressed before', async () => void (await io({ in2: true }))],
    ['it was unlocked from here', unlock],
  ])('is not when %s', async (_, permit) => {
    await begin();
    await permit();
    await house.pass(5 * sec);
    await contact(true);
    await house.pass(20 * sec);
    expect(raised()).toEqual([]);
  });

  test('is not when the exit button’s word comes a moment after the contact’s', async () => {
    await begin();
    await io({ in1: true });
    await house.pass(sec / 2);
    await io({ in2: true });
    await house.pass(20 * sec);
    expect(raised()).toEqual([]);
  });

  test('is when the permit is over', async () => {
    await begin();
    await io({ in2: true });
    await house.pass(5 * sec + 1);
    await contact(true);
    await house.pass(2 * sec);
    expect(raised()).toEqual(['roof forced unacknowledged']);
  });

  test('is not as long as it is kept unlocked, and is again when it is locked', async () => {
    await begin();
    await unlock();
    await house.pass(10 * min);
    await contact(true);
    await house.pass(2 * sec);
    await contact(false);
    expect(raised()).toEqual([]);
    await order('lock', false);
    await house.pass(10 * sec);
    await contact(true);
    await house.pass(2 * sec);
    expect(raised()).toEqual(['roof forced unacknowledged']);
  });

  test('without a reader is never forced', async () => {
    await begin();
    await tell('gate', 'access.opened');
    await house.pass(10 * sec);
    expect(raised()).toEqual([]);
  });
});

async function order(command: string, on: boolean): Promise<void> {
  await house.ask('POST', '/devices/roof/commands', { command });
  await io({ out1: on });
}
function unlock(): Promise<void> {
  return order('unlock', true);
}
