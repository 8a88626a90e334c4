import type { Sequence } from '../contract/plant.ts';
import type { Query, Statements } from '../store/store.ts';
import type { SqlValue, Turn } from '../store/turn.ts';
import type { KeptHours } from './hours-machine.ts';
import type { KeptSchedule } from './schedule-machine.ts';
import type { Run } from './sequence-run.ts';

export const plantStatements: Statements = {
  sequence: `INSERT INTO sequence (id, generator, lost_at, ended_at, rule, doc) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET lost_at = excluded.lost_at, ended_at = excluded.ended_at,
               rule = excluded.rule, doc = excluded.doc`,
  schedule: `INSERT INTO schedule_state (schedule, doc) VALUES (?, ?)
             ON CONFLICT (schedule) DO UPDATE SET doc = excluded.doc`,
  unschedule: 'DELETE FROM schedule_state WHERE schedule = ?',
  hours: `INSERT INTO run_hours (device, doc) VALUES (?, ?)
          ON CONFLICT (device) DO UPDATE SET doc = excluded.doc`,
  forgetHours: 'DELETE FROM run_hours WHERE device = ?',
};

export function writeRun(turn: Turn, { sequence, ...rule }: Run): void {
  const { id, generator, lostAt, endedAt } = sequence;
  turn.write(
    'plant.sequence',
    id,
    generator,
    lostAt,
    endedAt,
    JSON.stringify(rule),
    JSON.stringify(sequence),
  );
}

export function writeScheduleState(turn: Turn, kept: KeptSchedule): void {
  turn.write('plant.schedule', kept.state.id, JSON.stringify(kept));
}

export function writeHours(turn: Turn, kept: KeptHours): void {
  turn.write('plant.hours', kept.hours.id, JSON.stringify(kept));
}

/** Of each generator the newest sequence, and any that has not ended, those last. */
export async function readNewestRuns(query: Query): Promise<Run[]> {
  const rows = await query<{ rule: string; doc: string }>(
    `SELECT rule, doc FROM sequence
     WHERE ended_at IS NULL
       OR (generator, lost_at) IN (SELECT generator, MAX(lost_at) FROM sequence GROUP BY generator)
     ORDER BY ended_at IS NULL`,
  );
  return rows.map(({ rule, doc }) => ({
    ...(JSON.parse(rule) as Omit<Run, 'sequence'>),
    sequence: JSON.parse(doc) as Sequence,
  }));
}

async function readDocs<Doc>(query: Query, sql: string, ...params: SqlValue[]): Promise<Doc[]> {
  const rows = await query<{ doc: string }>(sql, ...params);
  return rows.map(({ doc }) => JSON.parse(doc) as Doc);
}

export const readScheduleStates = (query: Query) =>
  readDocs<KeptSchedule>(query, 'SELECT doc FROM schedule_state');
export const readHours = (query: Query) => readDocs<KeptHours>(query, 'SELECT doc FROM run_hours');

export interface SequenceFilter {
  generator?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** Newest loss of mains first; one more than `limit`, so that the caller sees whether there is a next page. */
export async function readSequences(
  query: Query,
  filter: SequenceFilter,
  limit: number,
  cursor: { at: number; id: string } | undefined,
): Promise<Sequence[]> {
  const where = ['1'];
  const params: SqlValue[] = [];
  const narrow = (condition: string, ...values: (string | number | undefined)[]) => {
    if (values.some((value) => value === undefined)) return;
    where.push(condition);
    params.push(...(values as SqlValue[]));
  };
  narrow('generator = ?', filter.generator);
  narrow('lost_at >= ?', filter.from);
  narrow('lost_at <= ?', filter.to);
  narrow('(lost_at, id) < (?, ?)', cursor?.at, cursor?.id);
  return readDocs<Sequence>(
    query,
    `SELECT doc FROM sequence WHERE ${where.join(' AND ')} ORDER BY lost_at DESC, id DESC LIMIT ?`,
    ...params,
    limit + 1,
  );
}
