import { z } from 'zod';
import { keySchema } from '../contract/names.ts';

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
  cursor: keySchema.optional().describe('`next` of the page before'),
});

/** One page of things in the order of their keys. */
export function page<T extends { id: string }>(things: Iterable<T>, query: z.infer<typeof pageQuery>) {
  const { cursor, limit } = query;
  const rest = [...things]
    .filter(({ id }) => cursor === undefined || id > cursor)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const items = rest.slice(0, limit);
  return { items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
}
