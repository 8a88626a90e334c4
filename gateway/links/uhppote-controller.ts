import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { CardForm } from '../protocols/uhppote/card-number.ts';
import {
  confirmation,
  eventOfStatus,
  type FunctionName,
  logEntry,
  type Question,
  type Reply,
  type UhppoteEvent,
} from '../protocols/uhppote/codec.ts';
import { remoteOpenReason } from '../protocols/uhppote/reasons.ts';
import {
  beginLog,
  type LogNews,
  type LogPlace,
  type LogState,
  type LogStep,
  nextLogStep,
  partLogStep,
  stepLog,
} from '../protocols/uhppote/session.ts';
import type { AskOptions, Endpoint, UhppoteWire } from './uhppote-wire.ts';

/** A controller of the site. */
export interface UhppotePlan {
  device: string;
  serial: number;
  /** Null: it is looked for by broadcast. */
  host: Endpoint | null;
  cards: CardForm;
  pollMs: number;
}

/** What is told of a controller beside its log. */
export type ControllerNews =
  | LogNews
  /** Its clock was wrong by so much, or showed nothing, and was set. */
  | { kind: 'clock-set'; offS: number | null };

export interface ControllerDeps {
  clock: Clock;
  log: Logger;
  wire: UhppoteWire;
  /** The site's wall clock as a controller keeps it, `2026-03-01 08:30:00`, of a moment in UTC ms. */
  shownAt(at: number): string;
  /** What controllers are told to push to. @throws when this machine has no way to it */
  listener(controller: string): Promise<Endpoint>;
  /** Up to where the log of a controller is on disk; null: it was never followed. */
  placeOf(serial: number): LogPlace | null;
  /** Resolves when all of it, and the place with it, is on disk; false: it will not be. */
  deliver(plan: UhppotePlan, news: readonly ControllerNews[], place: LogPlace | null): Promise<boolean>;
  /** @param cards how many cards it holds; null before it was asked */
  status(plan: UhppotePlan, status: Reply<'status'>, cards: number | null): void;
}

/** So many unanswered questions in a row, and what was set up there may be lost. */
const lostAfter = 3;
const clockOffMs = 5_000;
/** A controller that does not keep the time it was given is not told it over and over. */
const clockAgainMs = 600_000;
/** Pushed events that wait for the disk; further ones are fetched out of the log. */
const mostPushed = 8;
/** Events that were seen lately, so that an order finds what proves it. */
const mostRecent = 64;

