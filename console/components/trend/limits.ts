import type { AlarmDefinition } from '../../../gateway/contract/alarm.ts';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Label } from '../../../gateway/contract/names.ts';
import type { Device } from '../../../gateway/contract/site.ts';

/** A line in the trend of a point, beyond which an alarm is raised. */
export interface LimitLine {
  value: number;
  side: 'above' | 'below';
  title: Label;
}

/** `$highM` is what the device is set to, else what its type or kind has it; a limit may also be a bare number. */
function resolve(
  limit: number | string,
  device: Device,
  kind: Kind,
  type: DeviceType | undefined,
): number | undefined {
  if (typeof limit === 'number') return limit;
  const name = limit.slice(1);
  const value = device.settings?.[name] ?? type?.settings[name]?.default ?? kind.settings[name]?.default;
  return typeof value === 'number' ? value : undefined;
}

/** The alarm limits of a point as installed, from the lowest up; a type's definitions stand over those of its kind. */
export function limitLines(
  device: Device,
  kind: Kind,
  type: DeviceType | undefined,
  point: string,
): LimitLine[] {
  const definitions: Record<string, AlarmDefinition> = { ...kind.alarms, ...type?.alarms };
  return Object.values(definitions)
    .flatMap(({ on, title }): LimitLine[] => {
      if ((on.rule !== 'above' && on.rule !== 'below') || on.point !== point) return [];
      const value = resolve(on.limit, device, kind, type);
      return value === undefined ? [] : [{ value, side: on.rule, title }];
    })
    .sort((a, b) => a.value - b.value);
}
