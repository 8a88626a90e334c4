import { type SimulatedCameras, serveCameras } from './camera.ts';
import { createDemoMeters } from './demo-meters.ts';
import { connectDoorController } from './door-controller.ts';
import { emptyUnit, serveModbus } from './modbus-slave.ts';
import { connectNative, type NativeDevice } from './native-device.ts';
import { simulateReceiver, simulateTagReader } from './serial-lines.ts';
import {
  accountOf,
  cardOf,
  controllerIds,
  controllerOf,
  type DemoPorts,
  doors,
  guardTag,
  homes,
  nativeDevices,
  tagOf,
} from './site/demo-site.ts';
import { createSupplyMeters, keptHours } from './supply-meters.ts';

/** The demo compound alive: its far ends listen, its devices report, people come and go. */
export interface Compound {
  ports: DemoPorts;
  /** Connects the MQTT devices, each with its secret. */
  connect(mqttPort: number, secrets: Record<string, string>): void;
  devices: Map<string, NativeDevice>;
  receiver: Awaited<ReturnType<typeof simulateReceiver>>;
  perimeter: ReturnType<typeof emptyUnit>;
  plant: ReturnType<typeof emptyUnit>;
  /** Levels in m; a scene may take one over by setting `held`. */
  levels: { domestic: number; fire: number; underground: number; sump: number };
  held: Set<string>;
  /** Doors whose bolt does not move, though their controller answers. */
  stuck: Set<string>;
  cameras: SimulatedCameras;
  walk(checkpoint: number): void;
  close(): void;
}

const tickMs = 1_000;
const swipeMs = 9_000;
const armMs = 25_000;
const walkMs = 60_000;
const supplyMs = 20_000;
const hourMs = 3_600_000;

