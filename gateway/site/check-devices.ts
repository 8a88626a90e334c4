import { askedLinks, isAsked } from '../contract/device-type.ts';
import type { SettingDefinition } from '../contract/kind.ts';
import { askedOnBus, busLine, type Device, isAskedBus, isMqttLink, type Link } from '../contract/site.ts';
import { suggestion } from '../lib/nearest.ts';
import { checkAddress, checkAddressOnce, checkControllerDoor } from './check-addresses.ts';
import { checkMeter, meterRing } from './check-meters.ts';
import { checkMqttDevice } from './check-mqtt.ts';
import { checkFirePlace, checkFireTransmitter, checkPanel } from './check-panels.ts';
import { has, type Report, type SiteDocs, type SiteType, type SiteTypes } from './docs.ts';
import { listed, missing, notACamera, reportRings } from './references.ts';

/** Reports at a field of a device; `atKey`: the last step itself is wrong. */
export type Tell = (path: PropertyKey[], message: string, atKey?: boolean) => void;

/** Devices: where they stand, how they are reached, what they are bound to and how they are set. */
export function checkDevices(docs: SiteDocs, types: SiteTypes, report: Report): void {
  const addresses = new Map<string, string>();
  for (const device of docs.devices.values()) {
    const tell: Tell = (path, message, atKey) =>
      report({ class: 'devices', id: device.id, path, message, ...(atKey && { atKey }) });
    if (!docs.areas.has(device.area)) tell(['area'], missing(docs, 'areas', device.area));
    if (device.parent !== undefined && !docs.devices.has(device.parent))
      tell(['parent'], missing(docs, 'devices', device.parent));
    if (device.household !== undefined && !docs.households.has(device.household))
      tell(['household'], missing(docs, 'households', device.household));
    device.cameras?.forEach((camera, index) => {
      const message = notACamera(docs, types, camera);
      if (message) tell(['cameras', index], message);
    });
    const type = types.type(device.type);
    if (!type) {
      tell(
        ['type'],
        `there is no device type "${device.type}"${suggestion(device.type, types.ids()) || '; add its folder to the device types, or correct the id'}`,
      );
      continue;
    }
    checkLink(docs, device, type, tell);
    const parentType = types.type(docs.devices.get(device.parent ?? '')?.type ?? '');
    if (type.link === 'child' && parentType?.link === 'gbt26875') checkFirePlace(device, tell);
    checkAddressOnce(docs, device, type.link, addresses, tell);
    const parent = device.parent === undefined ? undefined : docs.devices.get(device.parent);
    if (type.link === 'child' && parent && types.type(parent.type)?.link === 'uhppote')
      checkControllerDoor(device, tell);
    checkBindings(docs, types, device, type, tell);
    checkMeter(docs, types, device, type, tell);
    checkSettings(docs, device, type, tell);
  }
  const ring = (field: string) => (id: string, steps: string[]) =>
    report({
      class: 'devices',
      id,
      path: [field],
      message: `the device depends on itself (${steps.join(' → ')}); take one "${field}" of the ring out`,
    });
  reportRings(docs.devices.keys(), (id) => listed(docs.devices.get(id)?.parent), ring('parent'));
  reportRings(docs.devices.keys(), (id) => listed(docs.devices.get(id)?.meter?.main), meterRing(report));
  reportRings(docs.devices.keys(), (id) => boundDevices(docs.devices.get(id)), ring('bind'));
}

/** The devices that a composed device takes its points from. */
function boundDevices(device: Device | undefined): string[] {
  return Object.values(device?.bind ?? {}).map(
    (binding) => (typeof binding === 'string' ? binding : binding.from).split('.')[0] ?? '',
  );
}

/** What speaks on a link, by the same words as a device type's `link`. */
function speechOf(link: Link): SiteType['link'][] {
  if (isMqttLink(link)) return ['mqtt'];
  if (link.kind === 'modbus-tcp') return ['modbus'];
  if (link.kind === 'uhppote') return ['uhppote'];
  if (!isAskedBus(link)) return [link.protocol];
  return askedLinks.filter((speech) => busLine(link, speech) !== undefined);
}

