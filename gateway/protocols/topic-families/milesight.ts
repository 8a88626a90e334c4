import { base64ToBytes, bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { decodeMilesight, milesightNames } from '../milesight/codec.ts';
import { asMembers, payloadJson, type TopicPoint } from './message.ts';

// Milesight LoRaWAN gateways and network servers: JSON around the bytes of a sensor, on a topic of the installer's choice.

const units: Readonly<Record<string, string>> = {
  ...{ battery: '%', temperature: 'C', humidity: '%', depth_cm: 'cm', co2: 'ppm', pressure: 'hPa' },
};

/** A moment in UTC as it is; one with another offset in UTC. */
function utc(time: unknown): { ts?: string } {
  if (typeof time !== 'string') return {};
  const at = Date.parse(time);
  if (time.endsWith('Z') || Number.isNaN(at)) return { ts: time };
  return { ts: new Date(at).toISOString().replace('.000Z', 'Z') };
}

/** `mqtt-milesight` */
export function inspectMilesightMessage(input: FrameInput): Decoded {
  const told = asMembers(payloadJson(input));
  const device = typeof told?.devEUI === 'string' ? told.devEUI.toLowerCase() : null;
  if (!told || device === null) return refused('format');
  const time = utc(told.time);
  if (told.status === 'online' || told.status === 'offline')
    return { valid: true, device, online: told.status === 'online', ...time };
  if (typeof told.data !== 'string') return { valid: true, device, points: [], ...time };
  const bytes = base64ToBytes(told.data);
  if (!bytes) return refused('base64', { device, ...time });
  const { values, problem } = decodeMilesight(bytes);
  const named = milesightNames(typeof told.deviceName === 'string' ? told.deviceName : '');
  const points = Object.entries(values).map(([channel, value]): TopicPoint => {
    const { name, flag } = named(channel);
    const unit = Object.hasOwn(units, name) ? units[name] : undefined;
    return {
      ...{ device, point: name, value: flag ? value === 1 : value },
      ...(unit === undefined ? {} : { unit }),
    };
  });
  const seen = { device, payload_hex: bytesToHex(bytes), points, ...time };
  return problem === null ? { valid: true, ...seen } : refused('unread', { detail: problem, ...seen });
}
