import type { Checkin, Round, Upload } from '../contract/patrol.ts';
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
  checkin: `INSERT INTO checkin (id, reader, tag, checkpoint, guard, at, received_at, reader_at, upload, doubt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  upload: 'INSERT INTO patrol_upload (id, reader, received_at, request, raw, doc) VALUES (?, ?, ?, ?, ?, ?)',
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
  const { id, reader, tag, checkpoint, guard, at, receivedAt, readerAt, upload, doubt } = checkin;
  turn.write(
    'patrol.checkin',
    ...[id, reader, tag, checkpoint, guard, at, receivedAt, readerAt, upload, doubt],
  );
}

/** Tells reads apart: by the reader's own time where it told one, since its correction differs a little with each read-out. */
export function readKey({ reader, tag, at, readerAt }: Pick<Checkin, 'reader' | 'tag' | 'at' | 'readerAt'>) {
  return `${reader}|${tag}|${readerAt ?? at}`;
}

interface RoundRow {
  rule: string;
  doc: string;
}

interface CheckinRow extends Omit<Checkin, 'receivedAt' | 'readerAt'> {
  received_at: number;
  reader_at: number | null;
}

const checkinOf = ({ received_at: receivedAt, reader_at: readerAt, ...row }: CheckinRow): Checkin => ({
  ...row,
  receivedAt,
  readerAt,
});

export function readSchedules(query: Query): Promise<Schedule[]> {
  return query<Schedule>(
    'SELECT plan, pattern, zone, last_at AS lastAt, next_at AS nextAt FROM patrol_schedule',
  );
}

/** Rounds that began under a release that did not judge speed have no walking times. */
function ruleOf(text: string): RoundRule {
  return { walkMs: [], minWalkMs: 0, ...(JSON.parse(text) as Omit<RoundRule, 'walkMs' | 'minWalkMs'>) };
}

/** Rounds that end after `since`, and any still running, oldest first. */
export async function readRoundsSince(query: Query, since: number): Promise<KeptRound[]> {
  const rows = await query<RoundRow>(
    `SELECT rule, doc FROM round WHERE ends_at >= ? OR state = 'running'`,
    since,
  );
  return rows
    .map((row) => ({ round: JSON.parse(row.doc) as Round, rule: ruleOf(row.rule) }))
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
  upload?: string;
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
    ['upload = ?', filter.upload],
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

/** An upload with what tells a repeat of it from another under the same id. */
export interface KeptUpload {
  upload: Upload;
  request: string;
}

/** @param raw what was sent, as it was sent */
export function writeUpload(turn: Turn, { upload, request }: KeptUpload, raw: string): void {
  const { id, reader, receivedAt } = upload;
  turn.write('patrol.upload', id, reader, receivedAt, request, raw, JSON.stringify(upload));
}

export async function readUpload(query: Query, id: string): Promise<KeptUpload | undefined> {
  const [row] = await query<{ request: string; doc: string }>(
    'SELECT request, doc FROM patrol_upload WHERE id = ?',
    id,
  );
  return row && { upload: JSON.parse(row.doc) as Upload, request: row.request };
}

/** What was sent, as it was sent. */
export async function readUploadFile(
  query: Query,
  id: string,
): Promise<{ raw: string; upload: Upload } | undefined> {
  const [row] = await query<{ raw: string; doc: string }>(
    'SELECT raw, doc FROM patrol_upload WHERE id = ?',
    id,
  );
  return row && { raw: row.raw, upload: JSON.parse(row.doc) as Upload };
}

/** Newest first; one more than `limit`. */
export async function readUploads(
  query: Query,
  filter: { reader?: string },
  limit: number,
  cursor: Cursor | undefined,
): Promise<Upload[]> {
  const { where, params } = conditions([['reader = ?', filter.reader]]);
  if (cursor) where.push('(received_at, id) < (?, ?)');
  const rows = await query<{ doc: string }>(
    `SELECT doc FROM patrol_upload WHERE ${where.join(' AND ')} ORDER BY received_at DESC, id DESC LIMIT ?`,
    ...params,
    ...(cursor ? [cursor.at, cursor.id] : []),
    limit + 1,
  );
  return rows.map((row) => JSON.parse(row.doc) as Upload);
}

/** Keys (`readKey`) of a reader's check-ins within a span, for an upload that reaches back further than memory. */
export async function readKeysBetween(
  query: Query,
  reader: string,
  from: number,
  to: number,
): Promise<Set<string>> {
  const rows = await query<{ tag: string; at: number; reader_at: number | null }>(
    'SELECT tag, at, reader_at FROM checkin WHERE reader = ? AND at BETWEEN ? AND ?',
    reader,
    from,
    to,
  );
  return new Set(rows.map(({ tag, at, reader_at: readerAt }) => readKey({ reader, tag, at, readerAt })));
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
