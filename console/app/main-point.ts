import type { Kind, PointDefinition } from '../../gateway/contract/kind.ts';

/** A kind of bare channels has no value that stands for the whole. */
const mostForOne = 16;

/** The point that stands for a device in one line: the first of its kind, where a kind lists what matters most first. */
export function mainPointOf(
  kind: Kind | undefined,
): { point: string; definition: PointDefinition } | undefined {
  if (kind === undefined) return undefined;
  const points = Object.entries(kind.points);
  const first = points.length > mostForOne ? undefined : points[0];
  return first === undefined ? undefined : { point: first[0], definition: first[1] };
}
