import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm, AlarmTransition } from '../../gateway/contract/alarm.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import type { LinkageRun } from '../../gateway/contract/linkage-run.ts';
import { connectNative, type NativeDevice } from '../../simulators/native-device.ts';
import { freePort, startTransmitter, type TransmitterPeer } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// A fire transmission device (GB/T 26875.3), spoken by a Python program of its own: peers/fire-transmitter.py. Its control unit is
// system 1-3; one of its detectors is a device of the site, in the area of building 1 with two doors.

const silenceS = 4;
const site = `
site: { id: test, name: 测试小区, timeZone: Asia/Shanghai }
areas:
  - { id: compound, name: 小区, kind: site }
  - { id: building-1, name: 1 号楼, parent: compound, kind: building }
devices:
  - { id: panel, type: gbt26875-transmitter, name: 消防传输装置, area: compound, address: 889, settings: { silenceS: ${silenceS} } }
  - { id: smoke-b1, type: gbt26875-part, name: 1 号楼 2 层走廊烟感, area: building-1, parent: panel, address: "1-3-10-2" }
  - { id: door-lobby, type: native-door, name: 大堂门, area: building-1 }
  - { id: door-stair, type: native-door, name: 楼梯间门, area: building-1 }
linkages:
  - { id: fire-b1, name: 1 号楼消防联动, on: { area: building-1, definition: fire }, do: [{ all: door, command: unlock }] }
`;

let port: number;
let house: House;
let live: LiveWatch;
let device: TransmitterPeer;
const doors: NativeDevice[] = [];

type Detail = Alarm & { transitions: AlarmTransition[] };
const opened = async (id: string, definition: string, instance?: string) =>
  (await house.openAlarms()).find(
    (alarm) => alarm.device === id && alarm.definition === definition && alarm.instance === instance,
  );
const eventsOf = async (id: string) =>
  (
    await house.api<{ items: { type: string; data: Record<string, unknown>; occurredAt: number }[] }>(
      'GET',
      `/events?device=${id}&limit=200`,
    )
  ).body.items;
const countOf = async (id: string, type: string) =>
  (await eventsOf(id)).filter((event) => event.type === type).length;
async function deadLetters(): Promise<string[]> {
  const { body } = await house.api<{ items: { reason: string }[] }>('GET', '/dead-letters');
  return body.items.map(({ reason }) => reason);
}
async function point(id: string, name: string): Promise<unknown> {
  const { body } = await house.api<{ items: { point: string; value: unknown }[] }>(
    'GET',
    `/devices/${id}/points`,
  );
  return body.items.find((item) => item.point === name)?.value;
}

