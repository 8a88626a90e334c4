import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { PointValue } from '../../../gateway/contract/reading.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { settingOf } from '../../app/device-settings.ts';

/** What a small picture of a device shows of it. */
export interface Picture {
  /** Whether it runs, is lit, stands open; null: it has no such state, or nobody knows. */
  on: boolean | null;
  /** How full it is, 0 … 1; null: it holds nothing, or nobody knows. */
  fill: number | null;
}

/** The point that tells whether a device is on; the first that its kind has. */
const onPoints = ['running', 'on', 'opened', 'pumpRunning', 'wet', 'tripped', 'armed'] as const;
/** The settings that tell what is full, the highest first. */
const fullSettings = ['overflowM', 'highM'] as const;

export function onPointOf(kind: Kind | undefined): string | undefined {
  return kind === undefined ? undefined : onPoints.find((point) => point in kind.points);
}

/** The level that counts as full, in the unit of the point. */
export function fullLevelOf(device: Device, kind: Kind, type: DeviceType | undefined): number | undefined {
  for (const name of fullSettings) {
    const value = settingOf(device, kind, type, name);
    if (value !== undefined && value > 0) return value;
  }
  return kind.points.level?.max;
}

/** @param read the newest value of a point; undefined or null: not known, or of bad quality */
export function pictureOf(
  device: Device,
  kind: Kind | undefined,
  type: DeviceType | undefined,
  read: (point: string) => PointValue | undefined,
): Picture {
  const point = onPointOf(kind);
  const on = point === undefined ? undefined : read(point);
  const level = kind?.points.level === undefined ? undefined : read('level');
  const full = kind && fullLevelOf(device, kind, type);
  return {
    on: typeof on === 'boolean' ? on : null,
    fill: typeof level === 'number' && full !== undefined ? Math.min(1, Math.max(0, level / full)) : null,
  };
}
