import type { AlarmDefinition, AlarmRule } from '../contract/alarm.ts';
import type { Kind } from '../contract/kind.ts';
import type { LivePoint, PointValue, Reading } from '../contract/reading.ts';
import type { Device } from '../contract/site.ts';
import {
  compileExpression,
  type Expression,
  type ExpressionType,
  type ExpressionValue,
} from '../lib/expression.ts';
import type { Look, PointRule } from './rules.ts';

/** A device with all that its alarms need; the devices room puts it together from site, kind and type. */
export interface AlarmedDevice {
  device: Device;
  kind: Kind;
  /** The kind's alarms with the type's overrides and additions, by name. */
  alarms: Readonly<Record<string, AlarmDefinition>>;
  /** The device's settings over the defaults of type and kind; `$name` limits are looked up here. */
  settings: Readonly<Record<string, number | string | boolean>>;
  areaName: string;
}

interface FieldRule {
  device: string;
  name: string;
  definition: AlarmDefinition;
}
export interface EventRule extends FieldRule {
  on: Extract<AlarmRule, { rule: 'event' }>;
}
export interface FindingRule extends FieldRule {
  on: Extract<AlarmRule, { rule: 'finding' }>;
}
export interface SupervisionRule extends FieldRule {
  on: Extract<AlarmRule, { rule: 'supervision' }>;
}

/** Why a definition cannot be judged; the rest of the device's alarms work all the same. */
export interface RuleProblem {
  definition: string;
  /** What is wrong and how to mend it. */
  message: string;
}

/** A device's alarm definitions, indexed by what may touch them: a reading or an event costs one look-up, never a scan. */
export interface CompiledDevice {
  source: AlarmedDevice;
  byPoint: ReadonlyMap<string, readonly PointRule[]>;
  byName: ReadonlyMap<string, PointRule>;
  raisedBy: ReadonlyMap<string, readonly EventRule[]>;
  clearedBy: ReadonlyMap<string, readonly EventRule[]>;
  supervision: readonly SupervisionRule[];
  findings: readonly FindingRule[];
  problems: readonly RuleProblem[];
}

export function causeKey(device: string, definition: string, instance?: string, apart?: string): string {
  const cause = `${device}/${definition}/${instance ?? ''}`;
  return apart === undefined ? cause : `${cause}/${apart}`;
}

/** Same text over the same points gives the same expression: a thousand devices of a kind share one. */
const expressions = new Map<string, ReturnType<typeof compileExpression>>();
const mostExpressions = 5_000;

function expressionOf(source: string, kind: Kind): ReturnType<typeof compileExpression> {
  const variables = new Map<string, ExpressionType>();
  for (const [name, { type }] of Object.entries(kind.points))
    variables.set(name, type === 'number' || type === 'bool' ? type : 'text');
  const key = JSON.stringify([source, ...variables]);
  let compiled = expressions.get(key);
  if (!compiled) {
    if (expressions.size >= mostExpressions) expressions.clear();
    compiled = compileExpression(source, variables);
    expressions.set(key, compiled);
  }
  return compiled;
}

/** The value when it may decide anything: of good quality, not null, and finite when a number. */
function known(point: { value: PointValue; quality: string } | undefined): ExpressionValue | undefined {
  if (point === undefined || point.quality !== 'good') return undefined;
  const { value } = point;
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return undefined;
  return value;
}

/** A point's values in an expression must be of its own type: CEL would throw, and a throw says nothing about the plant. */
function fits(value: ExpressionValue, kind: Kind, point: string): boolean {
  const type = kind.points[point]?.type;
  if (type === 'number') return typeof value === 'number';
  if (type === 'bool') return typeof value === 'boolean';
  return typeof value === 'string';
}

type Judge = Pick<PointRule, 'trips' | 'back'>;

function thresholdJudge(rule: 'above' | 'below', limit: number, deadband: number): Judge {
  const numberOf = (reading: Reading): number | undefined => {
    const value = known(reading);
    return typeof value === 'number' ? value : undefined;
  };
  const sign = rule === 'above' ? 1 : -1;
  // 0.3 − 0.2 is a little less than 0.1 in binary; who writes a deadband of 0.1 means that 0.2 is back.
  const back = -deadband + Math.min(deadband, Math.abs(limit) * 1e-12 + deadband * 1e-9);
  return {
    trips(reading) {
      const value = numberOf(reading);
      return value === undefined ? undefined : (value - limit) * sign > 0;
    },
    back(reading) {
      const value = numberOf(reading);
      return value === undefined ? undefined : (value - limit) * sign <= back;
    },
  };
}

function equalityJudge(expected: PointValue): Judge {
  return {
    trips(reading) {
      const value = known(reading);
      return value === undefined ? undefined : value === expected;
    },
    back(reading) {
      const value = known(reading);
      return value === undefined ? undefined : value !== expected;
    },
  };
}

/** Another value of the device that keeps the rule from saying anything. What an event told counts after a restart, too. */
function excused(
  judge: Judge,
  point: string,
  unless: { point: string; value: PointValue } | undefined,
): Judge {
  if (!unless) return judge;
  const newest = (name: string, reading: Reading, look: Look) =>
    name === reading.point ? reading : look(reading.device, name);
  const isExcused = (reading: Reading, look: Look): boolean => {
    const excuse = newest(unless.point, reading, look);
    return excuse !== undefined && excuse.quality !== 'bad' && excuse.value === unless.value;
  };
  const judged = (way: 'trips' | 'back', reading: Reading, look: Look): boolean | undefined => {
    const value = newest(point, reading, look);
    return value && judge[way]({ ...reading, ...value }, look);
  };
  return {
    trips: (reading, look) => !isExcused(reading, look) && judged('trips', reading, look),
    back: (reading, look) => isExcused(reading, look) || judged('back', reading, look),
  };
}

