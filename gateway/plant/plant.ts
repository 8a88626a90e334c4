import type { Alarm, AlarmTransition } from '../contract/alarm.ts';
import type { Command } from '../contract/command.ts';
import type { DeviceState } from '../contract/device-state.ts';
import type { Change } from '../contract/live.ts';
import type { RunHours, ScheduleState } from '../contract/plant.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import type { Schedule } from '../contract/site.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { createInterlocks } from './interlocks.ts';
import type { FoundAtDevice, PlantCommands, PlantDevice, Signals } from './neighbours.ts';
import { createRunHours } from './run-hours.ts';
import { createSchedules } from './schedules.ts';
import { createSequences } from './sequences.ts';

export interface PlantDeps {
  memory: Memory;
  query: Query;
  site: {
    devices(): Iterable<PlantDevice>;
    device(id: string): PlantDevice | undefined;
    schedules(): Iterable<Schedule>;
    timeZone(): string;
  };
  reachable(device: string): boolean;
  commands: PlantCommands;
  finding(turn: Turn, found: FoundAtDevice): void;
  /** Puts words on an alarm's record. */
  record(turn: Turn, alarm: string, text: string): void;
}

/**
 * Water, power and light over time: the generator's sequence, schedules, run hours, and what alarms make a device do by itself.
 * `gateway.ts` calls the `on…` functions inside a turn.
 */
export function createPlant(deps: PlantDeps) {
  const { memory, query, site } = deps;
  const known = memory.table<PointValue>('plant-signals');
  const signals: Signals = {
    value: (key) => known.get(key) ?? null,
    bool(device, point) {
      const value = known.get(`${device}.${point}`);
      return typeof value === 'boolean' ? value : null;
    },
    number(device, point) {
      const value = known.get(`${device}.${point}`);
      return typeof value === 'number' ? value : null;
    },
  };
  const sequences = createSequences({ memory, query, signals, finding: deps.finding });
  const schedules = createSchedules({ ...deps, ...site, signals });
  const hours = createRunHours({ memory, query });
  const interlocks = createInterlocks({ ...deps, device: site.device, value: signals.value });
  /** Points that are watched, by device. */
  let watched = new Map<string, ReadonlySet<string>>();

  function configure(turn: Turn): void {
    watched = new Map();
    sequences.configure(turn, site.devices());
    hours.configure(site.devices());
    schedules.configure(turn);
    for (const { device, kind, alarms } of site.devices()) {
      const isWatched =
        sequences.watches(device.id) ||
        schedules.watches(device.id) ||
        hours.watches(device.id) ||
        Object.values(alarms).some(({ interlock }) => interlock !== undefined);
      if (isWatched) watched.set(device.id, new Set(Object.keys(kind.points)));
    }
  }

  function see(turn: Turn, device: string, point: string, value: PointValue): void {
    const key = `${device}.${point}`;
    const before = known.get(key) ?? null;
    if (value === before) return;
    known.set(key, value === null ? undefined : value);
    if (point === 'running') hours.onRunning(turn, device, typeof value === 'boolean' ? value : null);
    sequences.onSignal(turn, device, point, before !== null);
    interlocks.onSignal(turn, device, point, value);
    schedules.onSignal(turn, device);
  }

  return {
    async load(): Promise<void> {
      await sequences.load();
      await schedules.load();
      await hours.load();
    },

    /**
     * The first input after a start, before any timer.
     * @param open alarms that are not closed
     * @param lastAliveAt when the gateway was last alive before, UTC ms
     */
    start(turn: Turn, open: Iterable<Alarm>, lastAliveAt: number | null): void {
      interlocks.load(open);
      schedules.start(turn);
      hours.start(turn, lastAliveAt);
      configure(turn);
      sequences.start(turn);
    },

    /** Devices, schedules or the time zone may have changed. */
    siteChanged: configure,
    forget: hours.forget,

    /** Each newest reading; those of bad or uncertain quality say that nobody knows. */
    onReading(turn: Turn, { device, point, value, quality }: Reading): void {
      if (watched.get(device)?.has(point)) see(turn, device, point, quality === 'good' ? value : null);
    },

    /** A device that is lost from sight tells nothing; one that is back will be given what it is owed. */
    onState(turn: Turn, { id, state }: DeviceState): void {
      const points = watched.get(id);
      if (!points) return;
      if (state === 'offline') for (const point of points) see(turn, id, point, null);
      else if (state === 'online') schedules.onReach(turn, id);
    },

    onTransition(turn: Turn, alarm: Alarm, transition: AlarmTransition): void {
      // What was held may be owed a switching.
      if (interlocks.onTransition(turn, alarm, transition)) schedules.onSignal(turn, alarm.device);
    },

    /** A command of any device has taken a step. */
    onCommand(turn: Turn, command: Command): void {
      interlocks.onCommand(turn, command);
      if (command.state === 'sending') schedules.onCommand(turn, command);
    },

    /** Why a point must not be brought to a value now; null when it may. */
    heldBy: interlocks.heldBy,

    onTimer(turn: Turn, name: string): void {
      const [what = '', id = '', last = ''] = name.split('/');
      if (what === 'sequence') sequences.onTimer(turn, id, last);
      else schedules.onTimer(turn, what, id, last);
    },

    /** The wall clock was stepped by `deltaMs`. */
    onClockStep(turn: Turn, deltaMs: number): void {
      sequences.onClockStep(turn, deltaMs);
      hours.onClockStep(turn, deltaMs);
    },

    /** Committed state for the API. */
    scheduleState: (id: string): ScheduleState | undefined => schedules.state(id),
    runHours: (): RunHours[] => hours.committed(),
    snapshot: (): Change[] => [...sequences.snapshot(), ...schedules.snapshot(), ...hours.snapshot()],
  };
}
export type Plant = ReturnType<typeof createPlant>;
