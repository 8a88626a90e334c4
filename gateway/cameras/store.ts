import type { Snapshot } from '../contract/snapshot.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';

/** Alarms that pictures may be taken from for want of room: closed, and nothing open points to them. */
const bound = (alarm: string) => `EXISTS (SELECT 1 FROM alarm a WHERE a.id = ${alarm} AND a.closed_at IS NULL)
  OR EXISTS (SELECT 1 FROM ticket t WHERE t.alarm = ${alarm} AND t.closed_at IS NULL)`;

export const cameraStatements: Statements = {
  ask: `INSERT INTO snapshot (alarm, n, state, doc) VALUES (?, ?, 'pending', ?)`,
  // The alarm may have been rolled over meanwhile: then there is nothing to update.
  answer: 'UPDATE snapshot SET state = ?, file = ?, taken_at = ?, doc = ? WHERE alarm = ? AND n = ?',
  // Which rows these are is decided within the transaction: an alarm may have got a ticket meanwhile.
  remove: `UPDATE snapshot SET state = 'removed', file = NULL, doc = json_set(doc, '$.state', 'removed')
           WHERE file = ? AND NOT EXISTS (SELECT 1 FROM snapshot s WHERE s.file = snapshot.file AND (${bound('s.alarm')}))`,
};

export function writeAsked(turn: Turn, snapshot: Snapshot): void {
  turn.write('cameras.ask', snapshot.alarm, snapshot.n, JSON.stringify(snapshot));
}

export function writeAnswered(turn: Turn, snapshot: Snapshot, file: string | null): void {
  const { alarm, n, state, takenAt } = snapshot;
  turn.write('cameras.answer', state, file, takenAt, JSON.stringify(snapshot), alarm, n);
}

const snapshotsOf = (rows: { doc: string }[]) => rows.map(({ doc }) => JSON.parse(doc) as Snapshot);

/** Of open alarms, and those that a camera still owes. */
export async function loadSnapshots(query: Query): Promise<{ open: Snapshot[]; pending: Snapshot[] }> {
  const [open, pending] = await Promise.all([
    query<{ doc: string }>(
      `SELECT s.doc FROM alarm a INDEXED BY alarm_open JOIN snapshot s ON s.alarm = a.id
       WHERE a.closed_at IS NULL`,
    ),
    query<{ doc: string }>("SELECT doc FROM snapshot INDEXED BY snapshot_pending WHERE state = 'pending'"),
  ]);
  return { open: snapshotsOf(open), pending: snapshotsOf(pending) };
}

export async function findSnapshots(query: Query, alarm: string): Promise<Snapshot[]> {
  return snapshotsOf(await query('SELECT doc FROM snapshot WHERE alarm = ? ORDER BY n', alarm));
}

export async function findSnapshot(
  query: Query,
  alarm: string,
  n: number,
): Promise<{ snapshot: Snapshot; file: string | null } | undefined> {
  const [row] = await query<{ doc: string; file: string | null }>(
    'SELECT doc, file FROM snapshot WHERE alarm = ? AND n = ?',
    alarm,
    n,
  );
  return row && { snapshot: JSON.parse(row.doc) as Snapshot, file: row.file };
}

/** Files that some record names. */
export async function namedFiles(query: Query): Promise<Set<string>> {
  const rows = await query<{ file: string }>('SELECT DISTINCT file FROM snapshot WHERE file IS NOT NULL');
  return new Set(rows.map(({ file }) => file));
}

/** The oldest files of which every alarm is closed, and none has an open ticket. */
export async function removableFiles(query: Query, most: number): Promise<string[]> {
  const rows = await query<{ file: string }>(
    `SELECT file FROM snapshot WHERE file IS NOT NULL GROUP BY file
     HAVING NOT max(${bound('snapshot.alarm')}) ORDER BY min(taken_at), file LIMIT ?`,
    most,
  );
  return rows.map(({ file }) => file);
}
