import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import type { Problem } from '../../gateway/contract/problem.ts';
import { emptyUnit, type SlaveUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// A value that a person gives, written to a slave that takes it, makes something else of it, refuses it, or says nothing.

/** Its set-point is a float over two registers; the register that its speed is written to is not there. */
const type = `id: valued-pump
label: { zh: 定值水泵, en: Pump with a set-point }
kind: pump
link: modbus
pollMs: 200
points:
  running: { modbus: { function: 3, address: 0, type: uint16, bit: 0 } }
  pressureSetpoint: { modbus: { function: 3, address: 2, type: float32, order: CDAB }, scale: 100 }
  speedReference: { modbus: { function: 3, address: 1, type: uint16 }, scale: 0.1 }
commands:
  setPressure:
    modbus: { function: 16, address: 2, type: float32, order: CDAB, argument: pressure }
    args: { pressure: { min: 50, max: 1000, scale: 100 } }
  setSpeed:
    modbus: { function: 6, address: 50, type: uint16, argument: speed }
    args: { speed: { scale: 0.1 } }
`;

const site = (port: number, linkages = '[]') => `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: plant, kind: modbus-tcp, host: 127.0.0.1, port: ${port}, timeoutMs: 400 }]
devices: [{ id: pump-1, type: valued-pump, name: 增压泵, area: compound, link: plant, address: 1 }]
linkages: ${linkages}
`;

let house: House;
let live: LiveWatch;
let port: number;
const open: { close(): Promise<void> | void }[] = [];
const unit: SlaveUnit = { ...emptyUnit(), holding: [1, 0, 0, 0x4060] };

beforeAll(async () => {
  const slave = await serveModbus('tcp', new Map([[1, unit]]));
  open.push(slave);
  port = slave.port;
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-house-'));
  mkdirSync(join(dataDir, 'types', 'valued-pump'), { recursive: true });
  writeFileSync(join(dataDir, 'types', 'valued-pump', 'type.yaml'), type);
  house = await startHouse({
    dataDir,
    site: site(port),
  });
  open.push(house);
  live = await house.live();
  await live.change<DeviceState>('device-states', ({ id, state }) => id === 'pump-1' && state === 'online');
  await live.message(
    (message) =>
      message.type === 'values' && message.values.some(([, point]) => point === 'pressureSetpoint'),
  );
});
afterAll(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const stateIs = (wanted: DeviceState['state']) =>
  eventually(`pump-1 is ${wanted}`, async () => {
    const { body } = await house.api<{ state: { state: string } }>('GET', '/devices/pump-1');
    return body.state.state === wanted;
  });
/** The slave is there, and its set-point reads so many kPa. */
async function reads(kPa: number, ...words: [number, number]): Promise<void> {
  unit.dead = false;
  unit.written = () => {};
  unit.holding.splice(2, 2, ...words);
  await stateIs('online');
  await eventually(`the set-point reads ${kPa}`, async () => {
    const { body } = await house.api<{ items: { point: string; value: unknown }[] }>(
      'GET',
      '/devices/pump-1/points',
    );
    return body.items.some(({ point, value }) => point === 'pressureSetpoint' && value === kPa);
  });
}

const ask = <Answer = Command>(command: string, args: object) =>
  house.api<Answer>('POST', '/devices/pump-1/commands', { command, args });
async function ended(command: string, args: object): Promise<Command> {
  const asked = await ask(command, args);
  expect(asked.status, JSON.stringify(asked.body)).toBe(200);
  return live.change<Command>('commands', ({ id, endedAt }) => id === asked.body.id && endedAt !== null);
}

describe('a value that is written', () => {
  test('is read back, and the trail keeps who changed it, from what to what', async () => {
    await reads(350, 0, 0x4060);
    expect(await ended('setPressure', { pressure: 420 })).toMatchObject({
      state: 'confirmed',
      args: { pressure: 420 },
      was: 350,
      requestedBy: 'token:test',
    });
    // 4.2 as a float, its low word first.
    expect(unit.holding.slice(2, 4)).toEqual([0x6666, 0x4086]);
    const { body } = await house.api<{ items: { who: string; action: string; detail: object }[] }>(
      'GET',
      '/audit?limit=20',
    );
    expect(body.items.find(({ action }) => action === 'command.requested')).toMatchObject({
      who: 'token:test',
      detail: { command: 'setPressure', args: { pressure: 420 }, value: '420 kPa', was: '350 kPa' },
    });
  });

  test('that cannot be is refused by the API in words, and nothing is sent', async () => {
    const before = [...unit.holding];
    const { status, body } = await ask<Problem>('setPressure', { pressure: 1_200 });
    expect({ status, body }).toMatchObject({
      status: 400,
      body: {
        code: 'request.invalid',
        detail: 'setPressure of pump-1: "pressure" must be a number from 50 to 1000 kPa, whole; 1200 is not',
      },
    });
    const view = await house.api<{ takes: object }>('GET', '/devices/pump-1');
    expect(view.body.takes).toMatchObject({
      setPressure: { pressure: { min: 50, max: 1_000, unit: 'kPa' } },
    });
    expect(unit.holding).toEqual(before);
  });

  test('that a linkage gives must be one that its device takes', async () => {
    const linkage = (pressure: number) => ({
      file: 'site.yaml',
      yaml: site(
        port,
        `[{ id: burst, name: 爆管降压, on: { device: pump-1, definition: fault }, do: [{ device: pump-1, command: setPressure, args: { pressure: ${pressure} } }] }]`,
      ),
    });
    const refused = await house.api<Problem>('POST', '/site/apply', linkage(20));
    expect(refused).toMatchObject({ status: 422, body: { code: 'site.invalid' } });
    expect(JSON.stringify(refused.body)).toContain('must be a number from 50 to 1000 kPa');
    expect((await house.api('POST', '/site/apply', linkage(100))).status).toBe(200);
  });

  test('that the slave makes something else of has failed, with what it reads', async () => {
    await reads(300, 0, 0x4040);
    unit.written = () => unit.holding.splice(2, 2, 0, 0x4040);
    const failed = await ended('setPressure', { pressure: 500 });
    expect(failed).toMatchObject({
      state: 'failed',
      failure: { code: 'not-read', point: 'pump-1.pressureSetpoint', value: 500, reads: 300 },
    });
  });

  test('that the slave refuses has failed at once', async () => {
    await reads(300, 0, 0x4040);
    expect(await ended('setSpeed', { speed: 45.5 })).toMatchObject({
      state: 'failed',
      sentAt: null,
      failure: { code: 'refused' },
    });
  });

  test('to a slave that says nothing has failed, and is never tried again', async () => {
    await reads(300, 0, 0x4040);
    unit.dead = true;
    expect(await ended('setPressure', { pressure: 600 })).toMatchObject({
      state: 'failed',
      failure: { code: 'no-answer' },
    });
    await stateIs('offline');
    expect(await ended('setPressure', { pressure: 610 })).toMatchObject({ failure: { code: 'offline' } });
    const before = [...unit.holding];
    unit.dead = false;
    await stateIs('online');
    expect(unit.holding).toEqual(before);
    expect(await ended('setPressure', { pressure: 620 })).toMatchObject({ state: 'confirmed' });
  });
});