export async function startCompound(): Promise<Compound> {
  const perimeter = { ...emptyUnit(), inputs: Array(8).fill(0), coils: Array(8).fill(0) };
  const plant = { ...emptyUnit(), inputs: [1, 0, 0, 0, 0, 0, 0, 0], coils: [1, 0, 0, 0, 0, 0, 0, 0] };
  const level = { ...emptyUnit(), holding: [2, 3, 1, 3, 2_400, 0, 5_000] };
  // A contactor follows its relay within a moment, unless the pump has tripped.
  const follow = (address: number) =>
    setTimeout(() => {
      const tripped = plant.inputs[address * 2 + 1] === 1;
      plant.inputs[address * 2] = plant.coils[address] === 1 && !tripped ? 1 : 0;
    }, 400);
  Object.assign(plant, { written: (address: number) => address < 2 && follow(address) });
  const bus = await serveModbus('rtu', new Map([[1, perimeter]]));
  const cabinet = await serveModbus(
    'tcp',
    new Map([
      [1, plant],
      [2, level],
    ]),
  );
  const demoMeters = createDemoMeters();
  const meterBus = await serveModbus('rtu', demoMeters.units, demoMeters.meters);
  const receiver = await simulateReceiver();
  const reader = await simulateTagReader();
  const cameras = await serveCameras();
  const devices = new Map<string, NativeDevice>();
  const levels = { domestic: 1.9, fire: 2.1, underground: 2.4, sump: 0.4 };
  const held = new Set<string>();
  const stuck = new Set<string>();
  const unlocked = new Set<string>();
  const timers: NodeJS.Timeout[] = [];
  let ticks = 0;

  const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];

  function tick(): void {
    ticks++;
    const pumping = plant.inputs[0] === 1 || plant.inputs[2] === 1;
    if (!held.has('domestic')) {
      levels.domestic = Math.min(2.4, Math.max(1.2, levels.domestic + (pumping ? 0.006 : -0.004)));
      if (levels.domestic > 2.3 && plant.coils[0] === 1) plant.coils[0] = 0;
      else if (levels.domestic < 1.4 && plant.coils[0] === 0) plant.coils[0] = 1;
      follow(0);
    }
    levels.underground = 2.4 + 0.3 * Math.sin(ticks / 240);
    demoMeters.tick(pumping);
    if (!held.has('sump')) levels.sump = 0.45 + 0.25 * Math.sin(ticks / 60);
    level.holding[4] = Math.round(levels.underground * 1_000);
    devices.get('tank-domestic')?.readings({ level: Math.round(levels.domestic * 1_000) / 1_000 });
    if (ticks % 5 === 0) {
      devices.get('tank-fire')?.readings({ level: Math.round(levels.fire * 1_000) / 1_000 });
      devices.get('sump-garage')?.readings({
        level: Math.round(levels.sump * 1_000) / 1_000,
        high: levels.sump > 1.2,
        pumpRunning: levels.sump > 0.6,
      });
    }
    if (ticks % 30 === 0) {
      devices.get('panic-lobby')?.readings({ battery: 96 });
      for (const id of doors)
        if (controllerOf(id) === undefined)
          devices.get(id)?.readings({ opened: false, locked: !unlocked.has(id) });
      for (const id of controllerIds) devices.get(id)?.readings({ mains: true, tamper: false });
      devices.get('fire-b1')?.readings({ fault: false });
    }
  }

  /** An event of a door, told by itself or by its controller. */
  function tellOf(door: string, type: string, data: Record<string, string> = {}): void {
    const controller = controllerOf(door);
    if (controller === undefined) devices.get(door)?.event(type, data);
    else devices.get(controller)?.event(type, { ...data, door });
  }

  const supply = createSupplyMeters();
  function readSupply(at = Date.now()): void {
    for (const [id, values] of Object.entries(supply.at(at))) devices.get(id)?.readings(values, at);
  }

  function swipe(): void {
    const id = pick(doors, Math.floor(ticks / 9) * 5 + 2);
    if (id === undefined) return;
    const way = ticks % 2 === 0 ? 'in' : 'out';
    tellOf(id, 'access.granted', { card: cardOf(ticks % 21), direction: way });
    tellOf(id, 'access.opened');
    timers.push(setTimeout(() => tellOf(id, 'access.closed'), 2_500));
  }

  /** Somebody leaves home and arms, somebody comes back and disarms. */
  function arm(): void {
    const home = pick(homes, ticks * 7 + 3);
    if (!home) return;
    const account = accountOf(home.number);
    void receiver.report({
      account,
      qualifier: ticks % 2 === 0 ? 3 : 1,
      event: '401',
      partition: '01',
      zoneOrUser: '001',
    });
  }

  let step = 0;
  function walk(checkpoint: number): void {
    if (checkpoint === 0) reader.hold(guardTag);
    timers.push(setTimeout(() => reader.hold(tagOf(checkpoint)), 1_200));
  }

  return {
    ports: {
      perimeterBus: bus.port,
      plant: cabinet.port,
      meterBus: meterBus.port,
      receiver: receiver.port,
      tagReader: reader.port,
      cameras: cameras.port,
    },
    connect(mqttPort, secrets) {
      for (const id of nativeDevices) {
        const secret = secrets[id];
        if (secret === undefined) continue;
        if (controllerIds.includes(id)) {
          devices.set(id, connectDoorController(mqttPort, id, secret).device);
          continue;
        }
        const device = connectNative(mqttPort, id, secret);
        device.onCommand((command) => {
          if (!['open', 'lock', 'unlock'].includes(command.command))
            return `no such command ${command.command}`;
          if (command.command === 'open') {
            device.event('access.opened');
            timers.push(setTimeout(() => device.event('access.closed'), 3_000));
          }
          if (stuck.has(id)) return true;
          if (command.command === 'unlock') unlocked.add(id);
          else unlocked.delete(id);
          device.readings({ locked: !unlocked.has(id) });
          return true;
        });
        devices.set(id, device);
      }
      tick();
      // First the hours that the meters have kept, oldest first.
      const thisHour = Math.floor(Date.now() / hourMs) * hourMs;
      for (let back = keptHours; back >= 0; back--) readSupply(thisHour - back * hourMs);
      readSupply();
      timers.push(setInterval(readSupply, supplyMs));
      timers.push(setInterval(tick, tickMs), setInterval(swipe, swipeMs), setInterval(arm, armMs));
      // The guard walks as the plan says: a round begins at each quarter of an hour, a checkpoint a minute.
      timers.push(
        setInterval(() => {
          step = Math.floor((Date.now() % 900_000) / 60_000);
          if (step < 12) walk(step);
        }, walkMs),
      );
    },
    devices,
    receiver,
    perimeter,
    plant,
    levels,
    held,
    stuck,
    cameras,
    walk,
    close() {
      for (const timer of timers) clearInterval(timer);
      for (const device of devices.values()) device.close();
      bus.close();
      cabinet.close();
      meterBus.close();
      receiver.close();
      reader.close();
      cameras.close();
    },
  };
}
