import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { LivePoint } from '../../gateway/contract/reading.ts';
import { connectNative, type NativeDevice } from '../../simulators/native-device.ts';
import { freePort, type ModbusServer, type PanelPeer, startPanel, startPymodbus } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';

// Supervised lines: an analogue module (pymodbus, a peer that this project did not write) whose lines have resistors at their end, a
// fence controller that tells the state of its line by MQTT, and a panel over IP that tells troubles by Contact ID.

const kiloohm = { whole: 6_980, tripped: 4_410, cut: 0, short: 16_690, damp: 5_550 };
let server: ModbusServer;
let panel: PanelPeer;
let fence: NativeDevice;
let house: House;

beforeAll(async () => {
  const port = await freePort();
  server = await startPymodbus('tcp', port);
  for (const channel of [0, 1, 2]) await server.set('input', channel, kiloohm.whole);
  const panels = await freePort();
  house = await startHouse({
    alarmReceiver: { host: '127.0.0.1', port: panels },
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: plant, kind: modbus-tcp, host: 127.0.0.1, port: ${port}, timeoutMs: 300 }
devices:
  - { id: io-1, type: waveshare-analog-input-8ch, name: 监控输入模块, area: compound, link: plant, address: 1 }
  - { id: wall, type: composed-perimeter-zone, name: 东墙, area: compound, bind: { line: io-1.line1 } }
  - { id: sos, type: composed-panic-button, name: 岗亭按钮, area: compound, bind: { line: io-1.line2 } }
  - { id: smoke, type: composed-fire-input, name: 库房烟感, area: compound, bind: { line: io-1.line3 } }
  - { id: fence, type: native-perimeter-zone, name: 西围栏, area: compound }
  - { id: panel-1, type: dc09-panel, name: 1-101 主机, area: compound, address: "1101" }
`,
  });
  fence = connectNative(house.mqttPort, 'fence', await house.secretOf('fence'));
  await fence.ready;
  panel = await startPanel(panels, '1101', 'tcp');
});
afterAll(async () => {
  await panel.stop();
  fence.close();
  await house.close();
  await server.stop();
});

async function pointOf(
  device: string,
  point: string,
): Promise<Pick<LivePoint, 'value' | 'quality'> | undefined> {
  const { body } = await house.api<{ items: LivePoint[] }>('GET', `/devices/${device}/points`);
  const found = body.items.find((one) => one.point === point);
  return found && { value: found.value, quality: found.quality };
}
async function standing(device: string): Promise<Alarm[]> {
  return (await house.openAlarms()).filter((one) => one.device === device && one.returnedAt === undefined);
}
const unknown = { value: null, quality: 'bad' };

/** What stands at a device is exactly this, by the names of its alarms. */
async function stands(device: string, names: string[]): Promise<Alarm[]> {
  return eventually(`${device} has ${names.join(', ') || 'nothing'}`, async () => {
    const alarms = await standing(device);
    return JSON.stringify(alarms.map(({ definition }) => definition).sort()) === JSON.stringify(names)
      ? alarms
      : undefined;
  });
}

test('a line with resistors tells rest, alarm, cut and short apart, each fault as an alarm in words, and is never at rest meanwhile', async () => {
  await eventually('the wall is at rest', async () => (await pointOf('wall', 'tripped'))?.value === false);
  await server.set('input', 0, kiloohm.cut);
  const [open] = await stands('wall', ['lineOpen']);
  expect(open).toMatchObject({ priority: 2, title: { zh: '周界线路断路', en: 'Perimeter line open' } });
  expect(await pointOf('wall', 'tripped')).toEqual(unknown);
  expect(await pointOf('wall', 'line')).toEqual({ value: 'open', quality: 'good' });
  expect(await pointOf('io-1', 'in1')).toEqual(unknown);

  await server.set('input', 0, kiloohm.short);
  await stands('wall', ['lineShort']);
  expect(await pointOf('wall', 'tripped')).toEqual(unknown);

  await server.set('input', 0, kiloohm.whole);
  await stands('wall', []);
  expect(await pointOf('wall', 'tripped')).toEqual({ value: false, quality: 'good' });
  // Nobody armed it: a trip is no intrusion, and the module told nothing twice.
  expect(await standing('io-1')).toEqual([]);
});

test('a fire whose line burns through stays a fire; only the line at rest again ends it, and the reset closes it', async () => {
  await server.set('input', 2, kiloohm.tripped);
  await stands('smoke', ['fire']);
  await server.set('input', 2, kiloohm.cut);
  const alarms = await stands('smoke', ['fire', 'lineOpen']);
  expect(await pointOf('smoke', 'fire')).toEqual(unknown);
  await server.set('input', 2, kiloohm.whole);
  await stands('smoke', []);
  const fire = alarms.find(({ definition }) => definition === 'fire');
  // Over in the field, and yet open until somebody has reset it.
  const still = (await house.openAlarms()).find(({ id }) => id === fire?.id);
  expect(still).toMatchObject({ state: 'unacknowledged', latched: true, returnedAt: expect.any(Number) });
  await house.api('POST', `/alarms/${fire?.id}/acknowledge`, {});
  expect((await house.api('POST', `/alarms/${fire?.id}/reset`, {})).status).toBe(200);
});

test('a line that reads none of what it should is told after five seconds, and a press over it when it is whole', async () => {
  await server.set('input', 1, kiloohm.damp);
  const [unclear] = await stands('sos', ['lineUnclear']);
  expect(unclear).toMatchObject({ title: { zh: '紧急按钮线路阻值异常' } });
  expect(await pointOf('sos', 'pressed')).toEqual(unknown);
  await server.set('input', 1, kiloohm.tripped);
  await stands('sos', ['panic']);
});

test('a controller that tells the state of its line in words, and an earth fault among them', async () => {
  fence.readings({ line: 'normal', tripped: false, tamper: false });
  await eventually('the fence is at rest', async () => (await pointOf('fence', 'tripped'))?.value === false);
  fence.readings({ line: 'earth', tripped: false });
  const [earth] = await stands('fence', ['lineEarth']);
  expect(earth).toMatchObject({ title: { zh: '周界线路接地', en: 'Perimeter line earth fault' } });
  expect(await pointOf('fence', 'tripped')).toEqual(unknown);
  fence.readings({ line: 'normal', tripped: false, tamper: true });
  await stands('fence', ['tamper']);
  expect(await pointOf('fence', 'tripped')).toEqual({ value: false, quality: 'good' });
});

test('troubles of a panel are told apart, and each restore ends its own', async () => {
  const troubles = [
    '371 01 003',
    '372 01 004',
    '383 01 005',
    '310 00 000',
    '301 00 000',
    '342 00 002',
    '302 00 000',
  ];
  for (const [index, trouble] of troubles.entries())
    expect(await panel.ask(`ADM-CID ${String(index + 1).padStart(4, '0')} 1${trouble}`)).toMatch(/^ACK/);
  const names = ['acLoss', 'earthFault', 'lineOpen', 'lineShort', 'lowBattery', 'moduleAcLoss', 'tamper'];
  await stands('panel-1', names);
  // The module's supply is back, the panel's own mains is not.
  expect(await panel.ask('ADM-CID 0008 3342 00 002')).toMatch(/^ACK/);
  await stands(
    'panel-1',
    names.filter((name) => name !== 'moduleAcLoss'),
  );
  for (const [index, trouble] of troubles.entries())
    expect(await panel.ask(`ADM-CID ${String(index + 11).padStart(4, '0')} 3${trouble}`)).toMatch(/^ACK/);
  await stands('panel-1', []);
});
