import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { LivePoint } from '../../gateway/contract/reading.ts';
import { connectNative, type NativeDevice } from '../../simulators/native-device.ts';
import { freePort, type ModbusServer, type PanelPeer, startPanel, startPymodbus } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';

// Supervised lines: an analogue module (pymodbus, a peer that this project did not write) whose lines have resistors at their end, a
// fence controller that tells the state of its line by MQTT, a panel over IP that tells troubles by Contact ID, and the door stations of an
// intercom, some of them behind the isolator of a floor.

const kiloohm = { whole: 6_980, tripped: 4_410, cut: 0, short: 16_690, damp: 5_550 };
/** Behind the isolator: those of contacts, and one that speaks by itself. */
const contacts = [4, 5, 6, 7, 8, 9, 10, 11, 12];
const floor = [...contacts.map((input) => `floor-${input}`), 'floor-station'];
let server: ModbusServer;
let panel: PanelPeer;
let fence: NativeDevice;
let intercom: NativeDevice;
let house: House;

beforeAll(async () => {
  const port = await freePort();
  server = await startPymodbus('tcp', port);
  for (const channel of [0, 1, 2, 3, 4]) await server.set('input', channel, kiloohm.whole);
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
  - { id: io-2, type: native-io-module, name: 对讲机房模块, area: compound }
  - { id: cut, type: composed-door-station, name: 东门, area: compound, bind: { line: io-1.line4, dataFault: io-2.in13 } }
  - { id: shorted, type: composed-door-station, name: 西门, area: compound, bind: { line: io-1.line5 } }
  - { id: dark, type: composed-door-station, name: 南门, area: compound, bind: { powered: { from: io-2.in2, invert: true } } }
  - { id: mute, type: composed-door-station, name: 北门, area: compound, bind: { dataFault: io-2.in3 } }
  - { id: isolator, type: composed-intercom-isolator, name: 3 层隔离器, area: compound, bind: { tripped: io-2.in1 } }
${contacts.map((input) => `  - { id: floor-${input}, type: composed-door-station, name: ${input} 号门口机, area: compound, parent: isolator, bind: { dataFault: io-2.in${input} } }`).join('\n')}
  - { id: floor-station, type: native-door-station, name: 智能门口机, area: compound, parent: isolator }
  - { id: panel-1, type: dc09-panel, name: 1-101 主机, area: compound, address: "1101" }
`,
  });
  fence = connectNative(house.mqttPort, 'fence', await house.secretOf('fence'));
  await fence.ready;
  intercom = connectNative(house.mqttPort, 'io-2', await house.secretOf('io-2'));
  await intercom.ready;
  panel = await startPanel(panels, '1101', 'tcp');
});
afterAll(async () => {
  await panel.stop();
  fence.close();
  intercom.close();
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

/** The inputs of the intercom's module, all at rest but these. */
function inputs(...closed: number[]): void {
  const all = Array.from({ length: 13 }, (_, index) => [`in${index + 1}`, closed.includes(index + 1)]);
  intercom.readings(Object.fromEntries(all));
}

test('a cut line, a short, a lost supply and a data line of door stations are each told in words; over a cut line data says nothing', async () => {
  inputs();
  for (const id of ['cut', 'shorted', 'dark', 'mute']) await stands(id, []);
  await eventually('the line is at rest', async () => (await pointOf('cut', 'line'))?.value === 'normal');
  await server.set('input', 3, kiloohm.cut);
  await server.set('input', 4, kiloohm.short);
  await eventually('the line is cut', async () => (await pointOf('cut', 'line'))?.value === 'open');
  inputs(2, 3, 13);
  const told = await Promise.all([
    stands('cut', ['lineOpen']),
    stands('shorted', ['lineShort']),
    stands('dark', ['powerLoss']),
    stands('mute', ['dataFault']),
  ]);
  expect(told.map(([alarm]) => alarm?.title)).toEqual([
    { zh: '门口机线路断路', en: 'Door station line open' },
    { zh: '门口机线路短路', en: 'Door station line short' },
    { zh: '门口机断电', en: 'Door station without power' },
    { zh: '门口机数据线故障', en: 'Door station data line fault' },
  ]);
  expect(await pointOf('cut', 'dataFault')).toEqual(unknown);
  inputs();
  for (const channel of [3, 4]) await server.set('input', channel, kiloohm.whole);
  for (const id of ['cut', 'shorted', 'dark', 'mute']) await stands(id, []);
});

test('an isolator that cuts off its floor is one alarm: ten stations behind it are on record, and ring no more', async () => {
  const station = connectNative(house.mqttPort, 'floor-station', await house.secretOf('floor-station'));
  await station.ready;
  station.readings({ line: 'normal', powered: true, dataFault: false, tamper: false });
  await eventually(
    'the station is there',
    async () => (await pointOf('floor-station', 'powered'))?.value === true,
  );
  inputs(1, ...contacts);
  const [isolated] = await stands('isolator', ['tripped']);
  expect(isolated).toMatchObject({
    title: { en: 'Intercom isolator has cut off what is behind it' },
    priority: 2,
  });
  // Cut off, it has no time for a farewell.
  station.drop();
  station.close();
  for (const id of floor) {
    const [alarm] = await stands(id, [id === 'floor-station' ? 'offline' : 'dataFault']);
    expect(alarm).toMatchObject({ suppressed: 'isolator' });
  }
  const { body } = await house.api<{ items: { title: string }[] }>('GET', '/tickets?limit=200');
  expect(body.items.filter(({ title }) => /门口机数据线故障 · \d+ 号/.test(title))).toEqual([]);
  expect(isolated?.suppressed).toBeUndefined();

  // All behind it is well again before it is: nothing of it is left to answer.
  inputs(1);
  for (const id of floor.slice(0, -1)) await stands(id, []);
  const left = (await house.openAlarms()).filter(
    ({ device }) => device.startsWith('floor-') && device !== 'floor-station',
  );
  expect(left).toEqual([]);
  inputs();
  await stands('isolator', []);
});
