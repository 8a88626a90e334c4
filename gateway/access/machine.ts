import type { AccessEvent, DoorState } from '../contract/access.ts';

/** What is kept of a door; its name and area are the device's. */
export interface KeptDoor extends Pick<DoorState, 'id' | 'state' | 'since' | 'lastPerson'> {
  /** When the newest event that counted happened; UTC ms. */
  heardAt: number | null;
  /** When we heard that it opened, and that somebody was let in (by a card, an exit button, from here); UTC ms by our clock. */
  openedAt: number | null;
  permittedAt: number | null;
  /** Kept unlocked from here: whoever opens it may. */
  released: boolean;
}

export function unheardDoor(id: string): KeptDoor {
  return {
    ...{ id, state: 'unknown', since: null, lastPerson: null, heardAt: null },
    ...{ openedAt: null, permittedAt: null, released: false },
  };
}

/** How long things may take at a door, as its settings have it; 0: its controller judges that, not the gateway. */
export interface DoorRule {
  heldAfterMs: number;
  /** An opening that is not within this time of a permit is forced. */
  permitMs: number;
}

/** A permit that arrives this much after the opening was given before it: contact and reader are two inputs. */
export const permitSlackMs = 1_000;

/** Which state of the leaf an event tells of; a granted or refused card moves nothing by itself. */
const tells: Record<AccessEvent['type'], KeptDoor['state'] | null> = {
  granted: null,
  denied: null,
  opened: 'open',
  closed: 'closed',
  forced: 'forced',
  held: 'held',
  read: null,
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
  if (type === 'denied' || type === 'read' || isOlder) return door;
  const heard = { ...door, heardAt: occurredAt };
  if (type === 'granted')
    return {
      ...heard,
      lastPerson: event.personName ?? event.card ?? door.lastPerson,
      permittedAt: receivedAt,
    };
  const state = tells[type] ?? door.state;
  const stays =
    state === door.state ||
    (door.state === 'forced' && state !== 'closed') ||
    (door.state === 'held' && state === 'open');
  if (stays) return heard;
  return { ...heard, state, since: occurredAt, openedAt: state === 'open' ? receivedAt : heard.openedAt };
}

/** The door after a command from here to open or unlock it is on its way, or one to lock or unlock it was done. */
export function afterCommand(door: KeptDoor, command: string, done: boolean, now: number): KeptDoor {
  if (command === 'lock') return done && door.released ? { ...door, released: false } : door;
  if (command !== 'open' && command !== 'unlock') return door;
  return { ...door, permittedAt: now, released: door.released || (done && command === 'unlock') };
}

/**
 * Whether it is kept unlocked: anybody may open it, for as long as they like (a fire has released it, a lobby by day).
 * @param locked what the door says of its lock; null when it does not say
 */
export function isReleased(door: KeptDoor, locked: boolean | null): boolean {
  return door.released || locked === false;
}

/** Whether whoever opened it was let in. */
export function isPermitted(door: KeptDoor, rule: DoorRule, locked: boolean | null): boolean {
  if (isReleased(door, locked)) return true;
  const { openedAt, permittedAt } = door;
  if (openedAt === null || permittedAt === null) return false;
  return openedAt - permittedAt <= rule.permitMs && permittedAt - openedAt <= permitSlackMs;
}
