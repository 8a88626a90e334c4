import type { AccessEvent } from '../contract/access.ts';
import type { Card } from '../contract/card.ts';
import type { Query, Statements } from '../store/store.ts';
import type { SqlValue, Turn } from '../store/turn.ts';
import type { KeptEntry } from './entry-machine.ts';
import { type KeptDoor, unheardDoor } from './machine.ts';

export const accessStatements: Statements = {
  event: `INSERT INTO access_event (id, door, person, card, type, occurred_at, doc) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  door: `INSERT INTO door (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`,
  card: `INSERT INTO card (id, number, state, request, doc) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, doc = excluded.doc`,
  entry: `INSERT INTO card_entry (controller, number, doc) VALUES (?, ?, ?)
          ON CONFLICT (controller, number) DO UPDATE SET doc = excluded.doc`,
  dropEntry: 'DELETE FROM card_entry WHERE controller = ? AND number = ?',
};

/** A card without what its controllers have come to, and what its client asked with its own id. */
export interface KeptCard {
  card: Omit<Card, 'controllers'>;
  request: string | null;
}

export function writeCard(turn: Turn, { card, request }: KeptCard): void {
  turn.write('access.card', card.id, card.number, card.state, request, JSON.stringify(card));
}

export function writeEntry(turn: Turn, entry: KeptEntry): void {
  turn.write('access.entry', entry.controller, entry.number, JSON.stringify(entry));
}

/** All that ever were, in the order of their issue. */
export async function readCards(query: Query): Promise<KeptCard[]> {
  const rows = await query<Row & { request: string | null }>('SELECT request, doc FROM card ORDER BY id');
  return rows.map(({ request, doc }) => ({ request, card: JSON.parse(doc) as KeptCard['card'] }));
}

export async function readEntries(query: Query): Promise<KeptEntry[]> {
  const rows = await query<Row>('SELECT doc FROM card_entry');
  // An older release kept only words of why an entry failed.
  return rows.map((row) => {
    const entry = JSON.parse(row.doc) as KeptEntry;
    return { ...entry, failure: entry.failure ?? null };
  });
}

export function writeAccessEvent(turn: Turn, event: AccessEvent): void {
  const { id, door, person, card, type, occurredAt } = event;
  turn.write('access.event', id, door, person, card, type, occurredAt, JSON.stringify(event));
}

export function writeDoor(turn: Turn, door: KeptDoor): void {
  turn.write('access.door', door.id, JSON.stringify(door));
}

interface Row {
  doc: string;
}

export async function readDoors(query: Query): Promise<KeptDoor[]> {
  const rows = await query<Row>('SELECT doc FROM door');
  // Doors that an older release wrote know nothing of permits.
  return rows.map((row) => {
    const door = JSON.parse(row.doc) as KeptDoor;
    return { ...unheardDoor(door.id), ...door };
  });
}

export interface AccessFilter {
  door?: string;
  person?: string;
  /** Canonical (contract/tag.ts). */
  card?: string;
  type?: AccessEvent['type'];
  /** Both inclusive, by when it happened; UTC ms. */
  from?: number;
  to?: number;
}

/** In the order in which they became known, newest first. */
export async function readNewestAccessEvents(query: Query, limit: number): Promise<AccessEvent[]> {
  const rows = await query<Row>('SELECT doc FROM access_event ORDER BY id DESC LIMIT ?', limit);
  return rows.map((row) => JSON.parse(row.doc) as AccessEvent);
}

/** By when they happened, newest first; one more than `limit`, so that the caller sees whether there is a next page. */
export async function readAccessEvents(
  query: Query,
  filter: AccessFilter,
  limit: number,
  cursor: { at: number; id: string } | undefined,
): Promise<AccessEvent[]> {
  const where = ['1'];
  const params: SqlValue[] = [];
  const add = (condition: string, ...values: (SqlValue | undefined)[]) => {
    const given = values.filter((value) => value !== undefined);
    if (given.length === 0) return;
    where.push(condition);
    params.push(...given);
  };
  add('door = ?', filter.door);
  add('person = ?', filter.person);
  add('card = ?', filter.card);
  add('type = ?', filter.type);
  add('occurred_at >= ?', filter.from);
  add('occurred_at <= ?', filter.to);
  add('(occurred_at, id) < (?, ?)', cursor?.at, cursor?.id);
  const rows = await query<Row>(
    `SELECT doc FROM access_event WHERE ${where.join(' AND ')} ORDER BY occurred_at DESC, id DESC LIMIT ?`,
    ...params,
    limit + 1,
  );
  return rows.map((row) => JSON.parse(row.doc) as AccessEvent);
}
