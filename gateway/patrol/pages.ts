import { z } from 'zod';
import type { Cursor } from './store.ts';

/** `time.id`: lists are ordered by time, and several records may share one. */
const cursorSchema = z
  .string()
  .regex(/^\d{1,15}\.[0-9a-f-]{36}$/)
  .transform((text): Cursor => {
    const [at, id] = text.split('.');
    return { at: Number(at), id: id ?? '' };
  });
export const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: cursorSchema.optional().describe('`next` of the page before'),
});

/** A page of what was read with one more than `limit`. */
export function pageOf<Item extends { id: string }>(
  items: Item[],
  limit: number,
  atOf: (item: Item) => number,
) {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: items.length > limit && last ? `${atOf(last)}.${last.id}` : null };
}
