import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import { emptyUnit, serveModbus } from '../../simulators/modbus-slave.ts';
import { eventually } from '../house.ts';
import { serveHouse } from './served-gateway.ts';

// A machine with too much to do, or a laptop that slept: the gateway stands still, and its devices do not.

test('a gateway that stood still longer than a module may be silent does not call the module lost', async () => {
  const unit = { ...emptyUnit(), inputs: Array(8).fill(0), coils: Array(8).fill(0), dead: false };
  const bus = await serveModbus('rtu', new Map([[1, unit]]));
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-stopped-'));
  const site = `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: bus, kind: bus, path: "tcp://127.0.0.1:${bus.port}", protocol: modbus-rtu, timeoutMs: 400 }
devices:
  - { id: io-1, type: generic-modbus-io-8, name: 采集模块, area: compound, link: bus, address: 1 }
`;
  const house = await serveHouse({ dataDir, site, devices: [] });
  const stateOf = async () => (await house.api<{ state: DeviceState }>('GET', '/devices/io-1')).body.state;
  const offline = async () => {
    const { body } = await house.api<{ items: Alarm[] }>('GET', '/alarms?state=open');
    return body.items.filter(({ device }) => device === 'io-1');
  };
  try {
    await eventually('it is asked', async () => (await stateOf()).state === 'online');
    const before = (await stateOf()).since;
    // Three polls and their time-outs are 1.95 s.
    house.gateway.child.kill('SIGSTOP');
    await sleep(5_000);
    const until = Date.now();
    house.gateway.child.kill('SIGCONT');
    await eventually('it is heard again', async () => {
      const { body } = await house.api<{ items: { point: string; at: number }[] }>(
        'GET',
        '/devices/io-1/points',
      );
      return body.items.some(({ point, at }) => point === 'in1' && at > until);
    });
    expect(await stateOf()).toMatchObject({ state: 'online', since: before });
    expect(await offline()).toEqual([]);
    // What is truly silent is told as before.
    unit.dead = true;
    await eventually('it is lost', async () => (await offline()).length === 1);
  } finally {
    await house.close();
    bus.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
