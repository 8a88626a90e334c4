import { type Decoded, type FrameInput, refused } from '../frame.ts';
import {
  asMembers,
  isScalar,
  levelsOf,
  type Members,
  onOff,
  payloadJson,
  presence,
  presenceOf,
  type TopicPoint,
} from './message.ts';

// Zigbee2MQTT (zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages): `<base>/<friendly name>`, and a name may have slashes.

const units: Readonly<Record<string, string>> = {
  ...{ temperature: 'C', device_temperature: 'C', humidity: '%', battery: '%', pressure: 'hPa', power: 'W' },
  ...{
    current: 'A',
    energy: 'kWh',
    illuminance: 'lx',
    illuminance_lux: 'lx',
    soil_moisture: '%',
    co2: 'ppm',
  },
};

function pointsOf(device: string, path: string, members: Members): TopicPoint[] {
  return Object.entries(members).flatMap(([name, value]) => {
    // How an update of the device itself goes, and when it was seen, are none of its values.
    if (path === '' && (name === 'update' || name === 'last_seen')) return [];
    const point = path === '' ? name : `${path}.${name}`;
    const inner = asMembers(value);
    if (inner) return pointsOf(device, point, inner);
    if (!isScalar(value)) return [];
    const unit = Object.hasOwn(units, name) ? units[name] : undefined;
    return [{ device, point, value: onOff(value), ...(unit === undefined ? {} : { unit }) }];
  });
}

/** `mqtt-zigbee2mqtt` */
export function inspectZigbee2Mqtt(input: FrameInput): Decoded {
  const levels = levelsOf(input);
  if (!levels || levels.length < 2) return refused('topic');
  const [, ...rest] = levels;
  if (rest[0] === 'bridge') {
    const told = rest.slice(1).join('/');
    if (told !== 'state') return { valid: true, bridge: told, points: [] };
    const online = presence(input);
    return online === null ? refused('format') : { valid: true, bridge_online: online };
  }
  const last = rest.at(-1) ?? '';
  if (rest.length > 1 && last === 'availability') return presenceOf(rest.slice(0, -1).join('/'), input);
  // What somebody wants of the device, not what it says.
  if (rest.length > 1 && (last === 'set' || last === 'get'))
    return refused('command', { device: rest.slice(0, -1).join('/') });
  const device = rest.join('/');
  const told = asMembers(payloadJson(input));
  if (!told) return refused('format', { device });
  const ts = told.last_seen;
  return {
    valid: true,
    device,
    points: pointsOf(device, '', told),
    ...(typeof ts === 'string' || typeof ts === 'number' ? { ts } : {}),
  };
}
