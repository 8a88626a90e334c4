import { type Decoded, type FrameInput, refused } from '../frame.ts';
import {
  asMembers,
  isScalar,
  levelsOf,
  type Members,
  onOff,
  payloadJson,
  payloadText,
  presenceOf,
  type TopicPoint,
} from './message.ts';

// Tasmota (tasmota.github.io/docs/MQTT): `tele/<device>/SENSOR`, `stat/<device>/RESULT`; the prefix may stand behind the device.

const prefixes = ['tele', 'stat', 'cmnd'];
/** Of ENERGY: what is counted and measured (docs/Commands, "Energy"); the rest follows from these or from the clock. */
const energy: Readonly<Record<string, { point: string; unit: string }>> = {
  Total: { point: 'energy_total', unit: 'kWh' },
  Power: { point: 'power_active', unit: 'W' },
  Voltage: { point: 'voltage', unit: 'V' },
  Current: { point: 'current', unit: 'A' },
};
const quantities: Readonly<Record<string, { point: string; unit: string | null }>> = {
  Temperature: { point: 'temperature', unit: null },
  Humidity: { point: 'humidity', unit: '%' },
  DewPoint: { point: 'dew_point', unit: null },
  Pressure: { point: 'pressure', unit: 'hPa' },
  Illuminance: { point: 'illuminance', unit: 'lx' },
};

/** Where the levels say which device it is and what it tells. */
function place(levels: string[]): { device: string; kind: string } | null {
  const at = levels.findIndex((level) => prefixes.includes(level));
  if (at < 0 || levels.length < 3) return null;
  const kind = levels.at(-1) ?? '';
  const device = levels.slice(0, -1).filter((_, index) => index !== at);
  return { device: device.join('/'), kind };
}

function energyPoints(device: string, members: Members): TopicPoint[] {
  return Object.entries(energy).flatMap(([name, { point, unit }]) => {
    const value = members[name];
    // A meter of several phases tells each as one of a list.
    if (Array.isArray(value))
      return value.flatMap((each: unknown, phase) =>
        isScalar(each) ? [{ device, point: `${point}_l${phase + 1}`, value: each, unit }] : [],
      );
    return isScalar(value) ? [{ device, point, value, unit }] : [];
  });
}

function sensorPoints(device: string, told: Members): TopicPoint[] {
  const temperatureUnit = told.TempUnit === 'F' ? 'F' : 'C';
  const pressureUnit = typeof told.PressureUnit === 'string' ? told.PressureUnit : 'hPa';
  const sensors = Object.entries(told).filter(([name, value]) => name !== 'ENERGY' && asMembers(value));
  return Object.entries(told).flatMap(([name, value]) => {
    const members = asMembers(value);
    if (name === 'ENERGY' && members) return energyPoints(device, members);
    if (/^(Switch|POWER)\d*$/.test(name) && typeof value === 'string')
      return [{ device, point: name, value: onOff(value) }];
    if (!members) return [];
    const before = sensors.length === 1 ? '' : `${name}.`;
    return Object.entries(members).flatMap(([each, reading]) => {
      if (!isScalar(reading) || each === 'Id') return [];
      const known = Object.hasOwn(quantities, each) ? quantities[each] : undefined;
      const unit =
        known?.point === 'pressure' ? pressureUnit : known?.unit === null ? temperatureUnit : known?.unit;
      const point = `${before}${known?.point ?? each}`;
      return [{ device, point, value: reading, ...(unit === undefined ? {} : { unit }) }];
    });
  });
}

/** `mqtt-tasmota` */
export function inspectTasmota(input: FrameInput): Decoded {
  const levels = levelsOf(input);
  const where = levels && place(levels);
  if (!where) return refused('topic');
  const { device, kind } = where;
  if (kind === 'LWT') return presenceOf(device, input);
  if (/^POWER\d*$/.test(kind)) {
    const value = onOff(payloadText(input));
    return typeof value === 'boolean'
      ? { valid: true, points: [{ device, point: kind, value }] }
      : refused('format', { device });
  }
  const told = asMembers(payloadJson(input));
  if (!told) return refused('format', { device });
  const inner = asMembers(told.StatusSNS) ?? told;
  const time = inner.Time;
  const zoned = typeof time === 'string' && /(Z|[+-]\d\d:?\d\d)$/.test(time);
  return {
    valid: true,
    points: sensorPoints(device, inner),
    ...(typeof time === 'string' ? { device_time: zoned ? time : `${time} (local, no zone)` } : {}),
  };
}
