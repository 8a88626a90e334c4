import type { Command } from '../../gateway/contract/command.ts';
import type { ScheduleState } from '../../gateway/contract/plant.ts';
import type { GatewayOptions } from '../../gateway/gateway.ts';
import { min, type SimulatedHouse, startSimulation } from './simulated-house.ts';

/** Lights and pumps that do as they are told, on a clock that the test moves. */
export interface PlantHouse {
  house: SimulatedHouse;
  /** How the field really stands, by device. */
  on: Map<string, boolean>;
  /** Devices that hear a command and do nothing. */
  stubborn: Set<string>;
  /** Every command that reached the field, as `HH:MM` of the site, device and command; emptied by the test. */
  obeyed: string[];
  pass(ms: number): Promise<void>;
  goTo(at: number): Promise<void>;
  /** Turns a device by the switch on site. */
  turn(device: string, on: boolean): Promise<void>;
  /** Every device tells how it stands, as after a restart. */
  tellAll(): Promise<void>;
  state(schedule: string): Promise<ScheduleState>;
}

/** Where the second of an alarm does not matter, a look a minute is enough. */
export const unhurried = { stepCheckMs: min, pace: 120 };

/** @param options.devices that can be switched; lights begin with `light`, the others run */
export async function startPlant(
  options: {
    start: number;
    site: string;
    devices: readonly string[];
    zone?: string;
  } & Partial<GatewayOptions>,
): Promise<PlantHouse> {
  const { devices, zone = 'Asia/Shanghai', ...given } = options;
  const house = await startSimulation(given);
  const on = new Map(devices.map((device) => [device, false]));
  const stubborn = new Set<string>();
  const obeyed: string[] = [];
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, timeStyle: 'short' });
  const heard = new Set<string>();

  function tell(device: string): Promise<void> {
    const point = device.startsWith('light') ? 'on' : 'running';
    return house.send(device, 'readings', { values: { [point]: on.get(device) ?? false } });
  }

  async function obey(): Promise<void> {
    const sent = house.rows<{ doc: string }>(
      "SELECT doc FROM command WHERE state = 'sent' AND ended_at IS NULL ORDER BY id",
    );
    for (const { id, device, command } of sent.map(({ doc }) => JSON.parse(doc) as Command)) {
      if (heard.has(id) || !on.has(device)) continue;
      heard.add(id);
      obeyed.push(`${shown.format(house.now)} ${device} ${command}`);
      if (stubborn.has(device)) continue;
      on.set(device, command === 'switchOn' || command === 'start');
      await tell(device);
    }
  }

  async function pass(ms: number): Promise<void> {
    await house.clock.advance(ms, async () => {
      await house.pass(0);
      await obey();
    });
  }

  return {
    house,
    on,
    stubborn,
    obeyed,
    pass,
    goTo: (at) => pass(at - house.now),
    async turn(device, state) {
      on.set(device, state);
      await tell(device);
      await obey();
    },
    async tellAll() {
      for (const device of devices) await tell(device);
      await obey();
    },
    async state(schedule) {
      const { items } = await house.ask<{ items: { id: string; state: ScheduleState | null }[] }>(
        'GET',
        '/plant/schedules',
      );
      const state = items.find(({ id }) => id === schedule)?.state;
      if (!state) throw new Error(`no state of the schedule ${schedule}`);
      return state;
    },
  };
}
