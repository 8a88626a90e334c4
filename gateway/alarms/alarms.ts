import { type Alarm, type AlarmDefinition, type Finding, gatewayDevice } from '../contract/alarm.ts';
import type { Supervised } from '../contract/device-state.ts';
import type { StoredEvent } from '../contract/event.ts';
import type { Change, ClientMessage } from '../contract/live.ts';
import { labelIn, lossWordsOf } from '../contract/loss-words.ts';
import type { Label } from '../contract/names.ts';
import type { PointValue } from '../contract/reading.ts';
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
  type SupervisionRule,
} from './compile.ts';
import { createConditions } from './conditions.ts';
import { createCover } from './cover.ts';
import { removedByConfiguration } from './machine.ts';
import type { Occurrence } from './occurrence.ts';
import { createOccurrences, type OccurrencesDeps } from './occurrences.ts';
import { createRestores } from './restores.ts';
import type { Condition, Look } from './rules.ts';
import { apartOf, fitsApart, instanceOf, seedOf, titled, titleOf } from './seed.ts';
import { loadDocs } from './store.ts';
import { type SystemName, systemDefinition, systemDefinitions } from './system.ts';
import { createZones } from './zones.ts';

export interface AlarmsDeps extends OccurrencesDeps {
  look: Look;
  /** A cap was hit. */
  limited(limit: string): void;
}

/** What a room has found at a device. */
export interface Found {
  device: string;
  finding: Finding;
  /** Which of several: the step of a sequence. */
  instance?: string;
  active: boolean;
  /** Appended to the definition's title: which one, how much. */
  detail?: Label;
  value?: PointValue;
  limit?: number;
  unit?: string;
}

/** Nothing of the device has changed, as its parts are the very same objects. */
function isSame(a: AlarmedDevice, b: AlarmedDevice): boolean {
  return (
    a.device === b.device &&
    a.kind === b.kind &&
    a.alarms === b.alarms &&
    a.settings === b.settings &&
    a.areaName === b.areaName
  );
}

/**
 * The alarm room: what the field tells goes through the rules of its device to the open alarms. `gateway.ts` calls the `on…`
 * functions inside a turn.
 */
