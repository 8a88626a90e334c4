/** Units that points and settings may carry, so that one quantity is never spelled in two ways. */
export const units: ReadonlySet<string> = new Set([
  'm',
  'cm',
  'mm',
  'm³',
  'm³/h',
  'L',
  'L/s',
  'kPa',
  'bar',
  'MPa',
  '°C',
  '%',
  'V',
  'A',
  'W',
  'kW',
  'kVA',
  'kvar',
  'kWh',
  'kvarh',
  'Hz',
  'rpm',
  'ms',
  's',
  'min',
  'h',
  'd',
  'lx',
  'ppm',
  'dB',
  'mm/s',
]);

/** How other units become those of points: multiplied, then added to. */
const conversions: Readonly<Record<string, Readonly<Record<string, { scale: number; offset: number }>>>> = {
  '°C': { '°F': { scale: 5 / 9, offset: -160 / 9 }, K: { scale: 1, offset: -273.15 } },
  kWh: { Wh: { scale: 0.001, offset: 0 }, MWh: { scale: 1_000, offset: 0 } },
  kW: { W: { scale: 0.001, offset: 0 }, MW: { scale: 1_000, offset: 0 } },
  'm³/h': {
    'L/h': { scale: 0.001, offset: 0 },
    'L/min': { scale: 0.06, offset: 0 },
    'L/s': { scale: 3.6, offset: 0 },
  },
  h: { min: { scale: 1 / 60, offset: 0 }, s: { scale: 1 / 3_600, offset: 0 } },
  min: { h: { scale: 60, offset: 0 }, s: { scale: 1 / 60, offset: 0 } },
  kPa: {
    Pa: { scale: 0.001, offset: 0 },
    hPa: { scale: 0.1, offset: 0 },
    mbar: { scale: 0.1, offset: 0 },
    bar: { scale: 100, offset: 0 },
    MPa: { scale: 1_000, offset: 0 },
    psi: { scale: 6.894757, offset: 0 },
  },
  V: { mV: { scale: 0.001, offset: 0 } },
  A: { mA: { scale: 0.001, offset: 0 } },
  m: { cm: { scale: 0.01, offset: 0 }, mm: { scale: 0.001, offset: 0 } },
  'm³': { L: { scale: 0.001, offset: 0 } },
};

/** What makes a number in one unit one in another; null when the two do not measure the same. */
export function conversion(
  from: string | null,
  to: string | undefined,
): { scale: number; offset: number } | null {
  if (from === null || from === to) return { scale: 1, offset: 0 };
  const known = to !== undefined && Object.hasOwn(conversions, to) ? conversions[to] : undefined;
  return known && Object.hasOwn(known, from) ? (known[from] ?? null) : null;
}

/** The units that can be brought to this one. */
export function unitsInto(to: string): string[] {
  return Object.hasOwn(conversions, to) ? Object.keys(conversions[to] ?? {}) : [];
}
