import type { AlarmDefinition } from '../contract/alarm.ts';
import type { DeviceType, PointSource } from '../contract/device-type.ts';
import type { Kind, PointDefinition, SettingDefinition } from '../contract/kind.ts';
import type { PointValue } from '../contract/reading.ts';
import { compileExpression, type ExpressionType } from '../lib/expression.ts';
import { suggestion } from '../lib/nearest.ts';
import type { FileProblem, YamlPath } from '../lib/yaml-file.ts';
import { parseJsonPath } from './json-path.ts';
import { units } from './units.ts';

/** Reports a problem at a path of the definition; with `key`, at that key of it. */
export type ReportAt = (
  path: YamlPath,
  message: string,
  options?: { key?: string; severity?: FileProblem['severity'] },
) => void;

/** What a point is called in an expression's type. */
export function expressionTypes(
  points: Readonly<Record<string, PointDefinition>>,
): Map<string, ExpressionType> {
  return new Map(
    Object.entries(points).map(([name, { type }]) => [
      name,
      type === 'number' || type === 'bool' ? type : 'text',
    ]),
  );
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function unknownName(what: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  const list = names.length > 0 ? `known: ${names.join(', ')}` : 'it has none';
  return `there is no ${what} "${name}" here${suggestion(name, names)} (${list})`;
}

/** Whether a value can be one of the point's; null when it can, else what it must be. */
export function unfit(point: PointDefinition, value: PointValue): string | null {
  if (value === null) return null;
  switch (point.type) {
    case 'number':
      return typeof value === 'number' ? null : 'a number';
    case 'bool':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'text':
      return typeof value === 'string' ? null : 'a text';
    case 'enum': {
      const words = Object.keys(point.values ?? {});
      return typeof value === 'string' && words.includes(value) ? null : `one of ${words.join(', ')}`;
    }
  }
}

function checkUnit(unit: string | undefined, report: ReportAt, path: YamlPath): void {
  if (unit !== undefined && !units.has(unit))
    report(
      [...path, 'unit'],
      `"${unit}" is not a known unit${suggestion(unit, units)} (known: ${[...units].join(', ')})`,
    );
}

function checkSettings(settings: Readonly<Record<string, SettingDefinition>>, report: ReportAt): void {
  for (const [name, setting] of Object.entries(settings)) {
    const path = ['settings', name];
    checkUnit(setting.unit, report, path);
    const wanted = { number: 'number', text: 'string', bool: 'boolean' }[setting.type];
    const { default: preset, min = -Infinity, max = Infinity } = setting;
    if (preset !== undefined && typeof preset !== wanted)
      report([...path, 'default'], `the default of "${name}" must be a ${setting.type}, as its type says`);
    if (typeof preset === 'number' && (preset < min || preset > max))
      report([...path, 'default'], `the default of "${name}" lies outside of its own min and max`);
  }
}

interface Vocabulary {
  points: Readonly<Record<string, PointDefinition>>;
  events: Kind['events'];
  settings: Readonly<Record<string, SettingDefinition>>;
}

function checkAlarm(definition: AlarmDefinition, words: Vocabulary, report: ReportAt, path: YamlPath): void {
  const { on } = definition;
  const at = [...path, 'on'];
  const pointOf = (name: string): PointDefinition | undefined => {
    const point = own(words.points, name);
    if (!point) report([...at, 'point'], unknownName('point', name, Object.keys(words.points)));
    return point;
  };
  const checkEvent = (field: 'event' | 'clearedBy', name: string) => {
    if (!own(words.events, name))
      report([...at, field], unknownName('event', name, Object.keys(words.events)));
  };
  switch (on.rule) {
    case 'above':
    case 'below': {
      const point = pointOf(on.point);
      if (point && point.type !== 'number')
        report([...at, 'point'], `"${on.point}" is not a number: use rule "is" for it`);
      if (typeof on.limit === 'number') {
        const { min = -Infinity, max = Infinity } = point ?? {};
        if (on.limit < min || on.limit > max)
          report(
            [...at, 'limit'],
            `the limit ${on.limit} can never be passed: "${on.point}" lies within ${min} … ${max}`,
          );
        return;
      }
      const name = on.limit.slice(1);
      const setting = own(words.settings, name);
      if (!setting) report([...at, 'limit'], unknownName('setting', name, Object.keys(words.settings)));
      else if (setting.type !== 'number' || setting.default === undefined)
        report([...at, 'limit'], `the setting "${name}" must be a number with a default to serve as a limit`);
      return;
    }
    case 'is': {
      const point = pointOf(on.point);
      const wanted = point ? unfit(point, on.value) : null;
      if (wanted) report([...at, 'value'], `"${on.point}" never has this value: it must be ${wanted}`);
      return;
    }
    case 'when': {
      const result = compileExpression(on.when, expressionTypes(words.points));
      if (!result.ok)
        report(
          [...at, 'when'],
          `the condition does not compile: ${result.message} (character ${result.at + 1})`,
        );
      else if (result.expression.type !== 'bool')
        report([...at, 'when'], `the condition gives a ${result.expression.type}: compare it with something`);
      else if (result.expression.names.length === 0)
        report([...at, 'when'], 'the condition reads no point, so it never changes');
      else if (result.expression.warning)
        report([...at, 'when'], result.expression.warning, { severity: 'warning' });
      return;
    }
    case 'event':
      checkEvent('event', on.event);
      if (on.clearedBy !== undefined) checkEvent('clearedBy', on.clearedBy);
      return;
    case 'supervision':
      return;
  }
}

/** What zod cannot see in a kind: names that must exist, units, limits, conditions that compile. */
export function checkKind(kind: Kind, report: ReportAt): void {
  for (const [name, point] of Object.entries(kind.points)) {
    const path = ['points', name];
    checkUnit(point.unit, report, path);
    if (!/^[a-zA-Z][a-zA-Z0-9]*$/.test(name))
      report(['points'], `"${name}" cannot name a point: use letters and digits, a letter first`, {
        key: name,
      });
    if (point.type === 'number' && (point.min === undefined || point.max === undefined))
      report(
        path,
        `"${name}" needs min and max: what is physically possible; a value outside is of bad quality`,
      );
    if (point.min !== undefined && point.max !== undefined && point.min >= point.max)
      report([...path, 'max'], `max must be above min (${point.min})`);
    if (point.type === 'enum' && Object.keys(point.values ?? {}).length < 2)
      report(path, `"${name}" is an enum and needs its values, each with zh and en`);
  }
  checkSettings(kind.settings, report);
  for (const [name, event] of Object.entries(kind.events)) {
    for (const [point, value] of Object.entries(event.sets ?? {})) {
      const path = ['events', name, 'sets'];
      const definition = own(kind.points, point);
      const wanted = definition ? unfit(definition, value) : null;
      if (!definition) report(path, unknownName('point', point, Object.keys(kind.points)), { key: point });
      else if (wanted) report([...path, point], `"${point}" must be ${wanted}`);
    }
  }
  for (const [name, { confirm }] of Object.entries(kind.commands)) {
    if (own(kind.points, name))
      report(['commands'], `"${name}" is a point as well: a binding could mean either; rename one`, {
        key: name,
      });
    if (!confirm) continue;
    const path = ['commands', name, 'confirm'];
    const point = own(kind.points, confirm.point);
    const wanted = point ? unfit(point, confirm.value) : null;
    if (!point) report([...path, 'point'], unknownName('point', confirm.point, Object.keys(kind.points)));
    else if (wanted)
      report([...path, 'value'], `"${confirm.point}" never has this value: it must be ${wanted}`);
  }
  for (const [name, definition] of Object.entries(kind.alarms))
    checkAlarm(definition, kind, report, ['alarms', name]);
}

function checkSource(
  type: DeviceType,
  kind: Kind,
  name: string,
  source: PointSource,
  report: ReportAt,
): void {
  const path = ['points', name];
  if ('modbus' in source) {
    if (type.link !== 'modbus')
      report(path, `a modbus read needs link: modbus, this type has link: ${type.link}`);
    const { function: code, type: data, bit, bits, length } = source.modbus;
    if (code <= 2 && data !== 'bool')
      report([...path, 'modbus', 'type'], `function ${code} reads single bits: write type: bool`);
    if ((bit !== undefined || bits) && code <= 2)
      report([...path, 'modbus'], `function ${code} reads single bits already: leave bit and bits out`);
    if (data === 'ascii' && length === undefined)
      report([...path, 'modbus'], 'an ascii value needs length, in registers');
    return;
  }
  if ('json' in source) {
    if (type.link !== 'native')
      report(path, `a JSON path needs link: native, this type has link: ${type.link}`);
    if (!parseJsonPath(source.json))
      report(
        [...path, 'json'],
        `"${source.json}" is not a path: write it like values.level or a.b[0]["x y"]`,
      );
    return;
  }
  const others = Object.fromEntries(Object.entries(kind.points).filter(([point]) => point !== name));
  const result = compileExpression(source.value, expressionTypes(others));
  if (!result.ok) {
    report(
      [...path, 'value'],
      `the expression does not compile: ${result.message} (character ${result.at + 1})`,
    );
    return;
  }
  const { expression } = result;
  const definition = own(kind.points, name);
  const wanted = definition && expressionTypes({ [name]: definition }).get(name);
  const changes = source.map !== undefined || source.invert !== undefined;
  if (wanted && !changes && wanted !== expression.type)
    report([...path, 'value'], `"${name}" is a ${wanted}, the expression gives a ${expression.type}`);
  if (expression.warning) report([...path, 'value'], expression.warning, { severity: 'warning' });
  for (const read of expression.names) {
    const input = own(type.points, read);
    if (input && 'value' in input)
      report([...path, 'value'], `"${read}" is computed itself: write its expression out here instead`);
  }
}

/** What zod cannot see in a device type; `kind` is the one it names. */
export function checkType(type: DeviceType, kind: Kind, report: ReportAt): void {
  const points = Object.keys(kind.points);
  for (const [name, source] of Object.entries(type.points)) {
    if (!own(kind.points, name))
      report(
        ['points'],
        `${unknownName('point', name, points)}: a type fills the points of its kind ${kind.id}`,
        { key: name },
      );
    else checkSource(type, kind, name, source, report);
  }
  for (const [index, edge] of type.edges.entries()) {
    const point = own(kind.points, edge.point);
    const [field, value] =
      'becomes' in edge ? (['becomes', edge.becomes] as const) : (['leaves', edge.leaves] as const);
    const wanted = point ? unfit(point, value) : null;
    if (!point) report(['edges', index, 'point'], unknownName('point', edge.point, points));
    else if (wanted)
      report(['edges', index, field], `"${edge.point}" never has this value: it must be ${wanted}`);
    if (!own(kind.events, edge.event))
      report(['edges', index, 'event'], unknownName('event', edge.event, Object.keys(kind.events)));
  }
  for (const [name, source] of Object.entries(type.commands)) {
    const wanted = 'native' in source ? 'native' : 'modbus';
    if (!own(kind.commands, name))
      report(['commands'], unknownName('command', name, Object.keys(kind.commands)), { key: name });
    if (type.link !== wanted)
      report(
        ['commands', name],
        `this way of sending needs link: ${wanted}, this type has link: ${type.link}`,
      );
    if ('modbus' in source) checkWrite(source.modbus, report, ['commands', name, 'modbus']);
  }
  if (type.link === 'modbus' && !Object.values(type.points).some((source) => 'modbus' in source))
    report(['points'], 'a type with link: modbus must read at least one point');
  checkSettings(type.settings, report);
  const settings = { ...kind.settings, ...type.settings };
  for (const [name, definition] of Object.entries(type.alarms))
    checkAlarm(definition, { points: kind.points, events: kind.events, settings }, report, ['alarms', name]);
}

function checkWrite(
  write: { function: 5 | 6 | 16; value: number | boolean },
  report: ReportAt,
  path: YamlPath,
): void {
  const { value } = write;
  if (write.function === 5 && typeof value !== 'boolean' && ![0, 0xff00, 0x5500].includes(value))
    report(
      [...path, 'value'],
      'function 5 writes true or false (or the raw word 0x5500 of relays that toggle)',
    );
  if (
    write.function !== 5 &&
    (typeof value !== 'number' || !Number.isInteger(value) || value < -32_768 || value > 65_535)
  )
    report(
      [...path, 'value'],
      `function ${write.function} writes a whole number of one register, -32768 to 65535`,
    );
}
