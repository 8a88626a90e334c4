import { type Alarm, type AlarmTransition, gatewayDevice } from '../contract/alarm.ts';
import type { Change } from '../contract/live.ts';
import type { Label, Priority } from '../contract/names.ts';
import type { PointValue } from '../contract/reading.ts';
import type { Query } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { causeKey } from './compile.ts';
import { type Arrival, createLatency, unseenTimer } from './latency.ts';
import { chatterWindowMs, step } from './machine.ts';
import type { AlarmInput, AlarmSeed, Occurrence, Outcome, Shelf } from './occurrence.ts';
import { titled } from './seed.ts';
import { causeOf, loadDocs, loadOpen, loadRecentTrips, writeOccurrence, writeTransition } from './store.ts';
import { gatewayName, type SystemName, systemDefinition } from './system.ts';

const settleTimer = 'settle:';
const shelfTimer = 'shelf:';

/** What the field says when a cause trips. */
export interface Trip extends Arrival {
  occurredAt: number;
  late: boolean;
  /** The cause is gone already: momentary, or restored before this late trip arrived. */
  gone: boolean;
  value?: PointValue;
  /** Why nobody needs to hear of it: the device whose loss took this one along, or whose fault explains it. */
  suppressed?: string;
}

/** One of the gateway's own alarms. */
export interface SystemAlarm {
  definition: SystemName;
  /** Tells apart what may be wrong several times at once: a link, a bus, a rule. */
  instance?: string;
  /** Appended to the catalogue's title: which one, how much. */
  detail?: Label;
  /** Where it is, when not the whole site. */
  place?: { area: string; areaName: string };
  /** Cameras that see the place. */
  cameras?: string[];
  priority?: Priority;
  value?: PointValue;
  limit?: number;
  unit?: string;
  /** When what it tells of arrived, UTC ms; else now. */
  receivedAt?: number;
}

export interface OccurrencesDeps {
  memory: Memory;
  query: Query;
  /** The root area, where the gateway's own alarms stand. */
  home(): { area: string; areaName: string };
  /** Every transition, in the same turn, after it is in the tables: tickets, linkage and the outbox hang here. */
  onTransition(turn: Turn, alarm: Alarm, transition: AlarmTransition): void;
}

/** The device whose standing fault explains an alarm of this definition. */
type CoverOf = (device: string, definition: string) => string | undefined;

/** The trips, when the newest still counts towards chattering. */
function lately(trips: readonly number[], now: number): readonly number[] | undefined {
  const newest = trips.at(-1);
  return newest !== undefined && newest > now - chatterWindowMs ? trips : undefined;
}

