import type { Checkin, Round } from '../contract/patrol.ts';
import type { Query, Statements } from '../store/store.ts';
import type { SqlValue, Turn } from '../store/turn.ts';
import type { KeptRound, RoundRule } from './machine.ts';

export const patrolStatements: Statements = {
  schedule: `INSERT INTO patrol_schedule (plan, pattern, zone, last_at, next_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (plan) DO UPDATE SET pattern = excluded.pattern, zone = excluded.zone,
               last_at = excluded.last_at, next_at = excluded.next_at`,
  unschedule: 'DELETE FROM patrol_schedule WHERE plan = ?',
  round: `INSERT INTO round (id, plan, starts_at, ends_at, state, rule, doc) VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET state = excluded.state, rule = excluded.rule, doc = excluded.doc`,
  checkin: `INSERT INTO checkin (id, reader, tag, checkpoint, guard, at, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (reader, tag, at) DO NOTHING`,
};

/** Up to where a plan's rounds exist. `nextAt` is null while it rests. */
export interface Schedule {
  plan: string;
  pattern: string;
  zone: string;
  lastAt: number | null;
  nextAt: number | null;
}

export function writeSchedule(turn: Turn, { plan, pattern, zone, lastAt, nextAt }: Schedule): void {
  turn.write('patrol.schedule', plan, pattern, zone, lastAt, nextAt);
}

export function writeRound(turn: Turn, { round, rule }: KeptRound): void {
  turn.write(
    'patrol.round',
    round.id,
    round.plan,
    round.startsAt,
    round.endsAt,
    round.state,
    JSON.stringify(rule),
    JSON.stringify(round),
  );
}

export function writeCheckin(turn: Turn, checkin: Checkin): void {
  const { id, reader, tag, checkpoint, guard, at, receivedAt } = checkin;
  turn.write('patrol.checkin', id, reader, tag, checkpoint, guard, at, receivedAt);
}

interface RoundRow {
  rule: string;
  doc: string;
}

interface CheckinRow extends Omit<Checkin, 'receivedAt'> {
  received_at: number;
}

const checkinOf = ({ received_at: receivedAt, ...row }: CheckinRow): Checkin => ({ ...row, receivedAt });

export function readSchedules(query: Query): Promise<Schedule[]> {
  return query<Schedule>(
    'SELECT plan, pattern, zone, last_at AS lastAt, next_at AS nextAt FROM patrol_schedule',
  );
}

/** Rounds that end after `since`, and any still running, oldest first. */
export async function readRoundsSince(query: Query, since: number): Promise<KeptRound[]> {
  const rows = await query<RoundRow>(
    `SELECT rule, doc FROM round WHERE ends_at >= ? OR state = 'running'`,
    since,
  );
  return rows
    .map((row) => ({ round: JSON.parse(row.doc) as Round, rule: JSON.parse(row.rule) as RoundRule }))
    .sort((a, b) => a.round.startsAt - b.round.startsAt);
}

/** In the order in which they became known. */
export async function readCheckinsSince(query: Query, since: number): Promise<Checkin[]> {
  const rows = await query<CheckinRow>('SELECT * FROM checkin WHERE at >= ? ORDER BY received_at, id', since);
  return rows.map(checkinOf);
}

export async function readRound(query: Query, id: string): Promise<Round | undefined> {
  const [row] = await query<{ doc: string }>('SELECT doc FROM round WHERE id = ?', id);
  return row && (JSON.parse(row.doc) as Round);
}

/** A place in a list that is ordered by time and then id, newest first. */
export interface Cursor {
  at: number;
  id: string;
}

export interface RoundFilter {
  plan?: string;
  route?: string;
  state?: Round['state'];
  from?: number;
  to?: number;
}

/** Newest start first; one more than `limit`, so that the caller sees whether there is a next page. */
export async function readRounds(
  query: Query,
  filter: RoundFilter,
  limit: number,
  cursor: Cursor | undefined,
): Promise<Round[]> {
  const { where, params } = conditions([
    ['plan = ?', filter.plan],
    [`doc ->> '$.route' = ?`, filter.route],
    ['state = ?', filter.state],
    ['starts_at >= ?', filter.from],
    ['starts_at <= ?', filter.to],
  ]);
  if (cursor) where.push('(starts_at, id) < (?, ?)');
  const rows = await query<{ doc: string }>(
    `SELECT doc FROM round WHERE ${where.join(' AND ')} ORDER BY starts_at DESC, id DESC LIMIT ?`,
    ...params,
    ...(cursor ? [cursor.at, cursor.id] : []),
    limit + 1,
  );
  return rows.map((row) => JSON.parse(row.doc) as Round);
}

export interface CheckinFilter {
  checkpoint?: string;
  reader?: string;
  guard?: string;
  from?: number;
  to?: number;
}

/** Newest first; one more than `limit`. */
export async function readCheckins(
  query: Query,
  filter: CheckinFilter,
  limit: number,
  cursor: Cursor | undefined,
): Promise<Checkin[]> {
  const { where, params } = conditions([
    ['checkpoint = ?', filter.checkpoint],
    ['reader = ?', filter.reader],
    ['guard = ?', filter.guard],
    ['at >= ?', filter.from],
    ['at <= ?', filter.to],
  ]);
  if (cursor) where.push('(at, id) < (?, ?)');
  const rows = await query<CheckinRow>(
    `SELECT * FROM checkin WHERE ${where.join(' AND ')} ORDER BY at DESC, id DESC LIMIT ?`,
    ...params,
    ...(cursor ? [cursor.at, cursor.id] : []),
    limit + 1,
  );
  return rows.map(checkinOf);
}

function conditions(wanted: [condition: string, value: string | number | undefined][]) {
  const where = ['1'];
  const params: SqlValue[] = [];
  for (const [condition, value] of wanted) {
    if (value === undefined) continue;
    where.push(condition);
    params.push(value);
  }
  return { where, params };
}
