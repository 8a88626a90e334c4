import type { AlarmDefinition, Finding } from '../contract/alarm.ts';
import type { Command } from '../contract/command.ts';
import type { Kind } from '../contract/kind.ts';
import type { Label } from '../contract/names.ts';
import type { PointValue } from '../contract/reading.ts';
import type { Device } from '../contract/site.ts';
import type { Turn } from '../store/turn.ts';

// What the plant needs of other rooms; gateway.ts hands it in.

/** What the plant needs to know of a device. */
export interface PlantDevice {
  readonly device: Device;
  readonly kind: Kind;
  readonly alarms: Readonly<Record<string, AlarmDefinition>>;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
}

/** Something found by watching over time; the alarms room raises it, or gives it back. */
export interface FoundAtDevice {
  device: string;
  finding: Finding;
  instance?: string;
  active: boolean;
  detail?: Label;
  limit?: number;
  unit?: string;
}

/** The ordinary way to command a device. */
export interface PlantCommands {
  /** @throws Fault when it is not taken */
  request(
    turn: Turn,
    command: { device: string; command: string; reason: string; by: string; alarm?: string },
  ): Command;
  /** The reading that proves a command: `device.point` and its value. */
  proofOf(device: string, command: string): { key: string; value: PointValue } | null | undefined;
  /** Why the device would refuse the command now; null when it would take it. */
  refusalOf(device: string, command: string): string | null;
}

/** Values as they are known now: of good quality, from a device that is in reach; null: nobody knows. */
export interface Signals {
  value(key: string): PointValue;
  bool(device: string, point: string): boolean | null;
  number(device: string, point: string): number | null;
}
