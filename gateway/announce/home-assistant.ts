import type { PointDefinition } from '../contract/kind.ts';

// A device as Home Assistant discovers it by MQTT (home-assistant.io/integrations/mqtt, device discovery), in its abbreviations.

export interface AnnouncedDevice {
  id: string;
  name: string;
  area: string;
  maker: string;
  model: string;
  points: Readonly<Record<string, PointDefinition>>;
}

/** A message that the broker shall keep. */
export interface Kept {
  topic: string;
  payload: string;
}

const gatewayTopics = {
  values: (site: string, device: string) => `gatehouse/$values/${site}/${device}`,
  state: (site: string, device: string) => `gatehouse/$states/${site}/${device}`,
};

/** What Home Assistant calls the quantity of a unit that it knows by the same sign. */
const classOfUnit: Readonly<Record<string, string>> = {
  '°C': 'temperature',
  kWh: 'energy',
  kW: 'power',
  W: 'power',
  V: 'voltage',
  A: 'current',
  Hz: 'frequency',
  lx: 'illuminance',
  kPa: 'pressure',
  bar: 'pressure',
  'm³': 'water',
  'm³/h': 'volume_flow_rate',
  s: 'duration',
  min: 'duration',
  h: 'duration',
};
/** And of a per cent, or of a yes or no, by the point's name. */
const classOfName: Readonly<Record<string, string>> = {
  humidity: 'humidity',
  battery: 'battery',
  batteryLow: 'battery',
  wet: 'moisture',
  overflow: 'moisture',
  opened: 'opening',
  running: 'running',
  tamper: 'tamper',
  fire: 'smoke',
  fault: 'problem',
  motion: 'motion',
  tripped: 'motion',
};

function component(unique: string, name: string, point: PointDefinition): Record<string, unknown> {
  const { type, unit, register, label, decimals } = point;
  const shared = { name: label.zh, uniq_id: `${unique}-${name}` };
  const byName = Object.hasOwn(classOfName, name) ? classOfName[name] : undefined;
  if (type === 'bool')
    return {
      ...shared,
      p: 'binary_sensor',
      // Neither is what it shows for an unknown value.
      val_tpl: `{{ {true: 'ON', false: 'OFF'}.get(value_json['${name}'], 'None') }}`,
      ...(byName && { dev_cla: byName }),
    };
  const value = { ...shared, p: 'sensor', val_tpl: `{{ value_json['${name}'] }}` };
  if (type !== 'number') return value;
  const byUnit = unit !== undefined && Object.hasOwn(classOfUnit, unit) ? classOfUnit[unit] : undefined;
  const quantity = unit === '%' ? byName : byUnit;
  return {
    ...value,
    ...(unit !== undefined && { unit_of_meas: unit }),
    ...(quantity && { dev_cla: quantity }),
    ...(decimals !== undefined && { sug_dsp_prc: decimals }),
    stat_cla: register ? 'total_increasing' : 'measurement',
  };
}

/**
 * @param prefix the first level of discovery topics: `homeassistant`
 * @param gateway the topic on which the gateway says that it is there
 */
export function discoveryOf(
  device: AnnouncedDevice,
  { prefix, site, gateway, release }: { prefix: string; site: string; gateway: string; release: string },
): Kept {
  const unique = `gatehouse-${site}-${device.id}`;
  const payload = {
    dev: { ids: [unique], name: device.name, sa: device.area, mf: device.maker, mdl: device.model },
    o: { name: 'Gatehouse', sw: release },
    stat_t: gatewayTopics.values(site, device.id),
    avty: [{ t: gateway }, { t: gatewayTopics.state(site, device.id) }],
    avty_mode: 'all',
    cmps: Object.fromEntries(
      Object.entries(device.points).map(([name, point]) => [name, component(unique, name, point)]),
    ),
  };
  return { topic: `${prefix}/device/${unique}/config`, payload: JSON.stringify(payload) };
}

/** What a device reads and whether it is there. A value that is unknown or unusable is null. */
export function newsOf(
  { id, points }: AnnouncedDevice,
  site: string,
  value: (point: string) => unknown,
  online: boolean,
): Kept[] {
  const values = Object.fromEntries(Object.keys(points).map((name) => [name, value(name) ?? null]));
  return [
    { topic: gatewayTopics.values(site, id), payload: JSON.stringify(values) },
    { topic: gatewayTopics.state(site, id), payload: online ? 'online' : 'offline' },
  ];
}
