import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHouse, deviceDoc } from '../../test/scenarios/device-house.ts';
import type { Command } from '../contract/command.ts';

// Commands that take a value, through their whole life.

const more = [
  deviceDoc({ id: 'drive-1', type: 'abb-acs-drive', link: 'rs485', address: 3 }),
  deviceDoc({
    id: 'booster-2',
    type: 'composed-pump',
    bind: {
      running: 'io-1.in5',
      pressureSetpoint: { from: 'drive-1.speedReference', scale: 8 },
      setPressure: { from: 'drive-1.setSpeed', scale: 8 },
      setSpeed: 'drive-1.speedReference',
    },
  }),
  deviceDoc({
    id: 'booster-3',
    type: 'composed-pump',
    bind: { running: 'io-1.in5', setPressure: { from: 'drive-1.setSpeed', scale: 0 } },
  }),
  deviceDoc({ id: 'lamp-1', type: 'zigbee2mqtt-light', link: 'emqx', address: 'hall/lamp' }),
];

let house: Awaited<ReturnType<typeof createHouse>>;
beforeEach(async () => {
  house = await createHouse(more);
});
afterEach(() => house.days.remove());

const room = () => house.days.rooms;
const ask = (device: string, command: string, args: Record<string, unknown>) =>
  house.days.act((turn) => room().commands.request(turn, { device, command, args }));
const sent = (id: string) => house.days.act((turn) => room().commands.onSent(turn, id), null);
async function record(id: string): Promise<Command> {
  const [row] = await house.days.query<{ doc: string }>('SELECT doc FROM command WHERE id = ?', id);
  return JSON.parse(row?.doc ?? '{}') as Command;
}
/** Register 40002 of the drive as one poll gives it. */
function reference(word: number) {
  const read = { protocol: 'modbus' as const, unit: 3, fc: 3 as const, address: 1, quantity: 1 };
  const message = room().decodePoll('drive-1', [{ read, words: [word & 0xffff] }], house.days.now);
  return house.days.act((turn) => room().receive(turn, message), null);
}
const wrote = () =>
  house.sent.flatMap((order) => ('request' in order ? [{ mask: order.mask, ...order.request }] : []));

describe('a value', () => {
  test('goes out in the steps of its register, and is proved by them alone', async () => {
    await reference(8_000);
    const { id, was } = await ask('drive-1', 'setSpeed', { speed: 62.5 });
    expect(was).toBe(40);
    expect(wrote()).toEqual([{ fc: 6, address: 1, value: 12_500, mask: null }]);
    await sent(id);
    // One step beside it is another value.
    await reference(12_501);
    expect((await record(id)).state).toBe('sent');
    await reference(12_500);
    expect(await record(id)).toMatchObject({ state: 'confirmed', args: { speed: 62.5 }, was: 40 });
  });

  test('that is not read back has failed, and what is read instead is told', async () => {
    const { id } = await ask('drive-1', 'setSpeed', { speed: 50 });
    await sent(id);
    await reference(6_000);
    await house.days.goTo(house.days.now + 5_001);
    expect(await record(id)).toMatchObject({
      state: 'failed',
      error: 'drive-1.speedReference did not read 50 within 5 s, it reads 30',
      failure: { code: 'not-read', point: 'drive-1.speedReference', value: 50, withinMs: 5_000, reads: 30 },
    });
    // It comes late: the record stands, and nothing is sent again.
    await reference(10_000);
    expect((await record(id)).state).toBe('failed');
    expect(wrote()).toHaveLength(1);
  });

  test.each([
    [{}, '"speed" is missing: a number from 0 to 100 %, with at most 1 decimals'],
    [{ speed: 120 }, '"speed" must be a number from 0 to 100 %, with at most 1 decimals; 120 is not'],
    [{ speed: -5 }, '; -5 is not'],
    [{ speed: 33.33 }, '; 33.33 is not'],
    [{ speed: '50' }, '"speed" must be a number'],
    [{ speed: 50, ramp: 3 }, 'it takes no "ramp"; it takes speed'],
  ])('as %j is refused, and nothing is recorded or sent', async (args, words) => {
    await expect(ask('drive-1', 'setSpeed', args)).rejects.toMatchObject({
      code: 'request.invalid',
      detail: expect.stringContaining(words),
    });
    expect(house.sent).toEqual([]);
    expect(await house.days.query('SELECT id FROM command')).toEqual([]);
  });

  test('another one takes the place of one that waits to be read', async () => {
    const first = await ask('drive-1', 'setSpeed', { speed: 50 });
    await sent(first.id);
    const second = await ask('drive-1', 'setSpeed', { speed: 60 });
    await sent(second.id);
    expect((await record(first.id)).failure).toMatchObject({ code: 'superseded' });
    await reference(12_000);
    expect((await record(second.id)).state).toBe('confirmed');
  });

  test('that waits too long expires without a byte', async () => {
    await ask('drive-1', 'setSpeed', { speed: 50 });
    const { id } = await ask('drive-1', 'setSpeed', { speed: 60 });
    await house.days.goTo(house.days.now + 10_000);
    expect(await record(id)).toMatchObject({ state: 'expired', args: { speed: 60 } });
    expect(wrote()).toHaveLength(1);
  });

  test('keeps its proof over a restart; one that was just being sent is unknown and not sent again', async () => {
    const first = await ask('drive-1', 'setSpeed', { speed: 50 });
    await sent(first.id);
    await house.days.restart();
    await house.days.act((turn) => room().recover(turn), null);
    await reference(10_000);
    expect((await record(first.id)).state).toBe('confirmed');

    const second = await ask('drive-1', 'setSpeed', { speed: 60 });
    await house.days.restart();
    await house.days.act((turn) => room().recover(turn), null);
    await reference(12_000);
    expect(await record(second.id)).toMatchObject({ state: 'unknown', failure: { code: 'interrupted' } });
    expect(wrote()).toHaveLength(2);
  });
});

