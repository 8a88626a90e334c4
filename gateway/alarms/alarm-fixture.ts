import { type AlarmDefinition, alarmDefinitionSchema } from '../contract/alarm.ts';
import type { StoredEvent } from '../contract/event.ts';
import { type Kind, kindSchema } from '../contract/kind.ts';
import type { LivePoint, PointValue, Quality, Reading } from '../contract/reading.ts';
import { type Device, deviceSchema } from '../contract/site.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { AlarmedDevice } from './compile.ts';

/** For tests of this room: devices as the devices room would hand them over. */

const guidance = { zh: ['查看现场'], en: ['Look at the place'] };

export function definition(fields: Record<string, unknown>): AlarmDefinition {
  return alarmDefinitionSchema.parse({
    title: { zh: '报警', en: 'Alarm' },
    priority: 2,
    category: 'water',
    guidance,
    ...fields,
  });
}

export function kind(fields: Record<string, unknown>): Kind {
  return kindSchema.parse({ label: { zh: '设备', en: 'Device' }, category: 'water', ...fields });
}

const label = { zh: '点', en: 'Point' };

export const tankKind = kind({
  id: 'tank',
  points: {
    level: { label, type: 'number', unit: 'm' },
    running: { label, type: 'bool' },
    float: { label, type: 'bool' },
    mode: { label, type: 'enum', values: { auto: label, hand: label } },
  },
});

export const zoneKind = kind({
  id: 'perimeter-zone',
  category: 'perimeter',
  zone: true,
  events: {
    'zone.alarm': { label, class: 'alarm' },
    'zone.restore': { label, class: 'state' },
    'zone.tamper': { label, class: 'alarm' },
    'access.held': { label, class: 'record' },
  },
});

export const panicKind = kind({
  id: 'panic-button',
  category: 'emergency',
  zone: true,
  alwaysArmed: true,
  events: { panic: { label, class: 'alarm' }, 'panic.restore': { label, class: 'state' } },
});

export const panelKind = kind({
  id: 'home-panel',
  category: 'home-alarm',
  zone: true,
  events: {
    'panel.armed': { label, class: 'state' },
    'panel.disarmed': { label, class: 'state' },
    'zone.alarm': { label, class: 'alarm' },
    'zone.restore': { label, class: 'state' },
  },
});

export function device(fields: Partial<Device> & { id: string }): Device {
  return deviceSchema.parse({ type: 'any', name: `设备 ${fields.id}`, area: 'garage', ...fields });
}

export function alarmed(
  id: string,
  of: Kind,
  alarms: Record<string, AlarmDefinition>,
  settings: AlarmedDevice['settings'] = {},
  fields: Partial<Device> = {},
): AlarmedDevice {
  return { device: device({ ...fields, id }), kind: of, alarms, settings, areaName: '车库' };
}

export function reading(
  value: PointValue,
  fields: { device?: string; point?: string; quality?: Quality; at?: number; receivedAt?: number } = {},
): Reading {
  const { at = 0, receivedAt = at } = fields;
  return {
    device: fields.device ?? 'tank-1',
    point: fields.point ?? 'level',
    value,
    quality: fields.quality ?? 'good',
    at,
    receivedAt,
  };
}

export function event(deviceId: string, type: string, fields: Partial<StoredEvent> = {}): StoredEvent {
  const occurredAt = fields.occurredAt ?? 0;
  return {
    id: uuidv7(occurredAt),
    device: deviceId,
    externalId: null,
    type,
    data: {},
    occurredAt,
    receivedAt: occurredAt,
    deviceTimeUsed: true,
    late: false,
    ...fields,
  };
}

/** Live values that tests fill. */
export function createLive(): {
  look(device: string, point: string): LivePoint | undefined;
  put(reading: Reading): Reading;
} {
  const points = new Map<string, LivePoint>();
  return {
    look: (of, point) => points.get(`${of}.${point}`),
    put(one) {
      points.set(`${one.device}.${one.point}`, one);
      return one;
    },
  };
}
