import { afterEach, describe, expect, test } from 'vitest';
import type { AccessEvent, DoorState } from '../../gateway/contract/access.ts';
import type { Card } from '../../gateway/contract/card.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { StoredEvent } from '../../gateway/contract/event.ts';
import {
  newUhppoteMemory,
  openUhppoteController,
  type UhppoteMemory,
  type UhppoteSimulator,
} from '../../simulators/uhppote-controller.ts';
import { eventually, type House, startHouse } from '../house.ts';

// Door controllers of the kind UT0311 over real datagrams: the gateway on one side, controllers on the other.

const serial = 423_187_757;
const hourMs = 3_600_000;
/** Of the site's zone, Asia/Shanghai. */
const zoneOffsetMs = 8 * hourMs;
/** Fob 99,59822: 0063E9AE in the site, this at a controller whose readers are Wiegand 26. */
const number = 9_959_822;

let house: House;
const controllers = new Set<UhppoteSimulator>();
afterEach(async () => {
  for (const controller of controllers) controller.close();
  controllers.clear();
  await house?.close();
});

const site = (port: number, address = serial) => `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
people: [{ id: li-wei, name: 李伟 }]
links: [{ id: doors, kind: uhppote, broadcast: "127.0.0.1:${port}", listen: "127.0.0.1:0", timeoutMs: 100 }]
devices:
  - { id: controller, type: uhppote-controller, name: 门岗控制器, area: compound, link: doors, address: ${address}, settings: { host: "127.0.0.1:${port}" } }
  - { id: gate, type: controller-door, name: 大门, area: compound, parent: controller, address: 1 }
  - { id: lobby, type: controller-door, name: 大堂, area: compound, parent: controller, address: 2 }
`;

async function power(
  more: { memory?: UhppoteMemory; port?: number; serial?: number } = {},
): Promise<UhppoteSimulator> {
  const controller = await openUhppoteController({ serial, zoneOffsetMs, ...more });
  controllers.add(controller);
  return controller;
}
function cut(controller: UhppoteSimulator): void {
  controllers.delete(controller);
  controller.close();
}
async function begin(): Promise<UhppoteSimulator> {
  const controller = await power();
  house = await startHouse({ site: site(controller.port) });
  await stateIs('controller', 'online');
  await eventually('it is set up', () => controller.memory.special && controller.memory.listener.port > 0);
  return controller;
}
const ask = async <Body>(method: string, path: string, body?: object): Promise<Body> => {
  const answer = await house.api<Body>(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};
const stateIs = (id: string, state: string) =>
  eventually(
    `${id} is ${state}`,
    async () => (await ask<{ state: { state: string } }>('GET', `/devices/${id}`)).state.state === state,
    30_000,
  );
const log = async () => (await ask<{ items: AccessEvent[] }>('GET', '/access/events?limit=500')).items;
const swipes = async () =>
  (await log()).map(({ door, type, card, reason }) => [door, type, card, reason]).reverse();
const logHas = (count: number) =>
  eventually(`the access log has ${count} lines`, async () => (await log()).length >= count, 30_000);
const eventsOf = async (type: string) =>
  (await ask<{ items: StoredEvent[] }>('GET', `/events?type=${type}`)).items;
const doorState = async (id: string) => (await ask<DoorState>('GET', `/access/doors/${id}`)).state;
const alarms = async () =>
  (await house.openAlarms()).map(({ device, definition, state }) => `${device} ${definition} ${state}`);
const issue = (more: object = {}) =>
  ask<Card>('POST', '/access/cards', {
    ...{ card: '0006547886', person: 'li-wei', doors: ['gate'], reason: '新住户', ...more },
  });
const cardIs = (id: string, wanted: string, state: string) =>
  eventually(
    `the card is ${wanted} ${state}`,
    async () => {
      const [entry] = (await ask<Card>('GET', `/access/cards/${id}`)).controllers;
      return entry?.wanted === wanted && entry.state === state && entry;
    },
    30_000,
  );
const commandEnds = (id: string) =>
  eventually('the command has ended', async () => {
    const command = await ask<Command>('GET', `/commands/${id}`);
    return command.endedAt !== null && command;
  });

describe('what happens at its doors', () => {
  test('stands in the access log once, with door, person and reason, whether it was pushed or fetched', async () => {
    const controller = await begin();
    const card = await issue();
    await cardIs(card.id, 'stored', 'confirmed');
    controller.hold(number, 1);
    controller.happen(23, 1);
    controller.happen(24, 1);
    controller.hold(12_300_456, 2);
    controller.happen(20, 2);
    await logHas(5);
    expect(await swipes()).toEqual([
      ['gate', 'granted', '0063E9AE', null],
      ['gate', 'opened', null, null],
      ['gate', 'closed', null, null],
      ['lobby', 'denied', '007B01C8', 'no_privilege'],
      ['lobby', 'granted', null, 'rex'],
    ]);
    const [swipe] = (await log()).filter(({ type, door }) => type === 'granted' && door === 'gate');
    expect(swipe).toMatchObject({ person: 'li-wei', personName: '李伟', direction: 'in' });
    expect(Math.abs((swipe?.occurredAt ?? 0) - Date.now())).toBeLessThan(15_000);
    // All of it is on disk, and only then was the controller told that it was read.
    await eventually('its index is set', () => controller.memory.readIndex === 5);
  });

  test('rings: a door forced and held, until it is closed; a threat; a fire at the controller', async () => {
    const controller = await begin();
    controller.happen(38, 1);
    controller.happen(37, 2);
    controller.happen(34, 2);
    controller.happen(39);
    await eventually('four alarms ring', async () => (await alarms()).length >= 4);
    expect((await alarms()).sort()).toEqual([
      'controller fire unacknowledged',
      'gate forced unacknowledged',
      'lobby duress unacknowledged',
      'lobby held unacknowledged',
    ]);
    expect(await doorState('gate')).toBe('forced');
    controller.happen(24, 1);
    await eventually('the gate is closed', async () => (await doorState('gate')) === 'closed');
    expect(await alarms()).toContain('gate forced returned');
  });

  test('is seen at once when it is pushed, and with the next poll when it is not', async () => {
    const controller = await begin();
    controller.mute = true;
    controller.happen(23, 1);
    await eventually('the gate is open', async () => (await doorState('gate')) === 'open');
    const points = await ask<{ items: { point: string; value: unknown }[] }>('GET', '/devices/gate/points');
    await eventually('its contact reads open', async () => {
      const { items } = await ask<typeof points>('GET', '/devices/gate/points');
      return items.some(({ point, value }) => point === 'opened' && value === true);
    });
  });
});
