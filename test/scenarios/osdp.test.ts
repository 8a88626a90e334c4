import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccessEvent } from '../../gateway/contract/access.ts';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import type { Reading } from '../../gateway/contract/reading.ts';
import { type OsdpReaders, openSerialPair, type SerialPair, startOsdpReaders } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// The readers are peers/osdp-reader.py on a serial line: a peripheral that shares no code with the gateway.

const open: { close?(): unknown; stop?(): unknown }[] = [];
let pair: SerialPair;
beforeEach(async () => {
  pair = await openSerialPair();
  open.push(pair);
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await (one.close ?? one.stop)?.call(one);
  for (const name of ['TEST_READER_KEY', 'TEST_OTHER_KEY']) delete process.env[name];
});

/** Facility 18, card 37848: the fob is printed 0001217496. */
const fob = '00001001010010011110110001';
/** 0012345678 by Wiegand 34. */
const stranger = '1000000001011110001100001010011100';

async function stand(readers: string[], devices: string): Promise<[House, LiveWatch, OsdpReaders]> {
  const peer = await startOsdpReaders(pair.paths[1], ...readers);
  open.push(peer);
  const house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: reader-bus, kind: bus, path: ${pair.paths[0]}, protocol: osdp }]
people: [{ id: li-wei, name: 李伟, role: staff, cards: ["0001217496"] }]
devices:
${devices}
`,
  });
  open.push(house);
  return [house, await house.live(), peer];
}

const device = (id: string, address: number, settings = '') =>
  `  - { id: ${id}, type: osdp-reader, name: ${id}, area: compound, link: reader-bus, address: ${address}${settings} }`;

const isOnline = (live: LiveWatch, id: string) =>
  live.change<DeviceState>('device-states', (state) => state.id === id && state.state === 'online');
const alarmOf = (live: LiveWatch, definition: string, state?: Alarm['state']) =>
  live.change<Alarm>(
    'alarms',
    (alarm) => alarm.definition === definition && (state === undefined || alarm.state === state),
  );

async function log(house: House): Promise<AccessEvent[]> {
  return (await house.api<{ items: AccessEvent[] }>('GET', '/access/events')).body.items;
}

async function newest(house: House, id: string, point: string): Promise<Reading['value'] | undefined> {
  const { body } = await house.api<{ items: Reading[] }>('GET', `/devices/${id}/points`);
  return body.items.find((one) => one.point === point)?.value;
}

async function told(house: House, id: string, command: string): Promise<Command> {
  const { body } = await house.api<Command>('POST', `/devices/${id}/commands`, { command, reason: 'test' });
  return eventually(`${command} has come to its end`, async () => {
    const { body: now } = await house.api<Command>('GET', `/commands/${body.id}`);
    return now.endedAt !== null && now;
  });
}

test('a card held to a reader in plain is in the access log once with whose it is, though replies get lost, break and wait', async () => {
  const [house, live, peer] = await stand(['1', '2'], [device('lobby', 1), device('gate', 2)].join('\n'));
  await isOnline(live, 'lobby');
  await isOnline(live, 'gate');
  await peer.steer(`card 1 ${fob}`);
  await live.change<AccessEvent>('access-events', ({ card }) => card === '001293D8');
  await peer.steer('lose 2 3');
  await peer.steer(`card 2 ${stranger}`);
  await live.change<AccessEvent>('access-events', ({ card }) => card === '00BC614E');
  // The reader repeated its reply when it was asked for again with the same number.
  expect(peer.lines.some((line) => line.startsWith('repeat 2 '))).toBe(true);
  await peer.steer('garble 1 2');
  await peer.steer('busy 2 3');
  await peer.steer(`card 1 ${fob}`);
  await peer.steer('keys 2 1234');
  await eventually('the second swipe and the keys are in', async () => {
    const { body } = await house.api<{ items: { type: string }[] }>('GET', '/events?device=gate');
    return (await log(house)).length === 3 && body.items.some(({ type }) => type === 'reader.keys');
  });
  expect(
    (await log(house)).map(({ door, type, card, personName }) => [door, type, card, personName]),
  ).toEqual([
    ['lobby', 'read', '001293D8', '李伟'],
    ['gate', 'read', '00BC614E', null],
    ['lobby', 'read', '001293D8', '李伟'],
  ]);
  const keys = await house.api<{ items: { type: string; data: unknown }[] }>('GET', '/events?device=gate');
  expect(keys.body.items.find(({ type }) => type === 'reader.keys')?.data).toEqual({ count: 4 });
  expect(JSON.stringify(keys.body)).not.toContain('1234"');
});

test('a card that was lost and is held to a reader is an alarm, and opens nothing', async () => {
  const [house, live, peer] = await stand(
    ['1'],
    `${device('lobby', 1)}
  - { id: controller, type: native-door-controller, name: 控制器, area: compound }
  - { id: gate, type: controller-door, name: 大门, area: compound, parent: controller, address: 1 }`,
  );
  await isOnline(live, 'lobby');
  const wanted = { card: '0001217496', person: 'li-wei', doors: ['gate'] };
  const { body: card } = await house.api<{ id: string }>('POST', '/access/cards', wanted);
  const lost = await house.api('POST', `/access/cards/${card.id}/lost`, { reason: 'test' });
  expect(lost.status).toBe(200);
  await peer.steer(`card 1 ${fob}`);
  const alarm = await alarmOf(live, 'blockedCard');
  expect(alarm).toMatchObject({ device: 'lobby', instance: '001293D8' });
  expect((await log(house))[0]).toMatchObject({ type: 'read', reason: 'lost', personName: '李伟' });
});

test('tamper and supply raise alarms of their own and clear; outputs are confirmed by what the reader says of them', async () => {
  const [house, live, peer] = await stand(['1'], device('lobby', 1, ', settings: { strikeS: 1 }'));
  await isOnline(live, 'lobby');
  await peer.steer('tamper 1 on');
  await alarmOf(live, 'tamper');
  await peer.steer('tamper 1 off');
  await alarmOf(live, 'tamper', 'returned');
  expect(await told(house, 'lobby', 'strike')).toMatchObject({ state: 'confirmed' });
  expect(await newest(house, 'lobby', 'output1')).toBe(true);
  await eventually('the strike is back', async () => (await newest(house, 'lobby', 'output1')) === false);
  expect(await told(house, 'lobby', 'output2On')).toMatchObject({ state: 'confirmed' });
  expect(await told(house, 'lobby', 'beep')).toMatchObject({ state: 'confirmed' });
  expect(peer.lines.find((line) => line.includes(' BUZ '))).toContain('plain 0002020203');
  expect(await newest(house, 'lobby', 'identity')).toBe('000EE3 16.1 #42 v1.2.3');
});

const key = 'C0FFEE00112233445566778899AABBCC';

test('a reader with a key is spoken to in its channel alone; a wrong key is told with how to mend it', async () => {
  process.env.TEST_READER_KEY = key;
  process.env.TEST_OTHER_KEY = 'FF'.repeat(16);
  const keyed = (name: string) => `, settings: { key: "env:${name}" }`;
  const [house, live, peer] = await stand(
    [`1=${key}`, `2=${key}`],
    [device('lobby', 1, keyed('TEST_READER_KEY')), device('gate', 2, keyed('TEST_OTHER_KEY'))].join('\n'),
  );
  await isOnline(live, 'lobby');
  await peer.steer(`card 1 ${fob}`);
  await live.change<AccessEvent>('access-events', ({ personName }) => personName === '李伟');
  expect(await newest(house, 'lobby', 'channel')).toBe('secure');
  expect(await told(house, 'lobby', 'strike')).toMatchObject({ state: 'confirmed' });
  // A lost reply rolls no MAC on: the same bytes again, and the channel still stands.
  await peer.steer('lose 1 2');
  await peer.steer(`card 1 ${fob}`);
  await eventually('the second swipe is in', async () => (await log(house)).length === 2);
  // A reader that was without power has forgotten its session: it is set up anew.
  const handshakes = () => peer.lines.filter((line) => line.startsWith('got 1 ') && line.includes(' CHLNG '));
  const before = handshakes().length;
  await peer.steer('reboot 1');
  await eventually('the channel is set up anew', () => handshakes().length > before);
  await peer.steer(`card 1 ${stranger}`);
  await live.change<AccessEvent>('access-events', ({ card }) => card === '00BC614E');
  const others = peer.lines.filter((line) => /^(got|poll) 1 /.test(line) && / plain/.test(line));
  expect(others.filter((line) => !/ (CHLNG|SCRYPT) /.test(line))).toEqual([]);
  expect(peer.lines.some((line) => line.startsWith('bad mac'))).toBe(false);

  const alarm = await alarmOf(live, 'wrongKey');
  expect(alarm.device).toBe('gate');
  const letters = await house.api<{ items: { reason: string }[] }>('GET', '/dead-letters');
  expect(letters.body.items.map(({ reason }) => reason).join()).toContain('load the same 32 hex digits');
  const states = () =>
    (live.changes('device-states').map(({ data }) => data) as DeviceState[]).filter(
      ({ id }) => id === 'gate',
    );
  expect(states().map(({ state, why }) => [state, why])).toEqual([['offline', 'no channel']]);
  await peer.steer(`key 2 ${'FF'.repeat(16)}`);
  await alarmOf(live, 'wrongKey', 'returned');
  await isOnline(live, 'gate');
});

test('readers that know the sum of one byte alone are spoken with so, in plain and in a channel', async () => {
  process.env.TEST_READER_KEY = key;
  const [house, live, peer] = await stand(
    ['1/sum', `2/sum=${key}`],
    [device('lobby', 1), device('gate', 2, ', settings: { key: "env:TEST_READER_KEY" }')].join('\n'),
  );
  await isOnline(live, 'lobby');
  await isOnline(live, 'gate');
  await peer.steer(`card 1 ${fob}`);
  await live.change<AccessEvent>(
    'access-events',
    ({ door, card }) => door === 'lobby' && card === '001293D8',
  );
  await peer.steer(`card 2 ${stranger}`);
  await live.change<AccessEvent>('access-events', ({ door, card }) => door === 'gate' && card === '00BC614E');
  expect(await newest(house, 'gate', 'channel')).toBe('secure');
  expect(await told(house, 'gate', 'strike')).toMatchObject({ state: 'confirmed' });
  expect(peer.lines.filter((line) => line.startsWith('bad '))).toEqual([]);
});

test('a reader in installation mode is spoken to with the known key, under an alarm; one that wants a key says so', async () => {
  const installation = '303132333435363738393A3B3C3D3E3F';
  const [, live, peer] = await stand(
    [`1=${installation}`, `2=${key}`],
    [device('lobby', 1, ', settings: { installMode: true }'), device('gate', 2)].join('\n'),
  );
  await isOnline(live, 'lobby');
  expect((await alarmOf(live, 'installation')).device).toBe('lobby');
  expect((await alarmOf(live, 'keyRequired')).device).toBe('gate');
  // It tells who it is in plain, too; only a status would be a sign that it can be used.
  const handshakes = () => peer.lines.filter((line) => line.startsWith('got 2 0 ID ')).length;
  await eventually('it is asked a second time', () => handshakes() >= 2);
  const states = live.changes('device-states').map(({ data }) => data) as DeviceState[];
  expect(states.filter(({ id }) => id === 'gate').map(({ state }) => state)).toEqual(['offline']);
});

test('a reader that does not answer is lost and its neighbour goes on; a pulled cable loses both, and both come back', async () => {
  const [house, live, peer] = await stand(['1', '2'], [device('lobby', 1), device('gate', 2)].join('\n'));
  await isOnline(live, 'lobby');
  await isOnline(live, 'gate');
  await peer.steer('dead 2 on');
  await live.change<DeviceState>('device-states', ({ id, state }) => id === 'gate' && state === 'offline');
  await alarmOf(live, 'offline');
  const started = performance.now();
  await peer.steer(`card 1 ${fob}`);
  await eventually('the neighbour is heard', async () => (await log(house)).length === 1);
  expect(performance.now() - started).toBeLessThan(2_000);
  await peer.steer('dead 2 off');
  await alarmOf(live, 'offline', 'returned');

  await pair.unplug();
  await live.change<DeviceState>(
    'device-states',
    ({ id, state, why }) => id === 'lobby' && state === 'offline' && why === 'link down',
  );
  const from = live.changes('device-states').length;
  await pair.plug();
  await eventually('both are back', () => {
    const back = live.changes('device-states').slice(from) as { data: DeviceState }[];
    return ['lobby', 'gate'].every((id) =>
      back.some(({ data }) => data.id === id && data.state === 'online'),
    );
  });
  await peer.steer(`card 2 ${fob}`);
  await eventually('its cards are read again', async () => (await log(house)).length === 2);
});
