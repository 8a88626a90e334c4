import { afterEach, describe, expect, test } from 'vitest';
import type { AccessEvent, DoorState } from '../../gateway/contract/access.ts';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Card } from '../../gateway/contract/card.ts';
import type { Command } from '../../gateway/contract/command.ts';
import { uuidv7 } from '../../gateway/lib/ids.ts';
import {
  connectDoorController,
  type DoorController,
  type DoorControllerMemory,
} from '../../simulators/door-controller.ts';
import { eventually, type House, startHouse } from '../house.ts';

// Cards over the real wire: the gateway on one side, door controllers over MQTT on the other.

const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
people:
  - { id: li-wei, name: 李伟 }
  - { id: zhang-min, name: 张敏, cards: ["0006547887"] }
checkpoints: [{ id: gate-tag, name: 大门巡更点, area: compound, tag: "0006540001" }]
devices:
  - { id: controller-a, type: native-door-controller, name: 一号控制器, area: compound }
  - { id: controller-b, type: native-door-controller, name: 二号控制器, area: compound }
  - { id: gate, type: controller-door, name: 大门, area: compound, parent: controller-a, address: 1 }
  - { id: lobby, type: controller-door, name: 大堂, area: compound, parent: controller-a, address: 2 }
  - { id: roof, type: controller-door, name: 屋面, area: compound, parent: controller-b }
  - { id: office, type: native-door, name: 办公室, area: compound }
