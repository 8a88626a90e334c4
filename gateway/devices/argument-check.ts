import type { ArgumentSource, DeviceType, ModbusWrite } from '../contract/device-type.ts';
import type { ArgumentDefinition, CommandDefinition, Kind, PointDefinition } from '../contract/kind.ts';
import { suggestion } from '../lib/nearest.ts';
import type { YamlPath } from '../lib/yaml-file.ts';
import { textsIn } from './command-payload.ts';
import { registerField, takenArguments } from './command-values.ts';
import { own, type ReportAt, unknownName } from './definition-words.ts';
import { units } from './units.ts';

// What zod cannot see in what commands take with them.

/** Arguments of a kind's command. */
export function checkArguments(
  { args, confirm }: CommandDefinition,
  points: Kind['points'],
  report: ReportAt,
  path: YamlPath,
): void {
  for (const [name, definition] of Object.entries(args)) {
    const at = [...path, 'args', name];
    const { type, unit, min, max, decimals, values } = definition;
    if (!/^[a-zA-Z][a-zA-Z0-9]*$/.test(name))
      report([...path, 'args'], `"${name}" cannot name an argument: use letters and digits, a letter first`, {
        key: name,
      });
    if (unit !== undefined && !units.has(unit))
      report([...at, 'unit'], `"${unit}" is not a known unit${suggestion(unit, units)}`);
    if (type !== 'number' && [unit, min, max, decimals].some((one) => one !== undefined))
      report(at, `unit, min, max and decimals are for numbers, "${name}" is of type ${type}`);
    if (min !== undefined && max !== undefined && min >= max)
      report([...at, 'max'], `max must be above min (${min})`);
    if ((type === 'enum') !== (values !== undefined) || (values && Object.keys(values).length < 2))
      report(at, type === 'enum' ? `"${name}" is an enum and needs its values` : 'values are for an enum');
  }
  if (!confirm || !('argument' in confirm)) return;
  const definition = own(args, confirm.argument);
  const point = own(points, confirm.point);
  if (!definition)
    report([...path, 'confirm', 'argument'], unknownName('argument', confirm.argument, Object.keys(args)));
  else if (point && !alike(definition, point))
    report(
      [...path, 'confirm'],
      `"${confirm.point}" never reads what "${confirm.argument}" asks for: a ${point.type}${unitWord(point)} is no ${definition.type}${unitWord(definition)}`,
    );
}

const unitWord = ({ unit }: { unit?: string | undefined }) => (unit === undefined ? '' : ` in ${unit}`);

function alike(definition: ArgumentDefinition, point: PointDefinition): boolean {
  if (definition.type !== point.type || definition.unit !== point.unit) return false;
  return Object.keys(definition.values ?? {}).every(
    (word) => point.values && Object.hasOwn(point.values, word),
  );
}

/** What a type makes of the arguments of one of its commands. */
export function checkTaken(
  type: DeviceType,
  source: DeviceType['commands'][string],
  definition: CommandDefinition,
  report: ReportAt,
  path: YamlPath,
): void {
  const names = Object.keys(definition.args);
  const { confirm } = definition;
  // A native device sends what its kind has.
  if (confirm && 'argument' in confirm && !('native' in source) && !own(type.points, confirm.point))
    report(path, `nothing would read back what was set: add "${confirm.point}" to points`);
  const ways = ('args' in source && source.args) || {};
  for (const [name, way] of Object.entries(ways)) {
    const taken = own(definition.args, name);
    const at = [...path, 'args', name];
    if (!taken) report([...path, 'args'], unknownName('argument', name, names), { key: name });
    else checkWay(taken, way, 'native' in source, report, at);
  }
  const written = writtenBy(source);
  if (written && !names.includes(written.name)) {
    report([...path, ...written.path], unknownName('argument', written.name, names));
    return;
  }
  const said = written ? [written.name] : sayableBy(source, names);
  const lost = names.filter((name) => !definition.args[name]?.optional && !said.includes(name));
  if (lost.length > 0)
    report(path, `nothing says "${lost[0]}" to the device: write it where the command is sent`);
  if ('modbus' in source && written)
    checkRegister(source.modbus, definition, written.name, ways, report, path);
  for (const [name, taken] of takenArguments(definition, source)) {
    const { min = -Infinity, max = Infinity, type, values } = taken.definition;
    if (type === 'number' && min >= max)
      report(
        [...path],
        `no value of "${name}" is left: the limits of kind, type and register exclude each other`,
      );
    if (type === 'enum' && Object.keys(values ?? {}).length === 0)
      report([...path, 'args', name, 'map'], `none of its words is one of "${name}"`);
  }
}

