import type { DeviceState } from '../../gateway/contract/device-state.ts';
import type { ZoneState } from '../../gateway/contract/zone.ts';

/** How a zone stands. What a blind one would report does not arrive, however it is armed: that comes before everything else. */
export type Standing = 'blind' | 'bypassed' | 'armed' | 'disarmed';

/** Never to be told apart by colour. */
export const standingSigns: Readonly<Record<Standing, string>> = {
  blind: '☒',
  bypassed: '⊘',
  armed: '■',
  disarmed: '□',
};

type Supervised = Pick<DeviceState, 'state'>;

/** Nothing is heard of it: it is lost, delivers nothing that can be used, or has never been heard (then nothing is known of it). */
export function isBlind(device: Supervised | undefined): boolean {
  return device?.state !== 'online';
}

export function standingOf(
  { armed, bypass }: Pick<ZoneState, 'armed' | 'bypass'>,
  device: Supervised | undefined,
): Standing {
  if (isBlind(device)) return 'blind';
  if (bypass !== null) return 'bypassed';
  return armed ? 'armed' : 'disarmed';
}

export interface ZoneCounts {
  armed: number;
  disarmed: number;
  bypassed: number;
  blind: number;
}

/** Each zone once as armed, disarmed or blind; those bypassed are among them. */
export function countZones(
  zones: readonly Pick<ZoneState, 'id' | 'armed' | 'bypass'>[],
  devices: ReadonlyMap<string, Supervised>,
): ZoneCounts {
  const counts = { armed: 0, disarmed: 0, bypassed: 0, blind: 0 };
  for (const { id, armed, bypass } of zones) {
    if (isBlind(devices.get(id))) counts.blind++;
    else if (armed) counts.armed++;
    else counts.disarmed++;
    if (bypass !== null) counts.bypassed++;
  }
  return counts;
}
