import type { AlarmDefinition } from '../contract/alarm.ts';
import {
  askedLinks,
  type Cjt188Read,
  type DeviceType,
  type Dlt645Read,
  type EdgeEvent,
  type ModbusRead,
} from '../contract/device-type.ts';
import type { EventData } from '../contract/event.ts';
import type { CommandDefinition, EventDefinition, Kind, PointDefinition } from '../contract/kind.ts';
import { type Misread, misread } from '../contract/misread.ts';
import type { PointValue } from '../contract/reading.ts';
import type { Device } from '../contract/site.ts';
import { type Compilation, compileExpression, type Expression } from '../lib/expression.ts';
import { type Confirm, confirmOf } from './command-confirm.ts';
import { namesRequest } from './command-payload.ts';
import { type TakenArgument, takenArguments } from './command-values.ts';
import { expressionTypes } from './definition-words.ts';
import { type JsonStep, parseJsonPath } from './json-path.ts';
import { buildMapping, type MqttMapping, pathsOf, topicsOf } from './mqtt-mapping.ts';
import { type CompiledTransform, compileTransform } from './transform.ts';

/** Numbers beyond this are no measurement, whatever a kind allows. */
const farthest = 1e15;

/** A point of an installed device, made ready for readings. */
export interface LivePoint {
  readonly device: string;
  readonly name: string;
  /** `device.point`, the key of its live value. */
  readonly key: string;
  readonly definition: PointDefinition;
  readonly type: PointDefinition['type'];
  readonly min: number;
  readonly max: number;
  readonly words: ReadonlySet<string> | null;
  /** From the raw value of its source; null when there is nothing to do. */
  readonly transform: CompiledTransform | null;
  readonly modbus: ModbusRead | null;
  readonly dlt645: Dlt645Read | null;
  readonly cjt188: Cjt188Read | null;
  /** It comes by being asked for. */
  readonly asked: boolean;
  /** Standing still for so long is a stuck sensor; null: it may. */
  readonly stuckAfterMs: number | null;
  /** What its changes mean; the events' classes say which of them count at the first value. */
  readonly edges: readonly EdgeRule[];
  /** Points of the same device that are computed from it. */
  readonly feeds: ComputedPoint[];
  /** Points and events of composed devices that are bound to it. */
  readonly listeners: Listener[];
  /** Points of the same device that nobody knows while it reads certain words. */
  readonly hides: LivePoint[];
  /** What makes it unknown in this way: the key of that point, and the words. */
  readonly hiddenBy: { readonly key: string; readonly words: ReadonlySet<PointValue> } | null;
}

export interface EdgeRule {
  readonly value: PointValue;
  /** At becoming this value, or at leaving it. */
  readonly when: 'becomes' | 'leaves';
  readonly event: string;
  readonly data: EventData;
  /** Of the class `alarm`: told even when the first value that is ever seen is already this one. */
  readonly alarm: boolean;
}

export interface ComputedPoint {
  readonly point: LivePoint;
  readonly expression: Expression;
  readonly inputs: readonly LivePoint[];
}

/** A binding of a composed device, seen from its source. */
export type Listener =
  | { readonly point: LivePoint; readonly transform: CompiledTransform | null }
  | {
      readonly device: string;
      /** Of the binding. */
      readonly name: string;
      /** `device.binding`, the key of its memory. */
      readonly key: string;
      readonly transform: CompiledTransform | null;
      readonly edges: readonly EdgeRule[];
    };

/** Where a command goes in the end. */
export interface CommandRoute {
  readonly definition: CommandDefinition;
  /** The device that gets the bytes: the source of a composed one, else itself. */
  readonly target: string;
  /** Its name there. */
  readonly name: string;
  readonly source: DeviceType['commands'][string];
  /** What goes along with every request: which of its doors the target shall move. */
  readonly args: Readonly<Record<string, string>>;
  /** What it takes with it, by the names of the device that is asked. */
  readonly takes: ReadonlyMap<string, TakenArgument>;
  /** The device itself says what became of it. */
  readonly answered: boolean;
  /** The reading that proves it; null: the device's own answer does. */
  readonly confirm: Confirm | null;
}

/** What the alarms room needs of a device. */
export interface AlarmInput {
  readonly device: Device;
  readonly kind: Kind;
  readonly alarms: Readonly<Record<string, AlarmDefinition>>;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
}