/** The arguments that reach a device where none is written by itself. */
function sayableBy(source: DeviceType['commands'][string], names: readonly string[]): readonly string[] {
  if ('mqtt' in source) return argumentsIn(source.mqtt.payload, names);
  return 'modbus' in source || 'metric' in source ? [] : names;
}

function writtenBy(source: DeviceType['commands'][string]): { name: string; path: string[] } | undefined {
  if ('modbus' in source && source.modbus.argument !== undefined)
    return { name: source.modbus.argument, path: ['modbus', 'argument'] };
  if ('metric' in source && source.metric.argument !== undefined)
    return { name: source.metric.argument, path: ['metric', 'argument'] };
  return undefined;
}

function argumentsIn(payload: unknown, names: readonly string[]): string[] {
  const texts = textsIn(payload).map(({ text }) => text);
  return names.filter((name) => texts.some((text) => new RegExp(`\\{${name}(:\\w+)?\\}`).test(text)));
}

function checkWay(
  { type, values, min: low = -Infinity, max: high = Infinity }: ArgumentDefinition,
  { min, max, decimals, scale, offset, map }: ArgumentSource,
  native: boolean,
  report: ReportAt,
  at: YamlPath,
): void {
  const numbers = [min, max, decimals, scale, offset].some((one) => one !== undefined);
  if (numbers && type !== 'number')
    report(at, `min, max, decimals, scale and offset are for numbers, this is of type ${type}`);
  if (map && type !== 'enum' && type !== 'bool')
    report([...at, 'map'], `map is for words and for true and false, this is of type ${type}`);
  if (native && (map || scale !== undefined || offset !== undefined))
    report(at, 'a native device is told the value as it is: leave scale, offset and map out');
  for (const [field, one] of [
    ['min', min],
    ['max', max],
  ] as const)
    if (one !== undefined && (one < low || one > high))
      report([...at, field], `a type narrows the limits of its kind (${low} to ${high}), ${one} widens them`);
  if (!map) return;
  const words = Object.values(map);
  for (const [raw, word] of Object.entries(map)) {
    const known = type === 'bool' ? typeof word === 'boolean' : own(values ?? {}, String(word)) !== undefined;
    if (!known)
      report(
        [...at, 'map', raw],
        `${JSON.stringify(word)} is no value of it (${Object.keys(values ?? { true: 0, false: 0 }).join(', ')})`,
      );
  }
  if (new Set(words).size < words.length)
    report([...at, 'map'], 'two raw values mean the same word: keep the one that is written');
}

/** What a register takes of an argument: numbers, words by a map, and bits true and false. */
function checkRegister(
  write: ModbusWrite,
  { args }: CommandDefinition,
  name: string,
  ways: Readonly<Record<string, ArgumentSource>>,
  report: ReportAt,
  path: YamlPath,
): void {
  const type = own(args, name)?.type;
  const map = own(ways, name)?.map;
  const at = [...path, 'modbus', 'argument'];
  const code = write.function;
  const bits = code === 5 || code === 15;
  if (bits && (type !== 'bool' || map))
    report(at, `function ${code} writes true and false: "${name}" must be of type bool, without a map`);
  else if (!bits && type === 'enum' && !map)
    report(at, `say which number each word of "${name}" is: args: { ${name}: { map: { 0: word } } }`);
  else if (!bits && type !== 'number' && type !== 'enum' && type !== 'bool')
    report(at, `a register takes a number or a word: "${name}" is of type ${type}`);
  const { low, high, words } = registerField(write);
  for (const raw of Object.keys(map ?? {})) {
    const number = Number(raw);
    const mend = !/^-?\d+$/.test(raw)
      ? `"${raw}" is no whole number`
      : number < low || number > high
        ? `${raw} does not fit ${words}, which goes from ${low} to ${high}`
        : null;
    if (mend !== null) report([...path, 'args', name, 'map'], mend, { key: raw });
  }
}
