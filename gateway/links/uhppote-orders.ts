import type { Clock } from '../lib/clock.ts';
import { controllerNumber } from '../protocols/uhppote/card-number.ts';
import type { Reply } from '../protocols/uhppote/codec.ts';
import type { OrderOutcome } from './exchange.ts';
import { tellsRemoteOpen, type UhppoteController } from './uhppote-controller.ts';

/** What a controller is told to do; `door` as it calls it. */
export type DoorOrder =
  | { action: 'open' | 'lock' | 'unlock'; door: string }
  | { action: 'cardPut'; card: string; doors: readonly string[]; from: number | null; until: number | null }
  | { action: 'cardDelete'; card: string };

type OrderFailure = Exclude<OrderOutcome, { ok: true }>;

export interface OrderContext {
  clock: Clock;
  controller: UhppoteController;
  timeoutMs: number;
  /** Monotonic ms; what is not out by then never goes out. */
  latestMono: number;
  /** The day of a moment by the site's clock, `2026-03-01`. @throws RangeError for what no date can be */
  dayOf(at: number): string;
  /** The first datagram is out. */
  sent(): void;
}

/** Modes of a door (uhppote-core, set_door_control_state.go): it stays open, or its readers decide. */
const normallyOpen = 1;
const controlled = 3;
/** A card without bounds: before and after everything. */
const always = { from: '2001-01-01', until: '2099-12-31' };
const doorCount = 4;
const dayMs = 86_400_000;

/** So long after the word the log or the lock must show that a door was opened, ms. */
const proofMs = 2_000;
const lookMs = 200;
const mostOpenings = 3;

const refused = (words: string): OrderFailure => ({ ok: false, error: 'refused', words });
export const expired: OrderFailure = {
  ...{ ok: false, error: 'expired', words: 'it could not be sent in time' },
};
const silent = (words: string): OrderFailure => ({ ok: false, error: 'timeout', words });

function doorNumber(name: string): number | null {
  const number = Number(name);
  return Number.isInteger(number) && number >= 1 && number <= doorCount ? number : null;
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.wakeAfter(ms, resolve);
  });
}

/** What bounds the sending of an order, and whether it was too late for it. */
function bounded({ clock, latestMono, sent }: OrderContext) {
  let out = false;
  return {
    options: {
      ...{ urgent: true, latestMono },
      sent(): void {
        out = true;
        sent();
      },
    },
    tooLate: () => !out && clock.now().monoMs > latestMono,
  };
}

/** The day of a bound of a card; a controller keeps no day before or after `always`. */
function cardDay(at: number, { dayOf }: OrderContext): string {
  const day = dayOf(Math.min(Math.max(at, Date.parse(always.from)), Date.parse(always.until) + dayMs));
  if (day < always.from) return always.from;
  return day > always.until ? always.until : day;
}

/** Carries an order out, and says so only when the controller itself has shown that it is done. */
export function carryOut(order: DoorOrder, context: OrderContext): Promise<OrderOutcome> {
  switch (order.action) {
    case 'open':
      return withDoor(order.door, (door) => open(door, context));
    case 'unlock':
      return withDoor(order.door, (door) => setMode(door, normallyOpen, context));
    case 'lock':
      return withDoor(order.door, (door) => setMode(door, controlled, context));
    case 'cardPut':
      return putCard(order, context);
    case 'cardDelete':
      return deleteCard(order.card, context);
  }
}

async function withDoor(name: string, run: (door: number) => Promise<OrderOutcome>): Promise<OrderOutcome> {
  const door = doorNumber(name);
  return door === null
    ? refused(`the controller has no door "${name}": it has 1 to ${doorCount}; correct the door's address`)
    : run(door);
}

function isOpen(status: Reply<'status'>, door: number): boolean {
  return status.doorsOpen[door - 1] === true || ((status.relays >> (door - 1)) & 1) === 1;
}

/**
 * The word to open is sent once. Its answer may get lost, and opening twice is not the same as once: the log tells whether it was
 * heard, and only when the log has been read and tells nothing is it said again.
 */
async function open(door: number, context: OrderContext): Promise<OrderOutcome> {
  const { clock, controller } = context;
  const before = await controller.ask('status', {}, { urgent: true });
  if (!before) return silent('the controller does not answer');
  const wasOpen = isOpen(before, door);
  const since = before.index;
  const { options, tooLate } = bounded(context);
  const again = { urgent: true, latestMono: context.latestMono };
  for (let n = 0; n < mostOpenings; n++) {
    if (n > 0 && clock.now().monoMs > context.latestMono) break;
    const answer = await controller.ask('openDoor', { door }, { ...(n === 0 ? options : again), tries: 1 });
    if (tooLate()) return expired;
    if (answer?.succeeded === false) return refused('the controller refused to open the door');
    if (answer && wasOpen) return { ok: true };
    const untilMono = clock.now().monoMs + proofMs;
    let read = false;
    while (clock.now().monoMs < untilMono) {
      await controller.refresh();
      const event = controller.recent().find((one) => one.index > since && tellsRemoteOpen(one, door));
      if (event) return { ok: true };
      const now = await controller.ask('status', {}, { urgent: true });
      if (now && !wasOpen && isOpen(now, door)) return { ok: true };
      read = now !== null && now.index === controller.lastIndex() && controller.isFollowed();
      // No answer, and the log is read to its end without it: it was never heard.
      if (answer === null && read) break;
      await wait(clock, lookMs);
    }
    if (answer) return silent('it answered, but neither its log nor the lock shows that the door was opened');
    if (!read) break;
  }
  return silent('no answer, and nothing in its log shows that the door was opened');
}

