import type { PlannedDevice, ScheduleState } from '../contract/plant.ts';
import type { Schedule } from '../contract/site.ts';

/** A sensor that tells nothing for so long counts as dark: lamps that burn by day harm less than a dark path. */
const unknownLightMs = 600_000;
/** A clock that was set back by more than this had been wrong: the plan begins anew from what it shows now. */
const longestStepBackMs = 2 * 3_600_000;

/** How far the difference between a device and its plan has gone: its grace runs, ran out unseen, or it is an alarm. */
export type Watch = 'grace' | 'overdue' | 'raised' | null;

export interface KeptDevice {
  planned: PlannedDevice;
  watch: Watch;
}

/** The light level is about to be taken for dark or bright, when its delay has passed. */
export interface Turning {
  dark: boolean;
  why: 'level' | 'unknown';
}

export interface KeptSchedule {
  state: Omit<ScheduleState, 'devices'>;
  devices: readonly KeptDevice[];
  turning: Turning | null;
  /** Up to which moment the clock's word has been followed: a clock that is set back repeats nothing. UTC ms. */
  judgedTo: number;
}

export const newSchedule = (id: string): KeptSchedule => ({
  state: { id, wanted: null, since: null, nextAt: null, dark: null },
  devices: [],
  turning: null,
  judgedTo: 0,
});

/** The moment to ask the plan about: never before the last one. */
export function planTime({ judgedTo }: KeptSchedule, now: number): number {
  return judgedTo - now > longestStepBackMs ? now : Math.max(now, judgedTo);
}

/** Takes the schedule's devices as they are listed now; a new one is owed what the plan wants. */
export function followDevices(kept: KeptSchedule, ids: readonly string[]): KeptSchedule {
  const known = new Map(kept.devices.map((device) => [device.planned.device, device]));
  if (ids.length === known.size && ids.every((id) => known.has(id))) return kept;
  const devices = ids.map(
    (device): KeptDevice =>
      known.get(device) ?? {
        planned: { device, on: null, owed: kept.state.wanted !== null, override: null, againstSince: null },
        watch: null,
      },
  );
  return { ...kept, devices };
}

/**
 * What the plan wants as of `at`: a change is a switching, which is owed to every device and ends what was done by hand.
 * @param wanted null: the schedule rests
 */
export function want(kept: KeptSchedule, wanted: boolean | null, at: number): KeptSchedule {
  if (wanted === kept.state.wanted) return kept;
  return {
    ...kept,
    state: { ...kept.state, wanted, since: at },
    devices: kept.devices.map(({ planned, watch }) => ({
      planned: { ...planned, owed: wanted !== null, override: null },
      watch,
    })),
  };
}

/**
 * A new light level; null: nobody knows.
 * @returns with the delay after which `turned` is called, null to stop waiting, undefined to wait on as before
 */
export function seeLight(
  kept: KeptSchedule,
  lux: number | null,
  light: NonNullable<Schedule['light']>,
): { kept: KeptSchedule; delayMs: number | null | undefined } {
  const { dark } = kept.state;
  let turning: Turning | null = null;
  if (lux === null) turning = dark === true ? null : { dark: true, why: 'unknown' };
  else if (dark === null)
    // The first level that is ever seen counts at once.
    return {
      kept: { ...kept, turning: null, state: { ...kept.state, dark: lux < light.onBelowLx } },
      delayMs: null,
    };
  else if (lux < light.onBelowLx && !dark) turning = { dark: true, why: 'level' };
  else if (lux > light.offAboveLx && dark) turning = { dark: false, why: 'level' };
  const before = kept.turning;
  if (before?.dark === turning?.dark && before?.why === turning?.why) return { kept, delayMs: undefined };
  if (turning === null) return { kept: { ...kept, turning }, delayMs: null };
  return {
    kept: { ...kept, turning },
    delayMs: turning.why === 'unknown' ? unknownLightMs : light.delayS * 1_000,
  };
}

/** The delay of the light level has passed. */
export function turned(kept: KeptSchedule): KeptSchedule {
  const { turning, state } = kept;
  return turning ? { ...kept, turning: null, state: { ...state, dark: turning.dark } } : kept;
}

/** How a device stands at a moment. */
export interface Standing {
  /** null: nobody knows. */
  on: boolean | null;
  reachable: boolean;
  /** Switching it as planned would be refused now. */
  held: boolean;
  /** Shortly after a start: what it is will soon be known, so it is not switched on a guess. */
  patient: boolean;
}

export interface DeviceStep {
  device: KeptDevice;
  /** The plan's command goes out now, once. */
  command: boolean;
  /** The grace begins (true) or ends (false). */
  grace?: boolean;
  /** The difference becomes an alarm, or is over. */
  finding?: boolean;
}

/** Brings a device towards its plan, and judges whether it is there. */
export function judgeDevice(
  { planned, watch }: KeptDevice,
  wanted: boolean | null,
  standing: Standing,
  now: number,
): DeviceStep {
  const { on, reachable, held, patient } = standing;
  const next: PlannedDevice = { ...planned, on };
  const met = on === wanted;
  let command = false;
  if (next.owed && wanted !== null) {
    if (met) next.owed = false;
    else if (reachable && !held && !(on === null && patient)) {
      next.owed = false;
      command = true;
    }
  }
  const excused = wanted === null || next.override !== null || next.owed || held;
  if (met || excused) return { ...leaveWatch(next, watch), command };
  if (on === null) return { device: { planned: next, watch }, command };
  if (watch === null)
    return { device: { planned: { ...next, againstSince: now }, watch: 'grace' }, command, grace: true };
  if (watch === 'overdue') return { device: { planned: next, watch: 'raised' }, command, finding: true };
  return { device: { planned: next, watch }, command };
}

function leaveWatch(planned: PlannedDevice, watch: Watch): Omit<DeviceStep, 'command'> {
  const device: KeptDevice = { planned: { ...planned, againstSince: null }, watch: null };
  if (watch === null) return { device };
  return watch === 'raised' ? { device, finding: false } : { device, grace: false };
}

/** The grace has run out. */
export function endGrace(device: KeptDevice): DeviceStep {
  if (device.watch !== 'grace') return { device, command: false };
  const unknown = device.planned.on === null;
  return {
    device: { ...device, watch: unknown ? 'overdue' : 'raised' },
    command: false,
    ...(unknown ? {} : { finding: true }),
  };
}

/** Somebody else than the schedule has switched it: respected until the next switching, and over when it is what is planned. */
export function switchedByHand(
  { planned, watch }: KeptDevice,
  wanted: boolean | null,
  by: NonNullable<PlannedDevice['override']>,
): DeviceStep {
  const override = wanted === null || by.on === wanted ? null : by;
  return { ...leaveWatch({ ...planned, owed: false, override }, watch), command: false };
}
