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
import { peerPath, RunningPeer } from '../field-peers.ts';
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

  test('ends a forced door’s alarm, too, when only the closing was pushed and the forcing comes out of the log', async () => {
    const controller = await begin();
    controller.happen(20, 1);
    await eventually('its log is followed', () => controller.memory.readIndex === 1);
    controller.mute = true;
    controller.happen(38, 1);
    controller.mute = false;
    controller.happen(24, 1);
    await logHas(3);
    expect((await swipes()).map(([, type]) => type)).toEqual(['granted', 'forced', 'closed']);
    expect(await doorState('gate')).toBe('closed');
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

describe('a door opened from here', () => {
  const open = (reason = '住户忘带卡') => ask<Command>('POST', '/access/doors/gate/open', { reason });

  test('is confirmed by the log of its controller, and stands in the access log', async () => {
    const controller = await begin();
    const command = await commandEnds((await open()).id);
    expect(command).toMatchObject({ state: 'confirmed', error: null });
    expect(controller.asked.get('openDoor')).toBe(1);
    await logHas(1);
    expect(await swipes()).toEqual([['gate', 'granted', null, 'remote_open']]);
  });

  test('is confirmed by the log, too, when the controller’s answer is lost, and told once', async () => {
    const controller = await begin();
    controller.unanswered.add('openDoor');
    expect(await commandEnds((await open()).id)).toMatchObject({ state: 'confirmed' });
    expect(controller.asked.get('openDoor')).toBe(1);
  });

  test('that the site gives a number which the controller does not have is refused when the site is checked', async () => {
    const controller = await power();
    house = await startHouse();
    const wrong = site(controller.port).replace(
      'parent: controller, address: 2',
      'parent: controller, address: 7',
    );
    await expect(house.applySite(wrong)).rejects.toThrow(/1 to 4/);
  });

  test('is kept unlocked and locked again, as the relay proves, with the time it stays open left as it is', async () => {
    const controller = await begin();
    controller.memory.doors[0] = { mode: 3, delay: 7 };
    const tell = (command: string) => ask<Command>('POST', '/devices/gate/commands', { command });
    expect(await commandEnds((await tell('unlock')).id)).toMatchObject({ state: 'confirmed' });
    expect(controller.memory.doors[0]).toEqual({ mode: 1, delay: 7 });
    expect(await commandEnds((await tell('lock')).id)).toMatchObject({ state: 'confirmed' });
    expect(controller.memory.doors[0]).toEqual({ mode: 3, delay: 7 });
  });
});

describe('a card', () => {
  test('is stored, read back, changed and deleted with what its controller understands', async () => {
    const controller = await begin();
    const day = 24 * hourMs;
    const midnight = Math.floor((Date.now() + zoneOffsetMs) / day) * day - zoneOffsetMs;
    const shown = (at: number) => new Date(at + zoneOffsetMs).toISOString().slice(0, 10);
    const card = await issue({ doors: ['gate', 'lobby'], validUntil: midnight + 10 * day });
    await cardIs(card.id, 'stored', 'confirmed');
    expect(controller.memory.cards.get(number)).toEqual({
      ...{ card: number, from: '2001-01-01', until: shown(midnight + 9 * day), doors: [1, 1, 0, 0], pin: 0 },
    });
    // A code that somebody set at the controller stays when its doors are changed.
    Object.assign(controller.memory.cards.get(number) ?? {}, { pin: 7_531 });
    await ask('PATCH', `/access/cards/${card.id}`, { doors: ['lobby'], validUntil: null });
    await eventually('its doors are changed', () => controller.memory.cards.get(number)?.doors[0] === 0);
    await cardIs(card.id, 'stored', 'confirmed');
    expect(controller.memory.cards.get(number)).toMatchObject({ until: '2099-12-31', pin: 7_531 });
    await ask('POST', `/access/cards/${card.id}/lost`, { reason: '业主来电' });
    await cardIs(card.id, 'deleted', 'confirmed');
    expect(controller.memory.cards.size).toBe(0);
    controller.hold(number, 1);
    await eventually('its use rings', async () =>
      (await alarms()).some((alarm) => alarm.startsWith('gate blockedCard ')),
    );
  });

  test('that the controller does not keep is failed, not confirmed by its word', async () => {
    const controller = await begin();
    controller.memory.cards.set = () => controller.memory.cards;
    const card = await issue();
    const entry = await cardIs(card.id, 'stored', 'failed');
    expect(entry.error).toMatch(/memory may be full/);
  });

  test('that was sent in the instant in which its controller started goes out again by itself, though that was never lost', async () => {
    const controller = await begin();
    const { cards } = controller.memory;
    // It forgets what it was told, and for a moment hears nothing of what it is asked, as one does that starts.
    cards.set = () => {
      Reflect.deleteProperty(cards, 'set');
      controller.deaf.set('getCard', 6);
      return cards;
    };
    const card = await issue();
    const entry = await cardIs(card.id, 'stored', 'failed');
    expect(entry).toMatchObject({ again: true, failure: { code: 'no-answer' } });
    await cardIs(card.id, 'stored', 'confirmed');
    expect(cards.has(number)).toBe(true);
    expect(await alarms()).not.toContain('controller offline returned');
  });

  test('of more bits than its readers send is refused with what to do', async () => {
    await begin();
    const card = await issue({ card: '89D41B81' });
    expect((await cardIs(card.id, 'stored', 'failed')).error).toMatch(/wiegand34: true/);
  });
});

describe('nothing is lost', () => {
  test('while the gateway is away: what is missing is fetched, once, and a restart repeats nothing', async () => {
    const controller = await begin();
    controller.happen(23, 1);
    await logHas(1);
    await house.stop();
    for (let n = 0; n < 40; n++) controller.happen(n % 2 === 0 ? 24 : 23, 1);
    await house.start();
    await logHas(41);
    controller.happen(24, 2);
    await logHas(42);
    await house.restart();
    await stateIs('controller', 'online');
    await eventually('the log has been compared', () => (controller.asked.get('getEvent') ?? 0) > 42);
    expect(await log()).toHaveLength(42);
  });

  test('without a word: events that were overwritten meanwhile are an alarm with their number', async () => {
    const memory = newUhppoteMemory(30);
    const first = await power({ memory });
    house = await startHouse({ site: site(first.port) });
    await eventually('it is set up', () => memory.special && memory.listener.port > 0);
    first.happen(23, 1);
    await eventually('the first is on disk', () => memory.readIndex === 1);
    await house.stop();
    for (let n = 0; n < 50; n++) first.happen(20, 1);
    await house.start();
    await logHas(31);
    expect((await eventsOf('controller.eventsLost')).map(({ data }) => data)).toEqual([
      { from: 2, until: 21, count: 20 },
    ]);
    expect(await alarms()).toContain('controller eventsLost returned');
  });

  test('when a controller is replaced: the new one’s events count, and it gets the cards', async () => {
    const old = await begin();
    const card = await issue();
    await cardIs(card.id, 'stored', 'confirmed');
    old.happen(23, 1);
    await logHas(1);
    cut(old);
    await stateIs('controller', 'offline');
    const replacement = await power({ serial: 405_419_896 });
    await house.applySite(site(replacement.port, 405_419_896));
    await stateIs('controller', 'online');
    await eventually('the card is in the new one', () => replacement.memory.cards.has(number));
    await cardIs(card.id, 'stored', 'confirmed');
    replacement.hold(number, 1);
    await logHas(2);
    expect((await swipes()).at(-1)).toEqual(['gate', 'granted', '0063E9AE', null]);
  });
});

test.skipIf(process.env.GATEHOUSE_SKIP_CONTROLLER)(
  'a controller that another program plays is followed, told of cards and opened, by bytes that it finds right',
  async () => {
    const peer = new RunningPeer('python3', [peerPath('uhppote-controller.py'), String(serial), '0']);
    const says = (begin: string) =>
      peer.line((line) => line.startsWith(begin), `the controller says ${begin}`);
    try {
      const port = Number((await says('ready ')).split(' ')[1]);
      house = await startHouse({ site: site(port) });
      await says('got listener 127.0.0.1');
      const card = await issue({ doors: ['gate', 'lobby'] });
      await cardIs(card.id, 'stored', 'confirmed');
      expect(await says('got put')).toBe(`got put ${number} 20010101 20991231 01010000`);
      // The first is pushed as firmware 6.62 does; the second is only in the log.
      peer.say(`swipe ${number} 1`);
      await logHas(1);
      peer.say('quiet');
      peer.say('event 38 2');
      await logHas(2);
      expect(await swipes()).toEqual([
        ['gate', 'granted', '0063E9AE', null],
        ['lobby', 'forced', null, null],
      ]);
      const opened = await ask<Command>('POST', '/access/doors/gate/open', { reason: '住户忘带卡' });
      expect(await commandEnds(opened.id)).toMatchObject({ state: 'confirmed' });
      const unlocked = await ask<Command>('POST', '/devices/lobby/commands', { command: 'unlock' });
      expect(await commandEnds(unlocked.id)).toMatchObject({ state: 'confirmed' });
      await ask('POST', `/access/cards/${card.id}/revoke`, { reason: '搬走' });
      await cardIs(card.id, 'deleted', 'confirmed');
      peer.say('cards');
      await says('cards 0');
      const found = await house.api('POST', '/links/doors/search');
      expect(found.body).toMatchObject({ items: [{ serial, firmware: '6.62', date: '2020-01-01' }] });
      expect(peer.lines.filter((line) => line.startsWith('bad'))).toEqual([]);
    } finally {
      await peer.stop();
    }
  },
  60_000,
);

test('a controller’s clock that is off is set, and that is on record', async () => {
  const controller = await power();
  controller.clockOffS = -3_600;
  house = await startHouse({ site: site(controller.port) });
  await eventually('its clock is set', () => Math.abs(controller.clockOffS) <= 1);
  const [event] = await eventually('that is told', async () => {
    const told = await eventsOf('controller.clockSet');
    return told.length > 0 && told;
  });
  expect(event?.data.offS).toBeGreaterThanOrEqual(-3_601);
  expect(event?.data.offS).toBeLessThanOrEqual(-3_598);
});

test('a search tells the controllers that answer, and which of them the site has', async () => {
  const controller = await begin();
  const found = await house.api('POST', '/links/doors/search');
  expect(found).toMatchObject({
    status: 200,
    body: { items: [{ serial, firmware: '8.92', date: '2018-08-16', device: 'controller' }], next: null },
  });
  expect((await house.api('POST', '/links/nowhere/search')).status).toBe(409);
  // A stranger that reports here is told of with what to write, and changes nothing.
  const stranger = await power({ serial: 405_419_896 });
  Object.assign(stranger.memory, { listener: controller.memory.listener, special: true });
  stranger.happen(38, 1);
  const letter = await eventually('it is told of', async () => {
    const { items } = await ask<{ items: { reason: string }[] }>('GET', '/dead-letters');
    return items.find(({ reason }) => reason.includes('405419896'));
  });
  expect(letter.reason).toMatch(/type uhppote-controller with address: 405419896/);
  expect(await log()).toEqual([]);
});
