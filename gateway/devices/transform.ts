import type { Transform } from '../contract/device-type.ts';
import type { PointValue } from '../contract/reading.ts';

/** The raw value as the point's value, or why there is none. */
export type Transformed = { value: unknown } | { refused: string };
export type CompiledTransform = (raw: unknown) => Transformed;

/** 1127 × 0.1 as 112.7 and not 112.70000000000002. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/**
 * map | invert | scale, offset — in this order, as the contract says.
 * @returns null when there is nothing to do
 */
export function compileTransform(transform: Transform): CompiledTransform | null {
  const { map, invert = false, scale = 1, offset = 0 } = transform;
  if (map) {
    const words = new Map<string, PointValue>(Object.entries(map));
    return (raw) => {
      const value = words.get(String(raw));
      return value === undefined
        ? { refused: `${JSON.stringify(raw)} is not in its map (${[...words.keys()].join(', ')})` }
        : { value };
    };
  }
  if (invert)
    return (raw) =>
      typeof raw === 'boolean'
        ? { value: !raw }
        : { refused: `${JSON.stringify(raw)} cannot be inverted: it is not true or false` };
  if (scale !== 1 || offset !== 0)
    return (raw) =>
      typeof raw === 'number'
        ? { value: Number.isFinite(raw) ? rounded(raw * scale + offset) : raw }
        : { refused: `${JSON.stringify(raw)} cannot be scaled: it is not a number` };
  return null;
}
