import type { AlarmDefinition, AlarmRule } from '../contract/alarm.ts';
import type { Kind } from '../contract/kind.ts';
import type { Device } from '../contract/site.ts';
import { compileExpression, type ExpressionType } from '../lib/expression.ts';
import { conditionedJudge, equalityJudge, expressionJudge, type Judge, thresholdJudge } from './judges.ts';
import type { PointRule } from './rules.ts';

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
  const points = [on.point];
  for (const word of ['or', 'while', 'unless'] as const) {
    const named = on[word]?.point;
    if (named === undefined) continue;
    if (!kind.points[named]) return `the kind ${kind.id} has no point ${named}, which its "${word}" names`;
    points.push(named);
  }
  if (on.rule === 'is') return { judge: conditionedJudge(equalityJudge(on.value), on), points };
  if (point.type !== 'number') return `the point ${on.point} is no number, so it has no limit`;
  const limit = limitOf(on.limit, settings);
  if (typeof limit === 'string') return limit;
  return {
    judge: conditionedJudge(thresholdJudge(on.rule, limit, on.deadband), on),
    points,
    // Where another point may have raised it, neither value nor limit is what the alarm is about.
    ...(on.or ? {} : { limit }),
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
    const point = (on.rule !== 'when' && !on.or) || judged.points.length === 1 ? first : undefined;
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
