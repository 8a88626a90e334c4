import type { Kind } from '../contract/kind.ts';
import { kindSchema } from '../contract/kind.ts';
import { deviceSchema, type MeterPlace } from '../contract/site.ts';
import type { MeterInput } from './meters.ts';

/** For tests of the metering room: meters as the devices room would hand them over. */
const label = { zh: '表', en: 'Meter' };
const kind = (id: string, points: string[], unit: string): Kind =>
  kindSchema.parse({
    id,
    label,
    category: 'meter',
    points: Object.fromEntries(
      points.map((point) => [
        point,
        { label: { zh: point, en: point }, type: 'number', unit, decimals: 2, register: true },
      ]),
    ),
  });
const kinds = {
  electricity: kind('electricity-meter', ['energyImport', 'energyExport'], 'kWh'),
  water: kind('water-meter', ['volume'], 'm³'),
};
const presets = {
  electricity: { lossPercent: 10, lossMinimum: 20 },
  water: { lossPercent: 10, lossMinimum: 5, nightFlow: 0.5 },
};

export function meterInput(
  id: string,
  quantity: keyof typeof kinds,
  meter: MeterPlace = {},
  settings: Record<string, number> = {},
): MeterInput {
  return {
    device: deviceSchema.parse({ id, type: `native-${quantity}-meter`, name: id, area: 'site', meter }),
    kind: kinds[quantity],
    settings: { ...presets[quantity], ...settings },
  };
}

/** 2026-03-02 is a Monday without any change of clocks; `08:15` on it is 08:15 in Shanghai. UTC ms. */
export function moment(clock: string, day = 0): number {
  return Date.parse(`2026-03-02T${clock.length === 5 ? `${clock}:00` : clock}+08:00`) + day * 86_400_000;
}
