import type { ArgumentSource, DeviceType, ModbusWrite } from '../contract/device-type.ts';
import type { ArgumentDefinition, CommandDefinition } from '../contract/kind.ts';
import type { PointValue } from '../contract/reading.ts';
import { shortestFloat32 } from '../protocols/modbus/registers.ts';
import { wrongArgument } from './command-args.ts';
import { wholeNames } from './command-payload.ts';
import { rounded } from './transform.ts';

// What a command takes with it: as a person gives it, as it goes out, and as it is read back.

/** What goes out for a value, and what a device that took it reads; or what is wrong with the value. */
export type Said = { readonly raw: unknown; readonly reads: PointValue } | { readonly wrong: string };

/** An argument of a command of an installed device. */
export interface TakenArgument {
  /** Its name in the type of the device that carries the command out. */
  readonly name: string;
  /** The kind's, with the limits and words that this product has of it. */
  readonly definition: ArgumentDefinition;
  /** What one step on the wire is worth; 0: it has none. */
  readonly step: number;
  /** Of a value that fits the definition. */
  say(value: unknown): Said;
}

type CommandSource = DeviceType['commands'][string];

/** Numbers that a field on the wire can be. Whole ones beyond 2^53 are none that a person gives. */
export interface Field {
  readonly low: number;
  readonly high: number;
  readonly kind: 'whole' | 'float32' | 'any';
  readonly words: string;
}

const anyNumber: Field = { low: -Infinity, high: Infinity, kind: 'any', words: 'the message' };

function whole(low: number, high: number, words: string): Field {
  return { low: Math.max(low, -(2 ** 53)), high: Math.min(high, 2 ** 53), kind: 'whole', words };
}

