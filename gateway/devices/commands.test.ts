import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHouse } from '../../test/scenarios/device-house.ts';
import type { Command } from '../contract/command.ts';
import { Fault } from '../lib/errors.ts';

let house: Awaited<ReturnType<typeof createHouse>>;
beforeEach(async () => {
  house = await createHouse();
});
afterEach(() => house.days.remove());

const room = () => house.days.rooms;
const ask = (device: string, command: string, more: object = {}) =>
  house.days.act((turn) => room().commands.request(turn, { device, command, ...more }));
async function record(id: string): Promise<Command> {
  const [row] = await house.days.query<{ doc: string }>('SELECT doc FROM command WHERE id = ?', id);
  return JSON.parse(row?.doc ?? '{}') as Command;
}

describe('commands', () => {
  test('the record is durable in "sending" before the bytes leave; echo and read-back prove it', async () => {
    await house.poll(1);
    const command = await ask('light-1', 'switchOn', { reason: '天黑' });
    expect(command).toMatchObject({ state: 'sending', requestedBy: 'tester', reason: '天黑' });
    expect((await record(command.id)).state).toBe('sending');
    expect(house.sent).toEqual([
      {
        command: command.id,
        device: 'io-1',
        link: 'rs485',
        unit: 7,
        mask: null,
        request: { fc: 5, address: 0, value: 0xff00 },
        expiresAt: command.expiresAt,
      },
    ]);
    await house.days.act((turn) => room().commands.onSent(turn, command.id), null);
    expect((await record(command.id)).state).toBe('sent');
    await house.poll(1);
    expect((await record(command.id)).state).toBe('sent');
    await house.poll(1, 1);
    expect(await record(command.id)).toMatchObject({
      state: 'confirmed',
      endedAt: house.days.now,
      error: null,
    });
    expect(
      house.days.changes
        .filter(({ entity }) => entity === 'commands')
        .map(({ data }) => (data as Command).state),
    ).toEqual(['requested', 'sending', 'sent', 'confirmed']);
    expect(
      room()
        .snapshot()
        .filter(({ entity }) => entity === 'commands'),
    ).toEqual([]);
  });

  test('that was sent has the device looked at that shows it, for as long as it is waited for', async () => {
    const asked = async (device: string, command: string) => {
      house.looks.length = 0;
      const { id } = await ask(device, command);
      expect(house.looks).toEqual([]);
      await house.days.act((turn) => room().commands.onSent(turn, id), null);
      return house.looks.slice();
    };
    await house.poll(1);
    // A pump is proved by its own input, on the module that it is bound to; a door at the device by itself.
    expect(await asked('pump-1', 'start')).toEqual([{ device: 'io-1', withinMs: 10_000 }]);
    expect(await asked('light-1', 'switchOn')).toEqual([{ device: 'io-1', withinMs: 5_000 }]);
    expect(await asked('io-1', 'out3On')).toEqual([{ device: 'io-1', withinMs: 5_000 }]);
    expect(await asked('door-1', 'open')).toEqual([]);
  });

  test('of a composed device goes out on the topic of the product that it is bound to', async () => {
    const { id, expiresAt } = await ask('light-2', 'switchOn');
    const way = { command: id, device: 'plug-1', link: 'emqx', expiresAt };
    const message = { topic: 'zigbee2mqtt/garden/plug/set', payload: '{"state":"ON"}', qos: 1 };
    expect(house.sent).toEqual([{ ...way, message }]);
    await house.days.act((turn) => room().commands.onSent(turn, id), null);
    const decoded = room().decodeTopic('emqx', {
      topic: 'zigbee2mqtt/garden/plug',
      payload: Buffer.from('{"state":"ON"}'),
      retained: false,
      receivedAt: house.days.now,
    });
    for (const message of decoded?.messages ?? [])
      await house.days.act((turn) => room().receive(turn, message), null);
    expect(await record(id)).toMatchObject({ state: 'confirmed', error: null });
  });

  test('of a native device behind a broker goes out there', async () => {
    const { id, expiresAt } = await ask('door-2', 'open');
    const payload = { id, command: 'open', args: {}, expiresAt };
    expect(house.sent).toEqual([{ command: id, device: 'door-2', link: 'emqx', payload, expiresAt }]);
  });

  test('a pump is proved by its own contactor, not by the relay that starts it', async () => {
    await house.poll(2);
    const { id } = await ask('pump-1', 'start');
    await house.days.act((turn) => room().commands.onSent(turn, id), null);
    await house.poll(1, 2);
    expect((await record(id)).state).toBe('sent');
    await house.days.goTo(house.days.now + 10_001);
    expect(await record(id)).toMatchObject({
      state: 'failed',
      error: 'pump-1.running did not read true within 10 s',
      failure: { code: 'not-read', point: 'pump-1.running', value: true, withinMs: 10_000 },
    });
    await house.poll(2, 4);
    expect((await record(id)).state).toBe('failed');
  });

  test('a native device answers for itself; nobody else does', async () => {
    await house.readings('door-1', { locked: true });
    const { id } = await ask('door-1', 'open', { args: { seconds: 5 } });
    expect(house.sent).toMatchObject([
      { command: id, device: 'door-1', payload: { id, command: 'open', args: { seconds: 5 } } },
    ]);
    await house.native('panel-1', 'commands/ack', { id, ok: true });
    expect((await record(id)).state).toBe('sending');
    await house.native('door-1', 'commands/ack', { id, ok: true });
    expect((await record(id)).state).toBe('confirmed');
    const second = await ask('door-1', 'open');
    await house.native('door-1', 'commands/ack', { id: second.id, ok: false, error: 'jammed' });
    expect(await record(second.id)).toMatchObject({ state: 'failed', error: 'jammed' });
  });

  test('a device that never answers has failed when its time is over', async () => {
    const { id } = await ask('door-1', 'open');
    await house.days.act((turn) => room().commands.onSent(turn, id), null);
    await house.days.goTo(house.days.now + 5_000);
    expect(await record(id)).toMatchObject({
      state: 'failed',
      error: 'the device did not answer within 5 s',
      failure: { code: 'no-answer', withinMs: 5_000 },
    });
  });

  test('found in "sending" after a restart it is unknown and never sent again', async () => {
    const { id } = await ask('door-1', 'open');
    expect(house.sent).toHaveLength(1);
    await house.days.restart();
    await house.days.act((turn) => room().recover(turn), null);
    expect(await record(id)).toMatchObject({
      state: 'unknown',
      error: expect.stringContaining('look at the device'),
    });
    await house.days.act((turn) => room().commands.onSent(turn, id), null);
    expect((await record(id)).state).toBe('unknown');
    expect(house.sent).toHaveLength(1);
  });

  test('what had been sent before a restart can still be proved after it', async () => {
    const { id } = await ask('pump-n', 'start');
    await house.days.act((turn) => room().commands.onSent(turn, id), null);
    await house.days.restart();
    await house.days.act((turn) => room().recover(turn), null);
    await house.readings('pump-n', { running: true });
    expect((await record(id)).state).toBe('confirmed');
  });

  test('one at a time is on its way to a module; the next follows in order, through a restart as well', async () => {
    const first = await ask('light-1', 'switchOn');
    const second = await ask('pump-1', 'start');
    expect(second.state).toBe('requested');
    expect(house.sent).toHaveLength(1);
    await house.days.act((turn) => room().commands.onSent(turn, first.id), null);
    expect((await record(second.id)).state).toBe('sending');
    expect(house.sent).toHaveLength(2);
    const third = await ask('light-1', 'switchOff');
    expect(third.state).toBe('requested');
    await house.days.restart();
    await house.days.act((turn) => room().recover(turn), null);
    expect((await record(second.id)).state).toBe('unknown');
    expect((await record(third.id)).state).toBe('sending');
    expect(house.sent).toHaveLength(3);
  });

  test('one that waits too long expires without a byte', async () => {
    await ask('light-1', 'switchOn');
    const { id } = await ask('light-1', 'switchOff');
    await house.days.goTo(house.days.now + 10_000);
    expect((await record(id)).state).toBe('expired');
    expect(house.sent).toHaveLength(1);
  });

  test('a link that never says what became of the bytes leaves it unknown', async () => {
    const { id } = await ask('door-1', 'open');
    await house.days.goTo(house.days.now + 40_001);
    expect(await record(id)).toMatchObject({
      state: 'unknown',
      error: expect.stringContaining('never said'),
    });
  });

  test('a command to a device that is offline fails at once, on the record, without a byte', async () => {
    await house.native('door-1', 'status', 'offline');
    const command = await ask('door-1', 'open');
    expect(command).toMatchObject({ state: 'failed', error: 'door-1 is offline: will' });
    expect(house.sent).toEqual([]);
    expect((await record(command.id)).state).toBe('failed');
  });

  test('the opposite takes the place of one that waits for its proof; the same again shares it', async () => {
    const on = await ask('pump-n', 'start');
    await house.days.act((turn) => room().commands.onSent(turn, on.id), null);
    const again = await ask('pump-n', 'start');
    await house.days.act((turn) => room().commands.onSent(turn, again.id), null);
    await house.readings('pump-n', { running: true });
    expect((await record(on.id)).state).toBe('confirmed');
    expect((await record(again.id)).state).toBe('confirmed');
    const off = await ask('pump-n', 'stop');
    await house.days.act((turn) => room().commands.onSent(turn, off.id), null);
    await ask('pump-n', 'start');
    expect(await record(off.id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('superseded'),
    });
  });

  test('repeating a request with its id changes nothing; another one with that id is refused', async () => {
    const id = '019b0000-0000-7000-8000-0000000000aa';
    const first = await ask('door-1', 'open', { id });
    expect(await ask('door-1', 'open', { id })).toEqual(first);
    expect(house.sent).toHaveLength(1);
    await expect(ask('door-1', 'lock', { id })).rejects.toMatchObject({ code: 'id.conflict' });
  });

  test.each([
    ['nothing', 'open', 'not.found'],
    ['door-1', 'opne', 'state.conflict'],
    ['cam-1', 'open', 'state.conflict'],
    ['home-1', 'arm', 'state.conflict'],
    ['door-1', 'constructor', 'state.conflict'],
  ])('%s takes no %s: %s', async (device, command, code) => {
    const refused = await ask(device, command).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Fault);
    expect(refused).toMatchObject({ code });
  });
});
