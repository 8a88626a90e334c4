import type { AccessEvent, DoorState } from '../contract/access.ts';

/** What is kept of a door; its name and area are the device's. */
export interface KeptDoor extends Pick<DoorState, 'id' | 'state' | 'since' | 'lastPerson'> {
  /** When the newest event that counted happened; UTC ms. */
  heardAt: number | null;
}

export function unheardDoor(id: string): KeptDoor {
  return { id, state: 'unknown', since: null, lastPerson: null, heardAt: null };
}

/** Which state of the leaf an event tells of; a granted or refused card moves nothing by itself. */
const tells: Record<AccessEvent['type'], KeptDoor['state'] | null> = {
  granted: null,
  denied: null,
  opened: 'open',
  closed: 'closed',
  forced: 'forced',
  held: 'held',
};

/**
 * The door after an event. One older than what is known changes nothing (DECISIONS, Time: late swipes only change records), a
 * door that is held stays so until it closes or is forced, and one that was forced until it closes.
 * @returns the same object when nothing changes
 */
export function afterEvent(door: KeptDoor, event: AccessEvent): KeptDoor {
  const { type, occurredAt, receivedAt } = event;
  // One without a time of its own is the newest, also when our clock was set back.
  const isOlder = occurredAt !== receivedAt && occurredAt < (door.heardAt ?? occurredAt);
  if (type === 'denied' || isOlder) return door;
  const heard = { ...door, heardAt: occurredAt };
  if (type === 'granted') return { ...heard, lastPerson: event.personName ?? event.card ?? door.lastPerson };
  const state = tells[type] ?? door.state;
  const stays =
    state === door.state ||
    (door.state === 'forced' && state !== 'closed') ||
    (door.state === 'held' && state === 'open');
  return stays ? heard : { ...heard, state, since: occurredAt };
}