/** The bits of a mask, moved down to the lowest. */
export function shiftOf(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** What the register of a write can be, or the bits of its mask. */
export function registerField({ type = 'uint16', mask }: ModbusWrite): Field {
  if (mask !== undefined) return whole(0, mask >>> shiftOf(mask), 'the bits of the mask');
  const bits = Number(/\d+/.exec(type)?.[0] ?? 16);
  if (type === 'float32') return { low: -3.4e38, high: 3.4e38, kind: 'float32', words: type };
  if (type === 'float64') return { ...anyNumber, words: type };
  if (type.startsWith('bcd')) return whole(0, 10 ** (bits / 4) - 1, type);
  if (type.startsWith('int')) return whole(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, type);
  return whole(0, 2 ** bits - 1, type);
}

function fieldOf(source: CommandSource, argument: string): Field {
  if ('modbus' in source) return registerField(source.modbus);
  if ('mqtt' in source && wholeNames(source.mqtt.payload).has(argument))
    return whole(-Infinity, Infinity, 'the message');
  return anyNumber;
}

function smallest(...numbers: (number | undefined)[]): number | undefined {
  const known = numbers.filter((one) => one !== undefined && Number.isFinite(one));
  return known.length > 0 ? Math.min(...(known as number[])) : undefined;
}

function largest(...numbers: (number | undefined)[]): number | undefined {
  const most = smallest(...numbers.map((one) => one && -one));
  return most === undefined ? undefined : 0 - most;
}

interface Limits {
  min?: number | undefined;
  max?: number | undefined;
  decimals?: number | undefined;
}

/** A definition with narrower limits and fewer words. */
function narrowed(
  definition: ArgumentDefinition,
  by: Limits & { words?: ReadonlySet<PointValue> },
): ArgumentDefinition {
  const { words } = by;
  const min = largest(definition.min, by.min);
  const max = smallest(definition.max, by.max);
  const decimals = smallest(definition.decimals, by.decimals);
  const values =
    words && definition.values
      ? Object.fromEntries(Object.entries(definition.values).filter(([word]) => words.has(word)))
      : definition.values;
  return {
    ...definition,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(decimals !== undefined && { decimals }),
    ...(values && { values }),
  };
}

/** Numbers of the wire as those of the argument. */
function spanOf({ low, high }: Field, scale: number, offset: number): { min: number; max: number } {
  const ends = [low * scale + offset, high * scale + offset].map((end) =>
    Number.isFinite(end) ? rounded(end) : end,
  );
  return { min: Math.min(...ends), max: Math.max(...ends) };
}

/** Whether what the wire holds is what was given, as far as its decimals say. */
function holds(held: number, given: number, decimals: number | undefined, near: number): boolean {
  const off = Math.abs(held - given);
  return decimals === undefined ? off <= near * Math.abs(given) : off < 0.5 * 10 ** -decimals;
}

interface NumberWay {
  field: Field;
  scale: number;
  offset: number;
  decimals: number | undefined;
}

function sayNumber(value: number, { field, scale, offset, decimals }: NumberWay): Said {
  const raw = rounded((value - offset) / scale);
  if (field.kind === 'any') return { raw, reads: value };
  const back = (one: number) => rounded(one * scale + offset);
  if (field.kind === 'float32') {
    const reads = back(shortestFloat32(Math.fround(raw)));
    return holds(reads, value, decimals, 1e-6)
      ? { raw, reads }
      : { wrong: `a float32 holds seven digits, and ${value} would become ${reads}: give ${reads}` };
  }
  const step = Math.round(raw);
  const reads = back(step);
  if (holds(reads, value, decimals, 1e-9)) return { raw: step, reads };
  const near = [Math.floor(raw), Math.ceil(raw)].map(back).sort((a, b) => a - b);
  return { wrong: `${field.words} has steps of ${rounded(Math.abs(scale))}: give ${near.join(' or ')}` };
}

/** The keys of a map are texts; a metric is written in the datatype that its birth declares, and that is seldom one. */
function metricOf(raw: string): string | number | boolean {
  if (raw === 'true' || raw === 'false') return raw === 'true';
  return /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : raw;
}

/** One argument of the kind as the type's command takes it. */
function takeArgument(
  name: string,
  kinds: ArgumentDefinition,
  source: CommandSource,
  way: ArgumentSource,
): TakenArgument {
  const { scale = 1, offset = 0, map } = way;
  if (kinds.type !== 'number') {
    const written = 'metric' in source ? metricOf : (raw: string) => raw;
    const raws = map && new Map(Object.entries(map).map(([raw, word]) => [word, written(raw)] as const));
    const definition = raws ? narrowed(kinds, { words: new Set(raws.keys()) }) : kinds;
    return {
      name,
      definition,
      step: 0,
      say(value) {
        const reads = value as PointValue;
        if (!raws) return { raw: value, reads };
        const raw = raws.get(reads);
        return raw === undefined ? { wrong: `${JSON.stringify(value)} is not in its map` } : { raw, reads };
      },
    };
  }
  const field = fieldOf(source, name);
  const definition = narrowed(narrowed(kinds, way), spanOf(field, scale, offset));
  return {
    name,
    definition,
    step: field.kind === 'whole' ? Math.abs(scale) : 0,
    say: (value) => sayNumber(Number(value), { field, scale, offset, decimals: definition.decimals }),
  };
}

/** Of most commands, and of the thousands of devices that have them. */
const nothing: ReadonlyMap<string, TakenArgument> = new Map();

/** What a command of a type takes, by the names of its kind. */
export function takenArguments(
  { args }: CommandDefinition,
  source: CommandSource,
): ReadonlyMap<string, TakenArgument> {
  if (Object.keys(args).length === 0) return nothing;
  const ways = ('args' in source && source.args) || {};
  return new Map(
    Object.entries(args).map(([name, definition]) => [
      name,
      takeArgument(name, definition, source, (Object.hasOwn(ways, name) && ways[name]) || {}),
    ]),
  );
}

/**
 * The arguments of a composed device's command, carried out by the one it is bound to. Where both have one only it is the same
 * thing by two names, and the binding's scale and offset hold for it as they do for points.
 */
export function takenThrough(
  { args }: CommandDefinition,
  taken: ReadonlyMap<string, TakenArgument>,
  { scale = 1, offset = 0 }: { scale?: number | undefined; offset?: number | undefined },
): ReadonlyMap<string, TakenArgument> {
  const [[name, own] = [], ...more] = Object.entries(args);
  const [only, ...others] = [...taken.values()];
  if (!name || !own || !only || more.length > 0 || others.length > 0 || own.type !== only.definition.type)
    return taken;
  const { min, max, decimals, values } = only.definition;
  const span = spanOf({ ...anyNumber, low: min ?? -Infinity, high: max ?? Infinity }, scale, offset);
  const plain = scale === 1 && offset === 0;
  const words = values ? { words: new Set(Object.keys(values)) } : {};
  const definition = narrowed(own, {
    ...(own.type === 'number' ? span : {}),
    ...words,
    decimals: plain ? decimals : undefined,
  });
  const say = (value: unknown): Said => {
    if (typeof value !== 'number' || plain) return only.say(value);
    const said = only.say(rounded((value - offset) / scale));
    return 'wrong' in said || typeof said.reads !== 'number'
      ? said
      : { raw: said.raw, reads: rounded(said.reads * scale + offset) };
  };
  return new Map([[name, { name: only.name, definition, step: only.step * Math.abs(scale), say }]]);
}

type Taker = { readonly takes: ReadonlyMap<string, TakenArgument> };

/** What the type takes of what was given, by the names and in the words of the device that carries it out. */
export function argumentsOut(
  { takes }: Taker,
  args: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([given, value]) => {
      const taken = takes.get(given);
      const said = taken?.say(value);
      return [taken?.name ?? given, said && 'raw' in said ? said.raw : value];
    }),
  );
}

/** What is wrong with what is given, in words for who sent it; null when nothing is. */
export function refusedArgument({ takes }: Taker, args: Readonly<Record<string, unknown>>): string | null {
  const wrong = wrongArgument(
    args,
    Object.fromEntries([...takes].map(([name, { definition }]) => [name, definition])),
  );
  if (wrong !== null) return wrong;
  for (const [name, { say }] of takes) {
    const said = Object.hasOwn(args, name) ? say(args[name]) : null;
    if (said && 'wrong' in said) return `"${name}" cannot be ${String(args[name])}: ${said.wrong}`;
  }
  return null;
}

const withUnit = (value: unknown, unit: string | undefined) =>
  typeof value === 'number' && unit !== undefined ? `${value} ${unit}` : String(value);

/** For the audit trail: numbers with their unit, and what the point read before. */
export function auditedValues(
  { takes }: Taker,
  args: Readonly<Record<string, unknown>>,
  was: PointValue | undefined,
): { value?: string; was?: string } {
  const given = [...takes].filter(([name]) => Object.hasOwn(args, name));
  const [first] = given;
  if (given.length !== 1 || !first) return {};
  const [name, { definition }] = first;
  return {
    value: withUnit(args[name], definition.unit),
    ...(was !== undefined && { was: withUnit(was, definition.unit) }),
  };
}
