import type { Card, CardEntry, CardState } from '../../../gateway/contract/card.ts';

/** A shape beside the word. */
export const cardShape: Record<CardState, string> = { issued: '✓', lost: '⊘', revoked: '✕' };
export const entryShape: Record<CardEntry['state'], string> = {
  waiting: '○',
  sending: '◔',
  confirmed: '✓',
  failed: '✕',
};

/** The cards of everybody who has access at a door, or had it: a lost one opens it until its controller has forgotten it. */
export function cardsOf(door: string): string {
  return `/access?view=cards&door=${door}`;
}

/** The controllers that have not yet confirmed a card, those that refused it first. */
export function unconfirmed({ controllers }: Pick<Card, 'controllers'>): CardEntry[] {
  const rank: Record<CardEntry['state'], number> = { failed: 0, waiting: 1, sending: 2, confirmed: 3 };
  return controllers
    .filter(({ state }) => state !== 'confirmed')
    .sort((a, b) => rank[a.state] - rank[b.state] || (a.controller < b.controller ? -1 : 1));
}

/** Whether the time for which a card was issued is over, or has not come. */
export function validityOf(
  { validFrom, validUntil }: Pick<Card, 'validFrom' | 'validUntil'>,
  now: number,
): 'valid' | 'expired' | 'not-yet' {
  if (validUntil !== null && validUntil <= now) return 'expired';
  return validFrom !== null && validFrom > now ? 'not-yet' : 'valid';
}

export interface DoorGroup<Door> {
  controller: string;
  doors: Door[];
}

/** Doors by the controller that keeps their cards; those without one take none. */
export function byController<Door extends { id: string; name: string; parent?: string | undefined }>(
  doors: Iterable<Door>,
  isController: (id: string) => boolean,
): DoorGroup<Door>[] {
  const groups = new Map<string, Door[]>();
  const names = new Intl.Collator(['zh-CN', 'en'], { numeric: true });
  for (const door of [...doors].sort((a, b) => names.compare(a.name, b.name))) {
    const { parent } = door;
    if (parent === undefined || !isController(parent)) continue;
    groups.set(parent, [...(groups.get(parent) ?? []), door]);
  }
  return [...groups].map(([controller, own]) => ({ controller, doors: own }));
}
