import { randomBytes } from 'node:crypto';
import type { OsdpBus } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { concatBytes } from '../protocols/bytes.ts';
import {
  type OrderFailure,
  type OsdpInput,
  type OsdpOutput,
  type OsdpReader,
  type OsdpSession,
  openOsdpSession,
} from '../protocols/osdp/conversation.ts';
import { createOsdpAssembler, markByte, type OsdpFrame } from '../protocols/osdp/frame.ts';
import { commands } from '../protocols/osdp/messages.ts';
import type { ChannelState, OsdpHappening, OsdpState } from '../protocols/osdp/report.ts';
import { stepOsdp } from '../protocols/osdp/session.ts';
import type { ByteLine } from './byte-line.ts';
import { wireMs } from './cycle.ts';
import type { AskObserver, OrderOutcome } from './exchange.ts';
import type { LineTally } from './line-tally.ts';

/** A reader of the site on this line. */
export interface ReaderPlan extends OsdpReader {
  device: string;
}

/** What becomes of the readers on a line. */
export interface OsdpListener {
  state(device: string, state: OsdpState, receivedAt: number): void;
  /** @param durable acknowledges it to the reader; never called: it is asked for again */
  happened(device: string, happening: OsdpHappening, receivedAt: number, durable: () => void): void;
  /** It has said nothing usable for 8 s. */
  lost(device: string): void;
  /** The channel to it cannot be had as the site wants it; told once. */
  barred(device: string, channel: ChannelState): void;
}

/** Whoever tries a reader that is not of the site: sees its bytes, and what it says of itself. Nothing that is held to it is taken. */
export interface ReaderTrial {
  /** A command goes out. */
  begin(code: number): AskObserver;
  /** A reply that was understood; while no channel is open it can be read. */
  replied(frame: OsdpFrame): void;
  state(state: OsdpState): void;
  /**
   * It is over: all of it was said, it stayed silent, the channel cannot be had as it is set, or somebody speaks with that
   * address already.
   */
  end(outcome: 'said' | 'silent' | 'line-down' | 'in-use' | { barred: ChannelState }): void;
}

/** A pair of wires with OSDP readers on it: one outstanding command, the line given to whoever wants it first. */
export interface OsdpLine {
  plan(readers: readonly ReaderPlan[]): void;
  /** Goes before all polls, and not at all when this monotonic moment has passed. */
  order(
    device: string,
    command: { code: number; data: Uint8Array },
    latestMono: number,
  ): Promise<OrderOutcome>;
  /**
   * Speaks with a reader that the site does not have between the others, until it has said what it is and how it is.
   * @returns ends it before
   */
  try(reader: OsdpReader, trial: ReaderTrial): () => void;
  received(bytes: Uint8Array): void;
  lineChanged(up: boolean): void;
  stop(): void;
}

interface Place {
  plan: ReaderPlan;
  session: OsdpSession;
  waiting: Map<string, (outcome: OrderOutcome) => void>;
  /** It is not of the site. */
  trial: { tells: ReaderTrial; silences: number; observer: AskObserver | null } | null;
}

/** A reader that is tried is silent when it has not answered so often: three times with a CRC, three with a sum, once more. */
const mostSilences = 7;

/** A reply longer than this (a card of 8 bytes, enciphered, is 33) is waited for just so much less patiently. */
const replyBytes = 64;
/** 8N1: start, eight bits, stop. */
const bitsPerCharacter = 10;

const failures: Readonly<Record<OrderFailure, OrderOutcome & { ok: false }>> = {
  refused: { ok: false, error: 'refused', words: 'the reader refused the command' },
  timeout: { ok: false, error: 'timeout', words: 'the reader did not answer the command' },
  expired: { ok: false, error: 'expired', words: 'it could not be sent in time: the reader did not answer' },
  'line-down': { ok: false, error: 'line-down', words: 'the line was lost before the reader had answered' },
};

