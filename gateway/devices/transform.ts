import type { Bands } from '../contract/bands.ts';
import type { Transform } from '../contract/device-type.ts';
import type { PointValue } from '../contract/reading.ts';

/** The raw value as the point's value, or why there is none. */
export type Transformed = { value: unknown } | { refused: string };
export type CompiledTransform = (raw: unknown) => Transformed;

/** 1127 × 0.1 as 112.7 and not 112.70000000000002. */
export function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

const spelled = /^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/;

function numberOf(raw: unknown): Transformed {
  if (typeof raw !== 'string') return { value: raw };
  return spelled.test(raw)
    ? { value: Number(raw) }
    : { refused: `${JSON.stringify(raw.slice(0, 40))} spells no number` };
}

function summed(raw: unknown): Transformed {
  if (!Array.isArray(raw)) return { value: raw };
  let sum = 0;
  for (const item of raw) {
    if (typeof item !== 'number') return { refused: 'the list has no sum: not all of it are numbers' };
    sum += item;
  }
  return { value: rounded(sum) };
}

/**
 * number | sum, then map | invert | scale, offset, then bands — in this order, as the contract says.
 * @returns null when there is nothing to do
 */
export function compileTransform(transform: Transform): CompiledTransform | null {
  const before = transform.number ? numberOf : transform.sum ? summed : null;
  const bands = transform.bands ? compileBands(transform.bands, transform.otherwise) : null;
  return inTurn(inTurn(before, compileScalar(transform)), bands);
}

function inTurn(first: CompiledTransform | null, second: CompiledTransform | null): CompiledTransform | null {
  if (!first || !second) return first ?? second;
  return (raw) => {
    const made = first(raw);
    return 'refused' in made ? made : second(made.value);
  };
}

function compileBands(bands: Bands, otherwise: string | undefined): CompiledTransform {
  const spans = Object.entries(bands);
  const words = spans.map(([word, [from, to]]) => `${word} ${from} … ${to}`).join(', ');
  return (raw) => {
    if (typeof raw !== 'number' || Number.isNaN(raw))
      return { refused: `${JSON.stringify(raw)} has no band: it is not a number` };
    const band = spans.find(([, [from, to]]) => raw >= from && raw <= to);
    const word = band?.[0] ?? otherwise;
    return word !== undefined ? { value: word } : { refused: `${raw} lies in none of its bands (${words})` };
  };
}

function compileScalar(transform: Transform): CompiledTransform | null {
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
