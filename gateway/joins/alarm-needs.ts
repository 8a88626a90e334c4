import type { AlarmDefinition, AlarmRule } from '../contract/alarm.ts';
import { expressionTypes } from '../devices/definition-words.ts';
import type { LiveDevice, LivePoint } from '../devices/live-device.ts';
import type { Registry } from '../devices/registry.ts';
import { compileExpression } from '../lib/expression.ts';

export type Need = AlarmDefinition['detectWithin'];

const urgency: readonly Need[] = ['fast', 'process', 'slow'];

export function moreUrgent(a: Need | null, b: Need | null): Need | null {
  return urgency.find((need) => need === a || need === b) ?? null;
}

/** The points and events of one device that follow from what another, or it itself, is asked for. */
interface Followed {
  points: Set<string>;
  events: Set<string>;
}

/** By device: its own values and what is computed of them, what their changes mean, and who is bound to them. */
function followedFrom(asked: LiveDevice, registry: Registry): Map<string, Followed> {
  const found = new Map<string, Followed>();
  const of = (device: string): Followed => {
    const known = found.get(device) ?? { points: new Set(), events: new Set() };
    found.set(device, known);
    return known;
  };
  const followEvent = (device: string, name: string): void => {
    const { events } = of(device);
    if (events.has(name)) return;
    events.add(name);
    for (const { point } of registry.get(device)?.events.get(name)?.sets ?? []) followPoint(point);
  };
  const followPoint = ({ device, name, edges, feeds, listeners }: LivePoint): void => {
    const { points } = of(device);
    if (points.has(name)) return;
    points.add(name);
    for (const { event } of edges) followEvent(device, event);
    for (const { point } of feeds) followPoint(point);
    for (const listener of listeners)
      if ('point' in listener) followPoint(listener.point);
      else for (const { event } of listener.edges) followEvent(listener.device, event);
  };
  for (const point of asked.points.values()) if (point.asked) followPoint(point);
  return found;
}

/** Whether a rule can hold on a device at all, and what it is judged on comes this way. */
function isJudgedOn(on: AlarmRule, live: LiveDevice, { points, events }: Followed): boolean {
  const comes = (name: string) =>
    points.has(name) || Object.hasOwn(live.type.points, name) || Object.hasOwn(live.device.bind ?? {}, name);
  switch (on.rule) {
    case 'above':
    case 'below':
    case 'is': {
      const tellers = [on.point, ...(on.or ? [on.or.point] : [])].filter(comes);
      const conditions = [on.while, on.unless].flatMap((named) => (named ? [named.point] : []));
      if (tellers.length === 0 || (on.while && !comes(on.while.point))) return false;
      return [...tellers, ...conditions].some((name) => points.has(name));
    }
    case 'when': {
      const condition = compileExpression(on.when, expressionTypes(live.kind.points));
      if (!condition.ok) return false;
      const { names } = condition.expression;
      return names.every(comes) && names.some((name) => points.has(name));
    }
    case 'event':
      return events.has(on.event);
    // They have times of their own.
    case 'supervision':
    case 'finding':
      return false;
  }
}

/** How soon what an asked device tells must be noticed: by the most urgent alarm that is judged on it; null when none is. */
export function needOf(asked: LiveDevice, registry: Registry): Need | null {
  let need: Need | null = null;
  for (const [id, followed] of followedFrom(asked, registry)) {
    const live = registry.get(id);
    if (!live) continue;
    for (const { on, detectWithin } of Object.values(live.alarms))
      if (isJudgedOn(on, live, followed)) need = moreUrgent(need, detectWithin);
  }
  return need;
}