export function createOsdpLine(
  deps: { link: OsdpBus; line(): ByteLine; clock: Clock; tally: LineTally } & OsdpListener,
): OsdpLine {
  const { link, clock, tally } = deps;
  const timing = { baudRate: link.baudRate, bitsPerCharacter, timeoutMs: link.timeoutMs };
  const assembler = createOsdpAssembler();
  const places = new Map<string, Place>();
  let up = false;
  let current: Place | undefined;
  let quietUntil = 0;
  let orders = 0;
  let cancel: (() => void) | undefined;

  /** Who wants the line first. */
  function first(): Place | undefined {
    let chosen: Place | undefined;
    for (const place of places.values())
      if (!chosen || place.session.nextMono < chosen.session.nextMono) chosen = place;
    return chosen;
  }

  /** Gives the line to whoever wants it, or waits until somebody does. */
  function next(): void {
    while (up && !current) {
      const place = first();
      if (!place) return;
      const waitMs = Math.max(quietUntil, place.session.nextMono) - clock.now().monoMs;
      if (waitMs > 0) {
        cancel?.();
        cancel = clock.wakeAfter(Math.ceil(waitMs), next);
        return;
      }
      step(place, { type: 'turn', random: randomBytes(8) });
    }
  }

  function step(place: Place, input: OsdpInput): void {
    const { session, outputs } = stepOsdp(place.session, input, place.plan, clock.now().monoMs);
    place.session = session;
    for (const output of outputs) take(place, output);
  }

  function take(place: Place, output: OsdpOutput): void {
    const { device } = place.plan;
    if (place.trial && output.type !== 'send') {
      if (output.type === 'state') place.trial.tells.state(output.state);
      else if (output.type === 'barred') endTrial(place, { barred: output.channel });
      else if (output.type === 'lost') endTrial(place, 'silent');
      return;
    }
    switch (output.type) {
      case 'send':
        send(place, output.bytes);
        return;
      case 'state':
        deps.state(device, output.state, clock.now().wallMs);
        return;
      case 'happened':
        deps.happened(device, output.happening, clock.now().wallMs, () => {
          if (places.get(device) !== place) return;
          step(place, { type: 'durable', number: output.number });
          next();
        });
        return;
      case 'lost':
        deps.lost(device);
        return;
      case 'barred':
        deps.barred(device, output.channel);
        return;
      case 'done':
        end(place, output.order, { ok: true });
        return;
      case 'failed': {
        const failure = failures[output.why];
        const words = output.reason === undefined ? failure.words : `${failure.words} (${output.reason})`;
        end(place, output.order, { ...failure, words });
      }
    }
  }

  function endTrial(place: Place, outcome: Parameters<ReaderTrial['end']>[0]): void {
    if (places.get(place.plan.device) !== place) return;
    close(place);
    places.delete(place.plan.device);
    place.trial?.tells.end(outcome);
  }

  /** What a reader that is tried has answered: whether it has said all. */
  function answered({ trial, session }: Place): boolean {
    if (!trial) return false;
    trial.silences = 0;
    const { phase, sent, questions } = session;
    // The first questions of how it is come after those of what it is.
    return (
      phase === 'running' && sent?.answered === true && sent.code !== commands.CAP && questions.length === 0
    );
  }

  function end(place: Place, order: string, outcome: OrderOutcome): void {
    place.waiting.get(order)?.(outcome);
    place.waiting.delete(order);
  }

  function send(place: Place, bytes: Uint8Array): void {
    // A late reply of the one before must not be taken for the beginning of this one's.
    assembler.reset();
    current = place;
    const wired = concatBytes(Uint8Array.of(markByte), bytes);
    if (place.trial) {
      place.trial.observer = place.trial.tells.begin(place.session.sent?.code ?? 0);
      place.trial.observer.sent(wired);
    } else tally.asked(bytes);
    deps.line().send(wired);
    const waitMs = link.timeoutMs + Math.ceil(wireMs(1 + bytes.length + replyBytes, timing));
    cancel?.();
    cancel = clock.wakeAfter(waitMs, () => {
      free();
      const { timeoutMs } = link;
      const words = `no answer within ${timeoutMs} ms`;
      if (!place.trial)
        tally.settled({ ok: false, error: 'timeout', fault: { code: 'silent', timeoutMs }, words });
      step(place, { type: 'silence' });
      if (place.trial && ++place.trial.silences >= mostSilences) endTrial(place, 'silent');
      next();
    });
  }

  /** The exchange is over. */
  function free(): void {
    cancel?.();
    cancel = undefined;
    current = undefined;
    quietUntil = clock.now().monoMs + link.gapMs;
  }

  function open(plan: ReaderPlan): Place {
    return { plan, session: openOsdpSession(clock.now().monoMs), waiting: new Map(), trial: null };
  }

  function close(place: Place): void {
    if (current === place) free();
    for (const order of [...place.waiting.keys()]) end(place, order, failures['line-down']);
  }

  return {
    plan(readers) {
      const wanted = new Map(readers.map((plan) => [plan.device, plan]));
      for (const [device, place] of [...places]) {
        if (place.trial) {
          // Somebody has saved it meanwhile.
          if (readers.some(({ address }) => address === place.plan.address)) endTrial(place, 'in-use');
          continue;
        }
        const plan = wanted.get(device);
        if (plan && samePlan(plan, place.plan)) continue;
        close(place);
        places.delete(device);
      }
      for (const plan of readers) if (!places.has(plan.device)) places.set(plan.device, open(plan));
      next();
    },
    order(device, { code, data }, latestMono) {
      const place = places.get(device);
      if (!place) return Promise.resolve(failures['line-down']);
      return new Promise((resolve) => {
        const id = String(++orders);
        place.waiting.set(id, resolve);
        step(place, { type: 'order', order: { id, code, data, latestMono } });
        next();
      });
    },
    try(reader, tells) {
      // Two conversations would confuse it, and a card that it tells the trial would open no door.
      if ([...places.values()].some(({ plan }) => plan.address === reader.address)) {
        tells.end('in-use');
        return () => {};
      }
      const device = ` trial ${++orders}`;
      const plan: ReaderPlan = { ...reader, device };
      const place: Place = { ...open(plan), trial: { tells, silences: 0, observer: null } };
      places.set(device, place);
      if (up) next();
      else endTrial(place, 'line-down');
      return () => {
        if (places.get(device) !== place) return;
        close(place);
        places.delete(device);
        next();
      };
    },
    received(bytes) {
      if (current?.trial) current.trial.observer?.received(bytes);
      else if (current) tally.heard(bytes);
      for (const frame of assembler.push(bytes)) {
        const place = current;
        if (!place) return;
        const before = place.session;
        step(place, { type: 'reply', frame });
        // What changes nothing was no answer to this command: a late one, or another reader's.
        if (place.session === before) continue;
        if (place.trial) place.trial.tells.replied(frame);
        else tally.goesOn();
        if (current === place) free();
        if (answered(place)) endTrial(place, 'said');
        next();
      }
    },
    lineChanged(isUp) {
      up = isUp;
      if (!up) {
        if (current) free();
        cancel?.();
        for (const place of [...places.values()])
          if (place.trial) endTrial(place, 'line-down');
          else step(place, { type: 'line-down' });
      }
      next();
    },
    stop() {
      up = false;
      cancel?.();
      for (const place of [...places.values()])
        if (place.trial) endTrial(place, 'line-down');
        else close(place);
      places.clear();
    },
  };
}

function samePlan(a: ReaderPlan, b: ReaderPlan): boolean {
  const keyOf = ({ protection }: ReaderPlan) =>
    protection.mode === 'key' && protection.key ? Buffer.from(protection.key).toString('hex') : '';
  return a.address === b.address && a.protection.mode === b.protection.mode && keyOf(a) === keyOf(b);
}