export function createAlarms(deps: AlarmsDeps) {
  const { memory, query, look } = deps;
  const compiled: Table<CompiledDevice> = memory.table('alarm-rules');
  const restores = createRestores({ memory, dropped: () => deps.limited('restoresPerDevice') });
  const occurrences = createOccurrences({
    ...deps,
    coverOf: (device, definition) => cover.of(device, definition),
    onTransition(turn, alarm, transition) {
      deps.onTransition(turn, alarm, transition);
      cover.follow(turn, alarm);
    },
  });
  const cover = createCover({ compiled, occurrences });
  const conditions = createConditions({ memory, compiled, occurrences, look });
  const acts = createActs({ memory, occurrences });
  const zones = createZones({ memory, query, subject: (device) => compiled.get(device)?.source });

  function raiseByEvent(turn: Turn, event: StoredEvent, rule: EventRule, subject: AlarmedDevice): void {
    const { on, definition, name } = rule;
    // Swipes and check-ins told late only change records (DECISIONS, Time).
    if (event.late && subject.kind.events[event.type]?.class === 'record') return;
    if (on.onlyArmed && !zones.isArmed(event.device, event.late ? event.occurredAt : undefined)) return;
    const instance = instanceOf(rule, event.data);
    // One that was raised before its definition told several apart goes on as it is.
    const asBefore = occurrences.ofCause(causeKey(event.device, name, instance)) !== undefined;
    const apart = asBefore ? undefined : apartOf(rule, event.data);
    const restoredAt = restores.at(causeKey(event.device, name, instance, apart));
    const momentary = on.clearedBy === undefined && !on.latched;
    occurrences.trip(
      turn,
      seedOf(subject, name, definition, {
        instance,
        apart,
        latched: on.latched,
        title: titleOf(rule, subject, instance, event.data),
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

  /** The open alarms that an event ends: its own; where not all is said that tells them apart, those that fit what is said. */
  function endedBy({ device, data }: StoredEvent, rule: EventRule): Occurrence[] {
    const instance = instanceOf(rule, data);
    const apart = apartOf(rule, data);
    const own = occurrences.ofCause(causeKey(device, rule.name, instance, apart));
    if (own) return [own];
    if (apart === undefined) return [];
    return [...occurrences.open.values()].filter(
      ({ alarm }) =>
        alarm.device === device &&
        alarm.definition === rule.name &&
        alarm.instance === instance &&
        fitsApart(alarm.apart, apart),
    );
  }

  function clearByEvent(turn: Turn, event: StoredEvent, rule: EventRule): void {
    const { device, data } = event;
    const cause = causeKey(device, rule.name, instanceOf(rule, data), apartOf(rule, data));
    restores.note(turn, device, cause, event.occurredAt);
    for (const occurrence of endedBy(event, rule))
      if (!event.late || event.occurredAt >= occurrence.track.trippedAt)
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
   * What supervision says of a device. Saying the same twice changes nothing; a standing alarm follows the reason, in its
   * words alone. One with a cause (the device whose loss took this one along) is recorded, suppressed, and asks nobody for
   * anything. A device without an alarm for stale values is as good as lost when it delivers none: that is never silent.
   */
  function onSupervision(turn: Turn, device: string, { state, why, cause }: Supervised): void {
    const known = compiled.get(device);
    // Not to know is no news: what stands goes on until the device is heard, or judged.
    if (!known || state === 'unknown') return;
    const fault =
      state === 'stale' && !known.supervision.some(({ on }) => on.fault === 'stale') ? 'offline' : state;
    const words =
      why === null ? undefined : (lossWordsOf(why, labelIn(known.source.kind)) ?? { zh: why, en: why });
    const isOn = ({ on }: SupervisionRule) => on.fault === fault;
    // The one that stands from now on before the one that is over: in between nothing would stand.
    for (const { name, definition } of known.supervision.filter(isOn)) {
      const title = titled(definition.title, words);
      const told = { title, why: why ?? undefined };
      const by = cause ?? cover.of(device, name);
      const standing = occurrences.ofCause(causeKey(device, name));
      if (standing && standing.alarm.returnedAt === undefined) {
        occurrences.apply(turn, standing, { type: 'reword', ...told });
        const worded = occurrences.ofCause(causeKey(device, name));
        if (worded)
          occurrences.apply(
            turn,
            worded,
            by === undefined ? { type: 'unsuppress' } : { type: 'suppress', why: by },
          );
      } else
        occurrences.trip(turn, seedOf(known.source, name, definition, told), {
          occurredAt: turn.now,
          late: false,
          gone: false,
          suppressed: by,
          deviceAt: null,
          receivedAt: turn.now,
        });
    }
    for (const rule of known.supervision)
      if (!isOn(rule)) occurrences.giveBack(turn, occurrences.ofCause(causeKey(device, rule.name)));
  }

  /** A room has found something at a device, or that it is over. Saying the same twice changes nothing; a standing alarm follows the words. */
  function onFinding(turn: Turn, found: Found): void {
    const { device, finding, instance, active, detail, value, limit, unit } = found;
    const known = compiled.get(device);
    for (const { name, definition, on } of known?.findings ?? []) {
      if (!known || on.finding !== finding) continue;
      const cause = causeKey(device, name, instance);
      const standing = occurrences.ofCause(cause);
      if (!active) {
        occurrences.giveBack(turn, standing);
        continue;
      }
      const title = titled(definition.title, detail);
      if (!standing || standing.alarm.returnedAt !== undefined)
        occurrences.trip(turn, seedOf(known.source, name, definition, { instance, limit, unit, title }), {
          occurredAt: turn.now,
          late: false,
          gone: false,
          value,
          deviceAt: null,
          receivedAt: turn.now,
        });
      const raised = occurrences.ofCause(cause);
      if (raised) occurrences.apply(turn, raised, { type: 'reword', title, value });
    }
  }

  /** What cannot be judged is an alarm of the gateway itself, until it is mended or gone. */
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

  /**
   * All devices of the site with their alarm definitions: in the first turn after a start, and after each change of site or
   * types. Open alarms of what is no longer there return with the reason "removed by configuration".
   */
  function configure(turn: Turn, devices: Iterable<AlarmedDevice>): void {
    const subjects = new Map<string, AlarmedDevice>();
    for (const subject of devices) subjects.set(subject.device.id, subject);
    const changed = new Set<string>();
    const covered = cover.covered();
    const former = Array.from(compiled.values(), ({ byName }) => [...byName.values()]).flat();
    for (const [id, subject] of subjects) {
      const before = compiled.get(id);
      if (before && isSame(before.source, subject)) continue;
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
    conditions.retire(turn, former, remains);
    restores.retire(turn, remains);
    occurrences.retire(turn, remains, removedByConfiguration);
    cover.review(turn, covered);
    zones.configure(turn, subjects);
    occurrences.latency.resume(turn);
  }

  return {
    onReading: conditions.onReading,
    onEvent,
    onSupervision,
    onFinding,
    configure,
    zones,
    raiseSystem: occurrences.raiseSystem,
    clearSystem: occurrences.clearSystem,
    ...acts,

    onTimer(turn: Turn, name: string): void {
      if (occurrences.onTimer(turn, name) || cover.onTimer(turn, name) || zones.onTimer(turn, name)) return;
      conditions.onTimer(turn, name);
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

    /** The alarms of a device that have not returned, as the running turn sees them. */
    standing: (device: string): Alarm[] =>
      [...occurrences.open.values()].flatMap(({ alarm }) =>
        alarm.device === device && alarm.returnedAt === undefined ? [alarm] : [],
      ),

    /** Committed open alarms by id. */
    open: occurrences.open.committed,

    snapshot: (): Change[] => [...zones.snapshot(), ...occurrences.snapshot()],

    /** Fills the tables from the database; before the first turn, and before `configure`. */
    async load(): Promise<void> {
      await occurrences.load();
      await zones.load();
      const restored: { cause: string; at: number }[] = [];
      for (const [cause, condition] of await loadDocs<Condition | { phase: 'restored'; at: number }>(
        query,
        'alarm_condition',
      )) {
        if (condition.phase === 'restored') restored.push({ cause, at: condition.at });
        else conditions.load(cause, condition);
      }
      restores.load(restored);
    },
  };
}
export type Alarms = ReturnType<typeof createAlarms>;