describe.skipIf(process.env.GATEHOUSE_SKIP_PANELS)('a fire transmission device', () => {
  beforeAll(async () => {
    port = await freePort();
    house = await startHouse({ site, fireReceiver: { host: '127.0.0.1', port } });
    for (const id of ['door-lobby', 'door-stair']) {
      const door = connectNative(house.mqttPort, id, await house.secretOf(id));
      door.onCommand(({ command }) => {
        door.readings({ locked: command !== 'unlock' });
        return true;
      });
      door.readings({ locked: true, opened: false });
      await door.ready;
      doors.push(door);
    }
    live = await house.live();
    device = await startTransmitter(port, 889);
  });
  afterAll(async () => {
    for (const door of doors) door.close();
    await device.stop();
    await house.close();
  });

  test('is online with its first heartbeat, which is confirmed under its own number', async () => {
    expect(await device.ask('beat')).toBe('3 1 ');
    await live.change<DeviceState>('device-states', ({ id, state }) => id === 'panel' && state === 'online');
    expect(await eventsOf('panel')).toEqual([]);
  });

  test('a fire of a part that the site knows releases the doors of its area within two seconds', async () => {
    const sentAt = performance.now();
    device.say('part 42 10 2 0x0002 2层走廊烟感');
    const alarm = await live.change<Alarm>('alarms', (one) => one.device === 'smoke-b1');
    const took = performance.now() - sentAt;
    console.log(`GB/T 26875.3 frame to alarm on /live: ${Math.round(took)} ms`);
    expect(took).toBeLessThan(2_000);
    expect(alarm).toMatchObject({
      ...{ definition: 'fire', priority: 1, category: 'fire', latched: true, popup: true },
      ...{ area: 'building-1', deviceName: '1 号楼 2 层走廊烟感' },
    });
    const run = await live.change<LinkageRun>(
      'linkage-runs',
      ({ alarm: of, actions }) =>
        of === alarm.id && actions.length === 2 && actions.every(({ state }) => state === 'confirmed'),
    );
    expect(run.actions.map((action) => action.device).sort()).toEqual(['door-lobby', 'door-stair']);
    expect(await point('door-lobby', 'locked')).toBe(false);
    const [event] = await eventsOf('smoke-b1');
    expect(event).toMatchObject({
      type: 'fire',
      data: { part: '1-3-10-2', partName: '2层走廊烟感', labelZh: '点型光电感烟火灾探测器' },
    });
  });

  test('its normal state ends the fire there, and the alarm waits for its reset', async () => {
    expect(await device.ask('part 42 10 2 0x0001 2层走廊烟感')).toMatch(/^3 /);
    expect(await point('smoke-b1', 'fire')).toBe(false);
    const alarm = await opened('smoke-b1', 'fire');
    await house.api('POST', `/alarms/${alarm?.id}/acknowledge`, {});
    expect((await house.api('POST', `/alarms/${alarm?.id}/reset`, {})).status).toBe(200);
  });

  test('a fire of a part that the site does not know rings at the device, by place and with the words of the panel', async () => {
    await device.ask('part 23 11 5 0x0002 Ａ区３层手报');
    const alarm = await opened('panel', 'fire', '1-3-11-5');
    expect(alarm?.title).toEqual({ zh: '火警（Ａ区３层手报）', en: 'Fire (Ａ区３层手报)' });
    await device.ask('part 23 11 6 0x0002 Ａ区４层手报');
    await device.ask('part 23 11 5 0x0001 Ａ区３层手报');
    const { body } = await house.api<Detail>('GET', `/alarms/${alarm?.id}`);
    expect(body.returnedAt).toBeDefined();
    expect(body.transitions.map(({ cause }) => cause)).toContain('restored');
    expect((await opened('panel', 'fire', '1-3-11-6'))?.returnedAt).toBeUndefined();
  });

  test('fault, shield and supervisory are alarms of their own, and go one by one', async () => {
    await device.ask('part 97 12 1 0x001C 信号阀');
    for (const definition of ['fault', 'shielded', 'supervisory'])
      expect(await opened('panel', definition, '1-3-12-1')).toMatchObject({ state: 'unacknowledged' });
    await device.ask('part 97 12 1 0x0008 信号阀');
    expect((await opened('panel', 'fault', '1-3-12-1'))?.state).toBe('returned');
    expect((await opened('panel', 'shielded', '1-3-12-1'))?.state).toBe('unacknowledged');
    await device.ask('part 97 12 1 0x0001 信号阀');
    expect((await opened('panel', 'shielded', '1-3-12-1'))?.state).toBe('returned');
  });

  test('what stands already is not told again by a device that reports all its states once more', async () => {
    await device.ask('system 0x0200');
    const alarm = await opened('panel', 'backupFault', '1-3');
    expect(alarm?.title.zh).toBe('消防备电故障（火灾报警系统 3）');
    await house.api('POST', `/alarms/${alarm?.id}/acknowledge`, {});
    await device.ask('system 0x0200');
    expect(await opened('panel', 'backupFault', '1-3')).toMatchObject({ state: 'acknowledged', count: 1 });
    await device.ask('system 0x0001');
    expect(await opened('panel', 'backupFault', '1-3')).toBeUndefined();
  });

  test('its own mains and line faults are told of itself', async () => {
    await device.ask('device 0x48');
    expect(await opened('panel', 'mainsFault')).toMatchObject({ title: { zh: '消防主电故障' } });
    expect(await opened('panel', 'lineFault')).toMatchObject({ priority: 1, popup: true });
    await device.ask('device 0x01');
    expect((await opened('panel', 'lineFault'))?.state).toBe('returned');
  });

  test('a fire of the device itself is an alarm without a place, and none beside the fire of a part', async () => {
    await device.ask('device 0x03');
    expect(await opened('panel', 'ownFire')).toBeUndefined();
    await device.ask('part 23 11 6 0x0001 Ａ区４层手报');
    await device.ask('device 0x03');
    expect(await opened('panel', 'ownFire')).toMatchObject({ priority: 1, popup: true });
    expect(await opened('panel', 'fire')).toBeUndefined();
    await device.ask('device 0x01');
    expect((await opened('panel', 'ownFire'))?.state).toBe('returned');
    await device.ask('part 23 11 6 0x0002 Ａ区４层手报');
  });

  test('a reset of the control unit ends the fires of its parts, and no fault', async () => {
    await device.ask('part 42 10 2 0x0002 2层走廊烟感');
    await device.ask('part 84 13 1 0x0004 模块');
    await device.ask('operation 0x01');
    expect(await point('smoke-b1', 'fire')).toBe(false);
    expect((await opened('panel', 'fire', '1-3-11-6'))?.returnedAt).toBeDefined();
    expect((await opened('panel', 'fault', '1-3-13-1'))?.returnedAt).toBeUndefined();
    const operated = (await eventsOf('panel')).find(({ type }) => type === 'operated');
    expect(operated?.data).toMatchObject({ operation: 'reset', labelZh: '复位', operator: 7 });
  });

  test('a repeat is confirmed again and counts once, also after a restart of the gateway', async () => {
    const before = await countOf('panel', 'fire');
    const first = await device.ask('part 23 14 1 0x0002 地下室手报');
    expect(await device.ask('again')).toBe(first);
    expect(await countOf('panel', 'fire')).toBe(before + 1);
    await house.restart();
    live = await house.live();
    await device.line('closed');
    device.say('dial');
    expect(await device.ask('again')).toBe(first);
    expect(await countOf('panel', 'fire')).toBe(before + 1);
  });

  test('damaged bytes are denied or thrown away, and the next frame is read', async () => {
    const wrongSum = '404007000101201E0A1D0B1A790300000000385B01000000000002002323';
    expect(await device.ask(`frame ${wrongSum}`)).toMatch(/^6 7 /);
    device.say('frame 40404040ffff2323');
    expect(await device.ask('beat')).toMatch(/^3 /);
    // Sound, but two objects are announced and one is there: it would be the same each time, so it is kept and confirmed.
    const oneMissing = '404009000101000000000000790300000000385B010000000900021502010000000000003E2323';
    expect(await device.ask(`frame ${oneMissing}`)).toBe('3 9 ');
    await eventually('both are told', async () => {
      const told = (await deadLetters()).join();
      return (
        told.includes('the check sum is wrong') && told.includes('a unit of type 21 announces more objects')
      );
    });
  });

  test('a clock that is off is set, and until then its times are not believed', async () => {
    device.say('late 3600');
    await device.ask('part 42 15 1 0x0004 慢钟');
    const order = await eventually('its clock is set', () =>
      device.heard().find((line) => line.startsWith('1 ')),
    );
    const [second, minute, hour] = Buffer.from(order.split(' ')[2] ?? '', 'hex').subarray(2);
    const shown = new Date(Date.now() + 8 * 3_600_000);
    const setTo = (hour ?? 0) * 3_600 + (minute ?? 0) * 60 + (second ?? 0);
    const ours = shown.getUTCHours() * 3_600 + shown.getUTCMinutes() * 60 + shown.getUTCSeconds();
    expect(Math.abs(setTo - ours) % 86_390).toBeLessThan(10);
    expect(order).toMatch(/^1 \d+ 5a01/);
    const event = (await eventsOf('panel')).find(({ data }) => data.partName === '慢钟');
    expect(Math.abs(Date.now() - (event?.occurredAt ?? 0))).toBeLessThan(10_000);
    device.say('late 0');
    await device.ask('beat');
  });

  test('an address that no device has is denied and told once, with what to add', async () => {
    const stranger = await startTransmitter(port, 4_711);
    expect(await stranger.ask('beat')).toBe('6 1 ');
    await stranger.ask('beat');
    await house.gateway.turns.idle();
    const reasons = (await deadLetters()).filter((reason) => reason.includes('no device has this address'));
    expect(reasons).toEqual([expect.stringContaining('address: "671200000000"')]);
    await stranger.stop();
  });

  test('silence is an alarm, and its parts are lost with it', async () => {
    const alarm = await live.change<Alarm>(
      'alarms',
      ({ device: of, definition }) => of === 'panel' && definition === 'offline',
    );
    expect(alarm).toMatchObject({ priority: 1, title: { zh: '消防传输装置失联：心跳中断，超时未收到数据' } });
    await live.change<DeviceState>(
      'device-states',
      ({ id, state }) => id === 'smoke-b1' && state === 'offline',
    );
    await device.ask('beat');
    await eventually('it is back', async () => (await opened('panel', 'offline'))?.state === 'returned');
  });
});
