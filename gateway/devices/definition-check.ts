import {
  type DeviceType,
  type Dlt645Read,
  isAsked,
  type OsdpAct,
  type PointSource,
} from '../contract/device-type.ts';
import type { Kind, SettingDefinition } from '../contract/kind.ts';
import { compileExpression } from '../lib/expression.ts';
import { suggestion } from '../lib/nearest.ts';
import type { YamlPath } from '../lib/yaml-file.ts';
import { dlt645Entry } from '../protocols/dlt645/items.ts';
import { checkAlarm } from './alarm-check.ts';
import { checkArguments, checkTaken } from './argument-check.ts';
import { expressionTypes, own, type ReportAt, unfit, unknownName } from './definition-words.ts';
import { dlt645Format } from './dlt645.ts';
import { checkBands, checkUnknowns } from './line-check.ts';
import { checkFactors, checkRead, checkTimes, checkWidths, checkWrite } from './modbus-check.ts';
import {
  checkMessage,
  checkMqtt,
  checkPaths,
  checkSwitch,
  checkTopicSource,
  checkWritten,
} from './mqtt-check.ts';
import { units } from './units.ts';

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
    const values = Object.keys(setting.values ?? {});
    if (setting.values && (setting.type !== 'text' || values.length < 2))
      report(path, `"${name}" has values, so its type is text and there are at least two of them`);
    else if (setting.values && (typeof preset !== 'string' || !values.includes(preset)))
      report(
        [...path, 'default'],
        `"${name}" needs a default that is one of its values: ${values.join(', ')}`,
      );
    if (typeof preset === 'number' && (preset < min || preset > max))
      report([...path, 'default'], `the default of "${name}" lies outside of its own min and max`);
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
  checkUnknowns(kind.points, report);
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
  for (const [name, command] of Object.entries(kind.commands)) {
    const { confirm } = command;
    checkArguments(command, kind.points, report, ['commands', name]);
    if (own(kind.points, name))
      report(['commands'], `"${name}" is a point as well: a binding could mean either; rename one`, {
        key: name,
      });
    if (!confirm) continue;
    const path = ['commands', name, 'confirm'];
    const point = own(kind.points, confirm.point);
    const wanted = point && 'value' in confirm ? unfit(point, confirm.value) : null;
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
    checkRead(source.modbus, report, [...path, 'modbus']);
    checkTimes(type, kind, source.modbus.times ?? [], report, [...path, 'modbus', 'times']);
    return;
  }
  if ('dlt645' in source) {
    if (type.link !== 'dlt645')
      report(path, `a dlt645 read needs link: dlt645, this type has link: ${type.link}`);
    checkIdentifier(source.dlt645, report, [...path, 'dlt645']);
    return;
  }
  if ('cjt188' in source) {
    if (type.link !== 'cjt188')
      report(path, `a cjt188 read needs link: cjt188, this type has link: ${type.link}`);
    return;
  }
  if ('json' in source || 'topic' in source) {
    if ('json' in source) checkPaths(type, source, report, path);
    checkTopicSource(type, source, report, path);
    return;
  }
  if ('metric' in source || 'entity' in source) return;
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

function checkIdentifier(read: Dlt645Read, report: ReportAt, path: YamlPath): void {
  const entry = dlt645Entry(read.di);
  if (!dlt645Format(read))
    report(
      [...path, 'di'],
      `"${read.di}" is no number that Gatehouse knows: state digits, decimals and signed as the meter's manual has them, or correct it`,
    );
  else if (entry && read.item >= (entry.count ?? Number.POSITIVE_INFINITY))
    report(
      [...path, 'item'],
      `"${read.di}" holds ${entry.count === 1 ? 'one value: leave item out' : `${entry.count} values: item is 0 to ${(entry.count ?? 1) - 1}`}`,
    );
}

/** A time that a setting gives is one of a setting that is a number. */
function checkSeconds(
  type: DeviceType,
  kind: Kind,
  { seconds }: OsdpAct,
  report: ReportAt,
  path: YamlPath,
): void {
  if (typeof seconds !== 'string') return;
  const settings = { ...kind.settings, ...type.settings };
  const numbers = Object.keys(settings).filter((name) => settings[name]?.type === 'number');
  if (!numbers.includes(seconds)) report(path, unknownName('setting', seconds, numbers));
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
    else {
      checkSource(type, kind, name, source, report);
      checkBands(kind.points, name, source, report);
    }
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
  checkMqtt(type, kind, report);
  for (const [code, meaning] of Object.entries(type.codes))
    for (const field of ['raised', 'restored'] as const)
      if (!own(kind.events, meaning[field]))
        report(['codes', code, field], unknownName('event', meaning[field], Object.keys(kind.events)));
  checkFactors(type, report);
  checkWidths(type, report);
  for (const [name, source] of Object.entries(type.commands)) {
    const ways: DeviceType['link'][] =
      'tells' in source
        ? [type.link]
        : 'native' in source
          ? ['native', 'child']
          : 'parent' in source
            ? ['child']
            : 'uhppote' in source
              ? ['uhppote']
              : 'mqtt' in source || 'metric' in source || 'entity' in source
                ? ['mqtt']
                : 'dc09' in source
                  ? ['sia-dc09']
                  : 'osdp' in source
                    ? ['osdp']
                    : ['modbus'];
    const definition = own(kind.commands, name);
    if (definition) checkTaken(type, source, definition, report, ['commands', name]);
    else report(['commands'], unknownName('command', name, Object.keys(kind.commands)), { key: name });
    if (!ways.includes(type.link))
      report(
        ['commands', name],
        `this way of sending needs link: ${ways[0]}, this type has link: ${type.link}`,
      );
    if ('tells' in source && !own(kind.events, source.tells))
      report(['commands', name, 'tells'], unknownName('event', source.tells, Object.keys(kind.events)));
    if ('mqtt' in source)
      checkMessage(type, source.mqtt, Object.keys(definition?.args ?? {}), report, [
        'commands',
        name,
        'mqtt',
      ]);
    if ('metric' in source) checkWritten(type, source.metric, report, ['commands', name, 'metric']);
    if ('entity' in source)
      checkSwitch(type, source.entity.address, report, ['commands', name, 'entity', 'address']);
    if ('modbus' in source) checkWrite(source.modbus, report, ['commands', name, 'modbus']);
    if ('osdp' in source)
      checkSeconds(type, kind, source.osdp, report, ['commands', name, 'osdp', 'seconds']);
  }
  if (isAsked(type.link) && !Object.values(type.points).some((source) => type.link in source))
    report(['points'], `a type with link: ${type.link} must read at least one point`);
  if (type.line && !isAsked(type.link))
    report(['line'], `"line" is for types that are asked on a serial line, this type has link: ${type.link}`);
  if ((type.link === 'cjt188') !== (type.cjt188 !== undefined))
    report(
      type.cjt188 ? ['cjt188'] : ['link'],
      type.cjt188
        ? `"cjt188" is for types with link: cjt188, this type has link: ${type.link}`
        : 'a type with link: cjt188 says which type of meter it is: add cjt188: { meterType: "10" }',
    );
  checkSettings(type.settings, report);
  const settings = { ...kind.settings, ...type.settings };
  for (const [name, definition] of Object.entries(type.alarms))
    checkAlarm(definition, { ...kind, settings }, report, ['alarms', name]);
}
