import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { DeviceState } from '../../../gateway/contract/device-state.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { ZoneState } from '../../../gateway/contract/zone.ts';
import { isBlind } from '../../app/zone-standing.ts';

export interface ZoneRow {
  zone: ZoneState;
  kind: Kind | undefined;
  /** What supervision says of its device. */
  state: DeviceState | undefined;
  name: string;
  area: string;
  areaName: string;
  /** A 24-hour zone: neither disarmed nor bypassed. */
  alwaysArmed: boolean;
  /** Armed and disarmed at its panel, which reports it. */
  followsPanel: boolean;
  /** The first open alarm of the device in the operator's order: one that is put aside only when there is no other. */
  alarm: Alarm | undefined;
}

export type Show = 'all' | 'disarmed' | 'bypassed' | 'blind';

export interface ZoneGroup {
  area: string;
  areaName: string;
  rows: ZoneRow[];
}

/** Names with numbers in them in the order in which people count: 2 before 10. */
const byName = new Intl.Collator(['zh-CN', 'en'], { numeric: true }).compare;

/** Zones that are shown, by area: first the areas with zones that are armed from here, then by name. */
export function groupZones(rows: readonly ZoneRow[], text: string, show: Show): ZoneGroup[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, ZoneGroup>();
  for (const row of rows) {
    if (show === 'disarmed' && row.zone.armed) continue;
    if (show === 'bypassed' && row.zone.bypass === null) continue;
    if (show === 'blind' && !isBlind(row.state)) continue;
    const known = `${row.name} ${row.areaName} ${row.zone.id}`.toLocaleLowerCase();
    if (!words.every((word) => known.includes(word))) continue;
    const group = groups.get(row.area) ?? { area: row.area, areaName: row.areaName, rows: [] };
    group.rows.push(row);
    groups.set(row.area, group);
  }
  for (const group of groups.values()) group.rows.sort((a, b) => byName(a.name, b.name));
  const armedHere = (group: ZoneGroup) => group.rows.some((row) => !row.alwaysArmed && !row.followsPanel);
  return [...groups.values()].sort(
    (a, b) => Number(armedHere(b)) - Number(armedHere(a)) || byName(a.areaName, b.areaName),
  );
}
