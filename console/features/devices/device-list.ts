import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { DeviceState } from '../../../gateway/contract/device-state.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Device } from '../../../gateway/contract/site.ts';

export interface DeviceRow {
  device: Device;
  kind: Kind | undefined;
  areaName: string;
  /** Number of its home. */
  room: string | undefined;
  state: DeviceState['state'];
  /** What supervision says of it, with the reason of its loss. */
  supervised: DeviceState | undefined;
  /** The most urgent open alarm. */
  alarm: Alarm | undefined;
}

export type StateFilter = 'lost' | DeviceState['state'];
export const stateFilters: readonly StateFilter[] = ['lost', 'online', 'offline', 'stale', 'unknown'];

export interface DeviceFilter {
  text: string;
  area: string | null;
  kind: string | null;
  state: StateFilter | null;
  /** Only what is reached over this link. */
  link: string | null;
}

export type SortBy = 'name' | 'kind' | 'area' | 'state' | 'heard';
export interface Sort {
  by: SortBy;
  descending: boolean;
}

/** Names with numbers in them in the order in which people count: 2 before 10. */
const compareNames = new Intl.Collator(['zh-CN', 'en'], { numeric: true }).compare;

function inState(row: DeviceRow, state: StateFilter): boolean {
  return state === 'lost' ? row.state === 'offline' || row.state === 'stale' : row.state === state;
}

/** @param areas the areas that the chosen one stands for: itself and all under it; null: all */
export function passes(row: DeviceRow, filter: DeviceFilter, areas: ReadonlySet<string> | null): boolean {
  const { device, kind, areaName, room } = row;
  if (areas !== null && !areas.has(device.area)) return false;
  if (filter.link !== null && device.link !== filter.link) return false;
  if (filter.kind !== null && kind?.id !== filter.kind) return false;
  if (filter.state !== null && !inState(row, filter.state)) return false;
  const words = filter.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const known = `${device.name} ${device.id} ${areaName} ${room ?? ''} ${kind?.label.zh ?? ''} ${kind?.label.en ?? ''}`;
  const shown = known.toLocaleLowerCase();
  return words.every((word) => shown.includes(word));
}

/** What needs looking at comes first. */
const stateRank: Record<DeviceState['state'], number> = { offline: 0, stale: 1, unknown: 2, online: 3 };

/** @param heardAt when something was last heard of a device, UTC ms; undefined: never */
export function sortRows(
  rows: readonly DeviceRow[],
  { by, descending }: Sort,
  language: 'zh' | 'en',
  heardAt: (row: DeviceRow) => number | undefined,
): DeviceRow[] {
  const kindName = ({ kind }: DeviceRow) => kind?.label[language] ?? '';
  const compare = (a: DeviceRow, b: DeviceRow): number => {
    switch (by) {
      case 'name':
        return 0;
      case 'kind':
        return compareNames(kindName(a), kindName(b));
      case 'area':
        return compareNames(a.areaName, b.areaName);
      case 'state':
        return stateRank[a.state] - stateRank[b.state];
      case 'heard':
        return (heardAt(b) ?? 0) - (heardAt(a) ?? 0);
    }
  };
  const sign = descending ? -1 : 1;
  const byName = (a: DeviceRow, b: DeviceRow) =>
    compareNames(a.device.name, b.device.name) || (a.device.id < b.device.id ? -1 : 1);
  return rows.toSorted((a, b) => sign * (compare(a, b) || byName(a, b)));
}

/** The filter as it stands in the address. */
export function filterFrom(query: URLSearchParams): Omit<DeviceFilter, 'text'> {
  const state = query.get('state');
  return {
    area: query.get('area'),
    kind: query.get('kind'),
    link: query.get('link'),
    state: stateFilters.find((each) => each === state) ?? null,
  };
}

export function filterQuery(filter: Omit<DeviceFilter, 'text'>): string {
  const query = new URLSearchParams();
  if (filter.area !== null) query.set('area', filter.area);
  if (filter.kind !== null) query.set('kind', filter.kind);
  if (filter.state !== null) query.set('state', filter.state);
  if (filter.link !== null) query.set('link', filter.link);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
