import type { LinkageRun } from '../contract/linkage-run.ts';
import type { Query, Statements } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';

export const linkageStatements: Statements = {
  set: `INSERT INTO linkage_run (alarm, linkage, ended_at, doc) VALUES (?, ?, ?, ?)
        ON CONFLICT (alarm, linkage) DO UPDATE SET ended_at = excluded.ended_at, doc = excluded.doc`,
};

export function writeRun(turn: Turn, run: LinkageRun): void {
  turn.write('linkage.set', run.alarm, run.linkage, run.endedAt, JSON.stringify(run));
}

/** An older release kept only words of why an action failed. */
const runsOf = (rows: { doc: string }[]) =>
  rows.map(({ doc }): LinkageRun => {
    const run = JSON.parse(doc) as LinkageRun;
    return { ...run, actions: run.actions.map((action) => ({ ...action, failure: action.failure ?? null })) };
  });

export async function loadOpenRuns(query: Query): Promise<LinkageRun[]> {
  return runsOf(await query('SELECT doc FROM linkage_run WHERE ended_at IS NULL'));
}

/** What linkages did on account of one alarm, open or closed. */
export async function findRuns(query: Query, alarm: string): Promise<LinkageRun[]> {
  return runsOf(await query('SELECT doc FROM linkage_run WHERE alarm = ? ORDER BY linkage', alarm));
}
