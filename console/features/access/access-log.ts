import type { AccessEvent, DoorState } from '../../../gateway/contract/access.ts';

export const eventTypes = ['granted', 'denied', 'forced', 'held', 'opened', 'closed', 'read'] as const;

/** A shape beside the word: the leaf across its frame, or turned out of it. */
export const eventShape: Record<AccessEvent['type'], string> = {
  granted: '✓',
  denied: '✕',
  forced: '‼',
  held: '◷',
  opened: '╱',
  closed: '┃',
  read: '·',
};

export const doorShape: Record<DoorState['state'], string> = {
  closed: '┃',
  open: '╱',
  forced: '‼',
  held: '◷',
  unknown: '?',
};

/** What stands out among the swipes of a day. */
export function isNotable(type: AccessEvent['type']): boolean {
  return type === 'denied' || type === 'forced' || type === 'held';
}

/** Newest first by when it happened; ids decide a tie as they were drawn. */
export function newestFirst(events: readonly AccessEvent[]): AccessEvent[] {
  return events.toSorted((a, b) => b.occurredAt - a.occurredAt || (a.id < b.id ? 1 : -1));
}

/** What needs looking at first, then by name. */
const doorRank: Record<DoorState['state'], number> = { forced: 0, held: 1, open: 2, unknown: 3, closed: 4 };
const compareNames = new Intl.Collator(['zh-CN', 'en'], { numeric: true }).compare;

/** @param troubledFirst doors that stand open or worse before the others; else by name alone, so that nothing moves */
export function orderDoors(doors: readonly DoorState[], troubledFirst: boolean): DoorState[] {
  return doors.toSorted(
    (a, b) =>
      (troubledFirst ? doorRank[a.state] - doorRank[b.state] : 0) ||
      compareNames(a.name, b.name) ||
      (a.id < b.id ? -1 : 1),
  );
}
