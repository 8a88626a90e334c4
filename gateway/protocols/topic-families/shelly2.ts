import { type Decoded, type FrameInput, refused } from '../frame.ts';
import {
  asMembers,
  isScalar,
  levelsOf,
  type Members,
  payloadJson,
  payloadText,
  type TopicPoint,
} from './message.ts';

// Shelly Gen2+ (shelly-api-docs.shelly.cloud/gen2, "MQTT" and "Notifications"): `<device>/events/rpc`, `<device>/status/switch:0`,
// `<device>/online`.

/** What tells of the device itself, not of what it measures or switches. */
const ownComponents = /^(ble|bthome|cloud|eth|knx|matter|modbus|mqtt|schedule|script|sys|ui|wifi|ws)(:\d+)?$/;
/** Of a component: how it came to be so. */
const ownMembers = new Set([
  'id',
  'source',
  'errors',
  'flags',
  'timer_started_at',
  'timer_duration',
  'minute_ts',
]);
const units: Readonly<Record<string, string>> = {
  ...{
    apower: 'W',
    aprt_power: 'VA',
    act_power: 'W',
    voltage: 'V',
    current: 'A',
    freq: 'Hz',
    rh: '%',
    lux: 'lx',
  },
  ...{ tC: 'C', tF: 'F', total: 'Wh', total_act_energy: 'Wh', total_act_ret_energy: 'Wh', percent: '%' },
};

function membersOf(path: string, members: Members): [string, number | boolean | string | null][] {
  return Object.entries(members).flatMap(([name, value]) => {
    if (ownMembers.has(name)) return [];
    if (isScalar(value)) return [[`${path}.${name}`, value]];
    const inner = asMembers(value);
    return inner ? membersOf(`${path}.${name}`, inner) : [];
  });
}

function unitOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('.') + 1);
  // Phases and totals of a three-phase meter: `a_voltage`, `total_act_power`.
  const plain = name.replace(/^(a|b|c|n|total)_(?=(act_power|aprt_power|voltage|current|freq)$)/, '');
  return Object.hasOwn(units, plain) ? units[plain] : undefined;
}

function componentPoints(device: string, component: string, value: unknown, ts: unknown): TopicPoint[] {
  const members = asMembers(value);
  if (ownComponents.test(component)) return [];
  // Null: the component was taken away.
  if (value === null) return [{ device, point: component, value: null }];
  if (!members) return [];
  return membersOf(component, members).map(([point, each]) => {
    const unit = typeof each === 'number' ? unitOf(point) : undefined;
    return {
      ...{ device, point, value: each },
      ...(unit === undefined ? {} : { unit }),
      ...(typeof ts === 'number' ? { ts } : {}),
    };
  });
}

/** `mqtt-shelly2`; a status is partial: what it does not name is as it was. */
export function inspectShelly2(input: FrameInput): Decoded {
  const levels = levelsOf(input);
  if (!levels) return refused('topic');
  const kind = levels.at(-1) ?? '';
  if (kind === 'online' && levels.length >= 2) {
    const device = levels.slice(0, -1).join('/');
    const text = payloadText(input);
    return text === 'true' || text === 'false'
      ? { valid: true, device, online: text === 'true' }
      : refused('format', { device });
  }
  const told = asMembers(payloadJson(input));
  if (levels.at(-2) === 'status' && levels.length >= 3) {
    const device = levels.slice(0, -2).join('/');
    return told
      ? { valid: true, points: componentPoints(device, kind, told, null) }
      : refused('format', { device });
  }
  if (kind !== 'rpc') return refused('topic');
  const device = typeof told?.src === 'string' ? told.src : levels.slice(0, -2).join('/');
  const params = asMembers(told?.params);
  if (!told || !params) return refused('format', { device });
  if (told.method === 'NotifyEvent') return { valid: true, device, points: [], events: params.events ?? [] };
  if (told.method !== 'NotifyStatus' && told.method !== 'NotifyFullStatus')
    return refused('method', { device, method: told.method });
  const { ts, ...components } = params;
  return {
    valid: true,
    device,
    points: Object.entries(components).flatMap(([name, value]) => componentPoints(device, name, value, ts)),
  };
}
