import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Command } from '../../gateway/contract/command.ts';
import type { RunHours, Sequence } from '../../gateway/contract/plant.ts';
import { connectNative, type NativeDevice } from '../../simulators/native-device.ts';
import { eventually } from '../house.ts';
import { type ServedHouse, serveHouse } from './served-gateway.ts';

// kill -9 between the steps of a generator and after a switching: what was seen is on disk, timers go on, nothing is sent twice.

const site = `
site: { id: plant, name: 设备小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices:
  - { id: mains-1, type: native-mains-supply, name: 市电, area: compound }
  - id: gen-1
    type: native-generator
    name: 发电机
    area: compound
    settings: { mains: mains-1, startWithinS: 60, loadWithinS: 60, stopAfterS: 0, stopToleranceS: 60 }
  - { id: light-1, type: native-light-circuit, name: 灯, area: compound }
schedules:
  - { id: always, name: 常亮, devices: [light-1], periods: [{ on: "00:00", off: "24:00" }] }
`;

async function sequences(house: ServedHouse): Promise<Sequence[]> {
  return (await house.api<{ items: Sequence[] }>('GET', '/plant/sequences')).body.items;
}
const results = async (house: ServedHouse) =>
  (await sequences(house))[0]?.steps.map(({ result }) => result).join(' ') ?? '';

test('kill -9 between its steps loses none of the sequence, its run hours or the order that was given', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-plant-'));
  const house = await serveHouse({ dataDir, site, devices: ['mains-1', 'gen-1', 'light-1'] });
  const field: Record<string, Record<string, boolean>> = {
    'mains-1': { present: true },
    'gen-1': { running: false, onLoad: false },
    'light-1': { on: false },
  };
  const devices = new Map<string, NativeDevice>();
  const tell = (id: string, values: Record<string, boolean> = {}) => {
    Object.assign(field[id] ?? {}, values);
    devices.get(id)?.readings(field[id] ?? {});
  };
  const state = async (id: string) =>
    (await house.api<{ state: { state: string } }>('GET', `/devices/${id}`)).body.state.state;
  const online = () =>
    eventually(
      'all are back',
      async () => {
        for (const id of devices.keys()) if ((await state(id)) !== 'online') return false;
        return true;
      },
      30_000,
    );
  let orders = 0;
  const step = async (id: string, values: Record<string, boolean>, until: string) => {
    tell(id, values);
    await eventually(`the sequence stands at ${until}`, async () => (await results(house)) === until);
  };
  const kill = async () => {
    await house.gateway.kill();
    await house.start();
    await online();
    for (const device of devices.keys()) tell(device);
  };
  try {
    for (const [id, secret] of Object.entries(house.secrets))
      devices.set(id, connectNative(house.mqttPort, id, secret));
    devices.get('light-1')?.onCommand(({ command }) => {
      orders++;
      tell('light-1', { on: command === 'switchOn' });
      return true;
    });
    await online();
    for (const id of devices.keys()) tell(id);
    await eventually('the light is on', () => field['light-1']?.on === true);
    await step('mains-1', { present: false }, 'waiting waiting waiting waiting waiting');
    await step('gen-1', { running: true }, 'done waiting waiting waiting waiting');
    await kill();
    await step('gen-1', { onLoad: true }, 'done done waiting waiting waiting');
    await step('mains-1', { present: true }, 'done done done waiting waiting');
    await kill();
    tell('gen-1', { running: false, onLoad: false });
    await eventually('it has ended', async () => (await sequences(house))[0]?.state === 'ended');
    expect(await sequences(house)).toMatchObject([{ outcome: 'good', lossSeen: true }]);
    const hours = await house.api<{ items: RunHours[] }>('GET', '/plant/run-hours');
    expect(hours.body.items).toMatchObject([{ id: 'gen-1', starts: 1, running: false }]);
    expect(hours.body.items[0]?.runMs).toBeGreaterThan(0);
    expect(orders).toBe(1);
    const { body } = await house.api<{ items: Command[] }>('GET', '/commands');
    expect(body.items).toMatchObject([
      { device: 'light-1', command: 'switchOn', requestedBy: 'schedule:always' },
    ]);
  } finally {
    for (const device of devices.values()) device.close();
    await house.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 120_000);
