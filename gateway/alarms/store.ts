import type { Alarm, AlarmLatency, AlarmTransition } from '../contract/alarm.ts';
import { type Command, commandSchema } from '../contract/command.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';
import { causeKey } from './compile.ts';
import type { Occurrence, Track } from './occurrence.ts';

export const alarmStatements: Statements = {
  upsert: `INSERT INTO alarm (id, cause, state, priority, category, device, area, raised_at, closed_at, track, doc)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET state = excluded.state, closed_at = excluded.closed_at,
             track = excluded.track, doc = excluded.doc`,
  transition: `INSERT INTO alarm_transition (alarm, revision, at, from_state, to_state, cause, who, station, comment, id)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  // A closed alarm is no longer in memory: its comment takes the next number in the database.
  commentClosed: `INSERT INTO alarm_transition (alarm, revision, at, from_state, to_state, cause, who, station, comment, id)
                  SELECT ?, coalesce(max(revision), 0) + 1, ?, 'closed', 'closed', 'commented', ?, ?, ?, ?
                  FROM alarm_transition WHERE alarm = ?`,
  ticketClosed: `UPDATE alarm SET doc = json_set(doc, '$.ticket', ?) WHERE id = ? AND closed_at IS NOT NULL`,
  latency: 'INSERT INTO alarm_latency (alarm, device_at, received_at) VALUES (?, ?, ?)',
  sent: 'UPDATE alarm_latency SET committed_at = ?, sent_at = ? WHERE alarm = ? AND sent_at IS NULL',
  shown: 'UPDATE alarm_latency SET shown_at = ?, audible = ? WHERE alarm = ? AND shown_at IS NULL',
  setCondition: `INSERT INTO alarm_condition (cause, doc) VALUES (?, ?)
                 ON CONFLICT (cause) DO UPDATE SET doc = excluded.doc`,
  clearCondition: 'DELETE FROM alarm_condition WHERE cause = ?',
  setShelf:
    'INSERT INTO alarm_shelf (cause, doc) VALUES (?, ?) ON CONFLICT (cause) DO UPDATE SET doc = excluded.doc',
  clearShelf: 'DELETE FROM alarm_shelf WHERE cause = ?',
  setZone: 'INSERT INTO zone (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc',
  clearZone: 'DELETE FROM zone WHERE id = ?',
};

export function causeOf(alarm: Alarm): string {
  return causeKey(alarm.device, alarm.definition, alarm.instance, alarm.apart);
}

export function writeOccurrence(turn: Turn, { alarm, track }: Occurrence): void {
  turn.write(
    'alarms.upsert',
    alarm.id,
    causeOf(alarm),
    alarm.state,
    alarm.priority,
    alarm.category,
    alarm.device,
    alarm.area,
    alarm.raisedAt,
    alarm.closedAt ?? null,
    JSON.stringify(track),
    JSON.stringify(alarm),
  );
}

/** @param id of a comment, made by the client, so that repeating it adds nothing */
export function writeTransition(turn: Turn, transition: AlarmTransition, id: string | null): void {
  const { alarm, revision, at, from, to, cause, who, station, comment } = transition;
  turn.write('alarms.transition', alarm, revision, at, from, to, cause, who, station, comment, id);
}

export async function loadOpen(query: Query): Promise<Occurrence[]> {
  // Without the hint an old, large table might be scanned; open alarms are few.
  const rows = await query<{ doc: string; track: string }>(
    'SELECT doc, track FROM alarm INDEXED BY alarm_open WHERE closed_at IS NULL',
  );
  return rows.map(({ doc, track }) => ({
    alarm: JSON.parse(doc) as Alarm,
    track: JSON.parse(track) as Track,
  }));
}

/** Newest trips by cause of alarms that closed within `windowMs` before the newest closing. */
export async function loadRecentTrips(
  query: Query,
  windowMs: number,
): Promise<Map<string, readonly number[]>> {
  const rows = await query<{ cause: string; track: string }>(
    `SELECT cause, track FROM alarm WHERE closed_at IS NOT NULL
     AND closed_at > (SELECT max(closed_at) FROM alarm WHERE closed_at IS NOT NULL) - ? ORDER BY closed_at`,
    windowMs,
  );
  return new Map(rows.map(({ cause, track }) => [cause, (JSON.parse(track) as Track).trips]));
}

/** Ids of open alarms that no console has confirmed yet. */
export async function loadUnshown(query: Query): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `SELECT a.id FROM alarm a INDEXED BY alarm_open JOIN alarm_latency l ON l.alarm = a.id
     WHERE a.closed_at IS NULL AND l.shown_at IS NULL`,
  );
  return rows.map(({ id }) => id);
}

export async function loadDocs<Doc>(
  query: Query,
  table: 'alarm_condition' | 'alarm_shelf' | 'zone',
): Promise<[string, Doc][]> {
  const key = table === 'zone' ? 'id' : 'cause';
  const rows = await query<{ key: string; doc: string }>(`SELECT ${key} AS key, doc FROM ${table}`);
  return rows.map(({ key: name, doc }) => [name, JSON.parse(doc) as Doc]);
}

export async function findAlarm(query: Query, id: string): Promise<Alarm | undefined> {
  const [row] = await query<{ doc: string }>('SELECT doc FROM alarm WHERE id = ?', id);
  return row && (JSON.parse(row.doc) as Alarm);
}

export async function findComment(
  query: Query,
  id: string,
): Promise<{ alarm: string; comment: string | null; who: string | null } | undefined> {
  const [row] = await query<{ alarm: string; comment: string | null; who: string | null }>(
    'SELECT alarm, comment, who FROM alarm_transition WHERE id = ?',
    id,
  );
  return row;
}

/** All that is kept of one alarm beside its body. */
export async function findHistory(
  query: Query,
  id: string,
): Promise<{ transitions: AlarmTransition[]; latency: AlarmLatency | null; commands: Command[] }> {
  const [transitions, latencies, commands] = await Promise.all([
    query<AlarmTransition>(
      `SELECT alarm, revision, at, from_state AS "from", to_state AS "to", cause, who, station, comment
       FROM alarm_transition WHERE alarm = ? ORDER BY revision`,
      id,
    ),
    query<Omit<AlarmLatency, 'audible'> & { audible: number | null }>(
      `SELECT device_at AS deviceAt, received_at AS receivedAt, committed_at AS committedAt, sent_at AS sentAt,
       shown_at AS shownAt, audible FROM alarm_latency WHERE alarm = ?`,
      id,
    ),
    query<{ doc: string }>('SELECT doc FROM command WHERE alarm = ? ORDER BY id', id),
  ]);
  const [latency] = latencies;
  return {
    transitions,
    latency: latency
      ? { ...latency, audible: latency.audible === null ? null : latency.audible === 1 }
      : null,
    commands: commands.map(({ doc }) => commandSchema.parse(JSON.parse(doc))),
  };
}

const dayMs = 86_400_000;

/**
 * The smallest record id of a time, less a day: ids are UUIDv7, so a span of time is a span of the primary key. The day allows
 * for a wall clock that was stepped back, when ids go on from where they were.
 */
export function idFrom(atMs: number): string {
  const hex = Math.max(0, atMs - dayMs)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** An id above every one drawn until a day after a time. */
export function idTo(atMs: number): string {
  return idFrom(atMs + 2 * dayMs);
}

export interface ClosedFilter {
  priorities?: readonly number[];
  category?: string;
  device?: string;
  /** The area and those under it. */
  areas?: readonly string[];
  /** Raised within, UTC ms. */
  from?: number;
  to?: number;
  /** Id of the last one of the page before. */
  before?: string;
}

/** Closed alarms, newest first; one more than `limit`, when there are more. */
export async function listClosed(query: Query, filter: ClosedFilter, limit: number): Promise<Alarm[]> {
  const where = ['closed_at IS NOT NULL'];
  const params: (string | number)[] = [];
  const add = (condition: string, ...values: (string | number)[]) => {
    where.push(condition);
    params.push(...values);
  };
  if (filter.priorities)
    add('priority IN (SELECT value FROM json_each(?))', JSON.stringify(filter.priorities));
  if (filter.category !== undefined) add('category = ?', filter.category);
  if (filter.device !== undefined) add('device = ?', filter.device);
  if (filter.areas) add('area IN (SELECT value FROM json_each(?))', JSON.stringify(filter.areas));
  if (filter.from !== undefined) add('raised_at >= ? AND id >= ?', filter.from, idFrom(filter.from));
  if (filter.to !== undefined) add('raised_at <= ? AND id < ?', filter.to, idTo(filter.to));
  if (filter.before !== undefined) add('id < ?', filter.before);
  const rows = await query<{ doc: string }>(
    `SELECT doc FROM alarm WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`,
    ...params,
    limit + 1,
  );
  return rows.map(({ doc }) => JSON.parse(doc) as Alarm);
}
