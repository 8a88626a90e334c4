import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Command } from '../../gateway/contract/command.ts';
import { freePort, startPymodbus } from '../field-peers.ts';
import { eventually, startHouse } from '../house.ts';

// Types as data against a Modbus server that this project did not write: ratios read along, alarm words, a start by key and complement,
// a write of single bits.

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A pump whose bits stand in one register with those of others. */
const pumpType = `id: bit-pump
label: { zh: 位控水泵, en: Pump by a bit }
kind: pump
link: modbus
pollMs: 200
points:
  running: { modbus: { function: 3, address: 2000, type: uint16, bit: 3 } }
commands:
  start: { modbus: { function: 6, address: 2000, value: 0x0008, mask: 0x0008 } }
  stop: { modbus: { function: 6, address: 2000, value: 0, mask: 0x0008 } }
`;

describe.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)('types on a Modbus server of another make', () => {
  test('are read with their ratios and started with what their makers want, read back each time', {
    timeout: 90_000,
  }, async () => {
    const port = await freePort();
    const server = await startPymodbus('tcp', port);
    open.push({ close: server.stop });
    // A meter behind transformers: 123.45 kWh on the secondary side, CT 40.
    await server.set('holding', 10, 0, 12_345);
    await server.set('holding', 331, 0, 40);
    // A set that stands in automatic; its coolant sender is broken, one alarm is a warning.
    await server.set('holding', 772, 1);
    await server.set('holding', 1025, 32_764);
    await server.set('holding', 1029, 268);
    await server.set('holding', 39_425, 0x1112);
    // Bits of others in the pump's register.
    await server.set('holding', 2000, 0x8001);

    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-house-'));
    mkdirSync(join(dataDir, 'types', 'bit-pump'), { recursive: true });
    writeFileSync(join(dataDir, 'types', 'bit-pump', 'type.yaml'), pumpType);
    const links = ['meter-lan', 'genset-lan', 'pump-lan', 'drive-lan'];
    const house = await startHouse({
      dataDir,
      site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
${links.map((id) => `  - { id: ${id}, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }`).join('\n')}
devices:
  - { id: meter, type: acrel-adl3000, name: 出线电表, area: compound, link: meter-lan, address: 1, settings: { pt: 10 } }
  - { id: genset, type: dse-gencomm, name: 发电机, area: compound, link: genset-lan, address: 1 }
  - { id: pump, type: bit-pump, name: 水泵, area: compound, link: pump-lan, address: 1 }
  - { id: drive, type: abb-acs-drive, name: 变频泵, area: compound, link: drive-lan, address: 1 }
`,
    });
    open.push(house);
    const live = await house.live();
    const pointsOf = async (device: string) => {
      const { body } = await house.api<{
        items: { point: string; value: unknown; receivedAt: number }[];
      }>('GET', `/devices/${device}/points`);
      const heard = body.items.filter(({ receivedAt }) => receivedAt > 0);
      return Object.fromEntries(heard.map(({ point, value }) => [point, value]));
    };
    await eventually('all are read', async () => {
      const all = await Promise.all(['meter', 'genset', 'pump', 'drive'].map(pointsOf));
      return all.every((points) => Object.keys(points).length > 0);
    });
    expect(await pointsOf('meter')).toMatchObject({ energyImport: 49_380 });
    expect(await pointsOf('genset')).toMatchObject({
      auto: true,
      running: false,
      fault: false,
      coolantTemperature: null,
      batteryVoltage: 26.8,
    });

    const command = async (device: string, name: string, args?: Record<string, unknown>) => {
      const { body, status } = await house.api<Command>('POST', `/devices/${device}/commands`, {
        command: name,
        args,
      });
      expect(status, JSON.stringify(body)).toBeLessThan(300);
      return body.id;
    };
    const confirmed = (id: string) =>
      live.change<Command>('commands', (one) => one.id === id && one.state === 'confirmed');

    const start = await command('genset', 'start');
    await eventually('the key and its complement have come', () =>
      server.written().some((write) => write.join() === '16,4104,35732,29803'),
    );
    await server.set('holding', 1408, 3);
    await confirmed(start);

    await confirmed(await command('pump', 'start'));
    await confirmed(await command('pump', 'stop'));
    expect(server.written().filter(([, address]) => address === 2000)).toEqual([
      [6, 2000, 0x8009],
      [6, 2000, 0x8001],
    ]);

    await confirmed(await command('drive', 'setSpeed', { speed: 62.5 }));
    expect(await pointsOf('drive')).toMatchObject({ speedReference: 62.5 });
    expect(server.written()).toContainEqual([6, 1, 12_500]);
    const manual = await command('genset', 'setMode', { mode: 'manual' });
    await eventually('the key of manual and its complement have come', () =>
      server.written().some((write) => write.join() === '16,4104,35702,29833'),
    );
    await server.set('holding', 772, 2);
    await confirmed(manual);

    await server.set('holding', 39_426, 0x1311);
    await eventually('the shutdown alarm is a fault', async () => (await pointsOf('genset')).fault === true);
  });
});
