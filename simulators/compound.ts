import { type SimulatedCameras, serveCameras } from './camera.ts';
import { createGarden, createPumps } from './demo-cabinets.ts';
import { createFarAway } from './demo-far-away.ts';
import { createDemoGuards } from './demo-guards.ts';
import { createDemoMeters } from './demo-meters.ts';
import { createDemoNatives, type DemoNatives } from './demo-natives.ts';
import { createDemoPower } from './demo-power.ts';
import { daylight, tellPast } from './demo-weather.ts';
import { emptyUnit, serveModbus } from './modbus-slave.ts';
import type { Command } from './native-device.ts';
import { simulateReceiver, simulateTagReader } from './serial-lines.ts';
import { ipHome } from './site/demo-far-away.ts';
import { tagOf } from './site/demo-patrol.ts';
import { gardenWiring } from './site/demo-plant.ts';
import { accountOf, controllerIds, controllerOf, doors, fireInputs, homes } from './site/demo-security.ts';
import { cardOf, type DemoPorts, guardTag, readerOf } from './site/demo-site.ts';
import { zigbeeLink, zigbeeNames } from './site/demo-zigbee.ts';
import { createSupplyMeters, keptHours } from './supply-meters.ts';
import { createZigbeeBridge } from './zigbee-bridge.ts';

/** Where the gateway listens. */
export interface GatewayPorts {
  mqtt: number;
  alarmReceiver: number;
  fireReceiver: number;
  dtu: number;
}

/** The demo compound alive: its far ends listen, its devices report, people come and go. */
export interface Compound {
  ports: DemoPorts;
  /** Connects the MQTT devices and the Zigbee bridge, each with its secret; with `past` they bring a day of readings along. */
  connect(to: GatewayPorts, secrets: Record<string, string>, past: boolean): void;
  natives: DemoNatives;
  zigbee: ReturnType<typeof createZigbeeBridge>;
  receiver: Awaited<ReturnType<typeof simulateReceiver>>;
  perimeter: ReturnType<typeof emptyUnit> & { dead?: boolean };
  plant: ReturnType<typeof emptyUnit>;
  cameras: SimulatedCameras;
  power: ReturnType<typeof createDemoPower>;
  guards: ReturnType<typeof createDemoGuards>;
  farAway: Awaited<ReturnType<typeof createFarAway>>;
  /** Levels in m; a scene may take one over by adding it to `held`. */
  levels: { domestic: number; fire: number; underground: number; sump: number };
  held: Set<string>;
  /** Somebody with a card opens a door and leaves it so until `closeDoor`; false when the card does not open it. */
  openDoor(door: string): boolean;
  closeDoor(door: string): void;
  close(): void;
}

const tickMs = 1_000;
const repeatEveryS = 20;
const swipeEveryS = 9;
const armEveryS = 25;
const carEveryS = 17;
const supplyEveryS = 20;
const hourMs = 3_600_000;

const rounded = (value: number, decimals = 3): number => Number(value.toFixed(decimals));
const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];

