import type { Person } from '../contract/site.ts';
import { normaliseTag } from '../contract/tag.ts';
import type { Memory } from '../store/table.ts';

/** Whose card is it? An index over people's cards in their canonical spelling (contract/tag.ts). */
export function createCards(deps: { memory: Memory; people(): Iterable<Person> }) {
  const owners = deps.memory.table<{ card: string; person: string }>('access-cards');

  function* issued(): Generator<{ card: string; person: string }> {
    for (const person of deps.people())
      for (const card of person.cards) yield { card: normaliseTag(card), person: person.id };
  }

  return {
    load(): void {
      for (const row of issued()) owners.load(row.card, row);
    },
    /** Within a turn: follows people and cards that were added, changed or removed. */
    follow(): void {
      const stale = new Set([...owners.values()].map((row) => row.card));
      for (const row of issued()) {
        stale.delete(row.card);
        if (owners.get(row.card)?.person !== row.person) owners.set(row.card, row);
      }
      for (const card of stale) owners.set(card, undefined);
    },
    /** The key of the person who carries a canonical card, as the running turn sees it. */
    ownerOf: (card: string): string | undefined => owners.get(card)?.person,
  };
}
