import type { Area } from '../../../gateway/contract/site.ts';

/** A place on a plan, in the plan's own units, origin at the top left. */
export type Spot = readonly [x: number, y: number];

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** An area that has a drawing of its own. */
export type Sheet = Area & { plan: NonNullable<Area['plan']> };

function isSheet(area: Area): area is Sheet {
  return area.plan !== undefined;
}

/** The area itself and those above it; a ring in the tree ends where it closes. */
function* upwards(areas: ReadonlyMap<string, Area>, id: string | undefined): Generator<Area> {
  const seen = new Set<string>();
  let area = id === undefined ? undefined : areas.get(id);
  while (area !== undefined && !seen.has(area.id)) {
    seen.add(area.id);
    yield area;
    area = area.parent === undefined ? undefined : areas.get(area.parent);
  }
}

/** The plan on which what stands in an area is drawn: its own, or that of the nearest area above that has one. */
export function sheetOf(areas: ReadonlyMap<string, Area>, id: string): Sheet | undefined {
  for (const area of upwards(areas, id)) if (isSheet(area)) return area;
  return undefined;
}

/** The plan on which the outline of an area is drawn: that of the nearest area above it. */
export function outlineSheetOf(areas: ReadonlyMap<string, Area>, id: string): Sheet | undefined {
  const parent = areas.get(id)?.parent;
  return parent === undefined ? undefined : sheetOf(areas, parent);
}

/** The nearest area, the given one or above, whose outline stands on this plan. */
export function outlinedOn(areas: ReadonlyMap<string, Area>, sheet: string, id: string): Area | undefined {
  for (const area of upwards(areas, id)) {
    if (area.id === sheet) return undefined;
    if (area.outline !== undefined && outlineSheetOf(areas, area.id)?.id === sheet) return area;
  }
  return undefined;
}

/** All plans, the whole site before its parts. */
export function sheetsOf(areas: ReadonlyMap<string, Area>): Sheet[] {
  const depth = (area: Area) => [...upwards(areas, area.id)].length;
  return [...areas.values()]
    .filter(isSheet)
    .sort((a, b) => depth(a) - depth(b) || a.name.localeCompare(b.name, 'zh-CN', { numeric: true }));
}

/** A shape that ends where it begins is a surface, any other is a line. */
export function isSurface(shape: readonly Spot[]): boolean {
  const first = shape[0];
  const last = shape.at(-1);
  return shape.length > 3 && first?.[0] === last?.[0] && first?.[1] === last?.[1];
}

/** SVG path data. */
export function pathOf(shape: readonly Spot[], closed: boolean): string {
  return `M${shape.map(([x, y]) => `${x} ${y}`).join('L')}${closed ? 'Z' : ''}`;
}

export function boxOf(shape: readonly Spot[]): Box {
  const xs = shape.map(([x]) => x);
  const ys = shape.map(([, y]) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/** The middle of the box around a shape. */
export function middleOf(shape: readonly Spot[]): Spot {
  const { left, top, right, bottom } = boxOf(shape);
  return [(left + right) / 2, (top + bottom) / 2];
}

/** The place on a line after this share (0 … 1) of its length. */
export function spotAlong(line: readonly Spot[], share: number): Spot {
  const lengths = line.slice(1).map((spot, i) => distance(line[i] ?? spot, spot));
  let rest = lengths.reduce((sum, length) => sum + length, 0) * share;
  for (const [i, length] of lengths.entries()) {
    const from = line[i];
    const to = line[i + 1];
    if (from === undefined || to === undefined) break;
    if (rest <= length && length > 0) {
      const part = rest / length;
      return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
    }
    rest -= length;
  }
  return line.at(-1) ?? [0, 0];
}

export function distance(a: Spot, b: Spot): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1]);
}

/** A box with so much room around it on every side. */
export function widen(box: Box, by: number): Box {
  return { left: box.left - by, top: box.top - by, right: box.right + by, bottom: box.bottom + by };
}

export type Direction = 'up' | 'down' | 'left' | 'right';

const heading: Record<Direction, Spot> = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] };

/**
 * The item that an arrow key leads to: the nearest one that lies in that direction, where what lies aside counts as farther away.
 * Several on the same spot follow each other in their own order. Undefined: there is nothing that way.
 */
export function neighbour<T extends { at: Spot }>(
  items: readonly T[],
  from: T,
  direction: Direction,
): T | undefined {
  const [dx, dy] = heading[direction];
  const forward = direction === 'down' || direction === 'right';
  const here = items.indexOf(from);
  let best: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, item] of items.entries()) {
    if (item === from) continue;
    const along = (item.at[0] - from.at[0]) * dx + (item.at[1] - from.at[1]) * dy;
    const aside = Math.abs((item.at[0] - from.at[0]) * dy) + Math.abs((item.at[1] - from.at[1]) * dx);
    const together = along === 0 && aside === 0;
    if (together ? index > here !== forward : along <= 0 || aside > along * 2) continue;
    const cost = together ? Math.abs(index - here) / items.length - 1 : along + aside * 2;
    if (cost >= least) continue;
    least = cost;
    best = item;
  }
  return best;
}
