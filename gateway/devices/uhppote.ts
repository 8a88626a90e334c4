import type { EventData, FieldEvent } from '../contract/event.ts';
import { type Misread, misread } from '../contract/misread.ts';
import type { Reading } from '../contract/reading.ts';
import { fault } from '../lib/errors.ts';
import { momentShowing } from '../lib/local-time.ts';
import { type CardForm, cardOfController } from '../protocols/uhppote/card-number.ts';
import type { Reply, UhppoteEvent } from '../protocols/uhppote/codec.ts';
import { type ReasonKind, reasonOf } from '../protocols/uhppote/reasons.ts';
import type { LogNews } from '../protocols/uhppote/session.ts';
import type { LiveDevice } from './live-device.ts';
import { addProblem, type DeviceMessage, messageOf, readingOf } from './message.ts';
import type { Registry } from './registry.ts';

// UHPPOTE door controllers: what they log and what they say of their doors, as readings and events of the controller and of the
// doors that are its children, known by their numbers.

/** What a controller tells beside its log: its clock was set. */
export type ControllerNews = LogNews | { kind: 'clock-set'; offS: number | null };

type House = Pick<Registry, 'get' | 'child'>;

/** Reasons from here on tell of no card at a reader: the card's field holds whatever it held. */
const firstWithoutCard = 20;

/** What each kind of reason is called, of a door and of a controller whose door is not registered. */
const eventTypes: Readonly<Record<ReasonKind, { door: string | null; controller: string }>> = {
  granted: { door: 'access.granted', controller: 'access.granted' },
  denied: { door: 'access.denied', controller: 'access.denied' },
  opened: { door: 'access.opened', controller: 'access.opened' },
  closed: { door: 'access.closed', controller: 'access.closed' },
  held: { door: 'access.held', controller: 'access.held' },
  forced: { door: 'access.forced', controller: 'access.forced' },
  duress: { door: 'duress', controller: 'duress' },
  fire: { door: null, controller: 'fire' },
  warning: { door: null, controller: 'controller.warning' },
  started: { door: null, controller: 'controller.started' },
  record: { door: null, controller: 'controller.record' },
};

export function cardFormOf({ settings }: Pick<LiveDevice, 'settings'>): CardForm {
  return settings.wiegand34 === true ? 'number' : 'wiegand26';
}

function controllerOf(house: House, id: string): LiveDevice {
  const live = house.get(id);
  if (live?.type.link === 'uhppote') return live;
  throw fault('not.found', `there is no door controller "${id}"; it was taken from the site meanwhile`);
}

function logged(
  house: House,
  controller: LiveDevice,
  event: UhppoteEvent,
  time: { receivedAt: number; timeZone: string },
  problems: Misread[],
): FieldEvent {
  const { index, door, direction, reason: code } = event;
  const reason = reasonOf(event);
  const child = door > 0 ? house.child(controller.id, String(door)) : undefined;
  const types = eventTypes[reason.kind];
  const subject = child && types.door !== null ? child : controller;
  const data: EventData = { code };
  if (door > 0) data.door = door;
  if (reason.why !== null) data.reason = reason.why;
  if (direction === 1 || direction === 2) data.direction = direction === 1 ? 'in' : 'out';
  if (code < firstWithoutCard && event.card > 0) {
    const form = cardFormOf(controller);
    const card = cardOfController(event.card, form);
    if (card !== null) Object.assign(data, { card, form: 'hex' });
    else {
      data.number = event.card;
      addProblem(problems, misread('card-not-wiegand26', { device: controller.id, number: event.card }));
    }
  }
  const { receivedAt, timeZone } = time;
  const shown = event.time === null ? null : Date.parse(`${event.time.replace(' ', 'T')}Z`);
  return {
    device: subject.id,
    // A log that has begun anew uses its indexes again, at other times.
    externalId: `${controller.device.address}/${index}/${event.time ?? '-'}`,
    type: subject === child ? (types.door ?? types.controller) : types.controller,
    data,
    at: shown === null ? null : momentShowing(timeZone, shown),
    receivedAt,
  };
}

/**
 * What a controller has logged and what became of its log, in order.
 * @param timeZone of the site: the controller's clock shows its time
 * @throws not.found when the controller is no more
 */
export function decodeControllerNews(
  house: House,
  id: string,
  news: readonly ControllerNews[],
  receivedAt: number,
  timeZone: string,
): DeviceMessage[] {
  const controller = controllerOf(house, id);
  const problems: Misread[] = [];
  const own = (type: string, data: EventData): FieldEvent => ({
    ...{ device: controller.id, externalId: null, type, data, at: null, receivedAt },
  });
  function eventOf(item: ControllerNews): FieldEvent {
    switch (item.kind) {
      case 'event':
        return logged(house, controller, item.event, { receivedAt, timeZone }, problems);
      case 'lost':
        return own('controller.eventsLost', {
          ...{ from: item.from, until: item.until, count: item.until - item.from + 1 },
        });
      case 'memory-new':
        return own('controller.memoryNew', { serial: Number(controller.device.address) });
      case 'clock-set':
        return own('controller.clockSet', { offS: item.offS });
    }
  }
  const events = news.map(eventOf);
  return [messageOf(controller.id, receivedAt, [], problems, { events })];
}

/** What a controller says of itself and its doors now. @param cards how many it holds; null: not asked yet */
export function decodeControllerStatus(
  house: House,
  id: string,
  status: Pick<Reply<'status'>, 'doorsOpen' | 'buttons' | 'relays'>,
  cards: number | null,
  receivedAt: number,
): DeviceMessage[] {
  const controller = controllerOf(house, id);
  function readings(live: LiveDevice, values: Record<string, boolean | number>): Reading[] {
    return Object.entries(values).flatMap(([name, value]) => {
      const point = live.points.get(name);
      return point ? [readingOf(point, value, 'good', receivedAt, receivedAt, [])] : [];
    });
  }
  const own = cards === null ? [] : readings(controller, { cards });
  const messages = [messageOf(controller.id, receivedAt, own, [], null)];
  for (const [i, opened] of status.doorsOpen.entries()) {
    const door = house.child(controller.id, String(i + 1));
    if (!door) continue;
    const locked = ((status.relays >> i) & 1) === 0;
    const exitButton = status.buttons[i] === true;
    messages.push(messageOf(door.id, receivedAt, readings(door, { opened, locked, exitButton }), [], null));
  }
  return messages;
}

/** A controller as its link must know it; null when its address is no serial number. */
export function controllerPlan(live: LiveDevice) {
  const serial = Number(live.device.address);
  if (live.type.link !== 'uhppote' || !Number.isInteger(serial) || serial <= 0) return null;
  const { host } = live.settings;
  return {
    ...{ device: live.id, serial, cards: cardFormOf(live), pollMs: live.type.pollMs },
    host: typeof host === 'string' && host !== '' ? host : null,
  };
}