describe('a value of a composed device', () => {
  test('goes through its binding, with its scale backwards, and is proved by its own point', async () => {
    await reference(8_000);
    const { id, was } = await ask('booster-2', 'setPressure', { pressure: 400 });
    expect(was).toBe(320);
    expect(wrote()).toEqual([{ fc: 6, address: 1, value: 10_000, mask: null }]);
    await sent(id);
    await reference(10_000);
    expect((await record(id)).state).toBe('confirmed');
  });

  test('has the limits of both: its own, and what it is bound to can do', async () => {
    expect(room().views.device('booster-2')?.takes.setPressure?.pressure).toMatchObject({
      unit: 'kPa',
      min: 0,
      max: 800,
    });
    await expect(ask('booster-2', 'setPressure', { pressure: 900 })).rejects.toMatchObject({
      detail: expect.stringContaining('from 0 to 800 kPa'),
    });
  });

  test('is none where its binding has no way back', async () => {
    expect(room().views.device('booster-3')?.problem).toContain('bind.setPressure: a scale of 0');
    await expect(ask('booster-3', 'setPressure', { pressure: 400 })).rejects.toMatchObject({
      code: 'state.conflict',
    });
  });

  test('may be bound to the point that it sets, and is proved there', async () => {
    const { id } = await ask('booster-2', 'setSpeed', { speed: 25 });
    expect(wrote()).toEqual([{ fc: 6, address: 1, value: 5_000, mask: null }]);
    await sent(id);
    await reference(5_000);
    expect((await record(id)).state).toBe('confirmed');
  });
});

test('a value in a message is the nearest step that its product has', async () => {
  const { id } = await ask('lamp-1', 'dim', { brightness: 45 });
  expect(house.sent).toMatchObject([
    { message: { topic: 'zigbee2mqtt/hall/lamp/set', payload: '{"brightness":114}' } },
  ]);
  await sent(id);
  const heard = async (brightness: number) => {
    const decoded = room().decodeTopic('emqx', {
      topic: 'zigbee2mqtt/hall/lamp',
      payload: Buffer.from(JSON.stringify({ state: 'ON', brightness })),
      retained: false,
      receivedAt: house.days.now,
    });
    for (const message of decoded?.messages ?? [])
      await house.days.act((turn) => room().receive(turn, message), null);
  };
  await heard(113);
  expect((await record(id)).state).toBe('sent');
  await heard(114);
  expect((await record(id)).state).toBe('confirmed');
});
