import type { AskFault } from '../contract/ask-fault.ts';
import type { Clock } from '../lib/clock.ts';
import type { AskedAnswer, AskedRead } from '../protocols/asked-read.ts';
import { type AskFailure, type AskOutcome, busyPauseMs, mostBusy } from './exchange.ts';

/** One device on an asked line. */
export interface PolledDevice {
  id: string;
  periodMs: number;
  /** In this order; the first is also how a device that was lost is looked for. */
  reads: readonly AskedRead[];
}

export interface Poller {
  /** Takes the devices of the line anew; what stays keeps its place. */
  plan(devices: readonly PolledDevice[]): void;
  /** The line came up (all devices are due at once) or is down (nobody is asked, everybody is told once). */
  lineChanged(up: boolean, words: string): void;
  /**
   * What a device was told is to show in its values within this time: it is asked at once, and in short steps until then, however
   * seldom it is asked otherwise. A device that does not answer is asked no sooner.
   */
  hasten(device: string, withinMs: number): void;
  /**
   * Asks something else on the line while no device is due, or after a whole round when one always is: so a device waits for at
   * most one such question. On a line that is down it is asked, and fails, at once.
   */
  between<Answer>(ask: () => Promise<Answer>): Promise<Answer>;
  /** How long the last round took for the devices that are asked most often, ms; null before the first. */
  lastCycleMs(): number | null;
  stop(): void;
}

/** After this many failures in a row a device is in quarantine: asked once, with one read, at growing pauses. */
const quarantineAfter = 2;
const longestPauseMs = 30_000;

/** So often a device that was told something is asked within the time in which it is to show it, and not closer than this, ms. */
const hastenedSteps = 8;
const shortestStepMs = 250;

/** A read that a device leaves unanswered while it answers others. */
interface Missing {
  times: number;
  /** Not asked again before, monotonic ms. */
  untilMono: number;
  words: string;
  fault: AskFault;
}

interface Place {
  device: PolledDevice;
  dueMono: number;
  failures: number;
  lastAskedMono: number;
  missing: Map<AskedRead, Missing>;
  /** So often in a row it said that it is busy. */
  busy: number;
  /** Asked at this pace until then, monotonic ms. */
  hastened: { stepMs: number; untilMono: number } | null;
}

/** Who waits longer goes first; of those that are due at once, on a line that came up, who did not fail before. */
function goesBefore(one: Place, other: Place): boolean {
  return one.dueMono === other.dueMono ? one.failures < other.failures : one.dueMono < other.dueMono;
}

/** How soon it is asked again. */
function paceMs({ device, hastened }: Place, monoMs: number): number {
  return hastened && monoMs < hastened.untilMono
    ? Math.min(hastened.stepMs, device.periodMs)
    : device.periodMs;
}

/**
 * Asks the devices of one line in turn, each at its period. A dead one costs one time-out at growing pauses and never
 * holds up its neighbours: whoever is most overdue goes next. What a device refuses, or leaves unanswered again and again
 * while it answers the rest, is told as refused; the rest counts.
 */
