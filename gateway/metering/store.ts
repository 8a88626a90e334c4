import type { MarkFlag, MarkSource, MeterEntry, RegisterRow } from '../contract/meter.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';
import type { Edge, Known } from './consumption.ts';
import { type Mark, rankOf, rounded } from './machine.ts';

export const meteringStatements: Statements = {
  put: `INSERT INTO meter_mark (meter, point, at, rank, slot, register, total, flag, entry)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (meter, point, at, rank) DO UPDATE SET slot = excluded.slot, register = excluded.register,
          total = excluded.total, flag = excluded.flag, entry = excluded.entry`,
  drop: 'DELETE FROM meter_mark WHERE meter = ? AND point = ? AND at = ? AND rank = ?',
  shift: `UPDATE meter_mark SET total = round(total + ?, 6)
          WHERE meter = ? AND point = ? AND (at, rank) >= (?, ?)`,
  entry: `INSERT INTO meter_entry (id, meter, at, request, doc) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`,
  register: 'INSERT INTO meter_register (meter, point) VALUES (?, ?) ON CONFLICT DO NOTHING',
  thin: `DELETE FROM meter_mark WHERE meter = ? AND point = ? AND at > ? AND at <= ? AND flag IS NULL
           AND slot NOT IN (SELECT value FROM json_each(?))`,
};

/** One register of one meter. */
export interface RegisterKey {
  meter: string;
  point: string;
}

export function writeMark(turn: Turn, { meter, point }: RegisterKey, mark: Mark): void {
  const { at, source, slot, register, total, flag, entry } = mark;
  turn.write('metering.put', meter, point, at, rankOf[source], slot, register, total, flag, entry);
}

export function writeRegister(turn: Turn, { meter, point }: RegisterKey): void {
  turn.write('metering.register', meter, point);
}

/** Of the hours between the first and the last of these moments only they themselves stay. */
export function thinHours(turn: Turn, { meter, point }: RegisterKey, stay: readonly number[]): void {
  turn.write('metering.thin', meter, point, stay[0] ?? 0, stay.at(-1) ?? 0, JSON.stringify(stay));
}

export function dropMark(
  turn: Turn,
  { meter, point }: RegisterKey,
  { at, source }: Pick<Mark, 'at' | 'source'>,
): void {
  turn.write('metering.drop', meter, point, at, rankOf[source]);
}

export function shiftFrom(
  turn: Turn,
  { meter, point }: RegisterKey,
  { from, by }: { from: Mark; by: number },
) {
  turn.write('metering.shift', by, meter, point, from.at, rankOf[from.source]);
}

export interface KeptEntry {
  entry: MeterEntry;
  request: string | null;
}

export function writeEntry(turn: Turn, { entry, request }: KeptEntry): void {
  turn.write('metering.entry', entry.id, entry.meter, entry.at, request, JSON.stringify(entry));
}

interface MarkRow {
  at: number;
  rank: number;
  slot: number | null;
  register: number;
  total: number;
  flag: MarkFlag | null;
  entry: string | null;
}

const sources = (Object.keys(rankOf) as MarkSource[]).sort((a, b) => rankOf[a] - rankOf[b]);
const sourceOf = (rank: number): MarkSource => sources[rank] ?? 'hour';
const markOf = ({ rank, ...row }: MarkRow): Mark => ({ ...row, source: sourceOf(rank) });
const columns = 'at, rank, slot, register, total, flag, entry';

/** The moment of the register's so many-th newest mark up to `until`; 0 when there are fewer. */
async function reachingBack(
  query: Query,
  { meter, point }: RegisterKey,
  until: number,
  marks: number,
): Promise<number> {
  const [row] = await query<{ at: number }>(
    'SELECT at FROM meter_mark WHERE meter = ? AND point = ? AND at <= ? ORDER BY at DESC, rank DESC LIMIT 1 OFFSET ?',
    ...[meter, point, until, marks - 1],
  );
  return row?.at ?? 0;
}

/** Every register's chain from `since` on, or its newest so many marks where these reach further back; oldest first. */
export async function readRecent(
  query: Query,
  since: number,
  marks: number,
): Promise<(RegisterKey & { chain: Mark[]; isWhole: boolean })[]> {
  const registers = await query<RegisterKey>('SELECT meter, point FROM meter_register');
  return Promise.all(
    registers.map(async ({ meter, point }) => {
      const from = Math.min(
        since,
        await reachingBack(query, { meter, point }, Number.MAX_SAFE_INTEGER, marks),
      );
      const rows = await query<MarkRow>(
        `SELECT ${columns} FROM meter_mark WHERE meter = ? AND point = ? AND at >= ? ORDER BY at, rank`,
        ...[meter, point, from],
      );
      const older = await query(
        'SELECT 1 FROM meter_mark WHERE meter = ? AND point = ? AND at < ? LIMIT 1',
        ...[meter, point, from],
      );
      return { meter, point, chain: rows.map(markOf), isWhole: older.length === 0 };
    }),
  );
}

/** The marks before `first`, from so many before `at` on, oldest first. */
export async function readOlder(
  query: Query,
  { meter, point }: RegisterKey,
  at: number,
  first: Mark,
  marks: number,
): Promise<Mark[]> {
  const from = await reachingBack(query, { meter, point }, at, marks);
  const rows = await query<MarkRow>(
    `SELECT ${columns} FROM meter_mark WHERE meter = ? AND point = ? AND at >= ? AND (at, rank) < (?, ?)
     ORDER BY at, rank`,
    ...[meter, point, from, first.at, rankOf[first.source]],
  );
  return rows.map(markOf);
}