/** One controller: its state asked for, its log followed, its clock kept. Begins when it is made. */
export function createUhppoteController(plan: UhppotePlan, deps: ControllerDeps) {
  const { clock, wire, log } = deps;
  const { serial, device } = plan;
  let state: LogState = beginLog(deps.placeOf(serial));
  let contact = false;
  let misses = 0;
  let cards: number | null = null;
  let clockSetMono = Number.NEGATIVE_INFINITY;
  let pushing = 0;
  /** The newest pushed event that was handed over; 0: none of this log. */
  let pushedTo = 0;
  let stopped = false;
  let cancel = () => {};
  let again = false;
  let running: Promise<void> | undefined;
  let delivering: Promise<unknown> = Promise.resolve();
  const recent: UhppoteEvent[] = [];

  function ask<Name extends FunctionName>(
    name: Name,
    values: Question<Name>,
    options?: AskOptions<Name>,
  ): Promise<Reply<Name> | null> {
    return wire.ask(serial, name, values, options);
  }

  /** One after the other, so that an event that was pushed and fetched never stands twice in one turn. */
  function deliver(news: readonly ControllerNews[], place: LogPlace | null): Promise<boolean> {
    const mine = delivering.then(() => deps.deliver(plan, news, place));
    delivering = mine.catch(() => false);
    return mine;
  }

  function remember(event: UhppoteEvent): void {
    recent.push(event);
    if (recent.length > mostRecent) recent.shift();
  }

  /** Tells it where to push to, to log what doors do, and asks how many cards it holds. False: it went silent again. */
  async function setUp(): Promise<boolean> {
    const at = wire.addressOf(serial);
    const wanted = at === null ? null : await deps.listener(at).catch(() => null);
    const listener = await ask('getListener', {});
    if (!listener) return false;
    if (wanted && (listener.address !== wanted.host || listener.port !== wanted.port)) {
      const set = await ask('setListener', { address: wanted.host, port: wanted.port, interval: 0 });
      if (!set) return false;
      log.info({ device, serial, from: listener, to: wanted }, 'a door controller now reports here');
    }
    // Without this only swipes are logged, no opening and closing.
    if (!(await ask('recordSpecialEvents', { enable: true }))) return false;
    return count();
  }

  async function count(): Promise<boolean> {
    const counted = await ask('countCards', {});
    if (counted) cards = counted.cards;
    return counted !== null;
  }

  async function keepClock(status: Reply<'status'>): Promise<void> {
    const { wallMs, monoMs } = clock.now();
    const asUtc = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);
    const shown = status.controllerTime;
    const offMs = shown === null ? null : asUtc(shown) - asUtc(deps.shownAt(wallMs));
    if (offMs !== null && Math.abs(offMs) <= clockOffMs) return;
    if (monoMs - clockSetMono < clockAgainMs) return;
    const set = await ask('setTime', { time: deps.shownAt(clock.now().wallMs) });
    if (!set) return;
    clockSetMono = monoMs;
    await deliver([{ kind: 'clock-set', offS: offMs === null ? null : Math.round(offMs / 1_000) }], null);
  }

  /** Only when it is on disk the controller is told that it was read: for others who read its log, ours is the place on disk. */
  async function hand({ news, place }: Extract<LogStep, { do: 'deliver' }>): Promise<boolean> {
    if (!(await deliver(news, place))) return false;
    state = stepLog(state, { type: 'committed', place });
    if (news.some(({ kind }) => kind === 'memory-new')) pushedTo = 0;
    await ask('setEventIndex', { index: place.index, confirmation });
    return true;
  }

  /** Fetches and hands over what is missing, until nothing is or the time is up. True: there is more to do. */
  async function follow(): Promise<boolean> {
    const untilMono = clock.now().monoMs + plan.pollMs;
    while (!stopped) {
      const next = nextLogStep(state);
      if (next.do === 'nothing') return false;
      if (clock.now().monoMs > untilMono) return true;
      if (next.do === 'fetch') {
        const { index } = next;
        const reply = await ask('getEvent', { index }, { fits: fitsIndex(index) });
        if (!reply) {
          const part = partLogStep(state);
          if (part) await hand(part);
          return false;
        }
        const entry = logEntry(reply);
        if (entry !== 'none' && entry !== 'overwritten') remember(entry);
        const before = state;
        state = stepLog(state, { type: 'entry', asked: index, entry });
        // It leads nowhere now: what the next status says may.
        if (state === before) return false;
        continue;
      }
      if (!(await hand(next))) return false;
    }
    return false;
  }

  async function round(): Promise<void> {
    const status = await ask('status', {}, { tries: 2 });
    if (stopped) return;
    if (!status) {
      if (++misses >= lostAfter) contact = false;
      return;
    }
    // One that did not answer may have begun anew meanwhile.
    if (!contact || misses > 0) state = stepLog(state, { type: 'contact' });
    misses = 0;
    if (!contact) {
      clockSetMono = Number.NEGATIVE_INFINITY;
      contact = await setUp();
    }
    deps.status(plan, status, cards);
    await keepClock(status);
    state = stepLog(state, { type: 'last', index: status.index });
    if (await follow()) again = true;
  }

  /** A round now, or right after the one that is on its way; resolves when it is over. */
  function refresh(): Promise<void> {
    cancel();
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await round();
      } while (again && !stopped);
    })()
      .catch((error: unknown) =>
        log.error({ device, error: String(error) }, 'a round of a controller failed'),
      )
      .finally(() => {
        running = undefined;
        if (!stopped) cancel = clock.wakeAfter(plan.pollMs, () => void refresh());
      });
    return running;
  }

  void refresh();

  return {
    plan,
    ask,
    refresh,
    count,
    /** Events of its log that were seen lately, oldest first. */
    recent: (): readonly UhppoteEvent[] => recent,
    /** The newest index that was heard of. */
    lastIndex: (): number => state.last ?? 0,
    /** Whether all that its log is known to hold has been seen. */
    isFollowed: (): boolean => contact && nextLogStep(state).do === 'nothing',
    /**
     * It tells by itself that something has happened; that is looked for in the log, and handed over at once when nothing is
     * missing before it: a door that is told to be closed before it is told to be forced would stay forced.
     */
    pushed(status: Reply<'status'>): void {
      const event = eventOfStatus(status);
      if (!event || event.index <= (state.place?.index ?? 0)) {
        // An old one again, or a log that has begun anew: the round sees which.
        void refresh();
        return;
      }
      if (event.index > (state.last ?? 0)) state = stepLog(state, { type: 'last', index: event.index });
      remember(event);
      const known = Math.max(state.place?.index ?? 0, pushedTo);
      const isNext = state.place === null || event.index === known + 1;
      if (isNext && pushing < mostPushed) {
        pushing++;
        pushedTo = event.index;
        void deliver([{ kind: 'event', event }], null).finally(() => {
          pushing--;
        });
      }
      void refresh();
    },
    stop(): void {
      stopped = true;
      cancel();
    },
  };
}
export type UhppoteController = ReturnType<typeof createUhppoteController>;

function fitsIndex(asked: number): (reply: UhppoteEvent) => boolean {
  return ({ index }) => asked === 0 || index === 0 || index === asked;
}

/** Whether an event tells that a door was opened from here. */
export function tellsRemoteOpen(event: UhppoteEvent, door: number): boolean {
  return event.reason === remoteOpenReason && event.door === door;
}