export interface LiveDevice extends AlarmInput {
  readonly id: string;
  readonly type: DeviceType;
  readonly points: ReadonlyMap<string, LivePoint>;
  /** Points by the name under `values` on the wire; `points` itself unless the type renames. */
  readonly wire: ReadonlyMap<string, LivePoint>;
  /** Points that stand elsewhere in a message. */
  readonly paths: readonly { topic: string; steps: readonly JsonStep[]; point: LivePoint }[];
  /** Its topics, where its type has such of its own. */
  readonly mqtt: MqttMapping | null;
  /** Some of its points make others unknown. */
  readonly hiding: boolean;
  readonly events: ReadonlyMap<string, LiveEvent>;
  readonly commands: Map<string, CommandRoute>;
  /** Names of the numbers in a panel's messages: zones to words, users to people. */
  readonly zones: ReadonlyMap<string, string>;
  readonly users: ReadonlyMap<string, string>;
  readonly problems: string[];
}

export interface LiveEvent {
  readonly definition: EventDefinition;
  readonly sets: readonly { point: LivePoint; value: PointValue }[];
}

function namesOf(value: unknown): Map<string, string> {
  const names = new Map<string, string>();
  if (typeof value !== 'object' || value === null) return names;
  for (const [number, name] of Object.entries(value)) if (typeof name === 'string') names.set(number, name);
  return names;
}

/** The kind's presets, then the type's, then what the device says; only values of the kind that the setting has. */
function settingsOf(device: Device, type: DeviceType, kind: Kind): Record<string, number | string | boolean> {
  const settings: Record<string, number | string | boolean> = {};
  const given = device.settings ?? {};
  const wanted = { number: 'number', text: 'string', bool: 'boolean' } as const;
  for (const [name, definition] of Object.entries({ ...kind.settings, ...type.settings })) {
    const own = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = typeof own === wanted[definition.type] ? own : definition.default;
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
      settings[name] = value;
  }
  return settings;
}

/** A device's setting `stuckAfterH` speaks for all its numbers, the kind's `stuckAfterMs` for one point. */
function stuckAfter(definition: PointDefinition, settings: LiveDevice['settings']): number | null {
  const hours = settings.stuckAfterH;
  if (typeof hours === 'number' && hours > 0 && definition.type === 'number') return hours * 3_600_000;
  return definition.stuckAfterMs ?? null;
}

function edgeRules(edges: readonly EdgeEvent[], point: string, kind: Kind): EdgeRule[] {
  return edges
    .filter((edge) => edge.point === point)
    .map((edge) => ({
      ...('becomes' in edge
        ? { when: 'becomes' as const, value: edge.becomes }
        : { when: 'leaves' as const, value: edge.leaves }),
      event: edge.event,
      data: edge.data ?? {},
      alarm: kind.events[edge.event]?.class === 'alarm',
    }));
}

/** A binding that raises an event at true and perhaps another at false. */
export function bindingEdges(kind: Kind, event: string, restore: string | undefined): EdgeRule[] {
  const rule = (when: EdgeRule['when'], name: string): EdgeRule => ({
    when,
    value: true,
    event: name,
    data: {},
    alarm: kind.events[name]?.class === 'alarm',
  });
  return restore === undefined ? [rule('becomes', event)] : [rule('becomes', event), rule('leaves', restore)];
}

const compiled = new WeakMap<DeviceType, Map<string, Compilation>>();

/** Compiled once a type, however many devices have it. */
function expressionOf(type: DeviceType, kind: Kind, source: string): Compilation {
  const known = compiled.get(type) ?? new Map<string, Compilation>();
  compiled.set(type, known);
  const result = known.get(source) ?? compileExpression(source, expressionTypes(kind.points));
  known.set(source, result);
  return result;
}