/** Why a device of a type cannot be on a link, and what to write instead. */
function wrongLink(device: Device, type: SiteType, link: Link): string {
  const { link: speech } = type;
  const carried =
    'protocol' in link ? [link.protocol, ...Object.keys((isAskedBus(link) && link.also) || {})] : [link.kind];
  const head = `link "${link.id}" carries ${carried.join(' and ')}, but type "${device.type}" speaks ${speech}`;
  const protocol = Object.entries(askedOnBus).find(([, name]) => name === speech)?.[0];
  return protocol !== undefined && isAskedBus(link)
    ? `${head}; add also: { ${protocol}: {} } to the link, or choose another link or type`
    : `${head}; choose another link or type`;
}

function checkLink(docs: SiteDocs, device: Device, type: SiteType, tell: Tell): void {
  // A native device comes to the embedded broker by itself, unless a link is named.
  if (type.link === 'native' && device.link === undefined) return;
  if (type.link === 'sia-dc09') {
    checkPanel(device, type, tell);
    return;
  }
  if (type.link === 'gbt26875') {
    checkFireTransmitter(device, tell);
    return;
  }
  const without: Partial<Record<SiteType['link'], string>> = {
    child: 'is reached through its parent',
    composed: 'is composed of other devices',
    none: 'has no data of its own',
  };
  const reason = without[type.link];
  if (reason !== undefined) {
    if (device.link !== undefined)
      tell(['link'], `a device of type "${device.type}" ${reason}; remove "link"`);
    if (type.link === 'child' && device.parent === undefined)
      tell(
        [],
        `"parent" is missing: a device of type "${device.type}" is reached through its parent; name the device that speaks for it`,
      );
    return;
  }
  if (device.link === undefined) {
    // An account of an alarm receiver, a reader behind a controller: reached through its parent.
    if (!isAsked(type.link) && type.link !== 'mqtt' && device.parent !== undefined) {
      if (device.address === undefined)
        tell([], `"address" is missing: give the number by which "${device.parent}" knows this device`);
      return;
    }
    const fitting = [...docs.links.values()].filter((link) => speechOf(link).includes(type.link));
    tell(
      [],
      `"link" is missing: a device of type "${device.type}" is reached by ${type.link}${fitting.length > 0 ? `, for example link: ${fitting[0]?.id}` : '; add such a link first'}`,
    );
    return;
  }
  const link = docs.links.get(device.link);
  if (!link) {
    tell(['link'], missing(docs, 'links', device.link));
    return;
  }
  if (isMqttLink(link) && (type.link === 'mqtt' || type.link === 'native')) {
    checkMqttDevice(device, type, link, tell);
    return;
  }
  if (type.link === 'native') {
    tell(
      ['link'],
      `a device of type "${device.type}" speaks MQTT to the embedded broker; remove "link", or name one of kind mqtt or mqtt-bridge that it is behind`,
    );
    return;
  }
  if (!speechOf(link).includes(type.link)) {
    tell(['link'], wrongLink(device, type, link));
    return;
  }
  checkAddress(device, type.link, link, tell);
}

function checkBindings(docs: SiteDocs, types: SiteTypes, device: Device, type: SiteType, tell: Tell): void {
  const bindings = Object.entries(device.bind ?? {});
  if (type.link !== 'composed') {
    if (device.bind !== undefined)
      tell(
        ['bind'],
        `a device of type "${device.type}" gets its data by ${type.link}; remove "bind", or choose a composed type`,
      );
    return;
  }
  if (bindings.length === 0) {
    tell([], `"bind" is missing: a device of type "${device.type}" takes its points from other devices`);
    return;
  }
  for (const [name, binding] of bindings) {
    const { from, event, restore } = typeof binding === 'string' ? { from: binding } : binding;
    const known = [...Object.keys(type.points), ...Object.keys(type.events), ...Object.keys(type.commands)];
    if (event === undefined && !known.includes(name))
      tell(
        ['bind', name],
        `a ${type.kind} has no point, event or command "${name}"${suggestion(name, known) || `; it has ${known.join(', ') || 'none'}`}`,
        true,
      );
    for (const [field, word] of [
      ['event', event],
      ['restore', restore],
    ] as const)
      if (word !== undefined && !has(type.events, word))
        tell(
          ['bind', name, field],
          `a ${type.kind} has no event "${word}"${suggestion(word, Object.keys(type.events)) || `; it has ${Object.keys(type.events).join(', ') || 'none'}`}`,
        );
    const path = typeof binding === 'string' ? ['bind', name] : ['bind', name, 'from'];
    const [targetId = '', member = ''] = from.split('.');
    const target = docs.devices.get(targetId);
    if (!target) {
      tell(path, missing(docs, 'devices', targetId));
      continue;
    }
    const targetType = types.type(target.type);
    if (!targetType) continue;
    const offered = has(type.commands, name)
      ? { ...targetType.points, ...targetType.commands }
      : targetType.points;
    if (!has(offered, member))
      tell(
        path,
        `"${targetId}" has no point "${member}"${suggestion(member, Object.keys(offered)) || `; it has ${Object.keys(offered).join(', ') || 'none'}`}`,
      );
  }
}

