import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { parseTemplate, plainValue, type ValueTemplate } from './template.ts';

// What a product says of itself by Home Assistant's MQTT discovery (home-assistant.io/integrations/mqtt): a retained message
// on `<prefix>/<component>/[<node>/]<object>/config` describes one entity, in full names or in their abbreviations.

/** What of it is read. */
export const components = ['sensor', 'binary_sensor', 'switch', 'number'] as const;
export type Component = (typeof components)[number];

export interface Availability {
  readonly topic: string;
  readonly template: ValueTemplate;
  readonly available: string;
  readonly notAvailable: string;
}

export interface Entity {
  readonly component: Component;
  /** Its name and that of the device that it belongs to, as far as it has them. */
  readonly name: string | null;
  readonly deviceName: string | null;
  readonly deviceClass: string | null;
  readonly unit: string | null;
  readonly topic: string;
  readonly template: ValueTemplate;
  /** What stands for on and off in what it reports. */
  readonly on: string;
  readonly off: string;
  /** Where and with what words a switch is switched. */
  readonly command: { readonly topic: string; readonly on: string; readonly off: string } | null;
  /** Why `command` is null, in words; null when it is not. */
  readonly noCommand: string | null;
  readonly availability: readonly Availability[];
  /** Of several: whether all must be there, or any, or the one that spoke last decides. */
  readonly mode: 'all' | 'any' | 'latest';
}

export type DiscoveryRead =
  | { readonly entity: Entity }
  /** In words, what keeps it from being read. */
  | { readonly refused: string }
  /** A Gatehouse announces its own devices: what comes from there is known there. */
  | { readonly own: true };

const longestConfig = 16 * 1024;
const mostAvailability = 8;
const longestTopic = 256;

/** home-assistant.io/integrations/mqtt, "Supported abbreviations": those of what is read here. */
const abbreviations: Readonly<Record<string, string>> = {
  avty: 'availability',
  avty_mode: 'availability_mode',
  avty_t: 'availability_topic',
  avty_tpl: 'availability_template',
  cmd_t: 'command_topic',
  cmd_tpl: 'command_template',
  dev: 'device',
  dev_cla: 'device_class',
  o: 'origin',
  off_dly: 'off_delay',
  pl_avail: 'payload_available',
  pl_not_avail: 'payload_not_available',
  pl_off: 'payload_off',
  pl_on: 'payload_on',
  stat_off: 'state_off',
  stat_on: 'state_on',
  stat_t: 'state_topic',
  t: 'topic',
  unit_of_meas: 'unit_of_measurement',
  val_tpl: 'value_template',
};

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Full names, and `~` at either end of a topic replaced by the base. */
function expand(fields: Fields, base: unknown): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([short, value]) => {
      const name = Object.hasOwn(abbreviations, short) ? (abbreviations[short] ?? short) : short;
      return [name, name.endsWith('topic') ? based(value, base) : value];
    }),
  );
}

