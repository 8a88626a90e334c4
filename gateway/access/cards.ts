import type { Card, CardState } from '../contract/card.ts';
import type { Command } from '../contract/command.ts';
import type { DeviceState } from '../contract/device-state.ts';
import type { Checkpoint, Device, Person } from '../contract/site.ts';
import { normaliseTag, type TagForm, tagProblem } from '../contract/tag.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { checkValidity } from './card-validity.ts';
import { createEntries, type EntryDeps, type ToldController } from './entries.ts';
import type { CommandEnd } from './entry-machine.ts';
import { type KeptCard, readCards, writeCard } from './store.ts';

/** What exists on the site, as the running turn sees it. */
export interface CardSite {
  /** Devices whose kind is `door`. */
  door(id: string): Device | undefined;
  /** A device whose kind is `door-controller`. */
  controller(id: string): Device | undefined;
  /** What a door is called at its controller. */
  nameAtController(door: Device): string;
  person(id: string): Person | undefined;
  /** Whom the site file gives a card, in whatever spelling. */
  personByCard(card: string, form?: TagForm): Person | undefined;
  checkpointByTag(tag: string, form?: TagForm): Checkpoint | undefined;
}

export interface CardRequest {
  /** A client-made UUIDv7: repeating the request with it issues nothing more. */
  id?: string;
  /** In any spelling. */
  card: string;
  /** A person of the site, or … */
  person?: string;
  /** … the name of somebody who is none. */
  holder?: string;
  doors: string[];
  validFrom?: number;
  validUntil?: number;
  reason?: string;
}

/** What may be changed of a card that is in use. */
export interface CardChange {
  doors?: string[];
  /** Null: no longer bounded. */
  validFrom?: number | null;
  validUntil?: number | null;
  reason?: string;
}

export interface CardFilter {
  number?: string;
  person?: string;
  /** A part of the holder's name. */
  holder?: string;
  door?: string;
  state?: CardState;
  /** Some controller has not confirmed it. */
  unconfirmed?: boolean;
}

type Plain = KeptCard['card'];

const audited = { issued: 'card.restored', lost: 'card.lost', revoked: 'card.revoked' } as const;

/** As its reads are known; an earlier release may have kept an iButton's number in another order of bytes. */
const knownAs = ({ number }: Pick<Plain, 'number'>) => normaliseTag(number, 'hex');

/** Why a number cannot be a card's: it could not be told apart at a controller. */
function numberOf(card: string): string {
  const problem = tagProblem(card);
  if (problem !== null) throw fault('request.invalid', `the number ${card} ${problem}`);
  const number = normaliseTag(card);
  if (/^[0-9A-F]{8,20}$/.test(number) && !/^0+$/.test(number)) return number;
  throw fault(
    'request.invalid',
    `"${card}" is no card number: give it as it is printed on the card (0006547886), or as the reader sends it (0063E9AE)`,
  );
}

/**
 * Cards that are issued here: who may open which doors, and how far each controller has come with it. Who a card in the site file
 * belongs to the site says; a card that was issued here belongs to whom it was issued.
 */
