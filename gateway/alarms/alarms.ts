import type { Alarm, AlarmDefinition } from '../contract/alarm.ts';
import type { EventData, StoredEvent } from '../contract/event.ts';
import type { Change, ClientMessage } from '../contract/live.ts';
import type { Label } from '../contract/names.ts';
import type { Reading } from '../contract/reading.ts';
import { fault } from '../lib/errors.ts';
import type { Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { createActs } from './acts.ts';
import {
  type AlarmedDevice,
  type CompiledDevice,
  causeKey,
  compileDevice,
  type EventRule,
  essenceOf,
} from './compile.ts';
import { type AlarmSeed, removedByConfiguration } from './machine.ts';
import { createOccurrences, type OccurrencesDeps } from './occurrences.ts';
import {
  type Condition,
  elapsedCondition,
  isRaised,
  type Look,
  nextCondition,
  type PointRule,
  reloadedCondition,
} from './rules.ts';
import { loadDocs } from './store.ts';
import { gatewayDevice, type SystemName, systemDefinition, systemDefinitions } from './system.ts';
import { createZones } from './zones.ts';

const delayTimer = 'delay:';
/** A reading that raises an alarm this much after it was taken is marked late, ms; events bring the mark with them. */
const lateMs = 60_000;
const longestInstance = 64;

export interface AlarmsDeps extends OccurrencesDeps {
  look: Look;
}

/** A name for an instance, from the device's settings: `zones: {3: 客厅红外}` for the field `zone`. */
function instanceName({ device }: AlarmedDevice, field: string, instance: string): string | undefined {
  const names = device.settings?.[`${field}s`];
  if (typeof names !== 'object' || names === null || !Object.hasOwn(names, instance)) return undefined;
  const name = (names as Record<string, unknown>)[instance];
  return typeof name === 'string' ? name : undefined;
}

function instanceOf(rule: EventRule, data: EventData): string | undefined {
  const value = rule.on.instance === undefined ? undefined : data[rule.on.instance];
  return value === undefined || value === null ? undefined : String(value).slice(0, longestInstance);
}

function titleOf({ on, definition: { title } }: EventRule, subject: AlarmedDevice, instance?: string): Label {
  const name =
    on.instance === undefined || instance === undefined
      ? undefined
      : instanceName(subject, on.instance, instance);
  return name === undefined ? title : { zh: `${title.zh}（${name}）`, en: `${title.en} (${name})` };
}

function seedOf(
  subject: AlarmedDevice,
  name: string,
  definition: AlarmDefinition,
  fields: Partial<AlarmSeed>,
): AlarmSeed {
  const { device, areaName } = subject;
  return {
    device: device.id,
    definition: name,
    area: device.area,
    household: device.household,
    category: definition.category,
    priority: definition.priority,
    title: definition.title,
    deviceName: device.name,
    areaName,
    latched: false,
    popup: definition.popup,
    shelvable: definition.shelvable,
    cameras: device.cameras ?? [],
    ...fields,
  };
}

/**
 * The alarm room: what the field tells goes through the rules of its device to the open alarms. `gateway.ts` calls the `on…`
 * functions inside a turn.
 */
export function createAlarms(deps: AlarmsDeps) {
  const { memory, query, look } = deps;
  const compiled: Table<CompiledDevice> = memory.table('alarm-rules');
  const conditions: Table<Condition> = memory.table('alarm-conditions');
  /** Field time of each cause's newest restore: a trip from before it that arrives late is over already. */
  const restores: Table<number> = memory.table('alarm-restores');
  const occurrences = createOccurrences(deps);
  const acts = createActs({ memory, occurrences });
  const zones = createZones({ memory, query, subject: (device) => compiled.get(device)?.source });

  /** Brings rows, timer and alarm of a rule to its condition's new value. */
  function move(
    turn: Turn,
    rule: PointRule,
    before: Condition | undefined,
    after: Condition | undefined,
    reading?: Reading,
  ): void {
    const { cause } = rule;
    conditions.set(cause, after);
    if (after) turn.write('alarms.setCondition', cause, JSON.stringify(after));
    else turn.write('alarms.clearCondition', cause);
    if (after?.phase !== before?.phase) {
      const timed = after !== undefined && after.phase !== 'active';
      if (timed) turn.timer('alarms', delayTimer + cause, after.dueAt, 'duration');
      else if (before && before.phase !== 'active') turn.clearTimer('alarms', delayTimer + cause);
    }
    if (isRaised(before) === isRaised(after)) return;
    if (!after) {
      occurrences.giveBack(turn, occurrences.ofCause(cause));
      return;
    }
    const subject = compiled.get(rule.device)?.source;
    if (!subject) throw fault('internal', `${cause} has a rule but no device`);
    const value = (reading ?? (rule.point === undefined ? undefined : look(rule.device, rule.point)))?.value;
    // The two seconds count from the reading, or from the end of the delay that the definition asks for.
    const receivedAt = reading?.receivedAt ?? turn.now;
    const deviceAt = reading && reading.at !== reading.receivedAt ? reading.at : null;
    occurrences.trip(
      turn,
      seedOf(subject, rule.name, rule.definition, { point: rule.point, limit: rule.limit, unit: rule.unit }),
      {
        occurredAt: after.at,
        late: reading !== undefined && reading.receivedAt - reading.at > lateMs,
        gone: false,
        value: rule.point === undefined ? undefined : value,
        deviceAt,
        receivedAt,
      },
    );
  }

  /** A point has a new reading, good or not. Call it for each point whose value or quality changed, and for the first after a start. */
  function onReading(turn: Turn, device: string, point: string, reading: Reading): void {
    const rules = compiled.get(device)?.byPoint.get(point);
    if (rules === undefined) return;
    for (const rule of rules) {
      const before = conditions.get(rule.cause);
      const after = nextCondition(rule, before, reading, look, turn.now);
      if (after !== before) move(turn, rule, before, after, reading);
    }
  }

  function raiseByEvent(turn: Turn, event: StoredEvent, rule: EventRule, subject: AlarmedDevice): void {
    const { on, definition, name } = rule;
    // Swipes and check-ins told late only change records (DECISIONS, Time).
    if (event.late && subject.kind.events[event.type]?.class === 'record') return;
    if (on.onlyArmed && !zones.isArmed(event.device, event.late ? event.occurredAt : undefined)) return;
    const instance = instanceOf(rule, event.data);
    const restoredAt = restores.get(causeKey(event.device, name, instance));
    const momentary = on.clearedBy === undefined && !on.latched;
    occurrences.trip(
      turn,
      seedOf(subject, name, definition, {
        instance,
        latched: on.latched,
        title: titleOf(rule, subject, instance),
      }),
      {
        occurredAt: event.occurredAt,
        late: event.late,
        gone: momentary || (event.late && restoredAt !== undefined && event.occurredAt < restoredAt),
        deviceAt: event.deviceTimeUsed ? event.occurredAt : null,
        receivedAt: event.receivedAt,
      },
    );
  }

  function clearByEvent(turn: Turn, event: StoredEvent, rule: EventRule): void {
    const cause = causeKey(event.device, rule.name, instanceOf(rule, event.data));
    const restoredAt = restores.get(cause);
    if (restoredAt === undefined || event.occurredAt > restoredAt) {
      restores.set(cause, event.occurredAt);
      turn.write('alarms.setCondition', cause, JSON.stringify({ phase: 'restored', at: event.occurredAt }));
    }
    const occurrence = occurrences.ofCause(cause);
    if (event.late && occurrence && event.occurredAt < occurrence.track.trippedAt) return;
    occurrences.giveBack(turn, occurrence);
  }

  /** Once for every stored event, in order. `data.still: true` (Contact ID Q6: reported before) never raises anew. */
  function onEvent(turn: Turn, event: StoredEvent): void {
    zones.onEvent(turn, event);
    const device = compiled.get(event.device);
    if (device === undefined) return;
    if (event.data.still !== true)
      for (const rule of device.raisedBy.get(event.type) ?? [])
        raiseByEvent(turn, event, rule, device.source);
    for (const rule of device.clearedBy.get(event.type) ?? []) clearByEvent(turn, event, rule);
  }

  /**
   * Supervision found the device silent or its values standing still, or well again. Saying the same twice changes nothing.
   * @param cause the device whose loss took this one along: the alarm is recorded, suppressed, and asks nobody for anything
   */
  function onSupervision(
    turn: Turn,
    device: string,
    what: 'offline' | 'stale',
    active: boolean,
    cause?: string,
  ): void {
    const known = compiled.get(device);
    for (const { name, definition, on } of known?.supervision ?? []) {
      if (!known || on.fault !== what) continue;
      const standing = occurrences.ofCause(causeKey(device, name));
      if (!active) occurrences.giveBack(turn, standing);
      else if (standing && standing.alarm.returnedAt === undefined)
        occurrences.apply(
          turn,
          standing,
          cause === undefined ? { type: 'unsuppress' } : { type: 'suppress', why: cause },
        );
      else
        occurrences.trip(turn, seedOf(known.source, name, definition, {}), {
          occurredAt: turn.now,
          late: false,
          gone: false,
          suppressed: cause,
          deviceAt: null,
          receivedAt: turn.now,
        });
    }
  }

  function reportProblems(
    turn: Turn,
    before: CompiledDevice | undefined,
    after: CompiledDevice | undefined,
  ): void {
    const { source } = after ?? before ?? {};
    for (const { definition } of before?.problems ?? [])
      if (!after?.problems.some((problem) => problem.definition === definition))
        occurrences.clearSystem(turn, 'rule-broken', `${source?.device.id}/${definition}`);
    for (const { definition, message } of after?.problems ?? []) {
      const what = `${source?.device.name} ${definition}: ${message}`;
      occurrences.raiseSystem(turn, {
        definition: 'rule-broken',
        instance: `${source?.device.id}/${definition}`,
        detail: { zh: what, en: what },
        place: source && { area: source.device.area, areaName: source.areaName },
      });
    }
  }

  /** Ends the conditions, with their delays, of rules that are gone; `known` are those of the configuration before. */
  function dropConditions(
    turn: Turn,
    known: Iterable<string>,
    remains: (device: string, definition: string) => boolean,
  ): void {
    for (const cause of new Set([...conditions.committed.keys(), ...restores.committed.keys(), ...known])) {
      const [device = '', definition = ''] = cause.split('/');
      const condition = conditions.get(cause);
      if (remains(device, definition) || (condition === undefined && restores.get(cause) === undefined))
        continue;
      conditions.set(cause, undefined);
      restores.set(cause, undefined);
      turn.write('alarms.clearCondition', cause);
      if (condition && condition.phase !== 'active') turn.clearTimer('alarms', delayTimer + cause);
    }
  }

  /**
   * All devices of the site with their alarm definitions: in the first turn after a start, and after each change of site or
   * types. Open alarms of what is no longer there return with the reason "removed by configuration".
   */
  function configure(turn: Turn, devices: Iterable<AlarmedDevice>): void {
    const subjects = new Map<string, AlarmedDevice>();
    for (const subject of devices) subjects.set(subject.device.id, subject);
    const changed = new Set<string>();
    const former = Array.from(compiled.values(), ({ byName }) =>
      [...byName.values()].map(({ cause }) => cause),
    ).flat();
    for (const [id, subject] of subjects) {
      const before = compiled.get(id);
      if (before?.source === subject) continue;
      const after = compileDevice(subject);
      compiled.set(id, after);
      for (const [name, definition] of Object.entries(before?.source.alarms ?? {})) {
        const now = subject.alarms[name];
        if (now && essenceOf(now) !== essenceOf(definition)) changed.add(causeKey(id, name));
      }
      reportProblems(turn, before, after);
    }
    for (const { source } of [...compiled.values()]) {
      if (subjects.has(source.device.id)) continue;
      reportProblems(turn, compiled.get(source.device.id), undefined);
      compiled.set(source.device.id, undefined);
    }
    const remains = (device: string, definition: string) => {
      const alarms = subjects.get(device)?.alarms;
      return (
        alarms !== undefined &&
        Object.hasOwn(alarms, definition) &&
        !changed.has(causeKey(device, definition))
      );
    };
    dropConditions(turn, former, remains);
    occurrences.retire(turn, remains, removedByConfiguration);
    zones.configure(turn, subjects);
    occurrences.latency.resume(turn);
  }

  return {
    onReading,
    onEvent,
    onSupervision,
    configure,
    zones,
    raiseSystem: occurrences.raiseSystem,
    clearSystem: occurrences.clearSystem,
    ...acts,

    onTimer(turn: Turn, name: string): void {
      if (occurrences.onTimer(turn, name) || zones.onTimer(turn, name) || !name.startsWith(delayTimer))
        return;
      const cause = name.slice(delayTimer.length);
      const [device = '', definition = ''] = cause.split('/');
      const rule = compiled.get(device)?.byName.get(definition);
      const before = conditions.get(cause);
      const after = elapsedCondition(before);
      if (rule && after !== before) move(turn, rule, before, after);
    },

    /** When a turn's alarms were on disk and when their live message had left; for the latency record, UTC ms. */
    sent: occurrences.latency.sent,

    /** A console tells what it has painted. What is painted where nobody looks has not been shown. */
    shown(turn: Turn, message: ClientMessage): void {
      if (message.visible)
        occurrences.latency.shown(
          turn,
          message.alarms.map(({ id }) => id),
          message.audible,
        );
    },

    /** The definition behind an alarm, while it is configured: its guidance, whether it wants a ticket. */
    definition(
      device: string,
      name: string,
    ): (Pick<AlarmDefinition, 'guidance'> & { ticket: boolean }) | undefined {
      if (device === gatewayDevice)
        return Object.hasOwn(systemDefinitions, name)
          ? { guidance: systemDefinition(name as SystemName).guidance, ticket: false }
          : undefined;
      const alarms = compiled.get(device)?.source.alarms;
      return alarms && Object.hasOwn(alarms, name) ? alarms[name] : undefined;
    },

    subject: (device: string): AlarmedDevice | undefined => compiled.committed.get(device)?.source,

    /** An open alarm as the running turn sees it. */
    get: (id: string): Alarm | undefined => occurrences.open.get(id)?.alarm,

    /** Committed open alarms by id. */
    open: occurrences.open.committed,

    snapshot: (): Change[] => [...zones.snapshot(), ...occurrences.snapshot()],

    /** Fills the tables from the database; before the first turn, and before `configure`. */
    async load(): Promise<void> {
      await occurrences.load();
      await zones.load();
      for (const [cause, condition] of await loadDocs<Condition | { phase: 'restored'; at: number }>(
        query,
        'alarm_condition',
      )) {
        if (condition.phase === 'restored') restores.load(cause, condition.at);
        else conditions.load(cause, reloadedCondition(condition));
      }
    },
  };
}
export type Alarms = ReturnType<typeof createAlarms>;