/** Makes an installed device ready: points with their sources, events, commands, settings. Bindings are laid afterwards. */
export function buildDevice(device: Device, type: DeviceType, kind: Kind): LiveDevice {
  const points = new Map<string, LivePoint>();
  const wire = new Map<string, LivePoint>();
  const paths: LiveDevice['paths'][number][] = [];
  const problems: string[] = [];
  const settings = settingsOf(device, type, kind);

  // What is bound goes before what the type would compute of other points.
  const bound = device.bind ?? {};
  const sourceOf = (name: string) =>
    Object.hasOwn(type.points, name) && !Object.hasOwn(bound, name) ? type.points[name] : undefined;
  for (const [name, definition] of Object.entries(kind.points)) {
    const source = sourceOf(name);
    const point: LivePoint = {
      device: device.id,
      name,
      key: `${device.id}.${name}`,
      definition,
      type: definition.type,
      min: definition.min ?? -farthest,
      max: definition.max ?? farthest,
      words: definition.type === 'enum' ? new Set(Object.keys(definition.values ?? {})) : null,
      transform: source ? compileTransform(source) : null,
      modbus: source && 'modbus' in source ? source.modbus : null,
      dlt645: source && 'dlt645' in source ? source.dlt645 : null,
      cjt188: source && 'cjt188' in source ? source.cjt188 : null,
      asked: source !== undefined && askedLinks.some((way) => way in source),
      stuckAfterMs: stuckAfter(definition, settings),
      edges: edgeRules(type.edges, name, kind),
      feeds: [],
      listeners: [],
      hides: [],
      hiddenBy: definition.unknownWhile
        ? {
            key: `${device.id}.${definition.unknownWhile.point}`,
            words: new Set(definition.unknownWhile.is),
          }
        : null,
    };
    points.set(name, point);
    if (!source) wire.set(name, point);
    else if (type.link === 'native' && 'json' in source) {
      const steps = parseJsonPath(pathsOf(source)[0] ?? '') ?? [];
      const [first, second] = steps;
      for (const topic of source.topic === undefined ? ['readings'] : topicsOf(source)) {
        if (topic === 'readings' && steps.length === 2 && first === 'values') wire.set(String(second), point);
        else paths.push({ topic, steps, point });
      }
    }
  }

  for (const point of points.values()) {
    const { unknownWhile } = point.definition;
    if (unknownWhile) points.get(unknownWhile.point)?.hides.push(point);
  }

  for (const [name, point] of points) {
    const source = sourceOf(name);
    if (!source || !('value' in source)) continue;
    const result = expressionOf(type, kind, source.value);
    if (!result.ok) {
      problems.push(`${name}: ${result.message}`);
      continue;
    }
    const inputs = result.expression.names.flatMap((input) => points.get(input) ?? []);
    for (const input of inputs) input.feeds.push({ point, expression: result.expression, inputs });
  }

  const events = new Map<string, LiveEvent>();
  for (const [name, definition] of Object.entries(kind.events)) {
    const sets = Object.entries(definition.sets ?? {}).flatMap(([pointName, value]) => {
      const point = points.get(pointName);
      return point ? [{ point, value }] : [];
    });
    events.set(name, { definition, sets });
  }

  const commands = new Map<string, CommandRoute>();
  for (const [name, source] of Object.entries(type.commands)) {
    const definition = kind.commands[name];
    if (definition)
      commands.set(name, {
        definition,
        // A child has no line of its own: its parent does it.
        target: type.link === 'child' ? (device.parent ?? device.id) : device.id,
        name,
        source,
        answered:
          'native' in source ||
          'parent' in source ||
          'uhppote' in source ||
          ('mqtt' in source && !!type.answer && namesRequest(source.mqtt.payload)),
        args: type.link === 'child' ? { door: nameAtParent(device) } : {},
        takes: takenArguments(definition, source),
        confirm: confirmOf(device.id, definition, type.points[definition.confirm?.point ?? '']),
      });
  }

  const argumentsOf = (command: string) => Object.keys(kind.commands[command]?.args ?? {});
  return {
    id: device.id,
    device,
    type,
    kind,
    alarms: { ...kind.alarms, ...type.alarms },
    settings,
    points,
    wire,
    paths,
    mqtt:
      type.link === 'mqtt' ? buildMapping(device, type, { points, settings, argumentsOf, problems }) : null,
    hiding: [...points.values()].some(({ hides }) => hides.length > 0),
    events,
    commands,
    zones: namesOf(device.settings?.zones),
    users: namesOf(device.settings?.users),
    problems,
  };
}

/** What a device is called by its parent: its address there, else its id. */
export function nameAtParent({ id, address }: Pick<Device, 'id' | 'address'>): string {
  return address === undefined ? id : String(address);
}

/** What is wrong with a value as one of this point's; null when nothing is. Numbers that are no measurement count as wrong. */
export function refusalOf(point: LivePoint, value: unknown): Misread | null {
  const told = { point: point.key, value: show(value) };
  switch (point.type) {
    case 'number': {
      if (typeof value !== 'number') return misread('value-not-number', told);
      const { min, max, definition } = point;
      // NaN fails both comparisons.
      if (value >= min && value <= max) return null;
      const unit = definition.unit ? ` ${definition.unit}` : '';
      return misread('value-outside', { ...told, value, min, max, unit });
    }
    case 'bool':
      return typeof value === 'boolean' ? null : misread('value-not-bool', told);
    case 'enum':
      return typeof value === 'string' && point.words?.has(value)
        ? null
        : misread('value-not-word', { ...told, known: [...(point.words ?? [])].join(', ') });
    case 'text':
      return typeof value === 'string' && value.length <= 256 ? null : misread('value-not-text', told);
  }
}

/** A value from the wire in a message for people. Lists and objects are not spelled out: they may be huge or bottomless. */
export function show(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
