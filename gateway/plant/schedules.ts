import type { Command } from '../contract/command.ts';
import type { Change } from '../contract/live.ts';
import type { ScheduleState } from '../contract/plant.ts';
import type { Schedule } from '../contract/site.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { FoundAtDevice, PlantCommands, PlantDevice, Signals } from './neighbours.ts';
import { clockWants, nextSwitching } from './plan.ts';
import {
  type DeviceStep,
  endGrace,
  followDevices,
  judgeDevice,
  type KeptDevice,
  type KeptSchedule,
  newSchedule,
  planTime,
  seeLight,
  switchedByHand,
  turned,
  want,
} from './schedule-machine.ts';
import { readScheduleStates, writeScheduleState } from './store.ts';
import { createSwitching } from './switching.ts';

/** A plan is looked at once a day even when nothing switches: dates come within reach. */
const lookAgainMs = 86_400_000;
/**
 * So long a device that is back in reach, or every device after a start, may take to tell its state; then it is switched without.
 * One that has only just connected may not even listen yet.
 */
const patienceMs = 60_000;

/** Lights and water features by their plans: switched once at each switching, and watched against the plan in between. */
export function createSchedules(deps: {
  memory: Memory;
  query: Query;
  signals: Signals;
  device(id: string): PlantDevice | undefined;
  schedules(): Iterable<Schedule>;
  timeZone(): string;
  /** Whether a command would reach the device now. */
  reachable(device: string): boolean;
  commands: PlantCommands;
  finding(turn: Turn, found: FoundAtDevice): void;
}) {
  const { signals } = deps;
  const switching = createSwitching(deps);
  const states = deps.memory.table<KeptSchedule>('schedule-states');
  let plans = new Map<string, Schedule>();
  /** The schedules that look at a device: its own, and those for whom it is the sensor. */
  let concerned = new Map<string, readonly Schedule[]>();
  /** Monotonic ms until which a device's first word is waited for; without one of its own, that of the start. */
  const patience = new Map<string, number>();
  let patientSinceStart = 0;

  function publicState({ state, devices }: KeptSchedule): ScheduleState {
    return { ...state, devices: devices.map(({ planned }) => planned) };
  }

  function keep(turn: Turn, before: KeptSchedule | undefined, after: KeptSchedule): void {
    if (after === before) return;
    states.set(after.state.id, after);
    writeScheduleState(turn, after);
    turn.change('schedule-states', after.state.id, publicState(after));
  }

  function apply(turn: Turn, schedule: Schedule, step: DeviceStep): KeptDevice {
    const { device } = step.device.planned;
    const grace = `grace/${schedule.id}/${device}`;
    if (step.grace === true) turn.timer('plant', grace, turn.now + schedule.graceS * 1_000, 'duration');
    if (step.grace === false) turn.clearTimer('plant', grace);
    if (step.finding !== undefined)
      deps.finding(turn, {
        ...{ device, finding: 'against-plan', active: step.finding },
        detail: { zh: schedule.name, en: schedule.name },
      });
    return step.device;
  }

  function judge(turn: Turn, schedule: Schedule, kept: KeptSchedule): KeptSchedule {
    const { wanted } = kept.state;
    let changed = false;
    const orders: string[] = [];
    const devices = kept.devices.map((before) => {
      const { device } = before.planned;
      const { on, held } = switching.stateOf(device);
      const step = judgeDevice(
        before,
        wanted,
        {
          on,
          reachable: deps.reachable(device),
          held: wanted !== null && held(wanted),
          patient: turn.monoMs < (patience.get(device) ?? patientSinceStart),
        },
        turn.now,
      );
      if (step.command) orders.push(device);
      const after = apply(turn, schedule, step);
      if (JSON.stringify(after) === JSON.stringify(before)) return before;
      changed = true;
      return after;
    });
    const next = changed ? { ...kept, devices } : kept;
    if (wanted === null || orders.length === 0) return next;
    // What the commands lead to at once finds the schedule as it is now.
    keep(turn, kept, next);
    for (const device of orders) switching.order(turn, schedule, device, wanted);
    return states.get(schedule.id) ?? next;
  }

  /** Asks the plan what it wants now, and brings its devices there. */
  function follow(turn: Turn, schedule: Schedule): void {
    const before = states.get(schedule.id);
    let kept = followDevices(before ?? newSchedule(schedule.id), schedule.devices);
    kept = look(turn, schedule, kept);
    const zone = deps.timeZone();
    const at = planTime(kept, turn.now);
    const { dark } = kept.state;
    const byClock = schedule.enabled ? clockWants(schedule, zone, at) : null;
    const wanted = byClock === true && schedule.light ? dark : byClock;
    const nextAt = schedule.enabled ? nextSwitching(schedule, zone, at) : null;
    // At a moment that was judged before, a clock set back has come by again.
    if (wanted !== kept.state.wanted) kept = want(kept, wanted, turn.now);
    if (kept.judgedTo !== at || kept.state.nextAt !== nextAt)
      kept = { ...kept, judgedTo: at, state: { ...kept.state, nextAt } };
    const lookAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, at + lookAgainMs);
    turn.timer('plant', `look/${schedule.id}`, lookAt, 'schedule');
    settle(turn, schedule, before, kept);
  }

  function settle(
    turn: Turn,
    schedule: Schedule,
    before: KeptSchedule | undefined,
    kept: KeptSchedule,
  ): void {
    const after = judge(turn, schedule, kept);
    keep(turn, states.get(schedule.id) ?? before, after);
  }

  /** The light level as it is known now. */
  function look(turn: Turn, schedule: Schedule, before: KeptSchedule): KeptSchedule {
    const timer = `light/${schedule.id}`;
    if (!schedule.light) {
      if (before.turning) turn.clearTimer('plant', timer);
      return before.state.dark === null && before.turning === null
        ? before
        : { ...before, turning: null, state: { ...before.state, dark: null } };
    }
    const lux = signals.number(schedule.light.sensor, 'illuminance');
    const { kept, delayMs } = seeLight(before, lux, schedule.light);
    if (delayMs === null) turn.clearTimer('plant', timer);
    else if (delayMs !== undefined) turn.timer('plant', timer, turn.now + delayMs, 'duration');
    return kept;
  }

  function onGrace(turn: Turn, schedule: Schedule, device: string): void {
    const before = states.get(schedule.id);
    if (!before) return;
    const devices = before.devices.map((one) =>
      one.planned.device === device ? apply(turn, schedule, endGrace(one)) : one,
    );
    keep(turn, before, { ...before, devices });
  }

  return {
    async load(): Promise<void> {
      for (const kept of await readScheduleStates(deps.query)) states.load(kept.state.id, kept);
    },

    /** Schedules and devices as they stand now. */
    configure(turn: Turn): void {
      plans = new Map(Array.from(deps.schedules(), (schedule) => [schedule.id, schedule]));
      const looking = new Map<string, Schedule[]>();
      for (const schedule of plans.values())
        for (const device of new Set([
          ...schedule.devices,
          ...(schedule.light ? [schedule.light.sensor] : []),
        ]))
          looking.set(device, [...(looking.get(device) ?? []), schedule]);
      concerned = looking;
      for (const { state, devices } of [...states.values()]) {
        const schedule = plans.get(state.id);
        const gone = devices.filter(({ planned }) => !schedule?.devices.includes(planned.device));
        for (const { planned } of gone) {
          turn.clearTimer('plant', `grace/${state.id}/${planned.device}`);
          deps.finding(turn, { device: planned.device, finding: 'against-plan', active: false });
        }
        if (schedule) continue;
        states.set(state.id, undefined);
        turn.write('plant.unschedule', state.id);
        turn.change('schedule-states', state.id, null);
        turn.clearTimer('plant', `look/${state.id}`);
        turn.clearTimer('plant', `light/${state.id}`);
      }
      for (const schedule of plans.values()) follow(turn, schedule);
    },

    /** In the first turn after a start, before `configure`: what devices are will soon be known. */
    start(turn: Turn): void {
      patientSinceStart = turn.monoMs + patienceMs;
      turn.timer('plant', 'patience/', turn.now + patienceMs, 'duration');
    },

    /** A device is in reach again. */
    onReach(turn: Turn, device: string): void {
      if (!concerned.has(device)) return;
      patience.set(device, turn.monoMs + patienceMs);
      turn.timer('plant', `patience/${device}`, turn.now + patienceMs, 'duration');
    },

    watches: (device: string): boolean => concerned.has(device),

    /** The value of a point, or the reach of a device, has changed. */
    onSignal(turn: Turn, device: string): void {
      for (const schedule of concerned.get(device) ?? []) {
        const before = states.get(schedule.id);
        if (schedule.light?.sensor === device) follow(turn, schedule);
        else if (before) settle(turn, schedule, before, before);
      }
    },

    /** A command goes out: one that is not the schedule's own is respected until the next switching. */
    onCommand(turn: Turn, { device, command: name, requestedBy, reason }: Command): void {
      if (requestedBy.startsWith('schedule:')) return;
      const on = switching.meaningOf(device, name);
      if (on === null) return;
      const by = { on, by: requestedBy, at: turn.now, reason };
      for (const schedule of concerned.get(device) ?? []) {
        const before = states.get(schedule.id);
        if (!before || !schedule.devices.includes(device)) continue;
        const devices = before.devices.map((one) =>
          one.planned.device === device
            ? apply(turn, schedule, switchedByHand(one, before.state.wanted, by))
            : one,
        );
        keep(turn, before, { ...before, devices });
      }
    },

    onTimer(turn: Turn, what: string, id: string, device: string): void {
      if (what === 'patience') {
        if (id === '') patientSinceStart = 0;
        else patience.delete(id);
        for (const schedule of id === '' ? plans.values() : (concerned.get(id) ?? [])) follow(turn, schedule);
        return;
      }
      const schedule = plans.get(id);
      if (!schedule) return;
      if (what === 'grace') onGrace(turn, schedule, device);
      else {
        const before = states.get(id);
        if (what === 'light' && before) keep(turn, before, turned(before));
        follow(turn, schedule);
      }
    },

    /** As committed. */
    state(id: string): ScheduleState | undefined {
      const kept = states.committed.get(id);
      return kept && publicState(kept);
    },
    snapshot: (): Change[] =>
      [...states.committed].map(([id, kept]) => ({ entity: 'schedule-states', id, data: publicState(kept) })),
  };
}