/** What is known around each moment, by `meter.point`: two looks into the primary key for each. */
export async function readEdges(
  query: Query,
  registers: readonly RegisterKey[],
  moments: readonly number[],
): Promise<Map<string, Edge[]>> {
  type Row = { i: number; moment: number } & Record<
    'bAt' | 'bRegister' | 'bTotal' | 'aAt' | 'aRegister' | 'aTotal',
    number | null
  >;
  const rows = await query<Row>(
    `SELECT r.key AS i, m.value AS moment, b.at AS bAt, b.register AS bRegister, b.total AS bTotal,
            a.at AS aAt, a.register AS aRegister, a.total AS aTotal
     FROM json_each(?) r CROSS JOIN json_each(?) m
     LEFT JOIN meter_mark b ON b.meter = r.value ->> 'meter' AND b.point = r.value ->> 'point'
       AND (b.at, b.rank) = (SELECT at, rank FROM meter_mark WHERE meter = r.value ->> 'meter' AND point = r.value ->> 'point'
                             AND at <= m.value ORDER BY at DESC, rank DESC LIMIT 1)
     LEFT JOIN meter_mark a ON a.meter = r.value ->> 'meter' AND a.point = r.value ->> 'point'
       AND (a.at, a.rank) = (SELECT at, rank FROM meter_mark WHERE meter = r.value ->> 'meter' AND point = r.value ->> 'point'
                             AND at > m.value ORDER BY at, rank LIMIT 1)
     ORDER BY r.key, m.key`,
    JSON.stringify(registers.map(({ meter, point }) => ({ meter, point }))),
    JSON.stringify(moments),
  );
  const known = (at: number | null, register: number | null, total: number | null): Known | null =>
    at === null || register === null || total === null ? null : { at, register, total };
  const edges = new Map<string, Edge[]>(registers.map(({ meter, point }) => [`${meter}.${point}`, []]));
  for (const row of rows) {
    const register = registers[row.i];
    if (!register) continue;
    edges.get(`${register.meter}.${register.point}`)?.push({
      at: row.moment,
      before: known(row.bAt, row.bRegister, row.bTotal),
      after: known(row.aAt, row.aRegister, row.aTotal),
    });
  }
  return edges;
}

export interface RegisterEvent {
  at: number;
  event: MarkFlag | 'replaced';
}

/** Roll-overs, steps backwards and replacements after `from`, up to `to`, by `meter.point`. */
export async function readEvents(
  query: Query,
  registers: readonly RegisterKey[],
  from: number,
  to: number,
): Promise<Map<string, RegisterEvent[]>> {
  const rows = await query<{ i: number; at: number; flag: MarkFlag | null }>(
    `SELECT r.key AS i, m.at, m.flag FROM json_each(?) r
     JOIN meter_mark m INDEXED BY meter_event ON m.meter = r.value ->> 'meter' AND m.point = r.value ->> 'point'
     WHERE (m.flag IS NOT NULL OR m.rank = 3) AND m.at > ? AND m.at <= ? ORDER BY m.at`,
    JSON.stringify(registers.map(({ meter, point }) => ({ meter, point }))),
    from,
    to,
  );
  const events = new Map<string, RegisterEvent[]>();
  for (const { i, at, flag } of rows) {
    const key = `${registers[i]?.meter}.${registers[i]?.point}`;
    const list = events.get(key) ?? [];
    list.push({ at, event: flag ?? 'replaced' });
    events.set(key, list);
  }
  return events;
}

export async function readEntry(query: Query, id: string): Promise<KeptEntry | undefined> {
  const [row] = await query<{ request: string | null; doc: string }>(
    'SELECT request, doc FROM meter_entry WHERE id = ?',
    id,
  );
  return row && { request: row.request, entry: JSON.parse(row.doc) as MeterEntry };
}

/** Marks of a register, newest first; one more than `limit`. `before`: the place of the last one of the page before. */
export async function readRegisterRows(
  query: Query,
  { meter, point }: RegisterKey,
  filter: { from: number; to: number; entered: boolean; before?: { at: number; rank: number } },
  limit: number,
): Promise<(RegisterRow & { rank: number })[]> {
  const place = filter.before ?? { at: filter.to, rank: sources.length };
  const rows = await query<MarkRow & { doc: string | null; before: number | null }>(
    `SELECT m.at, m.rank, m.slot, m.register, m.total, m.flag, m.entry, e.doc,
            (SELECT total FROM meter_mark b WHERE b.meter = m.meter AND b.point = m.point AND (b.at, b.rank) < (m.at, m.rank)
             ORDER BY b.at DESC, b.rank DESC LIMIT 1) AS before
     FROM meter_mark m LEFT JOIN meter_entry e ON e.id = m.entry
     WHERE m.meter = ? AND m.point = ? AND (m.at, m.rank) < (?, ?) AND m.at >= ? ${filter.entered ? 'AND m.rank > 0' : ''}
     ORDER BY m.at DESC, m.rank DESC LIMIT ?`,
    ...[meter, point, place.at, place.rank, filter.from, limit + 1],
  );
  return rows.map(({ doc, rank, slot, total, before, at, register, flag, entry }) => {
    const record = doc === null ? null : (JSON.parse(doc) as MeterEntry);
    return {
      ...{ at, rank, source: sourceOf(rank), hour: slot, register, flag, entry },
      consumption: before === null ? null : rounded(total - before),
      note: record?.note ?? null,
      who: record?.who ?? null,
    };
  });
}
