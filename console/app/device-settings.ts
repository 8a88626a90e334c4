import type { DeviceType } from '../../gateway/contract/device-type.ts';
import type { Kind } from '../../gateway/contract/kind.ts';
import type { Device } from '../../gateway/contract/site.ts';

/** What an installed device is set to in a number, else what its type, else what its kind has for it; undefined: none of them. */
export function settingOf(
  device: Device,
  kind: Kind,
  type: DeviceType | undefined,
  name: string,
): number | undefined {
  const value = device.settings?.[name] ?? type?.settings[name]?.default ?? kind.settings[name]?.default;
  return typeof value === 'number' ? value : undefined;
}
