import type { Kind } from '../../../gateway/contract/kind.ts';
import type { PointValue } from '../../../gateway/contract/reading.ts';

/** The parts of the plant, in the order in which the screen shows them. */
export const systems = ['water', 'power', 'light', 'rooms', 'transport'] as const;
export type System = (typeof systems)[number];

/** The newest good value of a point; undefined or null: nobody knows. */
export type Read = (point: string) => PointValue | undefined;

/** How a machine is, in one word; each has its word under `state.` in this feature. */
export type StateWord =
  | 'running'
  | 'stopped'
  | 'onLoad'
  | 'standby'
  | 'inUse'
  | 'isolated'
  | 'pumping'
  | 'resting'
  | 'present'
  | 'absent'
  | 'onMains'
  | 'onBattery'
  | 'onBypass'
  | 'lit'
  | 'dark'
  | 'dry'
  | 'wet'
  | 'recalled'
  | 'inService'
  | 'outOfService'
  | 'open'
  | 'closed';

/** A yes-or-no point that is told only while it reads this; `word` where its own label would say the contrary. */
export interface Flag {
  point: string;
  when: boolean;
  word?: 'notAuto' | 'local' | 'breakerOpen' | 'noPower';
}

/** What the screen shows of a kind. */
export interface Face {
  system: System;
  /** Place within its system. */
  rank: number;
  /** Null: nobody knows; without it the kind has no state, only values. */
  state?: (read: Read) => StateWord | null;
  /** Figures beside the picture, the most telling first; those that are not wired are left out. */
  values: readonly string[];
  flags: readonly Flag[];
}

const fault: Flag = { point: 'fault', when: true };

/** One of two words by a yes-or-no point. */
function either(point: string, yes: StateWord, no: StateWord) {
  return (read: Read): StateWord | null => {
    const value = read(point);
    return typeof value === 'boolean' ? (value ? yes : no) : null;
  };
}

const faces: Readonly<Record<string, Face>> = {
  tank: {
    system: 'water',
    rank: 0,
    // Nobody has ever taken it out of use: then it is in use.
    state: (read) => (read('isolated') === true ? 'isolated' : 'inUse'),
    values: ['level'],
    flags: [{ point: 'overflow', when: true }],
  },
  sump: {
    system: 'water',
    rank: 1,
    state: either('pumpRunning', 'pumping', 'resting'),
    values: ['level'],
    flags: [
      { point: 'high', when: true },
      { point: 'pumpFault', when: true },
    ],
  },
  pump: {
    system: 'water',
    rank: 2,
    state: either('running', 'running', 'stopped'),
    values: ['current', 'pressure'],
    flags: [fault, { point: 'dryRun', when: true }, { point: 'remote', when: false, word: 'local' }],
  },
  'water-feature': {
    system: 'water',
    rank: 3,
    state: either('running', 'running', 'stopped'),
    values: ['level'],
    flags: [fault, { point: 'levelLow', when: true }, { point: 'remote', when: false, word: 'local' }],
  },
  'pressure-sensor': { system: 'water', rank: 4, values: ['pressure'], flags: [] },
  'mains-supply': {
    system: 'power',
    rank: 0,
    state: either('present', 'present', 'absent'),
    values: ['voltageL1', 'voltageL2', 'voltageL3'],
    flags: [{ point: 'breakerClosed', when: false, word: 'breakerOpen' }],
  },
  generator: {
    system: 'power',
    rank: 1,
    state: (read) => {
      const running = read('running');
      if (running === false) return read('auto') === true ? 'standby' : 'stopped';
      if (running !== true) return null;
      return read('onLoad') === true ? 'onLoad' : 'running';
    },
    values: ['fuelLevel', 'power', 'batteryVoltage'],
    flags: [fault, { point: 'auto', when: false, word: 'notAuto' }],
  },
  ups: {
    system: 'power',
    rank: 2,
    state: (read) => {
      if (read('bypass') === true) return 'onBypass';
      const battery = read('onBattery');
      if (typeof battery === 'boolean') return battery ? 'onBattery' : 'onMains';
      return read('onMains') === true ? 'onMains' : null;
    },
    values: ['charge', 'load', 'runtimeMin'],
    flags: [fault, { point: 'batteryLow', when: true }],
  },
  'light-circuit': {
    system: 'light',
    rank: 1,
    state: either('on', 'lit', 'dark'),
    values: ['current'],
    flags: [fault],
  },
  'light-sensor': { system: 'light', rank: 0, values: ['illuminance'], flags: [] },
  'temperature-sensor': { system: 'rooms', rank: 0, values: ['temperature', 'humidity'], flags: [] },
  'water-sensor': {
    system: 'rooms',
    rank: 1,
    state: either('wet', 'wet', 'dry'),
    values: ['battery'],
    flags: [],
  },
  lift: {
    system: 'transport',
    rank: 0,
    state: (read) => {
      if (read('recalled') === true) return 'recalled';
      if (read('inService') === false) return 'outOfService';
      return read('recalled') === false || read('inService') === true ? 'inService' : null;
    },
    values: [],
    flags: [fault],
  },
  'parking-barrier': {
    system: 'transport',
    rank: 1,
    state: either('open', 'open', 'closed'),
    values: [],
    flags: [fault, { point: 'powered', when: false, word: 'noPower' }],
  },
};

/** Where a kind that has no face of its own belongs, by its category. */
const systemOf: Readonly<Partial<Record<Kind['category'], System>>> = {
  water: 'water',
  power: 'power',
  lighting: 'light',
  lift: 'transport',
};

/** @returns undefined for what is no part of the plant: doors, cameras, meters, homes */
export function faceOf(kind: Kind | undefined): Face | undefined {
  if (kind === undefined) return undefined;
  const known = faces[kind.id];
  if (known !== undefined) return known;
  const system = systemOf[kind.category];
  if (system === undefined) return undefined;
  const points = Object.entries(kind.points);
  return {
    system,
    rank: 9,
    ...('running' in kind.points ? { state: either('running', 'running', 'stopped') } : {}),
    values: points.flatMap(([point, { type }]) => (type === 'number' ? [point] : [])).slice(0, 3),
    flags: 'fault' in kind.points ? [fault] : [],
  };
}