`;
const number = '0063E9AE';

let house: House;
const controllers = new Set<DoorController>();
afterEach(async () => {
  for (const controller of controllers) controller.cut();
  controllers.clear();
  await house.close();
});

const secrets = new Map<string, string>();
async function start(): Promise<void> {
  house = await startHouse({ site });
  secrets.clear();
}
/** Powers a controller up; resolves when the gateway has seen it. */
async function power(id: string, memory?: DoorControllerMemory): Promise<DoorController> {
  const secret = secrets.get(id) ?? (await house.secretOf(id));
  secrets.set(id, secret);
  const controller = connectDoorController(house.mqttPort, id, secret, memory);
  controllers.add(controller);
  await stateIs(id, 'online');
  return controller;
}
async function cut(id: string, controller: DoorController): Promise<void> {
  controllers.delete(controller);
  controller.cut();
  await stateIs(id, 'offline');
}
const stateIs = (id: string, state: string) =>
  eventually(`${id} is ${state}`, async () => {
    const { body } = await house.api<{ state: { state: string } }>('GET', `/devices/${id}`);
    return body.state.state === state;
  });
async function ask<Body>(method: string, path: string, body?: object): Promise<Body> {
  const answer = await house.api<Body>(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const issue = (more: object = {}) =>
  ask<Card>('POST', '/access/cards', {
    card: '6547886',
    person: 'li-wei',
    doors: ['gate', 'lobby', 'roof'],
    ...more,
  });
const cardOf = (id: string) => ask<Card>('GET', `/access/cards/${id}`);
const progress = ({ controllers: each }: Card) =>
  Object.fromEntries(each.map(({ controller, wanted, state }) => [controller, `${wanted} ${state}`]));
const becomes = (id: string, wanted: Record<string, string>) =>
  eventually(
    `the card has ${JSON.stringify(wanted)}`,
    async () => JSON.stringify(progress(await cardOf(id))) === JSON.stringify(wanted) || undefined,
    25_000,
  );
const act = (id: string, what: string, reason = '业主来电') =>
  ask<Card>('POST', `/access/cards/${id}/${what}`, { reason });
const alarmOf = (definition: string) =>
  eventually(`${definition} is raised`, async () =>
    (await house.openAlarms()).find((alarm) => alarm.definition === definition),
  );
const log = async () => (await ask<{ items: AccessEvent[] }>('GET', '/access/events')).items;

describe('a card issued without having it at hand', () => {
  test('is confirmed by the controller that is there, waits for the one that is away, and is confirmed when that comes back, a restart in between', async () => {
    await start();
    const a = await power('controller-a');
    const b = await power('controller-b');
    await cut('controller-b', b);
    const card = await issue({ validUntil: Date.now() + 86_400_000, reason: '新住户' });
    expect(card).toMatchObject({
      number,
      holder: '李伟',
      person: 'li-wei',
      state: 'issued',
      issuedBy: 'token:test',
    });
    await becomes(card.id, { 'controller-a': 'stored confirmed', 'controller-b': 'stored waiting' });
    expect(a.cards.get(number)).toEqual({ person: '李伟', doors: ['1', '2'], validUntil: card.validUntil });
    expect(b.cards.size).toBe(0);
    const unconfirmed = await ask<{ items: Card[] }>('GET', '/access/cards?unconfirmed=true');
    expect(unconfirmed.items.map(({ id }) => id)).toEqual([card.id]);

    await house.restart();
    await becomes(card.id, { 'controller-a': 'stored confirmed', 'controller-b': 'stored waiting' });
    const back = await power('controller-b', b);
    await becomes(card.id, { 'controller-a': 'stored confirmed', 'controller-b': 'stored confirmed' });
    expect(back.cards.get(number)?.doors).toEqual(['roof']);
    // Told once, and nothing again to the one that knew.
    const puts = await ask<{ items: Command[] }>('GET', '/commands?device=controller-a');
    expect(puts.items.map(({ command, state, requestedBy }) => [command, state, requestedBy])).toEqual([
      ['cardPut', 'confirmed', 'token:test'],
    ]);
  }, 60_000);

  test('is sent again to a controller that says it has forgotten all', async () => {
    await start();
    const a = await power('controller-a');
    const card = await issue({ doors: ['gate'] });
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
    a.cards.clear();
    a.device.event('controller.memoryNew', {});
    await eventually('it holds the card again', () => a.cards.get(number)?.doors[0] === '1');
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
  });

  test('opens its doors for who holds it, whose name stands in the log', async () => {
    await start();
    const a = await power('controller-a');
    const card = await issue({ doors: ['gate'] });
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
    expect(a.hold(number, '1')).toBe('granted');
    const swipe = await eventually('the swipe is in the log', async () =>
      (await log()).find(({ type }) => type === 'granted'),
    );
    expect(swipe).toMatchObject({
      door: 'gate',
      person: 'li-wei',
      personName: '李伟',
      card: number,
      reason: null,
    });
    expect(a.hold(number, '2')).toBe('denied');
  });

  test('is refused by a controller in its own words, goes nowhere by itself, and is stored when somebody sends it again', async () => {
    await start();
    const a = await power('controller-a');
    a.refuse = 'memory full';
    const card = await issue({ doors: ['gate'] });
    await becomes(card.id, { 'controller-a': 'stored failed' });
    expect((await cardOf(card.id)).controllers[0]).toMatchObject({ error: 'memory full', again: false });
    a.refuse = null;
    await ask('POST', `/access/cards/${card.id}/retry`, { controller: 'controller-a' });
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
    expect(a.cards.has(number)).toBe(true);
  });

  test('that was not answered goes out again when its controller comes back', async () => {
    await start();
    const a = await power('controller-a');
    a.dumb = true;
    const card = await issue({ doors: ['gate'] });
    await becomes(card.id, { 'controller-a': 'stored failed' });
    expect((await cardOf(card.id)).controllers[0]).toMatchObject({
      error: 'the device did not answer within 10 s',
      again: true,
    });
    await cut('controller-a', a);
    const back = await power('controller-a');
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
    expect(back.cards.has(number)).toBe(true);
  }, 60_000);

  test('authorised for another door is told to both controllers: one forgets it, the other learns it', async () => {
    await start();
    const a = await power('controller-a');
    const b = await power('controller-b');
    const card = await issue({ doors: ['gate'] });
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
    await ask('PATCH', `/access/cards/${card.id}`, { doors: ['roof'], reason: '换岗' });
    await becomes(card.id, { 'controller-a': 'deleted confirmed', 'controller-b': 'stored confirmed' });
    expect([a.cards.size, b.cards.size]).toEqual([0, 1]);
    expect((await ask<{ items: Card[] }>('GET', '/access/cards?door=roof')).items).toHaveLength(1);
    expect((await ask<{ items: Card[] }>('GET', '/access/cards?door=gate')).items).toEqual([]);
  });
});

test('a card with a bound that no controller can keep is refused with what to give, when it is issued and when it is changed', async () => {
  await start();
  const issueWith = (bounds: object) =>
    house.api('POST', '/access/cards', { card: '6547886', person: 'li-wei', doors: ['gate'], ...bounds });
  for (const at of [8_640_000_000_000_000, Number.MAX_SAFE_INTEGER, Date.UTC(2100, 0, 2), -1])
    for (const name of ['validFrom', 'validUntil']) {
      const { status, body } = await issueWith({ [name]: at });
      expect(status).toBe(400);
      expect(JSON.stringify(body)).toMatch(new RegExp(`${name}.*2099-12-31`));
    }
  const card = await issue({ doors: ['gate'], validUntil: Date.UTC(2099, 11, 31) });
  const changed = await house.api('PATCH', `/access/cards/${card.id}`, { validUntil: 8_640_000_000_000_000 });
  expect(changed.status).toBe(400);
});

describe('a card that is reported lost', () => {
  test('is forgotten by every controller; its use is an alarm, a high one where a door still let it in', async () => {
    await start();
    const a = await power('controller-a');
    const b = await power('controller-b');
    const card = await issue();
    await becomes(card.id, { 'controller-a': 'stored confirmed', 'controller-b': 'stored confirmed' });
    // The second hears nothing of it and goes on by itself.
    b.dumb = true;
    expect((await act(card.id, 'lost')).state).toBe('lost');
    await becomes(card.id, { 'controller-a': 'deleted confirmed', 'controller-b': 'deleted sending' });
    expect(a.hold(number, '1')).toBe('denied');
    expect(await alarmOf('blockedCard')).toMatchObject({
      device: 'gate',
      instance: number,
      priority: 3,
      state: 'returned',
      popup: false,
    });
    expect((await log())[0]).toMatchObject({ type: 'denied', personName: '李伟', reason: 'no_privilege' });
    expect(b.hold(number, 'roof')).toBe('granted');
    expect(await alarmOf('blockedCardGranted')).toMatchObject({
      device: 'roof',
      instance: number,
      priority: 2,
      popup: true,
    });
    const granted = (await log()).find(({ type }) => type === 'granted');
    expect(granted).toMatchObject({ door: 'roof', personName: '李伟', reason: 'lost' });
    await cut('controller-b', b);
    await becomes(card.id, { 'controller-a': 'deleted confirmed', 'controller-b': 'deleted failed' });
    await power('controller-b', b);
    await becomes(card.id, { 'controller-a': 'deleted confirmed', 'controller-b': 'deleted confirmed' });
    expect(b.cards.size).toBe(0);
  }, 60_000);

  test('and found is known to all again; every act is on the record with who and why', async () => {
    await start();
    await power('controller-a');
    const card = await issue({ doors: ['gate'] });
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
    await act(card.id, 'lost', '业主来电挂失');
    expect((await act(card.id, 'lost', '再次')).reason).toBe('业主来电挂失');
    await act(card.id, 'restore', '找到了');
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
    await act(card.id, 'revoke', '搬走');
    await becomes(card.id, { 'controller-a': 'deleted confirmed' });
    expect((await house.api('POST', `/access/cards/${card.id}/restore`, { reason: 'x' })).status).toBe(409);
    const audit = await ask<{ items: { action: string; who: string; detail: { reason?: string } }[] }>(
      'GET',
      `/audit?subject=card:${card.id}`,
    );
    expect(
      audit.items.map(({ action, who, detail }) => [action, who, detail.reason ?? null]).reverse(),
    ).toEqual([
      ['card.issued', 'token:test', null],
      ['card.lost', 'token:test', '业主来电挂失'],
      ['card.restored', 'token:test', '找到了'],
      ['card.revoked', 'token:test', '搬走'],
    ]);
  });

  test('and issued anew to somebody else is that one’s; the old issue stays as a record', async () => {
    await start();
    const a = await power('controller-a');
    const old = await issue({ doors: ['gate'] });
    await act(old.id, 'revoke');
    const next = await issue({ doors: ['lobby'], person: undefined, holder: '访客王先生' });
    await becomes(next.id, { 'controller-a': 'stored confirmed' });
    expect(a.cards.get(number)).toMatchObject({ person: '访客王先生', doors: ['2'] });
    expect(a.hold(number, '2')).toBe('granted');
    const swipe = await eventually('the swipe is in the log', async () =>
      (await log()).find(({ type }) => type === 'granted'),
    );
    expect(swipe).toMatchObject({ person: null, personName: '访客王先生', reason: null });
    expect((await house.openAlarms()).filter(({ definition }) => definition.startsWith('blocked'))).toEqual(
      [],
    );
    const all = await ask<{ items: Card[] }>('GET', `/access/cards?card=${encodeURIComponent('99,59822')}`);
    expect(all.items.map(({ id, state }) => [id, state])).toEqual([
      [next.id, 'issued'],
      [old.id, 'revoked'],
    ]);
  });

  test('used at night and told in the morning is on the record, not in the ears', async () => {
    await start();
    const a = await power('controller-a');
    const card = await issue({ doors: ['gate'] });
    await becomes(card.id, { 'controller-a': 'stored confirmed' });
    await act(card.id, 'lost');
    const client = a.device;
    client.event('access.granted', { door: 1, card: number });
    await alarmOf('blockedCardGranted');
    await house.api('POST', '/alarms/acknowledge', { ids: (await house.openAlarms()).map(({ id }) => id) });
    const before = (await log()).length;
    client.eventAt(Date.now() - 3_600_000, 'access.granted', { door: 1, card: number });
    await eventually('it is in the log', async () => (await log()).length > before);
    expect((await log()).at(-1)).toMatchObject({ reason: 'lost' });
    expect((await house.openAlarms()).filter(({ definition }) => definition.startsWith('blocked'))).toEqual(
      [],
    );
  });
});

describe('what cannot be issued is refused with what to do', () => {
  test.each([
    ['no number', { card: '某卡' }, 400, /is no card number/],
    ['an iButton’s number with a wrong check byte', { card: '01EB450D030000AF' }, 400, /byte 8 is AF/],
    [
      'the tag of a checkpoint, in whatever spelling',
      { card: '010063CAE1' },
      409,
      /the tag of the checkpoint 大门巡更点 \(gate-tag\), where it is written 0006540001/,
    ],
    ['a door that is not there', { doors: ['nowhere'] }, 404, /no door "nowhere"/],
    [
      'a door without a controller',
      { doors: ['office'] },
      400,
      /"office" has no controller that keeps cards/,
    ],
    ['nobody', { person: undefined }, 400, /whose card is it/],
    ['a person who is not there', { person: 'nobody' }, 404, /no person "nobody"/],
    ['somebody else’s card', { card: '6547887' }, 409, /the site file gives this card to 张敏 \(zhang-min\)/],
    ['a time that is over', { validUntil: 1_000 }, 400, /would never be valid/],
  ])('%s', async (_, more, status, words) => {
    await start();
    const answer = await house.api<{ detail: string }>('POST', '/access/cards', {
      ...{ card: '6547886', person: 'li-wei', doors: ['gate'] },
      ...more,
    });
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toMatch(words);
    expect((await ask<{ items: Card[] }>('GET', '/access/cards')).items).toEqual([]);
  });

  test('a card that is in use; the same request again is the same card, another under its id is none', async () => {
    await start();
    const body = { id: uuidv7(Date.now()), card: '6547886', person: 'li-wei', doors: ['gate'] };
    const first = await ask<Card>('POST', '/access/cards', body);
    expect(await ask<Card>('POST', '/access/cards', body)).toMatchObject({ id: first.id, number });
    expect((await house.api('POST', '/access/cards', { ...body, doors: ['roof'] })).status).toBe(409);
    const taken = await house.api<{ code: string; detail: string }>('POST', '/access/cards', {
      ...body,
      id: undefined,
    });
    expect([taken.status, taken.body.code]).toEqual([409, 'state.conflict']);
    expect(taken.body.detail).toMatch(/in use, issued to 李伟/);
    // The site file's own card is its owner's, without saying so.
    const own = await ask<Card>('POST', '/access/cards', { card: '0006547887', doors: ['gate'] });
    expect(own).toMatchObject({ person: 'zhang-min', holder: '张敏' });
  });

  test('a card told to a controller by hand, past the record', async () => {
    await start();
    await power('controller-a');
    const answer = await house.api<{ detail: string }>('POST', '/devices/controller-a/commands', {
      command: 'cardPut',
      args: { card: number, person: 'x', doors: ['1'] },
    });
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toMatch(/sent by the gateway itself/);
    const { body } = await house.api<{ commands: string[] }>('GET', '/devices/controller-a');
    expect(body.commands).toEqual([]);
  });
});

test('a controller speaks for its doors and is told to open them; they are lost and back with it', async () => {
  await start();
  const a = await power('controller-a');
  await stateIs('gate', 'online');
  await stateIs('roof', 'unknown');
  const command = await ask<Command>('POST', '/access/doors/gate/open', { reason: '快递' });
  await eventually('it is confirmed', async () => {
    const { body } = await house.api<Command>('GET', `/commands/${command.id}`);
    return body.state === 'confirmed';
  });
  await eventually('its opening and closing are in the log', async () => {
    const types = (await log()).filter(({ door }) => door === 'gate').map(({ type }) => type);
    return types.includes('opened') && types.includes('closed');
  });
  expect(await ask<DoorState>('GET', '/access/doors/gate')).toMatchObject({ state: 'closed' });
  const unlock = await ask<Command>('POST', '/devices/lobby/commands', { command: 'unlock' });
  await eventually('it is proved by what the controller says of the door', async () => {
    const { body } = await house.api<Command>('GET', `/commands/${unlock.id}`);
    return body.state === 'confirmed';
  });
  a.device.event('access.forced', { door: '2' });
  expect(await alarmOf('forced')).toMatchObject({
    device: 'lobby',
    state: 'unacknowledged',
  } satisfies Partial<Alarm>);
  a.device.event('access.forced', { door: '9' });
  // Its end would be told of the door itself, once that is registered: the alarm waits for no more than somebody who sees it.
  expect(await alarmOf('unknownDoorForced')).toMatchObject({
    ...{ device: 'controller-a', instance: '9', state: 'returned' },
  });
  await cut('controller-a', a);
  await stateIs('gate', 'offline');
});

test('a controller that leaves the site takes what it was to be told along; its doors’ cards go to the next one', async () => {
  await start();
  const b = await power('controller-b');
  const card = await issue({ doors: ['gate', 'roof'] });
  await becomes(card.id, { 'controller-a': 'stored failed', 'controller-b': 'stored confirmed' }).catch(
    () => {},
  );
  const moved = site
    .replace(/ {2}- \{ id: controller-a.*\n/, '')
    .replaceAll('parent: controller-a', 'parent: controller-b');
  await house.control('site.apply', { yaml: moved, file: 'site.yaml', prune: true });
  await becomes(card.id, { 'controller-b': 'stored confirmed' });
  await eventually('the second knows both doors', () => b.cards.get(number)?.doors.join() === '1,roof');
}, 60_000);
