import type { BadReason } from '../contract/bad-value.ts';
import { type Command, commandSchema } from '../contract/command.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import type { Statements } from '../store/store.ts';

/** Known as `devices.*`. */
export const deviceStatements: Statements = {
  edge: 'INSERT INTO edge (id, value) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value',
  told: `INSERT INTO told_value (id, device, point, value, at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET value = excluded.value, at = excluded.at`,
  announced: `INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  unannounced: 'DELETE FROM fact WHERE name = ?',
  logPlace: `INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  dropLogPlace: 'DELETE FROM fact WHERE name = ?',
  untell: 'DELETE FROM told_value WHERE device = ?',
};

/** Known as `commands.*`. */
export const commandStatements: Statements = {
  insert: `INSERT INTO command (id, device, state, requested_at, ended_at, alarm, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  update: 'UPDATE command SET state = ?, ended_at = ?, doc = ? WHERE id = ?',
};

export const edgesQuery = 'SELECT id, value FROM edge';
export const runningQuery = 'SELECT doc FROM command WHERE ended_at IS NULL ORDER BY id';

const announcedPrefix = 'announced ';
export const announcedQuery = `SELECT name, value FROM fact WHERE name LIKE '${announcedPrefix}%'`;
/** The name of the fact that an entity was announced on a link: neither has a space in it. */
export function announcedFact(link: string, address: string): string {
  return `${announcedPrefix}${link} ${address}`;
}
export function announcedOf({ name }: { name: string }): { link: string; address: string } {
  const [link = '', address = ''] = name.slice(announcedPrefix.length).split(' ');
  return { link, address };
}
/** Up to which event of its log each controller is on disk. */
export const logPlacesQuery = "SELECT name, value FROM fact WHERE name LIKE 'devices.log/%'";

export const toldQuery = 'SELECT id, device, point, value, at FROM told_value';

export interface ToldRow {
  id: string;
  device: string;
  point: string;
  value: string;
  at: number;
}

export function toldReading({ device, point, value, at }: ToldRow): Reading {
  const told = JSON.parse(value) as PointValue;
  // Null: an event has told that nobody knows it.
  const quality = told === null ? 'bad' : 'uncertain';
  const why: BadReason = told === null ? { code: 'declared' } : { code: 'before-start' };
  return { device, point, value: told, quality, at, receivedAt: at, why };
}

export function edgeOf(row: { value: string }): PointValue {
  return JSON.parse(row.value) as PointValue;
}

export function commandOf(row: { doc: string }): Command {
  return commandSchema.parse(JSON.parse(row.doc));
}