/** Every named point is looked up before the expression runs; one that is absent or bad makes the result unknown. */
function expressionJudge(expression: Expression, kind: Kind): Judge {
  const { names } = expression;
  const decide = (reading: Reading, look: Look): boolean | undefined => {
    const values: Record<string, ExpressionValue> = {};
    for (const name of names) {
      const point: LivePoint | Reading | undefined =
        name === reading.point ? reading : look(reading.device, name);
      const value = known(point);
      if (value === undefined || !fits(value, kind, name)) return undefined;
      values[name] = value;
    }
    try {
      return expression.run(values) === true;
    } catch {
      return undefined;
    }
  };
  return {
    trips: decide,
    back(reading, look) {
      const trips = decide(reading, look);
      return trips === undefined ? undefined : !trips;
    },
  };
}

function limitOf(limit: number | string, settings: AlarmedDevice['settings']): number | string {
  if (typeof limit === 'number') return limit;
  const name = limit.slice(1);
  const value = settings[name];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return value === undefined
    ? `its limit ${limit} is not set: give the device the setting ${name}, or the kind a default`
    : `its limit ${limit} is ${JSON.stringify(value)}, not a number: correct the device's setting ${name}`;
}

type PointAlarm = Extract<AlarmRule, { rule: 'above' | 'below' | 'is' | 'when' }>;

function judgeOf(
  on: PointAlarm,
  source: AlarmedDevice,
): { judge: Judge; points: readonly string[]; limit?: number } | string {
  const { kind, settings } = source;
  if (on.rule === 'when') {
    const compiled = expressionOf(on.when, kind);
    if (!compiled.ok)
      return `its expression has a fault at character ${compiled.at + 1}: ${compiled.message}`;
    if (compiled.expression.type !== 'bool') return 'its expression gives a value, not true or false';
    if (compiled.expression.names.length === 0)
      return 'its expression reads no point, so nothing ever judges it';
    return { judge: expressionJudge(compiled.expression, kind), points: compiled.expression.names };
  }
  const point = kind.points[on.point];
  if (!point) return `the kind ${kind.id} has no point ${on.point}`;
  if (on.unless && !kind.points[on.unless.point])
    return `the kind ${kind.id} has no point ${on.unless.point}, which its "unless" names`;
  const points = on.unless ? [on.point, on.unless.point] : [on.point];
  if (on.rule === 'is') return { judge: excused(equalityJudge(on.value), on.point, on.unless), points };
  if (point.type !== 'number') return `the point ${on.point} is no number, so it has no limit`;
  const limit = limitOf(on.limit, settings);
  if (typeof limit === 'string') return limit;
  return {
    judge: excused(thresholdJudge(on.rule, limit, on.deadband), on.point, on.unless),
    ...{ points, limit },
  };
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}

/** Compiles all alarm definitions of a device. Never throws: what cannot be judged is named in `problems`. */
export function compileDevice(source: AlarmedDevice): CompiledDevice {
  const device = source.device.id;
  const byPoint = new Map<string, PointRule[]>();
  const byName = new Map<string, PointRule>();
  const raisedBy = new Map<string, EventRule[]>();
  const clearedBy = new Map<string, EventRule[]>();
  const supervision: SupervisionRule[] = [];
  const findings: FindingRule[] = [];
  const problems: RuleProblem[] = [];
  for (const [name, definition] of Object.entries(source.alarms)) {
    const { on } = definition;
    if (on.rule === 'event') {
      const rule: EventRule = { device, name, definition, on };
      append(raisedBy, on.event, rule);
      if (on.clearedBy !== undefined) append(clearedBy, on.clearedBy, rule);
      continue;
    }
    if (on.rule === 'supervision') {
      supervision.push({ device, name, definition, on });
      continue;
    }
    if (on.rule === 'finding') {
      findings.push({ device, name, definition, on });
      continue;
    }
    const judged = judgeOf(on, source);
    if (typeof judged === 'string') {
      problems.push({ definition: name, message: judged });
      continue;
    }
    const [first] = judged.points;
    const point = on.rule !== 'when' || judged.points.length === 1 ? first : undefined;
    const rule: PointRule = {
      cause: causeKey(device, name),
      device,
      name,
      definition,
      point,
      limit: judged.limit,
      unit: point === undefined ? undefined : source.kind.points[point]?.unit,
      onDelayMs: on.onDelayMs,
      offDelayMs: on.offDelayMs,
      ...judged.judge,
    };
    byName.set(name, rule);
    for (const read of judged.points) append(byPoint, read, rule);
  }
  return { source, byPoint, byName, raisedBy, clearedBy, supervision, findings, problems };
}

/** Definitions that differ in this tell of different things, though the name is the same: an open alarm of the old one ends. */
export function essenceOf(definition: AlarmDefinition): string {
  const { on } = definition;
  switch (on.rule) {
    case 'above':
    case 'below':
      return `${on.rule} ${on.point}`;
    case 'is':
      return `is ${on.point} ${JSON.stringify(on.value)}`;
    case 'when':
      return `when ${on.when}`;
    case 'event':
      return `event ${on.event} ${on.clearedBy ?? ''} ${on.latched} ${on.instance ?? ''} ${on.apart?.join(' ') ?? ''}`;
    case 'supervision':
      return `supervision ${on.fault}`;
    case 'finding':
      return `finding ${on.finding}`;
  }
}