function based(topic: unknown, base: unknown): unknown {
  if (typeof topic !== 'string' || typeof base !== 'string') return topic;
  if (topic.startsWith('~')) return base + topic.slice(1);
  return topic.endsWith('~') ? topic.slice(0, -1) + base : topic;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** As Home Assistant would write it: a payload may stand there as a bare true or number. */
export function wordOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

const payloadOf = (value: unknown, preset: string): string => (value === undefined ? preset : wordOf(value));

/** Thrown and caught in here: the words for what cannot be read. */
class Unreadable extends Error {}

function topicOf(value: unknown, what: string): string {
  const topic = textOf(value);
  if (topic === null) throw new Unreadable(`it has no ${what}`);
  if (topic.length > longestTopic || /[+#\0]/.test(topic))
    throw new Unreadable(`its ${what} ${JSON.stringify(topic.slice(0, 80))} is no topic`);
  return topic;
}

function templateOf(value: unknown, what: string): ValueTemplate {
  const text = textOf(value);
  const template = text === null ? plainValue : parseTemplate(text);
  if (!template)
    throw new Unreadable(
      `its ${what} is ${JSON.stringify(text?.slice(0, 120))}; read are {{ value }} and {{ value_json.a.b }} with | float, | int and | round(n)`,
    );
  return template;
}

function availabilityOf(fields: Fields, base: unknown): Availability[] {
  const { availability } = fields;
  // One alone need not stand in a list.
  const listed = Array.isArray(availability) ? availability : isFields(availability) ? [availability] : [];
  const single = fields.availability_topic === undefined ? [] : [fields];
  if (listed.length > mostAvailability)
    throw new Unreadable(`it has more than ${mostAvailability} topics of availability`);
  return [...single, ...listed.map((one) => (isFields(one) ? expand(one, base) : {}))].map((one) => ({
    topic: topicOf(one === fields ? one.availability_topic : one.topic, 'topic of availability'),
    template: templateOf(one === fields ? one.availability_template : one.value_template, 'availability'),
    available: payloadOf(one.payload_available, 'online'),
    notAvailable: payloadOf(one.payload_not_available, 'offline'),
  }));
}

function modeOf(mode: unknown): Entity['mode'] {
  return mode === 'all' || mode === 'any' ? mode : 'latest';
}

/** How a switch is switched. What its template would make of the words is not known, and other words may switch something else. */
function commandOf(full: Fields, on: string, off: string): Pick<Entity, 'command' | 'noCommand'> {
  if (full.command_topic === undefined) return { command: null, noCommand: 'without a command topic' };
  if (textOf(full.command_template) !== null)
    return {
      command: null,
      noCommand: 'with a template for its commands (command_template), which is not read',
    };
  return { command: { topic: topicOf(full.command_topic, 'command topic'), on, off }, noCommand: null };
}

function entityOf(component: Component, fields: Fields): Entity {
  const base = fields['~'];
  const full = expand(fields, base);
  const device = isFields(full.device) ? full.device : {};
  const [on, off] = [payloadOf(full.payload_on, 'ON'), payloadOf(full.payload_off, 'OFF')];
  const switched = component === 'switch';
  // Home Assistant itself ends it after so many seconds; here it would stand for ever.
  if (component === 'binary_sensor' && (full.off_delay ?? null) !== null)
    throw new Unreadable('it never says off by itself (off_delay), which is not read');
  return {
    component,
    name: textOf(full.name),
    deviceName: textOf(device.name),
    deviceClass: textOf(full.device_class),
    unit: textOf(full.unit_of_measurement),
    topic: topicOf(full.state_topic, 'state topic'),
    template: templateOf(full.value_template, 'value template'),
    on: switched ? payloadOf(full.state_on, on) : on,
    off: switched ? payloadOf(full.state_off, off) : off,
    ...(switched ? commandOf(full, on, off) : { command: null, noCommand: 'as no switch' }),
    availability: availabilityOf(full, base),
    mode: modeOf(full.availability_mode),
  };
}

function isComponent(name: string): name is Component {
  return (components as readonly string[]).includes(name);
}

/** Reads an announcement; never throws. */
export function readDiscovery(component: string, payload: Uint8Array): DiscoveryRead {
  if (payload.length > longestConfig) return { refused: `it is longer than ${longestConfig} bytes` };
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return { refused: 'it is not JSON' };
  }
  if (!isFields(fields)) return { refused: 'it is no JSON object' };
  const origin = fields.origin ?? fields.o;
  if (isFields(origin) && origin.name === 'Gatehouse') return { own: true };
  if (!isComponent(component))
    return { refused: `a ${component} is not read, only ${components.join(', ')}` };
  try {
    return { entity: entityOf(component, fields) };
  } catch (error) {
    if (error instanceof Unreadable) return { refused: error.message };
    throw error;
  }
}

const level = '([A-Za-z0-9_-]+)';
const discovery = new RegExp(`^${level}(?:/${level})?/${level}/config$`);

/** What an announcement on `<prefix>/<rest>` is of: its component, and the address by which a site knows it; null for another topic. */
export function discoveryTopic(rest: string): { component: string; address: string } | null {
  const [, component] = discovery.exec(rest) ?? [];
  return component === undefined ? null : { component, address: rest.slice(0, -'/config'.length) };
}

/** What a value says of a switch or a yes or no; null when it says neither. */
export function isOn(value: unknown, { on, off }: Pick<Entity, 'on' | 'off'>): boolean | null {
  const word = wordOf(value);
  // `True` and `true` are the same yes or no, however a template would write it.
  const same = (wanted: string) =>
    word === wanted || (typeof value === 'boolean' && word.toLowerCase() === wanted.toLowerCase());
  if (same(on)) return true;
  return same(off) ? false : null;
}

/** `mqtt-ha-discovery`: an announcement, by its topic; an empty one takes it away. */
export function inspectDiscovery({ bytes, topic }: FrameInput): Decoded {
  const rest = topic === null ? null : discoveryTopic(topic.slice(topic.indexOf('/') + 1));
  if (!rest) return refused('topic');
  const { component, address } = rest;
  const object = address.slice(address.lastIndexOf('/') + 1);
  if (bytes.length === 0) return { valid: true, address, removed: object };
  const read = readDiscovery(component, bytes);
  if ('refused' in read) return refused('format', { why: read.refused });
  if ('own' in read) return { valid: true, own: true };
  const { entity } = read;
  const declared = {
    component,
    object_id: object,
    class: entity.deviceClass,
    unit: entity.unit,
    state_topic: entity.topic,
    template: entity.template,
    on: entity.on,
    off: entity.off,
    command: entity.command,
    availability: entity.availability,
    availability_mode: entity.mode,
  };
  return { valid: true, address, declares: [declared] };
}
