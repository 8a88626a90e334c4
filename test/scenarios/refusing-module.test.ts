import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm, AlarmTransition } from '../../gateway/contract/alarm.ts';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import type { Ticket } from '../../gateway/contract/ticket.ts';
import type { ZoneState } from '../../gateway/contract/zone.ts';
import { freePort, type ModbusServer, startPymodbus } from '../field-peers.ts';
import { eventually, type House, startHouse } from '../house.ts';

// A module that lives and answers, but with nothing that can be used: whatever is behind it is blind, and somebody must hear of it.

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Behind it: two zones, a panic button that is bound by its event, a fire input and a pressure of 4 … 20 mA. */
const behind = ['segment-1', 'segment-2', 'panic-1', 'fire-1', 'pressure-1'];

async function startCompound(port: number): Promise<House> {
  const house = await startHouse({
    site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: plant, kind: modbus-tcp, host: 127.0.0.1, port: ${port}, timeoutMs: 300 }]
devices:
  - { id: io-1, type: generic-modbus-io-8, name: 模块, area: compound, link: plant, address: 1 }
  - { id: level-1, type: generic-level-transmitter, name: 水池, area: compound, link: plant, address: 2 }
  - { id: segment-1, type: composed-perimeter-zone, name: 一防区, area: compound, bind: { tripped: io-1.in1 } }
  - { id: segment-2, type: composed-perimeter-zone, name: 二防区, area: compound, bind: { tripped: io-1.in2 } }
  - { id: panic-1, type: composed-panic-button, name: 紧急按钮, area: compound, bind: { panic: { from: io-1.in3, event: panic, restore: panic.restore } } }
  - { id: fire-1, type: composed-fire-input, name: 消防输入, area: compound, bind: { fire: io-1.in4 } }
  - { id: pressure-1, type: composed-pressure-sensor, name: 压力, area: compound, bind: { pressure: { from: level-1.level, scale: 200 } } }
`,
  });
  open.push(house);
  return house;
}

async function peer(): Promise<{ server: ModbusServer; port: number }> {
  const port = await freePort();
  const server = await startPymodbus('tcp', port, [1, 2]);
  open.push({ close: server.stop });
  await server.set('holding', 4, 1_500);
  return { server, port };
}

const standing = async (house: House, device: string) =>
  (await house.openAlarms())
    .filter((alarm) => alarm.device === device && alarm.returnedAt === undefined)
    .map(({ definition }) => definition);

describe.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)('a module of another make', () => {
  test('that refuses everything is an alarm within its limit, with everything behind it; over when it answers', {
    timeout: 90_000,
  }, async () => {
    const { server, port } = await peer();
    const house = await startCompound(port);
    const live = await house.live();
    const states = (id: string) => live.changes('device-states').filter((change) => change.id === id);
    const stateOf = (id: string) => states(id).at(-1)?.data as DeviceState | undefined;
    for (const id of ['io-1', 'level-1', 'segment-1', 'fire-1', 'pressure-1'])
      await eventually(`${id} is there`, () => stateOf(id)?.state === 'online');
    expect(await house.openAlarms()).toEqual([]);

    for (const exception of [4, 2] as const) {
      const began = Date.now();
      await server.refuse(exception);
      const told = await eventually('the module is told of', async () =>
        (await house.openAlarms()).find(
          ({ device, returnedAt }) => device === 'io-1' && returnedAt === undefined,
        ),
      );
      // Three polls of 250 ms with a patience of 300 ms each, and a second until somebody looks.
      expect(Date.now() - began).toBeLessThan(3 * (250 + 300) + 1_000 + 1_500);
      expect(told).toMatchObject({
        definition: 'stale',
        priority: 2,
        state: 'unacknowledged',
        why: 'poll refused',
        title: {
          zh: '采集模块无有效数据：拒绝读取',
          en: 'I/O module delivers no valid values: refuses to be read',
        },
      });
      // The other way of refusing shows the same with less of it.
      for (const id of exception === 4 ? behind : ['segment-1']) {
        await eventually(`${id} is told of`, async () => (await standing(house, id)).includes('stale'));
        const alarm = (await house.openAlarms()).find(
          ({ device, definition }) => device === id && definition === 'stale',
        );
        // One cause rings once: what is behind the module is on record, and names it.
        const cause = id === 'pressure-1' ? 'level-1' : 'io-1';
        expect(alarm).toMatchObject({ suppressed: cause, why: 'source stale' });
        expect(stateOf(id)).toMatchObject({ state: 'stale', cause });
      }
      // The zone is armed all the while, and is shown as what it is.
      const zones = await house.api<{ items: ZoneState[] }>('GET', '/zones');
      expect(zones.body.items.filter(({ armed }) => armed).map(({ id }) => id)).toContain('segment-1');
      const tickets = await house.api<{ items: Ticket[] }>('GET', '/tickets');
      expect(tickets.body.items.map(({ title }) => title)).toContain('采集模块无有效数据：拒绝读取 · 模块');

      await server.refuse(0);
      for (const id of ['io-1', 'level-1', ...behind])
        await eventually(`${id} is well`, async () => (await standing(house, id)).length === 0);
      expect(stateOf('segment-1')?.state).toBe('online');
    }
  });

  test('that now refuses and now is not reached is never without an alarm, and neither are its zones', {
    timeout: 90_000,
  }, async () => {
    const { server, port } = await peer();
    const house = await startCompound(port);
    const live = await house.live();
    const stateOf = (id: string) =>
      live
        .changes('device-states')
        .filter((change) => change.id === id)
        .at(-1)?.data as DeviceState | undefined;
    await eventually('it is there', () => stateOf('segment-1')?.state === 'online');
    const gaps: string[] = [];
    for (let round = 0; round < 2; round++) {
      await server.refuse(11);
      await eventually('it is lost', () => stateOf('io-1')?.state === 'offline');
      expect(stateOf('segment-1')?.state).toBe('offline');
      await server.refuse(2);
      await eventually('it is stale', () => stateOf('io-1')?.state === 'stale');
      expect(stateOf('segment-1')?.state).toBe('stale');
    }
    await house.restart();
    const again = await house.live();
    await eventually('it is stale after the restart', () =>
      again
        .changes('device-states')
        .some(({ id, data }) => id === 'io-1' && (data as DeviceState).state === 'stale'),
    );
    for (const watch of [live, again])
      for (const id of ['io-1', 'segment-1', 'fire-1', 'panic-1']) {
        // From its first loss on, at the end of each message: whoever shows the alarms then.
        const alarms = new Map<string, Alarm>();
        let lost = watch === again;
        for (const message of watch.messages) {
          if (message.type !== 'change' && message.type !== 'snapshot') continue;
          for (const change of message.changes)
            if (change.entity === 'alarms') {
              if (change.data === null) alarms.delete(change.id);
              else alarms.set(change.id, change.data as Alarm);
            } else if (change.entity === 'device-states' && change.id === id) {
              const { state } = change.data as DeviceState;
              lost ||= state === 'offline';
              if (lost && (state === 'online' || state === 'unknown'))
                gaps.push(`${id} is shown as ${state}`);
            }
          const stands = [...alarms.values()].some(
            ({ device, returnedAt }) => device === id && returnedAt === undefined,
          );
          if (lost && !stands) gaps.push(`${id}: nothing stands`);
        }
        expect(lost).toBe(true);
      }
    expect(gaps).toEqual([]);

    await server.refuse(0);
    for (const id of ['io-1', 'segment-1', 'fire-1', 'panic-1'])
      await eventually(`${id} is well`, async () => (await standing(house, id)).length === 0);
  });

  test('whose reason changes is one alarm that follows in its words and rings once', {
    timeout: 90_000,
  }, async () => {
    const { server, port } = await peer();
    const house = await startCompound(port);
    const live = await house.live();
    await live.change<DeviceState>('device-states', ({ id, state }) => id === 'io-1' && state === 'online');
    await server.refuse(11);
    const first = await live.change<Alarm>('alarms', ({ device }) => device === 'io-1');
    expect(first).toMatchObject({ why: 'poll timeout', title: { zh: '采集模块离线：轮询无应答' } });
    await server.stop();
    const later = await live.change<Alarm>(
      'alarms',
      ({ device, why }) => device === 'io-1' && why === 'link down',
    );
    expect(later).toMatchObject({
      id: first.id,
      count: 1,
      title: { zh: '采集模块离线：链路中断', en: 'I/O module offline: its link is down' },
    });
    const { body } = await house.api<Alarm & { transitions: AlarmTransition[] }>(
      'GET',
      `/alarms/${first.id}`,
    );
    expect(body.transitions.filter(({ cause }) => cause === 'raised' || cause === 'retripped')).toHaveLength(
      1,
    );
  });
});

/** Asked once a minute, and told to start: what proves it is read at once. */
const slowPump = `id: slow-pump
label: { zh: 慢轮询水泵, en: Pump asked each minute }
kind: pump
link: modbus
pollMs: 60000
points:
  running: { modbus: { function: 3, address: 2000, type: uint16, bit: 3 } }
commands:
  start: { modbus: { function: 6, address: 2000, value: 0x0008, mask: 0x0008 } }
  stop: { modbus: { function: 6, address: 2000, value: 0, mask: 0x0008 } }
`;

test.skipIf(process.env.GATEHOUSE_SKIP_PYMODBUS)(
  'a device that is asked once a minute confirms its commands within their ten seconds',
  { timeout: 60_000 },
  async () => {
    const { port } = await peer();
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-house-'));
    mkdirSync(join(dataDir, 'types', 'slow-pump'), { recursive: true });
    writeFileSync(join(dataDir, 'types', 'slow-pump', 'type.yaml'), slowPump);
    const house = await startHouse({
      dataDir,
      site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: plant, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }]
devices: [{ id: pump, type: slow-pump, name: 水泵, area: compound, link: plant, address: 1 }]
`,
    });
    open.push(house);
    const live = await house.live();
    await live.change<DeviceState>('device-states', ({ id, state }) => id === 'pump' && state === 'online');
    for (const command of ['start', 'stop']) {
      const asked = await house.api<Command>('POST', '/devices/pump/commands', { command });
      expect(asked.status).toBe(200);
      const ended = await live.change<Command>(
        'commands',
        ({ id, endedAt }) => id === asked.body.id && endedAt !== null,
      );
      expect(ended).toMatchObject({ state: 'confirmed', error: null });
    }
  },
);