/** The open alarms: the machine's steps put into tables, rows, timers and live changes. */
export function createOccurrences(deps: OccurrencesDeps & { coverOf: CoverOf }) {
  const { memory, query } = deps;
  const open: Table<Occurrence> = memory.table('alarms');
  /** Cause key → id of its open alarm. */
  const byCause: Table<string> = memory.table('alarms-by-cause');
  const shelves: Table<Shelf> = memory.table('alarm-shelves');
  /** Newest trips of causes whose alarm closed, so that chattering shows across alarms. */
  const closedTrips: Table<readonly number[]> = memory.table('alarms-closed-trips');
  const latency = createLatency({
    memory,
    query,
    unseen: (turn) => raiseSystem(turn, { definition: 'unseen' }),
    seen: (turn) => clearSystem(turn, 'unseen'),
  });

  function ofCause(cause: string): Occurrence | undefined {
    const id = byCause.get(cause);
    return id === undefined ? undefined : open.get(id);
  }

  function keep(
    turn: Turn,
    before: Occurrence | undefined,
    after: Occurrence,
    transition: AlarmTransition | null,
    arrival: Arrival | null,
    commentId: string | null,
  ): void {
    const { alarm } = after;
    const cause = causeOf(alarm);
    const closed = alarm.state === 'closed';
    open.set(alarm.id, closed ? undefined : after);
    if (closed || !before) byCause.set(cause, closed ? undefined : alarm.id);
    if (closed) closedTrips.set(cause, lately(after.track.trips, turn.now));
    else if (!before) closedTrips.set(cause, undefined);
    writeOccurrence(turn, after);
    if (transition) writeTransition(turn, transition, commentId);
    turn.change('alarms', alarm.id, closed ? null : alarm);
    if (!before) latency.raised(turn, after, arrival ?? { deviceAt: null, receivedAt: turn.now });
    else latency.moved(turn, after);
    watchChatter(turn, before, after);
    if (transition) deps.onTransition(turn, alarm, transition);
  }

  /** A chattering alarm has a timer that looks whether it has settled, and a fault of its own that names it. */
  function watchChatter(turn: Turn, before: Occurrence | undefined, { alarm, track }: Occurrence): void {
    const was = before?.alarm.chattering === true;
    const is = alarm.chattering === true;
    if (is && before?.track.watchedCount !== track.watchedCount)
      turn.timer('alarms', settleTimer + alarm.id, turn.now + chatterWindowMs, 'duration');
    if (was && !is) turn.clearTimer('alarms', settleTimer + alarm.id);
    if (was === is || alarm.device === gatewayDevice) return;
    const instance = causeOf(alarm);
    if (!is) clearSystem(turn, 'chatter', instance);
    else
      raiseSystem(turn, {
        definition: 'chatter',
        instance,
        detail: {
          zh: `${alarm.deviceName}（${alarm.title.zh}）`,
          en: `${alarm.deviceName} (${alarm.title.en})`,
        },
        place: { area: alarm.area, areaName: alarm.areaName },
        value: alarm.count,
      });
  }

  /** One input to one open alarm; refusals are the caller's to word. */
  function apply(
    turn: Turn,
    occurrence: Occurrence,
    input: AlarmInput,
    commentId: string | null = null,
  ): Outcome {
    const outcome = step(occurrence, input, turn.now);
    if (outcome.kind === 'changed')
      keep(turn, occurrence, outcome.occurrence, outcome.transition, null, commentId);
    return outcome;
  }

  function trip(turn: Turn, seed: AlarmSeed, { deviceAt, receivedAt, ...facts }: Trip): void {
    const cause = causeKey(seed.device, seed.definition, seed.instance, seed.apart);
    const before = ofCause(cause);
    const outcome = step(
      before,
      {
        type: 'trip',
        id: before ? '' : turn.id(),
        seed,
        ...facts,
        suppressed: facts.suppressed ?? deps.coverOf(seed.device, seed.definition),
        before: closedTrips.get(cause),
        shelf: shelves.get(cause),
      },
      turn.now,
    );
    if (outcome.kind === 'changed')
      keep(turn, before, outcome.occurrence, outcome.transition, { deviceAt, receivedAt }, null);
  }

  function giveBack(turn: Turn, occurrence: Occurrence | undefined, reason?: string): void {
    if (occurrence) apply(turn, occurrence, { type: 'return', reason });
  }

  /** Raises one of the gateway's own alarms. A lasting one that stands already stays as it is; a momentary one counts. */
  function raiseSystem(turn: Turn, system: SystemAlarm): void {
    const { definition, instance, detail, value, limit, unit } = system;
    const known = systemDefinition(definition);
    const gone = known.momentary === true;
    if (!gone) {
      const standing = ofCause(causeKey(gatewayDevice, definition, instance));
      if (standing && standing.alarm.returnedAt === undefined) return;
    }
    const { area, areaName } = system.place ?? deps.home();
    const seed: AlarmSeed = {
      device: gatewayDevice,
      definition,
      instance,
      area,
      category: known.category ?? 'system',
      priority: system.priority ?? known.priority,
      limit,
      unit,
      title: titled(known.title, detail),
      deviceName: gatewayName,
      areaName,
      latched: false,
      popup: known.popup ?? false,
      shelvable: true,
      cameras: system.cameras ?? [],
    };
    const receivedAt = system.receivedAt ?? turn.now;
    trip(turn, seed, { occurredAt: receivedAt, deviceAt: null, receivedAt, late: false, gone, value });
  }

  function clearSystem(turn: Turn, definition: SystemName, instance?: string): void {
    giveBack(turn, ofCause(causeKey(gatewayDevice, definition, instance)));
  }

  function shelve(
    turn: Turn,
    occurrence: Occurrence,
    input: Extract<AlarmInput, { type: 'shelve' }>,
  ): Outcome {
    const outcome = apply(turn, occurrence, input);
    if (outcome.kind !== 'changed') return outcome;
    const cause = causeOf(occurrence.alarm);
    shelves.set(cause, input.shelf);
    turn.write('alarms.setShelf', cause, JSON.stringify(input.shelf));
    turn.timer('alarms', shelfTimer + cause, input.shelf.until, 'schedule');
    return outcome;
  }

  function dropShelf(turn: Turn, cause: string): void {
    if (!shelves.get(cause)) return;
    shelves.set(cause, undefined);
    turn.write('alarms.clearShelf', cause);
    turn.clearTimer('alarms', shelfTimer + cause);
  }

  function unshelve(turn: Turn, cause: string, input: Extract<AlarmInput, { type: 'unshelve' }>): Outcome {
    dropShelf(turn, cause);
    const occurrence = ofCause(cause);
    return occurrence ? apply(turn, occurrence, input) : { kind: 'same' };
  }

  return {
    open,
    latency,
    ofCause,
    apply,
    trip,
    giveBack,
    raiseSystem,
    clearSystem,
    shelve,
    unshelve,

    /** Ends alarms and shelves whose definition is gone: `remains` tells by device and definition. */
    retire(turn: Turn, remains: (device: string, definition: string) => boolean, reason: string): void {
      for (const occurrence of [...open.values()]) {
        const { device, definition } = occurrence.alarm;
        if (device === gatewayDevice || remains(device, definition)) continue;
        giveBack(turn, occurrence, reason);
        dropShelf(turn, causeOf(occurrence.alarm));
      }
    },

    /** @returns whether the timer was one of these */
    onTimer(turn: Turn, name: string): boolean {
      if (name === unseenTimer) latency.onTimer(turn);
      else if (name.startsWith(settleTimer)) {
        const occurrence = open.get(name.slice(settleTimer.length));
        if (occurrence) apply(turn, occurrence, { type: 'settle' });
      } else if (name.startsWith(shelfTimer))
        unshelve(turn, name.slice(shelfTimer.length), {
          type: 'unshelve',
          by: { who: null, station: null },
          comment: 'expired',
        });
      else return false;
      return true;
    },

    snapshot(): Change[] {
      return Array.from(open.committed.values(), ({ alarm }) => ({
        entity: 'alarms',
        id: alarm.id,
        data: alarm,
      }));
    },

    async load(): Promise<void> {
      for (const occurrence of await loadOpen(query)) {
        open.load(occurrence.alarm.id, occurrence);
        byCause.load(causeOf(occurrence.alarm), occurrence.alarm.id);
      }
      for (const [cause, trips] of await loadRecentTrips(query, chatterWindowMs))
        if (!byCause.committed.has(cause)) closedTrips.load(cause, trips);
      for (const [cause, shelf] of await loadDocs<Shelf>(query, 'alarm_shelf')) shelves.load(cause, shelf);
      await latency.load(open.committed);
    },
  };
}
export type Occurrences = ReturnType<typeof createOccurrences>;