async function setMode(door: number, state: number, context: OrderContext): Promise<OrderOutcome> {
  const { controller } = context;
  const { options: sending, tooLate } = bounded(context);
  const options = { urgent: true, fits: (reply: Reply<'getDoor'>) => reply.door === door };
  const before = await controller.ask('getDoor', { door }, options);
  if (!before) return silent('the controller does not answer');
  // How long it stays unlocked after a card goes along, and stays as it is.
  const wanted = { door, state, delay: before.delay };
  await controller.ask<'setDoor'>('setDoor', wanted, { ...options, ...sending });
  if (tooLate()) return expired;
  const after = await controller.ask('getDoor', { door }, options);
  if (!after) return silent('no answer');
  if (after.state !== state) return refused('the controller keeps the door in its former mode');
  await controller.refresh();
  return { ok: true };
}

function unknownCard(card: string, { controller }: OrderContext): OrderFailure {
  const { cards } = controller.plan;
  return refused(
    cards === 'wiegand26'
      ? `card ${card} is none of Wiegand 26, so this controller's readers cannot send it; set wiegand34: true if they are Wiegand 34`
      : `card ${card} has more than 32 bits: this controller cannot hold it`,
  );
}

/** @param times a reply may be a late one to an earlier question: what differs is asked again after a silence */
async function readCard(
  card: number,
  isRight: (reply: Reply<'getCard'>) => boolean,
  { clock, controller, timeoutMs }: OrderContext,
): Promise<'right' | 'wrong' | 'silent'> {
  let last: 'wrong' | 'silent' = 'silent';
  for (let n = 0; n < 2; n++) {
    // First only what is sent twice can be answered twice; then a silence long enough that nothing late comes any more.
    if (n > 0) await wait(clock, timeoutMs);
    const reply = await controller.ask(
      'getCard',
      { card },
      { urgent: true, fits: (one) => one.card === card || one.card === 0 },
    );
    if (reply && isRight(reply)) return 'right';
    last = reply ? 'wrong' : 'silent';
  }
  return last;
}

async function putCard(
  order: Extract<DoorOrder, { action: 'cardPut' }>,
  context: OrderContext,
): Promise<OrderOutcome> {
  const { controller } = context;
  const card = controllerNumber(order.card, controller.plan.cards);
  if (card === null) return unknownCard(order.card, context);
  const numbers = order.doors.map(doorNumber);
  const wrong = order.doors.find((_, i) => numbers[i] === null);
  if (wrong !== undefined)
    return refused(
      `the controller has no door "${wrong}": it has 1 to ${doorCount}; correct the door's address`,
    );
  const held = await controller.ask(
    'getCard',
    { card },
    { urgent: true, fits: (one) => one.card === card || one.card === 0 },
  );
  if (!held) return silent('the controller does not answer');
  const wanted = {
    card,
    from: order.from === null ? always.from : cardDay(order.from, context),
    // Valid to the end of that day: midnight is the end of the day before.
    until: order.until === null ? always.until : cardDay(order.until - 1, context),
    doors: [1, 2, 3, 4].map((door) => (numbers.includes(door) ? 1 : 0)),
    // A code for keypads that was set at the controller stays.
    pin: held.card === card ? held.pin : 0,
  };
  const { options, tooLate } = bounded(context);
  await controller.ask('putCard', wanted, options);
  if (tooLate()) return expired;
  const stored = await readCard(
    card,
    (reply) =>
      reply.card === card &&
      reply.from === wanted.from &&
      reply.until === wanted.until &&
      reply.doors.every((level, i) => level === wanted.doors[i]),
    context,
  );
  return finished(
    stored,
    context,
    'the card was read back otherwise than it was stored; the memory may be full',
  );
}

async function deleteCard(hex: string, context: OrderContext): Promise<OrderOutcome> {
  const { clock, controller, timeoutMs } = context;
  const card = controllerNumber(hex, controller.plan.cards);
  // What it cannot hold it does not hold.
  if (card === null) return { ok: true };
  const { options, tooLate } = bounded(context);
  await controller.ask('deleteCard', { card }, options);
  if (tooLate()) return expired;
  // "No such card" names no card: a late one to another question must not be taken for this card's.
  await wait(clock, timeoutMs);
  const gone = await readCard(card, (reply) => reply.card === 0, context);
  return finished(gone, context, 'the card is still there');
}

async function finished(
  outcome: 'right' | 'wrong' | 'silent',
  { controller }: OrderContext,
  words: string,
): Promise<OrderOutcome> {
  if (outcome === 'silent') return silent('no answer');
  if (outcome === 'wrong') return refused(words);
  await controller.count();
  return { ok: true };
}