export async function startCompound(): Promise<Compound> {
  const perimeter: Compound['perimeter'] = {
    ...emptyUnit(),
    ...{ inputs: Array(8).fill(0), coils: Array(8).fill(0), dead: false },
  };
  const { plant, run } = createPumps();
  const garden = createGarden();
  const level = { ...emptyUnit(), holding: [2, 3, 1, 3, 2_000, 0, 5_000] };
  const meters = createDemoMeters();
  const power = createDemoPower();
  const bus = await serveModbus('rtu', new Map([[1, perimeter]]));
  const cabinet = await serveModbus(
    'tcp',
    new Map([
      [1, plant],
      [2, level],
    ]),
  );
  const gardenCabinet = await serveModbus('tcp', new Map([[1, garden]]));
  const meterBus = await serveModbus('rtu', meters.units, meters.meters);
  const receiver = await simulateReceiver();
  const reader = await simulateTagReader();
  const cameras = await serveCameras();
  const farAway = await createFarAway();
  const natives = createDemoNatives((id) => (command) => obey(id, command));
  const zigbee = createZigbeeBridge(zigbeeLink.id);
  const levels = { domestic: 1.9, fire: 2.1, underground: 2, sump: 0.4 };
  const held = new Set<string>();
  const leftOpen = new Set<string>();
  const timers: NodeJS.Timeout[] = [];
  let ticks = 0;
  /** When the demo began, if a day before it is to be told. */
  let pastUntil: number | undefined;

  function later(ms: number, act: () => void): void {
    timers.push(setTimeout(act, ms));
  }

  /** Doors and lifts do as they are told. */
  function obey(id: string, { command }: Command): true | string {
    switch (command) {
      case 'open':
        natives.doorEvent(id, 'access.opened');
        later(3_000, () => natives.doorEvent(id, 'access.closed'));
        return true;
      case 'lock':
      case 'unlock':
        natives.tell(id, { locked: command === 'lock' });
        return true;
      case 'recall':
      case 'release':
        later(4_000, () => natives.tell(id, { recalled: command === 'recall' }));
        return true;
      default:
        return `no such command ${command}`;
    }
  }

  function moveWater(): void {
    const pumping = plant.inputs[0] === 1 || plant.inputs[2] === 1;
    if (!held.has('domestic')) {
      levels.domestic = Math.min(2.4, Math.max(1.2, levels.domestic + (pumping ? 0.006 : -0.004)));
      if (levels.domestic > 2.3 && plant.coils[0] === 1) plant.coils[0] = 0;
      else if (levels.domestic < 1.4 && plant.coils[0] === 0) plant.coils[0] = 1;
      run(0);
    }
    levels.underground = 2 + 0.3 * Math.sin(ticks / 240);
    levels.sump = 0.45 + 0.25 * Math.sin(ticks / 60);
    level.holding[4] = Math.round(levels.underground * 1_000);
    farAway.setRain(1.5 + 0.2 * Math.sin(ticks / 300));
    natives.tell('tank-domestic', { level: rounded(levels.domestic) });
  }

  function tellSlow(): void {
    const now = Date.now();
    natives.set('tank-fire', { level: rounded(levels.fire) });
    natives.tell('sump-garage', {
      ...{ level: rounded(levels.sump), high: false, low: levels.sump < 0.25 },
      ...{ pumpRunning: levels.sump > 0.6, pumpFault: false },
    });
    for (const n of [1, 2]) {
      natives.set(`sump-lift-${n}`, { level: 0.08, high: false, pumpRunning: false, pumpFault: false });
      natives.set(`hydrant-${n}`, { pressure: Math.round(420 + 12 * Math.sin(ticks / 90 + n)) });
      natives.set(`temperature-lift-${n}`, {
        ...{ temperature: rounded(27 + 3 * daylight(now) + n * 0.4, 1), humidity: 52, battery: 88 },
      });
    }
    natives.set('temperature-power', {
      temperature: rounded(29 + 3 * daylight(now), 1),
      humidity: 44,
      battery: 91,
    });
    natives.set('light-sensor', { illuminance: Math.round(30_000 * daylight(now)) });
  }

  function tellPower(): void {
    const { mains, generator, ups } = power.readings();
    natives.tell('mains-grid', mains);
    natives.tell('generator-1', generator);
    natives.tell('ups-office', ups);
  }

  function tick(): void {
    ticks++;
    moveWater();
    meters.tick({
      pumps: plant.inputs[0] === 1 || plant.inputs[2] === 1 ? 1 : 0,
      lights: ((garden.coils[0] ?? 0) + (garden.coils[1] ?? 0)) / 2,
      fountain: garden.inputs[gardenWiring.fountainRuns] ?? 0,
    });
    guards.tick(Date.now());
    if (pastUntil !== undefined) tellPast(natives, pastUntil, ticks);
    if (power.tick()) tellPower();
    if (ticks % 5 === 0) tellSlow();
    if (ticks % repeatEveryS === 0) {
      natives.repeat();
      zigbee.repeat();
    }
    if (ticks % swipeEveryS === 0) swipe();
    if (ticks % armEveryS === 0) arm();
    if (ticks % carEveryS === 0) drive();
    if (ticks % supplyEveryS === 0) readSupply(Date.now());
  }

  /** What never changes by itself. */
  function tellStill(): void {
    natives.tell('panic-lobby', { battery: 96 });
    for (const id of doors)
      if (controllerOf(id) === undefined) natives.tell(id, { opened: false, locked: true });
    for (const id of controllerIds) natives.tell(id, { mains: true, tamper: false });
    for (const id of fireInputs) natives.tell(id, { fault: false });
    for (const n of [1, 2]) natives.tell(`lift-b${n}`, { recalled: false, fault: false, inService: true });
    natives.tell('leak-power-room', { wet: false, battery: 84 });
    const line = { line: 'normal', powered: true, dataFault: false, tamper: false };
    natives.tell('isolator-b1', { ...line, tripped: false });
    for (const side of ['front', 'back']) natives.tell(`station-b1-${side}`, line);
    zigbee.tell(zigbeeNames.floor, { water_leak: false, battery: 91 });
    zigbee.tell(zigbeeNames.hatch, { contact: true, tamper: false, battery: 77 });
    tellSlow();
    tellPower();
    natives.repeat();
  }

  const supply = createSupplyMeters();
  function readSupply(at: number): void {
    for (const [id, values] of Object.entries(supply.at(at))) natives.tellOf(at, id, values);
  }

  function openDoor(door: string): boolean {
    if (natives.hold(cardOf(ticks % 21), door, ticks % 2 === 0 ? 'in' : 'out') === 'denied') return false;
    leftOpen.add(door);
    natives.doorEvent(door, 'access.opened');
    if (controllerOf(door) === undefined) natives.set(door, { opened: true });
    return true;
  }

  function closeDoor(door: string): void {
    leftOpen.delete(door);
    natives.doorEvent(door, 'access.closed');
    if (controllerOf(door) === undefined) natives.set(door, { opened: false });
  }

  function swipe(): void {
    const door = pick(doors, Math.floor(ticks / swipeEveryS) * 5 + 2);
    if (door === undefined || leftOpen.has(door)) return;
    if (openDoor(door)) later(2_500, () => closeDoor(door));
  }

  /** Somebody leaves home and arms, somebody comes back and disarms. */
  function arm(): void {
    const home = pick(homes, ticks * 7 + 3);
    if (!home) return;
    if (home.number === ipHome) {
      farAway.arm(ticks % 2 === 0);
      return;
    }
    void receiver.report({
      account: accountOf(home.number),
      qualifier: ticks % 2 === 0 ? 3 : 1,
      event: '401',
      partition: '01',
      zoneOrUser: '001',
    });
  }

  /** A car comes, or goes. */
  function drive(): void {
    const gate = ticks % 2 === 0 ? gardenWiring.barrierIn : gardenWiring.barrierOut;
    garden.inputs[gate] = 1;
    later(5_000, () => {
      garden.inputs[gate] = 0;
    });
  }

  const guards = createDemoGuards(({ stops, guard }, stop) => {
    const tag = tagOf(stops[stop] ?? 0);
    if (guard !== 'guard-1') {
      natives.event(readerOf(guard), 'checkin', { tag: `0x${tag}`, guard });
      return;
    }
    if (stop === 0) reader.hold(guardTag);
    later(1_200, () => reader.hold(tag));
  });

  return {
    ports: {
      perimeterBus: bus.port,
      plant: cabinet.port,
      garden: gardenCabinet.port,
      meterBus: meterBus.port,
      receiver: receiver.port,
      tagReader: reader.port,
      cameras: cameras.port,
    },
    connect(to, secrets, past) {
      const { [zigbeeLink.id]: bridge = '', ...own } = secrets;
      natives.connect(to.mqtt, own);
      zigbee.connect(to.mqtt, bridge);
      farAway.connect(to);
      if (past) pastUntil = Date.now();
      tellStill();
      // First the hours that the meters have kept, oldest first.
      const thisHour = Math.floor(Date.now() / hourMs) * hourMs;
      for (let back = keptHours; back >= 0; back--) readSupply(thisHour - back * hourMs);
      readSupply(Date.now());
      tick();
      timers.push(setInterval(tick, tickMs));
    },
    natives,
    zigbee,
    receiver,
    perimeter,
    plant,
    cameras,
    power,
    guards,
    farAway,
    levels,
    held,
    openDoor,
    closeDoor,
    close() {
      for (const timer of timers) clearInterval(timer);
      natives.close();
      zigbee.close();
      farAway.close();
      for (const far of [bus, cabinet, gardenCabinet, meterBus, receiver, reader, cameras]) far.close();
    },
  };
}