/** Settings that every device has, whatever its type: how long it may be silent before it counts as lost. */
const commonSettings: Readonly<Record<string, SettingDefinition>> = {
  silenceS: { label: { zh: '静默时限', en: 'Silence limit' }, type: 'number', unit: 's', min: 1 },
};

function checkSettings(docs: SiteDocs, device: Device, type: SiteType, tell: Tell): void {
  const settings = { ...commonSettings, ...type.settings };
  for (const [name, value] of Object.entries(device.settings ?? {})) {
    const path = ['settings', name];
    const definition = has(settings, name) ? settings[name] : undefined;
    if (!definition && namesPanelNumbers(type, name)) checkNames(docs, name, value, tell);
    else if (definition) {
      const wrong = settingProblem(name, value, definition);
      if (wrong) tell(path, wrong);
    } else {
      const known = Object.keys(settings);
      tell(
        path,
        `a device of type "${device.type}" has no setting "${name}"${suggestion(name, known) || `; it has ${known.join(', ') || 'none'}`}`,
        true,
      );
    }
  }
}

function settingProblem(name: string, value: unknown, definition: SettingDefinition): string | undefined {
  if (typeof value === 'string' && value.startsWith('env:')) return undefined;
  if (definition.secret)
    return `"${name}" is a secret and never stands in the site; write env:NAME and set NAME where the gateway is started`;
  const wanted = { number: 'number', text: 'string', bool: 'boolean' }[definition.type];
  const word = { number: 'a number', text: 'text in quotes', bool: 'true or false' }[definition.type];
  if (typeof value !== wanted) return `the setting "${name}" must be ${word}, not ${JSON.stringify(value)}`;
  if (typeof value === 'string' && definition.values && !Object.hasOwn(definition.values, value)) {
    const values = Object.keys(definition.values);
    return `the setting "${name}" is ${JSON.stringify(value)}${suggestion(value, values)}; it must be ${values.join(' or ')}`;
  }
  if (typeof value !== 'number') return undefined;
  const { min = -Infinity, max = Infinity } = definition;
  if (value >= min && value <= max) return undefined;
  const unit = definition.unit === undefined ? '' : ` ${definition.unit}`;
  return `the setting "${name}" is ${value}${unit}; it must be ${min > -Infinity ? `at least ${min}` : ''}${min > -Infinity && max < Infinity ? ' and ' : ''}${max < Infinity ? `at most ${max}` : ''}${unit}`;
}

/** Zone and user numbers inside an alarm panel's messages are the alarm's instance, named in the account's settings. */
function namesPanelNumbers(type: SiteType, setting: string): boolean {
  return type.kind === 'home-alarm-panel' && (setting === 'zones' || setting === 'users');
}

/** What numbers inside a device's messages stand for: `zones: {3: 客厅红外}`; `users` name people, so that a disarm tells who. */
function checkNames(docs: SiteDocs, name: string, value: unknown, tell: Tell): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    tell(
      ['settings', name],
      `"${name}" must be a mapping from the device's own number, for example ${name}: {3: …}`,
    );
    return;
  }
  for (const [number, word] of Object.entries(value)) {
    const path = ['settings', name, number];
    if (!/^\d{1,6}$/.test(number))
      tell(path, `"${number}" must be the number by which the device reports it`, true);
    else if (typeof word !== 'string' || word === '')
      tell(path, `number ${number} needs a ${name === 'users' ? 'key of a person' : 'name'} as text`);
    else if (name === 'users' && !docs.people.has(word)) tell(path, missing(docs, 'people', word));
  }
}
