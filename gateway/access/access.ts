import { type AccessEvent, accessEventSchema, type DoorState } from '../contract/access.ts';
import type { Command } from '../contract/command.ts';
import type { DeviceState } from '../contract/device-state.ts';
import type { FieldEvent, StoredEvent } from '../contract/event.ts';
import type { Change } from '../contract/live.ts';
import type { Device, Person } from '../contract/site.ts';
import { normaliseTag, type TagForm } from '../contract/tag.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type CardSite, type Cards, createCards } from './cards.ts';
import { createDoorWatch } from './door-watch.ts';
import type { CommandEnd } from './entry-machine.ts';
import { afterCommand, afterEvent, type DoorRule, type KeptDoor, unheardDoor } from './machine.ts';
import { readDoors, readNewestAccessEvents, writeAccessEvent, writeDoor } from './store.ts';

/** How many of the newest events a console gets when it connects, and keeps. */
export const liveEvents = 200;
const longestWord = 120;

/** What exists on the site, as the running turn sees it. */
export interface AccessSite extends CardSite {
  /** Devices whose kind is `door`. */
  doors(): Iterable<Device>;
  doorRule(id: string): DoorRule;
  /** What a door says of its lock; null when it does not say. */
  locked(door: string): boolean | null;
}

export interface Access {
  /** After the site has been loaded. */
  load(): Promise<void>;
  /** Doors may have changed in this turn. */
  siteChanged(turn: Turn): void;
  /** Takes the events `access.*`, and that a controller has forgotten its cards; others are not its business. */
  onEvent(turn: Turn, event: StoredEvent): void;
  /** After each step of any command; `end` when it was its last. */
  onCommand(turn: Turn, command: Command, end: CommandEnd | null): void;
  onDeviceState(turn: Turn, state: DeviceState): void;
  onTimer(turn: Turn, name: string): void;
  /** Whom a card belongs to: as it was issued here, else as the site file says. */
  personByCard(card: string, form?: TagForm): Person | undefined;
  cards: Cards;
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
 * @param deps.unreachable why a device cannot be reached now; null when it can
 * @param deps.report an event of a door that this room has concluded: it goes the way of those that the field tells
 */
export function createAccess(deps: {
  memory: Memory;
  query: Query;
  site: AccessSite;
  requestCommand(
    turn: Turn,
    request: {
      id?: string;
      device: string;
      command: string;
      args: Record<string, unknown>;
      reason: string | null;
    },
  ): Command;
  unreachable(device: string): string | null;
  report(turn: Turn, event: FieldEvent): void;
}): Access {
  const { site } = deps;
  const kept = deps.memory.table<KeptDoor>('access-doors');
  /** What consoles were told of each door. */
  const told = deps.memory.table<DoorState>('access-doors-told');
  /** The newest events in a ring: event n stands in slot n modulo its size. */
  const ring = deps.memory.table<AccessEvent>('access-ring');
  const ringCount = deps.memory.table<number>('access-ring-count');
  const cards = createCards(deps);
  const watch = createDoorWatch({ site, door: (id) => kept.get(id), report: deps.report });

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

  function keepDoor(turn: Turn, before: KeptDoor, after: KeptDoor, device: Device): void {
    if (after === before) return;
    kept.set(after.id, after);
    writeDoor(turn, after);
    if (after.state !== before.state || after.lastPerson !== before.lastPerson) tell(turn, device);
  }

  /** A card that should open nothing was held to a reader: told late, it is on the record only. */
  function tellBlocked(turn: Turn, event: StoredEvent, door: string, swipe: AccessEvent): void {
    const card = swipe.card === null ? undefined : cards.byNumber(swipe.card);
    if (!card || card.state === 'issued' || event.late) return;
    if (swipe.type !== 'granted' && swipe.type !== 'denied' && swipe.type !== 'read') return;
    deps.report(turn, {
      device: door,
      externalId: null,
      type: swipe.type === 'granted' ? 'access.blockedCardGranted' : 'access.blockedCard',
      data: { card: card.number, person: card.holder, reason: card.state },
      at: event.deviceTimeUsed ? event.occurredAt : null,
      receivedAt: event.receivedAt,
    });
  }

  function personByCard(card: string, form?: TagForm): Person | undefined {
    const issued = cards.byNumber(card, form);
    if (!issued) return site.personByCard(card, form);
    return issued.person === null ? undefined : site.person(issued.person);
  }

  return {
    cards,
    personByCard,
    async load() {
      for (const door of await readDoors(deps.query)) kept.load(door.id, door);
      for (const device of site.doors()) told.load(device.id, shown(device));
      const newest = await readNewestAccessEvents(deps.query, liveEvents);
      newest.reverse().forEach((event, index) => {
        ring.load(String(index), event);
      });
      ringCount.load('', newest.length);
      await cards.load();
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
        watch.end(turn, id);
      }
      cards.siteChanged(turn);
    },

    onEvent(turn, event) {
      if (event.type === 'controller.memoryNew') cards.refill(turn, event.device);
      const type = accessEventSchema.shape.type.safeParse(event.type.replace(/^access\./, ''));
      if (!event.type.startsWith('access.') || !type.success) return;
      const { data, occurredAt, receivedAt } = event;
      const card = wordOf(data.card);
      const form = data.form === 'hex' ? 'hex' : undefined;
      const named = wordOf(data.person);
      const issued = card === null ? undefined : cards.byNumber(card, form);
      const known = named ? site.person(named) : card ? personByCard(card, form) : undefined;
      const swipe: AccessEvent = {
        id: event.id,
        door: doorOf(event),
        type: type.data,
        card: card && normaliseTag(card, form),
        person: known?.id ?? null,
        personName: known?.name ?? named ?? issued?.holder ?? null,
        direction: wordOf(data.direction),
        reason: wordOf(data.reason) ?? (issued && issued.state !== 'issued' ? issued.state : null),
        occurredAt,
        receivedAt,
      };
      writeAccessEvent(turn, swipe);
      remember(turn, swipe);
      const device = site.door(swipe.door);
      if (!device) {
        // A reader that belongs to no controller: whoever is told decides, but that such a card is about must be known.
        if (swipe.type === 'read') tellBlocked(turn, event, swipe.door, swipe);
        return;
      }
      const before = kept.get(device.id) ?? unheardDoor(device.id);
      const after = afterEvent(before, swipe);
      keepDoor(turn, before, after, device);
      watch.moved(turn, before, after, event.late);
      tellBlocked(turn, event, device.id, swipe);
    },

    onCommand(turn, command, end) {
      if (end !== null) cards.onCommand(turn, command, end);
      const device = site.door(command.device);
      const done = end === 'confirmed';
      if (!device || (!done && command.state !== 'sending')) return;
      const before = kept.get(device.id) ?? unheardDoor(device.id);
      keepDoor(turn, before, afterCommand(before, command.command, done, turn.now), device);
    },
    onDeviceState: cards.onDeviceState,

    onTimer(turn, name) {
      const [what, id = ''] = name.split('/');
      if (what === 'send') cards.send(turn, id);
      else if (what === 'again') cards.sendUnanswered(turn, id);
      else watch.onTimer(turn, what ?? '', id);
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
