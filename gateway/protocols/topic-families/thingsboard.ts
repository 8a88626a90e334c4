import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { asMembers, isScalar, payloadJson, type TopicPoint } from './message.ts';

// ThingsBoard's MQTT APIs (thingsboard.io/docs/reference/gateway-mqtt-api, …/mqtt-api): `v1/gateway/…` speaks for many devices,
// `v1/devices/me/…` for the one that has signed in.

function valuesOf(device: string, entry: unknown): TopicPoint[] {
  const told = asMembers(entry);
  if (!told) return [];
  const timed = asMembers(told.values);
  const ts = timed && typeof told.ts === 'number' ? { ts: told.ts } : {};
  return Object.entries(timed ?? told).flatMap(([point, value]) =>
    isScalar(value) ? [{ device, point, value, ...ts }] : [],
  );
}

const entriesOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** `mqtt-thingsboard` */
export function inspectThingsBoard(input: FrameInput): Decoded {
  const told = payloadJson(input);
  const members = asMembers(told);
  switch (input.topic) {
    case 'v1/gateway/telemetry':
    case 'v1/gateway/attributes':
      if (!members) return refused('format');
      return {
        valid: true,
        points: Object.entries(members).flatMap(([device, entries]) =>
          entriesOf(entries).flatMap((entry) => valuesOf(device, entry)),
        ),
      };
    case 'v1/gateway/connect':
    case 'v1/gateway/disconnect':
      if (typeof members?.device !== 'string') return refused('format');
      return { valid: true, device: members.device, online: input.topic === 'v1/gateway/connect' };
    case 'v1/gateway/rpc':
      if (typeof members?.device !== 'string') return refused('format');
      return { valid: true, device: members.device, points: [], rpc: members.data ?? null };
    case 'v1/devices/me/telemetry':
    case 'v1/devices/me/attributes':
      if (!members && !Array.isArray(told)) return refused('format');
      return { valid: true, points: entriesOf(told).flatMap((entry) => valuesOf('me', entry)) };
    default:
      return refused('topic');
  }
}
