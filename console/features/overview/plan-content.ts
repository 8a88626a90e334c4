import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Area, Checkpoint, Device } from '../../../gateway/contract/site.ts';
import {
  type Box,
  boxOf,
  outlinedOn,
  outlineSheetOf,
  type Sheet,
  type Spot,
  sheetOf,
  spotAlong,
  widen,
} from '../../components/plan/geometry.ts';

/** A device with a place of its own on a plan. */
export interface PlacedDevice {
  device: Device;
  kind: Kind | undefined;
  /** Where its mark stands. */
  at: Spot;
  /** Of a zone: a line, or a surface when it ends where it begins. */
  shape: readonly Spot[] | undefined;
}

/** The mark of a zone leaves the middle of its line to what hangs there: a lamp, a camera. */
const markShare = 0.3;

/** The devices drawn on a plan: zones first, so that what has a single place lies on top. */
export function placedOn(
  sheet: string,
  areas: ReadonlyMap<string, Area>,
  devices: Iterable<Device>,
  kindOf: (type: string) => Kind | undefined,
): PlacedDevice[] {
  const zones: PlacedDevice[] = [];
  const others: PlacedDevice[] = [];
  for (const device of devices) {
    const { position, shape } = device;
    if ((position === undefined && shape === undefined) || sheetOf(areas, device.area)?.id !== sheet)
      continue;
    const kind = kindOf(device.type);
    if (shape !== undefined) zones.push({ device, kind, at: position ?? spotAlong(shape, markShare), shape });
    else if (position !== undefined) others.push({ device, kind, at: position, shape: undefined });
  }
  return [...zones, ...others];
}

/** What stands for an alarm on a plan: the thing itself, or the outline of the area that it is in. */
export type MarkPlace = { device: string } | { checkpoint: string } | { area: string };

/** A device, a checkpoint and an area may have the same key. */
export function placeKey(place: MarkPlace): string {
  return Object.entries(place).join();
}

/**
 * Where an alarm shows on a plan: at its device, or at the checkpoint that it is about, or, when it has no place of its own (a
 * home's panel, a module in a cabinet), at the outline of its area. Undefined: not on this plan.
 */
export function markedAt(
  sheet: string,
  areas: ReadonlyMap<string, Area>,
  placed: ReadonlySet<string>,
  checkpoints: ReadonlyMap<string, Checkpoint>,
  alarm: Pick<Alarm, 'device' | 'area' | 'category' | 'instance'>,
): MarkPlace | undefined {
  if (placed.has(alarm.device)) return { device: alarm.device };
  const checkpoint = alarm.category === 'patrol' ? checkpoints.get(alarm.instance ?? '') : undefined;
  if (checkpoint?.position !== undefined && sheetOf(areas, checkpoint.area)?.id === sheet)
    return { checkpoint: checkpoint.id };
  const outlined = outlinedOn(areas, sheet, alarm.area);
  return outlined === undefined ? undefined : { area: outlined.id };
}

/** What the address asks to see: a device, an area, or nothing in particular. */
export interface Wanted {
  device: string | null;
  area: string | null;
}

export interface Focus {
  sheet: Sheet;
  /** What to bring into view; null: all of it. */
  box: Box | null;
}

/** How much around a thing is shown with it, in shares of the plan's longer side. */
const surroundings = 0.08;

/** A thing with what stands around it, cut off where the sheet ends. */
function around(sheet: Sheet, shape: readonly Spot[]): Box {
  const { width, height } = sheet.plan;
  const by = Math.max(width, height) * surroundings;
  const { left, top, right, bottom } = widen(boxOf(shape), by);
  const edge = by / 4;
  return {
    left: Math.max(left, -edge),
    top: Math.max(top, -edge),
    right: Math.min(right, width + edge),
    bottom: Math.min(bottom, height + edge),
  };
}

/** On which plan, and where on it, something is found. */
export function findOnPlan(
  wanted: Wanted,
  areas: ReadonlyMap<string, Area>,
  devices: ReadonlyMap<string, Device>,
  checkpoints: ReadonlyMap<string, Checkpoint>,
): Focus | undefined {
  const { device: id } = wanted;
  const thing = id === null ? undefined : (devices.get(id) ?? checkpoints.get(id));
  if (thing !== undefined) {
    const sheet = sheetOf(areas, thing.area);
    const shape = 'shape' in thing ? thing.shape : undefined;
    const { position } = thing;
    if (sheet !== undefined && shape !== undefined) return { sheet, box: around(sheet, shape) };
    if (sheet !== undefined && position !== undefined) return { sheet, box: around(sheet, [position]) };
    return findArea(thing.area, areas);
  }
  return wanted.area === null ? undefined : findArea(wanted.area, areas);
}

function findArea(id: string, areas: ReadonlyMap<string, Area>): Focus | undefined {
  const own = areas.get(id);
  if (own?.plan !== undefined) return { sheet: { ...own, plan: own.plan }, box: null };
  const sheet = outlineSheetOf(areas, id);
  if (sheet === undefined) return undefined;
  const outline = outlinedOn(areas, sheet.id, id)?.outline;
  return { sheet, box: outline === undefined ? null : around(sheet, outline) };
}

/** The middle of a name, from its mark, CSS px. */
export interface LabelPlace {
  dx: number;
  dy: number;
  /** Written upwards. */
  turned: boolean;
}

/** Clear of the rays of a lamp on the wall that is lit. */
const asidePx = 19;

/**
 * Where the name of a zone is written: beside its mark, along its line, so that it does not lie across what stands near the wall;
 * and on the side of the middle of the plan, so that it stays on the sheet.
 */
export function labelPlace(sheet: Sheet, shape: readonly Spot[], at: Spot): LabelPlace {
  const { left, top, right, bottom } = boxOf(shape);
  const { width, height } = sheet.plan;
  if (right - left >= bottom - top)
    return { dx: 0, dy: at[1] < height / 2 ? asidePx : -asidePx, turned: false };
  return { dx: at[0] < width / 2 ? asidePx : -asidePx, dy: 0, turned: true };
}