export function createPoller(deps: {
  ask(read: AskedRead): Promise<AskOutcome<AskedAnswer>>;
  clock: Clock;
  timeoutMs: number;
  polled(device: string, answers: AskedAnswer[], receivedAt: number): void;
  failed(device: string, failure: AskFailure, failures: number): void;
}): Poller {
  const { clock } = deps;
  let places = new Map<string, Place>();
  let stopped = false;
  let running = false;
  let lineUp = false;
  let cancel: (() => void) | undefined;
  let lastCycleMs: number | null = null;
  const asides: (() => Promise<void>)[] = [];
  /** Devices polled since the last aside. */
  let polledSince = 0;

  function wake(): void {
    cancel?.();
    if (running) return;
    if (!stopped && lineUp) void run();
    else for (const aside of asides.splice(0)) void aside();
  }

  async function run(): Promise<void> {
    running = true;
    while (!stopped && lineUp) {
      let next: Place | undefined;
      for (const place of places.values()) if (!next || goesBefore(place, next)) next = place;
      const waitMs = next ? next.dueMono - clock.now().monoMs : Number.POSITIVE_INFINITY;
      if (asides.length > 0 && (waitMs > 0 || polledSince >= places.size)) {
        polledSince = 0;
        await asides.shift()?.();
        continue;
      }
      if (!next) break;
      if (waitMs > 0) {
        cancel = clock.wakeAfter(Math.ceil(waitMs), wake);
        break;
      }
      polledSince++;
      await poll(next);
    }
    running = false;
    if (asides.length > 0) wake();
  }

  async function poll(place: Place): Promise<void> {
    const { device, missing } = place;
    const started = clock.now().monoMs;
    const answers: AskedAnswer[] = [];
    let refusal: AskFailure | undefined;
    let answered = 0;
    const reads = place.failures >= quarantineAfter ? device.reads.slice(0, 1) : device.reads;
    for (const read of reads) {
      const known = missing.get(read);
      if (known && clock.now().monoMs < known.untilMono) {
        answers.push({ read, refused: known.words, fault: known.fault });
        continue;
      }
      const outcome = await deps.ask(read);
      if (stopped || places.get(device.id) !== place) return;
      if (outcome.ok) {
        answers.push(outcome.value);
        answered++;
        missing.delete(read);
        continue;
      }
      if (outcome.error === 'line-down') return;
      if (outcome.error === 'busy' && place.busy < mostBusy) {
        place.busy++;
        place.dueMono = clock.now().monoMs + busyPauseMs;
        return;
      }
      if (outcome.error === 'busy') refusal = { ...outcome, error: 'refused' };
      else if (outcome.error === 'refused') refusal = outcome;
      else {
        // Nothing more now: the next question could be answered by what comes late to this one.
        if (answered > 0) leftUnanswered(place, read, outcome);
        fail(place, outcome);
        return;
      }
      answers.push({ read, refused: outcome.words, fault: outcome.fault });
      // What else it has is asked in the next round: its neighbours wait.
      if (outcome.error === 'busy') break;
    }
    place.busy = 0;
    const now = clock.now();
    const pace = paceMs(place, now.monoMs);
    if (place.lastAskedMono > 0 && pace === device.periodMs && pace <= shortestPeriodMs())
      lastCycleMs = now.monoMs - place.lastAskedMono;
    place.lastAskedMono = now.monoMs;
    const wasQuarantined = place.failures >= quarantineAfter;
    place.failures = 0;
    // In step with the period as long as the line keeps up; when it does not, from now on, so that no one starves.
    place.dueMono = wasQuarantined ? now.monoMs : Math.max(place.dueMono + pace, started + pace / 2);
    if (answered === 0 && refusal) deps.failed(device.id, refusal, 1);
    else deps.polled(device.id, answers, now.wallMs);
  }

  /** Of those that answer: a meter that is asked each minute says nothing about how long a module waits. */
  function shortestPeriodMs(): number {
    let shortest = Number.POSITIVE_INFINITY;
    for (const { device, failures } of places.values())
      if (failures < quarantineAfter && device.periodMs < shortest) shortest = device.periodMs;
    return shortest;
  }

  /** A device that answers, but not this, twice in a row: this is left out for a while, so that the rest is read. */
  function leftUnanswered({ device, missing }: Place, read: AskedRead, { words, fault }: AskFailure): void {
    const times = (missing.get(read)?.times ?? 0) + 1;
    const pauseMs = times < quarantineAfter ? 0 : Math.max(longestPauseMs, 10 * device.periodMs);
    missing.set(read, { times, untilMono: clock.now().monoMs + pauseMs, words, fault });
  }

  function fail(place: Place, failure: AskFailure): void {
    place.failures++;
    const backOff = place.device.periodMs * 2 ** Math.min(place.failures, 12);
    // At least two time-outs of silence, so that its late answer is never taken for the answer to the next request.
    const pauseMs = Math.max(
      2 * deps.timeoutMs,
      place.failures < quarantineAfter ? place.device.periodMs : Math.min(backOff, longestPauseMs),
    );
    place.dueMono = clock.now().monoMs + pauseMs;
    deps.failed(place.device.id, failure, place.failures);
  }

  return {
    plan(devices) {
      const now = clock.now().monoMs;
      places = new Map(
        devices
          .filter((device) => device.reads.length > 0)
          .map((device) => [
            device.id,
            {
              failures: 0,
              lastAskedMono: 0,
              busy: 0,
              hastened: null,
              ...places.get(device.id),
              device,
              missing: new Map(),
              dueMono: places.get(device.id)?.dueMono ?? now,
            },
          ]),
      );
      wake();
    },
    lineChanged(up, words) {
      if (up === lineUp) return;
      lineUp = up;
      const now = clock.now().monoMs;
      for (const place of places.values()) {
        place.failures = Math.min(place.failures, 1);
        place.dueMono = now;
        if (!up)
          deps.failed(
            place.device.id,
            { ok: false, error: 'line-down', words, fault: { code: 'line-down' } },
            1,
          );
      }
      wake();
    },
    hasten(device, withinMs) {
      const place = places.get(device);
      if (!place) return;
      const now = clock.now().monoMs;
      place.hastened = {
        stepMs: Math.max(shortestStepMs, withinMs / hastenedSteps),
        untilMono: now + withinMs,
      };
      if (place.failures > 0) return;
      place.dueMono = Math.min(place.dueMono, now);
      wake();
    },
    between<Answer>(ask: () => Promise<Answer>) {
      return new Promise<Answer>((resolve, reject) => {
        asides.push(() => ask().then(resolve, reject));
        wake();
      });
    },
    lastCycleMs: () => lastCycleMs,
    stop() {
      stopped = true;
      wake();
    },
  };
}
