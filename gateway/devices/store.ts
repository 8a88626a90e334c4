import { type Command, commandSchema } from '../contract/command.ts';
import type { PointValue } from '../contract/reading.ts';
import type { Statements } from '../store/store.ts';

/** Known as `devices.*`. */
export const deviceStatements: Statements = {
  edge: 'INSERT INTO edge (id, value) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value',
};

/** Known as `commands.*`. */
export const commandStatements: Statements = {
  insert: `INSERT INTO command (id, device, state, requested_at, ended_at, alarm, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  update: 'UPDATE command SET state = ?, ended_at = ?, doc = ? WHERE id = ?',
};

export const edgesQuery = 'SELECT id, value FROM edge';
export const runningQuery = 'SELECT doc FROM command WHERE ended_at IS NULL ORDER BY id';

export function edgeOf(row: { value: string }): PointValue {
  return JSON.parse(row.value) as PointValue;
}

export function commandOf(row: { doc: string }): Command {
  return commandSchema.parse(JSON.parse(row.doc));
}
