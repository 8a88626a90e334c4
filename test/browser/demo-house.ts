import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import { parse, stringify } from 'yaml';
import type { Device, SiteFile } from '../../gateway/contract/site.ts';
import { simulatorsPath } from '../../gateway/joins/simulation.ts';
import { type Clock, systemClock } from '../../gateway/lib/clock.ts';
import { nativeDevices } from '../../simulators/site/demo-site.ts';
import { zigbeeLink } from '../../simulators/site/demo-zigbee.ts';
import { type House, startHouse } from '../house.ts';

// The demo compound with its simulators in a process of their own, as `npm run demo` starts it, and a few devices more for which
// only the test speaks, so that nothing but the test moves them.

const simulatorsMain = fileURLToPath(new URL('../../simulators/main.ts', import.meta.url));
const demoPlans = fileURLToPath(new URL('../../simulators/site/plans', import.meta.url));

export type SpokenFor = Pick<Device, 'id' | 'type' | 'name' | 'area'> & Partial<Device>;

/** Devices that the demo does not have. */
export const testDevices = {
  garden: {
    id: 'tank-garden',
    type: 'native-tank',
    name: '花园蓄水箱',
    area: 'office',
    position: [180, 600],
  },
  desk: {
    id: 'panic-desk',
    type: 'native-panic-button',
    name: '前台紧急按钮',
    area: 'office',
    position: [140, 640],
    cameras: ['camera-2'],
  },
  gate: {
    id: 'panic-gate',
    type: 'native-panic-button',
    name: '岗亭紧急按钮',
    area: 'gate',
    position: [560, 720],
    cameras: ['camera-3'],
  },
  reader: {
    id: 'reader-gate',
    type: 'native-patrol-reader',
    name: '岗亭巡更读头',
    area: 'gate',
    position: [640, 720],
  },
} satisfies Record<string, SpokenFor>;

export type DemoHouse = House & {
  /** Signs in as one of the test's own devices, which else does so when it first speaks. */
  connect(device: SpokenFor): Promise<void>;
  /** Publishes as one of the test's own devices; resolves with PUBACK. */
  publish(device: SpokenFor, tail: 'readings' | 'events', payload: object): Promise<void>;
  event(device: SpokenFor, type: string, data?: object): Promise<void>;
  playScene(scene: string): Promise<void>;
};

/** The system's clock, set back so far that a full minute begins in `leadMs`. */
export function clockBeforeMinute(leadMs: number): Clock {
  const behindMs = (Date.now() + leadMs) % 60_000;
  return {
    ...systemClock,
    now() {
      const { wallMs, monoMs } = systemClock.now();
      return { wallMs: wallMs - behindMs, monoMs };
    },
  };
}

export interface DemoOptions {
  /** Changes the site before it is applied. */
  more?: (site: SiteFile) => void;
  /** How soon after the start a full minute begins on the gateway's clock, and with it a round of a plan for every minute. */
  minuteInMs?: number;
}

/** A gateway with the demo compound. Close it after the tests. */
export async function startDemoHouse({ more, minuteInMs }: DemoOptions = {}): Promise<DemoHouse> {
  // Of the simulated panel; the simulators' process takes it over, too.
  process.env.DEMO_PANEL_PASSWORD ??= '123456';
  const loopback = { host: '127.0.0.1', port: 0 };
  const house = await startHouse({
    ...{ alarmReceiver: loopback, fireReceiver: loopback, dtu: loopback },
    cameras: { allow: ['127.0.0.1'], maxMegabytes: 64 },
    ...(minuteInMs === undefined ? {} : { clock: clockBeforeMinute(minuteInMs) }),
  });
  const sitePath = join(house.dataDir, 'demo-site.yaml');
  cpSync(demoPlans, join(house.dataDir, 'plans'), { recursive: true });
  const simulators: ChildProcess = spawn(
    process.execPath,
    [simulatorsMain, '--site', sitePath, '--control', simulatorsPath(house.dataDir)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  if (!simulators.stdout || !simulators.stdin) throw new Error('the simulators have no standard input');
  await once(createInterface({ input: simulators.stdout }), 'line');
  const site = parse(readFileSync(sitePath, 'utf8')) as SiteFile;
  site.devices.push(...Object.values<SpokenFor>(testDevices));
  // The compound's guards walk by the system's clock; where the house has another, nobody would be in time.
  if (minuteInMs !== undefined) for (const plan of site.plans) plan.enabled = false;
  more?.(site);
  await house.applySite(stringify(site));

  const secrets: Record<string, string> = {};
  for (const id of nativeDevices) secrets[id] = await house.secretOf(id);
  const bridge = await house.control<{ secret: string }>('link.secret', { link: zigbeeLink.id });
  secrets[zigbeeLink.id] = bridge.secret;
  const { mqtt, alarmReceiver, fireReceiver, dtu } = house.gateway;
  const ports = { mqtt, alarmReceiver, fireReceiver, dtu };
  simulators.stdin.write(`${JSON.stringify({ ports, secrets })}\n`);

  const clients = new Map<string, Promise<MqttClient>>();
  async function connectDevice(id: string): Promise<MqttClient> {
    const password = await house.secretOf(id);
    return connectAsync({ port: house.mqttPort, username: id, password, clientId: id });
  }
  function clientOf({ id }: SpokenFor): Promise<MqttClient> {
    const client = clients.get(id) ?? connectDevice(id);
    clients.set(id, client);
    return client;
  }

  const closeHouse = house.close;
  let sent = 0;
  const demo: DemoHouse = Object.assign(house, {
    async connect(device: SpokenFor) {
      await clientOf(device);
    },
    async publish(device: SpokenFor, tail: string, payload: object) {
      const topic = `gatehouse/${device.id}/${tail}`;
      const client = await clientOf(device);
      await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
    },
    event(device: SpokenFor, type: string, data: object = {}) {
      sent++;
      return demo.publish(device, 'events', { id: `${device.id}-${sent}`, type, data });
    },
    async playScene(scene: string) {
      const { status } = await house.api('POST', `/simulation/scenes/${scene}`, {});
      if (status !== 200) throw new Error(`the scene ${scene} was refused with ${status}`);
    },
    async close() {
      for (const client of clients.values()) await (await client).endAsync(true);
      simulators.stdin?.end();
      if (simulators.exitCode === null) await once(simulators, 'exit');
      await closeHouse();
    },
  });
  return demo;
}
