import { type BadReason, unusable } from '../contract/bad-value.ts';
import type { FieldEvent } from '../contract/event.ts';
import { misread } from '../contract/misread.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import type { ExpressionValue } from '../lib/expression.ts';
import type { Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { ComputedPoint, EdgeRule, Listener, LiveDevice, LivePoint } from './live-device.ts';
import { badReading, readingOf } from './message.ts';

/** What a message has led to within the turn. */
export interface Outcome {
  /** The newest values, of this device and of those that follow it: alarms, consoles and commands look at these. */
  readings: Reading[];
  /** `device.point` of each of them, which nobody then has to put together again. */
  keys: string[];
  /** Older than what is known: they are in history and change nothing else. */
  late: Reading[];
  /** The message's own events and those that changes of points became. */
  events: FieldEvent[];
}

/** The part of a turn that readings need; the case runner has one of its own. */
export type FlowTurn = Pick<Turn, 'record' | 'write' | 'monoMs'>;

export interface Flow {
  /**
   * A reading into the live values; out of it come those of computed and composed points and the events of edges.
   * @param asEdge false for a value that an event has told: the event is there already
   */
  take(turn: FlowTurn, point: LivePoint, reading: Reading, out: Outcome, asEdge?: boolean): void;
  /**
   * What a broker has kept is compared with what is known: a state that differs is a change, found now. A measurement of
   * unknown age stands in for none at all, is uncertain, and is no part of history.
   */
  compare(turn: FlowTurn, point: LivePoint, reading: Reading, out: Outcome): void;
}

/**
 * Whether a reading is older than the one that is known. An undated one (its time is its arrival) never is: it came after,
 * and the device's clock may run ahead of ours.
 */
function isOlder(reading: Reading, known: Reading): boolean {
  return reading.at < known.at && reading.at !== reading.receivedAt;
}

/**
 * @param deps.values newest reading by `device.point`
 * @param deps.edges last good value by key, durable, so that a restart neither repeats nor misses a change
 * @param deps.moved a point that should always move has another value than before
 */
export function createFlow(deps: {
  values: Table<Reading>;
  edges: Table<PointValue>;
  moved(turn: FlowTurn, point: LivePoint, stuckAfterMs: number): void;
  /** What a composed device is bound to by a name has a usable value, or none. */
  bound(turn: FlowTurn, device: string, name: string, usable: boolean): void;
}): Flow {
  const { values, edges } = deps;

  function fire(
    turn: FlowTurn,
    rules: readonly EdgeRule[],
    key: string,
    value: PointValue,
    source: { device: string; at: number; receivedAt: number },
    out: Outcome | null,
    alarms = true,
  ): void {
    const before = edges.get(key);
    if (before === value) return;
    edges.set(key, value);
    turn.write('devices.edge', key, JSON.stringify(value));
    if (!out) return;
    for (const rule of rules) {
      // Of a first value only an alarm is news: that a thing is at rest is none.
      const hit =
        rule.when === 'becomes'
          ? value === rule.value && (before !== undefined || rule.alarm)
          : before === rule.value;
      if (!hit || (rule.alarm && !alarms)) continue;
      const { device, at, receivedAt } = source;
      out.events.push({
        device,
        externalId: null,
        type: rule.event,
        data: { ...rule.data },
        at: at === receivedAt ? null : at,
        receivedAt,
      });
    }
  }

  function compute(
    turn: FlowTurn,
    { point, expression, inputs }: ComputedPoint,
    by: Reading,
    out: Outcome,
  ): void {
    // No prototype: names of points are keys here.
    const context = Object.create(null) as Record<string, ExpressionValue>;
    let bad: string | null = null;
    for (const input of inputs) {
      const known = values.get(input.key);
      // Never heard is unknown, not bad: nothing is said of the computed point, either.
      if (!known) return;
      if (known.quality === 'bad' || known.value === null) bad ??= input.key;
      else context[input.name] = known.value;
    }
    const reading =
      bad === null
        ? readingOf(point, run(expression, context), 'good', by.at, by.receivedAt, [])
        : badReading(point, by.at, by.receivedAt, { code: 'source', from: bad });
    take(turn, point, reading, out);
  }

  function listen(turn: FlowTurn, listener: Listener, reading: Reading, out: Outcome): void {
    const { at, receivedAt } = reading;
    if ('point' in listener) {
      const { point, transform } = listener;
      let made: Reading;
      if (reading.quality === 'bad' || reading.value === null)
        made = badReading(point, at, receivedAt, {
          ...{ code: 'source', from: `${reading.device}.${reading.point}` },
        });
      else {
        const value = transform ? transform(reading.value) : { value: reading.value };
        made =
          'refused' in value
            ? badReading(
                point,
                at,
                receivedAt,
                unusable(misread('value-transform', { point: point.key, words: value.refused })),
              )
            : readingOf(point, value.value, reading.quality, at, receivedAt, []);
      }
      take(turn, point, made, out);
      deps.bound(turn, point.device, point.name, made.quality !== 'bad');
      return;
    }
    const { name, transform } = listener;
    const usable = reading.quality !== 'bad' && reading.value !== null ? reading.value : undefined;
    const value = usable !== undefined && transform ? transform(usable) : { value: usable };
    const told = 'refused' in value || typeof value.value !== 'boolean' ? undefined : value.value;
    deps.bound(turn, listener.device, name, told !== undefined);
    if (told === undefined) return;
    fire(turn, listener.edges, listener.key, told, { device: listener.device, at, receivedAt }, out);
  }

  function isHidden({ hiddenBy }: LivePoint): boolean {
    return hiddenBy ? hiddenBy.words.has(values.get(hiddenBy.key)?.value ?? null) : false;
  }

  function take(turn: FlowTurn, point: LivePoint, told: Reading, out: Outcome, asEdge = true): void {
    const reading =
      told.quality !== 'bad' && isHidden(point)
        ? badReading(point, told.at, told.receivedAt, hiddenReason(point))
        : told;
    turn.record(reading.device, reading.point, reading.at, reading.value, reading.quality);
    const known = values.get(point.key);
    if (known && isOlder(reading, known)) {
      out.late.push(reading);
      return;
    }
    show(point, reading, out);
    if (point.stuckAfterMs !== null && known?.value !== reading.value)
      deps.moved(turn, point, point.stuckAfterMs);
    if (!asEdge)
      turn.write(
        'devices.told',
        point.key,
        reading.device,
        point.name,
        JSON.stringify(reading.value),
        reading.at,
      );
    if (point.edges.length > 0 && reading.quality !== 'bad' && reading.value !== null)
      fire(turn, point.edges, point.key, reading.value, reading, asEdge ? out : null, tellsAlarms(point));
    for (const computed of point.feeds) compute(turn, computed, reading, out);
    for (const listener of point.listeners) listen(turn, listener, reading, out);
    for (const hidden of point.hides) hide(turn, hidden, reading, out);
  }

  /** What a point said before its line failed holds no longer. */
  function hide(turn: FlowTurn, point: LivePoint, { at, receivedAt }: Reading, out: Outcome): void {
    const known = values.get(point.key);
    if (known && known.quality !== 'bad' && isHidden(point))
      take(turn, point, badReading(point, at, receivedAt, hiddenReason(point)), out);
  }

  function compare(turn: FlowTurn, point: LivePoint, reading: Reading, out: Outcome): void {
    const known = values.get(point.key);
    const dated = reading.at !== reading.receivedAt;
    if (dated ? known && reading.at <= known.at : known?.quality === 'good' && known.value === reading.value)
      return;
    const isState = point.type === 'bool' || point.type === 'enum';
    if (dated || isState) take(turn, point, reading, out);
    else if (known?.quality !== 'good' && reading.quality !== 'bad')
      show(point, { ...reading, quality: 'uncertain', why: { code: 'kept' } }, out);
  }

  function show(point: LivePoint, reading: Reading, out: Outcome): void {
    values.set(point.key, reading);
    out.readings.push(reading);
    out.keys.push(point.key);
  }

  return { take, compare };
}

const hiddenReason = ({ key, hiddenBy }: LivePoint): BadReason => ({
  code: 'hidden',
  by: hiddenBy?.key ?? key,
});

/** A bare channel leaves its alarms to what is bound to it, and has none where nothing is wired. */
function tellsAlarms({ definition, listeners, hides }: LivePoint): boolean {
  if (definition.channel !== true) return true;
  return listeners.length === 0 && hides.some((hidden) => hidden.listeners.length > 0);
}

/** What lines say goes before what comes over them, so that one message tells of both as of one moment. */
export function linesFirst({ points }: LiveDevice, readings: readonly Reading[]): readonly Reading[] {
  const isLine = ({ point }: Reading) => (points.get(point)?.hides.length ?? 0) > 0;
  if (!readings.some(isLine)) return readings;
  return [...readings.filter(isLine), ...readings.filter((reading) => !isLine(reading))];
}

function run(expression: ComputedPoint['expression'], context: Record<string, ExpressionValue>): unknown {
  try {
    return expression.run(context);
  } catch {
    // An input of another type than declared; the reading is refused as no value of the point.
    return undefined;
  }
}
