import { type AccessEvent, accessEventSchema, type DoorState } from '../contract/access.ts';
import type { Command } from '../contract/command.ts';
import type { StoredEvent } from '../contract/event.ts';
import type { Change } from '../contract/live.ts';
import type { Device, Person } from '../contract/site.ts';
import { normaliseTag } from '../contract/tag.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { afterEvent, type KeptDoor, unheardDoor } from './machine.ts';
import { readDoors, readNewestAccessEvents, writeAccessEvent, writeDoor } from './store.ts';

/** How many of the newest events a console gets when it connects, and keeps. */
export const liveEvents = 200;
const longestWord = 120;

/** What exists on the site, as the running turn sees it. */
export interface AccessSite {
  /** Devices whose kind is `door`. */
  doors(): Iterable<Device>;
  door(id: string): Device | undefined;
  person(id: string): Person | undefined;
  /** In whatever spelling; `form` as contract/tag.ts has it. */
  personByCard(card: string, form?: 'hex'): Person | undefined;
}

export interface Access {
  /** After the site has been loaded. */
  load(): Promise<void>;
  /** Doors may have changed in this turn. */
  siteChanged(turn: Turn): void;
  /** Takes the events `access.*`; others are not its business. */
  onEvent(turn: Turn, event: StoredEvent): void;
  /**
   * Opens a door from here.
   * @throws not.found for what is no door; whatever the command's own refusal is
   */
  open(turn: Turn, door: string, request: { id?: string; reason: string }): Command;
  /** All doors as committed, those never heard from included. */
  doors(): DoorState[];
  snapshot(): Change[];
}

/**
 * @param deps.requestCommand asks for a command as the turn's actor and writes it into the audit trail; the same id and body again
 * answers the same command
 */
export function createAccess(deps: {
  memory: Memory;
  query: Query;
  site: AccessSite;
  requestCommand(
    turn: Turn,
    request: { id?: string; device: string; command: string; args: Record<string, unknown>; reason: string },
  ): Command;
}): Access {
  const { site } = deps;
  const kept = deps.memory.table<KeptDoor>('access-doors');
  /** What consoles were told of each door. */
  const told = deps.memory.table<DoorState>('access-doors-told');
  /** The newest events in a ring: event n stands in slot n modulo its size. */
  const ring = deps.memory.table<AccessEvent>('access-ring');
  const ringCount = deps.memory.table<number>('access-ring-count');

  function shown(device: Device): DoorState {
    const { id, state, since, lastPerson } = kept.get(device.id) ?? unheardDoor(device.id);
    return { id, name: device.name, area: device.area, state, since, lastPerson };
  }

  function tell(turn: Turn, device: Device): void {
    const door = shown(device);
    told.set(door.id, door);
    turn.change('doors', door.id, door);
  }

  function remember(turn: Turn, event: AccessEvent): void {
    const count = ringCount.get('') ?? 0;
    const slot = String(count % liveEvents);
    const oldest = ring.get(slot);
    if (oldest) turn.change('access-events', oldest.id, null);
    ring.set(slot, event);
    ringCount.set('', count + 1);
    turn.change('access-events', event.id, event);
  }

  /** The door an event tells of: a controller may report for its doors, nobody for somebody else's. */
  function doorOf(event: StoredEvent): string {
    const named = event.data.door;
    if (typeof named !== 'string' || named === event.device) return event.device;
    return site.door(named)?.parent === event.device ? named : event.device;
  }

  return {
    async load() {
      for (const door of await readDoors(deps.query)) kept.load(door.id, door);
      for (const device of site.doors()) told.load(device.id, shown(device));
      const newest = await readNewestAccessEvents(deps.query, liveEvents);
      newest.reverse().forEach((event, index) => {
        ring.load(String(index), event);
      });
      ringCount.load('', newest.length);
    },

    siteChanged(turn) {
      const gone = new Set([...told.values()].map((door) => door.id));
      for (const device of site.doors()) {
        gone.delete(device.id);
        const before = told.get(device.id);
        if (before?.name !== device.name || before.area !== device.area) tell(turn, device);
      }
      for (const id of gone) {
        told.set(id, undefined);
        turn.change('doors', id, null);
      }
    },

    onEvent(turn, event) {
      const type = accessEventSchema.shape.type.safeParse(event.type.replace(/^access\./, ''));
      if (!event.type.startsWith('access.') || !type.success) return;
      const { data, occurredAt, receivedAt } = event;
      const card = wordOf(data.card);
      const form = data.form === 'hex' ? 'hex' : undefined;
      const named = wordOf(data.person);
      const known = named ? site.person(named) : card ? site.personByCard(card, form) : undefined;
      const accessEvent: AccessEvent = {
        id: event.id,
        door: doorOf(event),
        type: type.data,
        card: card && normaliseTag(card, form),
        person: known?.id ?? null,
        personName: known?.name ?? named,
        direction: wordOf(data.direction),
        reason: wordOf(data.reason),
        occurredAt,
        receivedAt,
      };
      writeAccessEvent(turn, accessEvent);
      remember(turn, accessEvent);
      const device = site.door(accessEvent.door);
      if (!device) return;
      const before = kept.get(device.id) ?? unheardDoor(device.id);
      const after = afterEvent(before, accessEvent);
      if (after === before) return;
      kept.set(after.id, after);
      writeDoor(turn, after);
      if (after.state !== before.state || after.lastPerson !== before.lastPerson) tell(turn, device);
    },

    open(turn, door, { id, reason }) {
      if (!site.door(door)) throw fault('not.found', `there is no door ${door}`);
      return deps.requestCommand(turn, { id, device: door, command: 'open', args: {}, reason });
    },

    doors: () => [...told.committed.values()],
    snapshot: () => [
      ...[...told.committed.values()].map((door) => ({ entity: 'doors', id: door.id, data: door }) as const),
      ...[...ring.committed.values()]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((event) => ({ entity: 'access-events', id: event.id, data: event }) as const),
    ],
  };
}

/** A word of an event's data: text or number, cut to a sane length; nothing for anything else. */
function wordOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).trim().slice(0, longestWord);
  return text === '' ? null : text;
}
