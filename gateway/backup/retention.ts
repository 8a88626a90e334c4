import type { Clock } from '../lib/clock.ts';
import type { Operate } from '../store/operate.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';

/** Closed alarms that nothing open still points to. An alarm that is there, unanswered or latched has no `closed_at` and is never found. */
const closedAlarms = `SELECT id FROM alarm WHERE closed_at IS NOT NULL AND closed_at < ?
  AND id NOT IN (SELECT alarm FROM ticket WHERE closed_at IS NULL AND alarm IS NOT NULL)
  ORDER BY closed_at, id LIMIT ?`;

export const retentionStatements: Statements = {
  transitions: `DELETE FROM alarm_transition WHERE alarm IN (${closedAlarms})`,
  latencies: `DELETE FROM alarm_latency WHERE alarm IN (${closedAlarms})`,
  linkageRuns: `DELETE FROM linkage_run WHERE alarm IN (${closedAlarms})`,
  snapshots: `DELETE FROM snapshot WHERE alarm IN (${closedAlarms})`,
  alarms: `DELETE FROM alarm WHERE id IN (${closedAlarms})`,
  events: 'DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id < ? ORDER BY id LIMIT ?)',
  accessEvents: `DELETE FROM access_event WHERE id IN
    (SELECT id FROM access_event WHERE occurred_at < ? ORDER BY occurred_at, id LIMIT ?)`,
  deadLetters:
    'DELETE FROM dead_letter WHERE id IN (SELECT id FROM dead_letter WHERE id < ? ORDER BY id LIMIT ?)',
};

/** Rows of each class that go in one turn: a few milliseconds of the writer. */
const sliceRows = 500;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Nothing younger than this goes for want of room. */
const youngestMs = dayMs;
/** Rolling over for size begins at the watermark and ends a tenth below it. */
const lowShare = 0.9;

export interface RetentionLimits {
  maxMegabytes: number;
  maxDays: number;
}

export interface RetentionReport {
  slices: number;
  usedBytes: number;
  /** Above the watermark, and nothing is left that may go. */
  full: boolean;
}

/** UUIDv7 begin with their time: every id drawn before `atMs` sorts before this (RFC 9562 §5.7). */
function idsBefore(atMs: number): string {
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-`;
}

function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * Rolls over one slice of what is older than `before` (UTC ms): closed alarms with all that was kept of them, events, swipes, dead letters.
 * Which rows these are the statements decide within the transaction, so that one reopened meanwhile stays.
 */
export function retentionSlice(turn: Turn, before: number, rows: number = sliceRows): void {
  for (const statement of ['transitions', 'latencies', 'linkageRuns', 'snapshots', 'alarms', 'accessEvents'])
    turn.write(`retention.${statement}`, before, rows);
  for (const statement of ['events', 'deadLetters'])
    turn.write(`retention.${statement}`, idsBefore(before), rows);
  turn.audit({ action: 'records.rolled-over', subject: 'records', detail: { before } });
}

/** Keeps the state database within its age and its size by letting the oldest closed records go, a slice a turn. */
export function createRetention(deps: {
  query: Query;
  operate: Operate;
  clock: Clock;
  limits: RetentionLimits;
}) {
  const { query, operate, clock, limits } = deps;
  const highBytes = limits.maxMegabytes * 1024 * 1024;

  async function usedBytes(): Promise<number> {
    const [row] = await query<{ bytes: number }>(
      `SELECT (page_count - freelist_count) * page_size AS bytes
       FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
    );
    return row?.bytes ?? 0;
  }

  /** When the oldest record is from that may go, UTC ms. */
  async function oldest(): Promise<number | null> {
    const [row] = await query<{ alarm: number | null; access: number | null; event: string; letter: string }>(
      `SELECT (SELECT closed_at FROM alarm WHERE id = (${closedAlarms})) AS alarm,
              (SELECT min(occurred_at) FROM access_event) AS access,
              (SELECT min(id) FROM event) AS event,
              (SELECT min(id) FROM dead_letter) AS letter`,
      Number.MAX_SAFE_INTEGER,
      1,
    );
    const times = [
      row?.alarm,
      row?.access,
      row?.event && timeOfId(row.event),
      row?.letter && timeOfId(row.letter),
    ];
    const known = times.filter((time) => typeof time === 'number');
    return known.length > 0 ? Math.min(...known) : null;
  }

  return {
    /** Rolls over all that is due now. @throws storage.unavailable */
    async sweep(): Promise<RetentionReport> {
      const now = clock.now().wallMs;
      const tooOld = now - limits.maxDays * dayMs;
      let draining = false;
      for (let slices = 0; ; slices++) {
        const used = await usedBytes();
        draining = used > (draining ? highBytes * lowShare : highBytes);
        const until = draining ? now - youngestMs : tooOld;
        const first = await oldest();
        if (first === null || first >= until) return { slices, usedBytes: used, full: draining };
        const before = draining ? Math.min(until, Math.max(tooOld, first + hourMs)) : tooOld;
        await operate('retention', null, (turn) => retentionSlice(turn, before));
      }
    },
  };
}
