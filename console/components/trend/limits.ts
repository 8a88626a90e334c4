import type { AlarmDefinition } from '../../../gateway/contract/alarm.ts';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Label } from '../../../gateway/contract/names.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { settingOf } from '../../app/device-settings.ts';

/** A line in the trend of a point, beyond which an alarm is raised. */
export interface LimitLine {
  value: number;
  side: 'above' | 'below';
  title: Label;
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
      // What counts only while something else is so is no line to stay beneath.
      if (on.while !== undefined) return [];
      // `$highM` names a setting; a limit may also be a bare number.
      const value =
        typeof on.limit === 'number' ? on.limit : settingOf(device, kind, type, on.limit.slice(1));
      return value === undefined ? [] : [{ value, side: on.rule, title }];
    })
    .sort((a, b) => a.value - b.value);
}