export function createCards(
  deps: { memory: Memory; query: Query; site: CardSite } & Pick<EntryDeps, 'requestCommand' | 'unreachable'>,
) {
  const { site } = deps;
  const cards = deps.memory.table<KeptCard>('access-cards');
  /** Card number → its newest issue. */
  const newest = deps.memory.table<string>('access-cards-newest');
  const entries = createEntries({ ...deps, hasController: (id) => site.controller(id) !== undefined });

  function keep(turn: Turn, kept: KeptCard): void {
    cards.set(kept.card.id, kept);
    writeCard(turn, kept);
  }

  function required(id: string): KeptCard {
    const kept = cards.get(id);
    if (!kept) throw fault('not.found', `there is no card ${id}`);
    return kept;
  }

  function inUse(number: string): Plain | undefined {
    const card = cards.get(newest.get(number) ?? '')?.card;
    return card?.state === 'revoked' ? undefined : card;
  }

  /** The controllers of the doors that a card opens. */
  function controllersOf({ doors }: Plain): ToldController[] {
    const told = new Map<string, ToldController>();
    for (const id of doors) {
      const door = site.door(id);
      const controller = door?.parent === undefined ? undefined : site.controller(door.parent);
      if (!door || !controller) continue;
      const known = told.get(controller.id) ?? { controller: controller.id, doors: [], names: [] };
      known.doors.push(id);
      known.names.push(site.nameAtController(door));
      told.set(controller.id, known);
    }
    return [...told.values()];
  }

  /** Tells each controller what it shall hold of a card now. */
  function settle(turn: Turn, card: Plain): void {
    entries.settle(turn, card, card.state === 'issued' ? controllersOf(card) : []);
  }

  function checkDoors(doors: readonly string[]): void {
    for (const id of doors) {
      const door = site.door(id);
      if (!door) throw fault('not.found', `there is no door "${id}"`);
      if (door.parent === undefined || !site.controller(door.parent))
        throw fault(
          'request.invalid',
          `"${id}" has no controller that keeps cards: make it a child of a door controller ("parent"), or leave it out`,
        );
    }
  }

  /** Whom a card is issued to; whom the site file gives it, unless it says otherwise. */
  function holderOf(number: string, { person, holder }: CardRequest): Pick<Plain, 'person' | 'holder'> {
    const owner = site.personByCard(number, 'hex');
    if (person === undefined && holder !== undefined && !owner) return { person: null, holder };
    const wanted = person === undefined ? owner : site.person(person);
    if (!wanted)
      throw person === undefined
        ? fault('request.invalid', 'whose card is it? Give "person", or "holder" with a name')
        : fault('not.found', `there is no person "${person}"`);
    if (owner && owner.id !== wanted.id)
      throw fault(
        'state.conflict',
        `the site file gives this card to ${owner.name} (${owner.id}): take it out of "cards" there, or issue it to that person`,
      );
    return { person: wanted.id, holder: wanted.name };
  }

  function moveTo(turn: Turn, id: string, state: CardState, reason: string): Plain {
    const { card, request } = required(id);
    if (card.state === state) return card;
    if (card.state === 'revoked')
      throw fault('state.conflict', `this card was revoked for good; issue its number anew`);
    const after: Plain = { ...card, state, reason, ...changed(turn) };
    keep(turn, { card: after, request });
    settle(turn, after);
    turn.audit({
      action: audited[state],
      subject: `card:${id}`,
      detail: { number: card.number, holder: card.holder, reason },
    });
    return after;
  }

  const changed = (turn: Turn) => ({ changedAt: turn.now, changedBy: turn.actor?.who ?? 'gateway' });
  const shown = (card: Plain): Card => ({ ...card, controllers: entries.of(card) });

  return {
    async load(): Promise<void> {
      for (const kept of await readCards(deps.query)) {
        cards.load(kept.card.id, kept);
        newest.load(knownAs(kept.card), kept.card.id);
      }
      await entries.load();
    },

    /**
     * Issues a card without having it at hand.
     * @throws id.conflict, state.conflict (it is in use, it is somebody else's), request.invalid, not.found
     */
    issue(turn: Turn, request: CardRequest): Card {
      const { id: asked, ...content } = request;
      const body = asked === undefined ? null : JSON.stringify(content);
      const taken = asked === undefined ? undefined : cards.get(asked);
      if (taken) {
        if (taken.request === body) return shown(taken.card);
        throw fault('id.conflict', `card ${asked} was issued with another content; draw a new id`);
      }
      const number = numberOf(request.card);
      const checkpoint = site.checkpointByTag(number, 'hex');
      if (checkpoint)
        throw fault(
          'state.conflict',
          `${request.card} is the tag of the checkpoint ${checkpoint.name} (${checkpoint.id}), where it is written ${checkpoint.tag}: give the number of the card, or correct that checkpoint's tag`,
        );
      const other = inUse(number);
      if (other)
        throw fault(
          'state.conflict',
          `this card is ${other.state === 'lost' ? 'reported lost' : 'in use'}, issued to ${other.holder} (${other.id}): change it, or revoke it first`,
        );
      const doors = [...new Set(request.doors)];
      checkDoors(doors);
      const { validFrom = null, validUntil = null, reason = null } = request;
      checkValidity(validFrom, validUntil, turn.now);
      const card: Plain = {
        ...{ id: asked ?? turn.id(), number, ...holderOf(number, request), state: 'issued' },
        ...{ doors, validFrom, validUntil, reason },
        ...{ issuedAt: turn.now, issuedBy: turn.actor?.who ?? 'gateway', ...changed(turn) },
      };
      keep(turn, { card, request: body });
      newest.set(number, card.id);
      settle(turn, card);
      turn.audit({
        action: 'card.issued',
        subject: `card:${card.id}`,
        detail: { number, holder: card.holder, person: card.person, doors, validFrom, validUntil, reason },
      });
      return shown(card);
    },

    /**
     * Authorises it for other doors, or another time.
     * @throws state.conflict for one that is lost or revoked
     */
    change(turn: Turn, id: string, change: CardChange): Card {
      const { card, request } = required(id);
      if (card.state !== 'issued')
        throw fault('state.conflict', `this card is ${card.state}: restore it first, or issue another`);
      const { validFrom = card.validFrom, validUntil = card.validUntil, reason = null } = change;
      const doors = [...new Set(change.doors ?? card.doors)];
      if (change.doors !== undefined) checkDoors(doors);
      checkValidity(validFrom, validUntil, turn.now);
      const before = { doors: card.doors, validFrom: card.validFrom, validUntil: card.validUntil };
      const now = { doors, validFrom, validUntil };
      if (JSON.stringify(now) === JSON.stringify(before)) return shown(card);
      const after: Plain = { ...card, ...now, reason, ...changed(turn) };
      keep(turn, { card: after, request });
      settle(turn, after);
      turn.audit({
        action: 'card.changed',
        subject: `card:${id}`,
        detail: { number: card.number, holder: card.holder, before, after: now, reason },
      });
      return shown(after);
    },

    /** 挂失: every controller is told to forget it, and its use is an alarm; it may be restored. */
    lost: (turn: Turn, id: string, reason: string): Card => shown(moveTo(turn, id, 'lost', reason)),
    /** It was found again. */
    restore: (turn: Turn, id: string, reason: string): Card => shown(moveTo(turn, id, 'issued', reason)),
    /** For good: the number may be issued to somebody else. */
    revoke: (turn: Turn, id: string, reason: string): Card => shown(moveTo(turn, id, 'revoked', reason)),

    /** Sends it again to the controllers that have not confirmed it, or to one of them. */
    retry(turn: Turn, id: string, controller?: string): Card {
      const { card } = required(id);
      entries.retry(turn, card, controller);
      turn.audit({
        action: 'card.retried',
        subject: `card:${id}`,
        detail: { number: card.number, controller: controller ?? null },
      });
      return shown(card);
    },

    /** The newest issue of a card number, in whatever spelling. */
    byNumber(card: string, form?: TagForm): Plain | undefined {
      return cards.get(newest.get(normaliseTag(card, form)) ?? '')?.card;
    },

    onCommand: (turn: Turn, command: Command, end: CommandEnd): void => entries.onCommand(turn, command, end),
    onDeviceState: (turn: Turn, state: DeviceState): void => entries.onDeviceState(turn, state),
    send: (turn: Turn, controller: string): void => entries.send(turn, controller),
    sendUnanswered: (turn: Turn, controller: string): void => entries.sendUnanswered(turn, controller),
    refill: (turn: Turn, controller: string): void => entries.refill(turn, controller),

    /** Doors may have moved to other controllers, and controllers gone. */
    siteChanged(turn: Turn): void {
      entries.forget(turn);
      for (const { card } of [...cards.values()])
        if (newest.get(knownAs(card)) === card.id) settle(turn, card);
    },

    // --- committed state, for the API

    get(id: string): Card | undefined {
      const kept = cards.committed.get(id);
      return kept && { ...kept.card, controllers: entries.committedOf(kept.card) };
    },

    /** Newest issue first; one more than `limit`. */
    list(filter: CardFilter, limit: number, before: string | undefined): Card[] {
      const { number, person, holder, door, state, unconfirmed } = filter;
      const found: Card[] = [];
      const ids = [...cards.committed.keys()].sort((a, b) => (a < b ? 1 : -1));
      for (const id of ids) {
        const card = cards.committed.get(id)?.card;
        if (!card || (before !== undefined && id >= before)) continue;
        if (number !== undefined && card.number !== number) continue;
        if (person !== undefined && card.person !== person) continue;
        if (holder !== undefined && !card.holder.toLowerCase().includes(holder.toLowerCase())) continue;
        if (door !== undefined && !card.doors.includes(door)) continue;
        if (state !== undefined && card.state !== state) continue;
        const controllers = entries.committedOf(card);
        if (unconfirmed && controllers.every((entry) => entry.state === 'confirmed')) continue;
        found.push({ ...card, controllers });
        if (found.length > limit) break;
      }
      return found;
    },
  };
}
export type Cards = ReturnType<typeof createCards>;
