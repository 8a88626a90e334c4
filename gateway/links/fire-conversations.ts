import { crc32 } from 'node:zlib';
import type { Clock, Instant } from '../lib/clock.ts';
import {
  answerTo,
  commandWord,
  encodeFireFrame,
  type FireFrame,
  type FireFrameError,
  fireCommands,
  readFireFrame,
} from '../protocols/gbt26875/frame.ts';
import { clockUnit } from '../protocols/gbt26875/unit.ts';
import type { FrameFate, ReportConnection } from './report-listener.ts';

/** A frame with the same serial number and contents within this time is a repeat. */
export const repeatMs = 10 * 60_000;
/** A device's clock that is further off is set, ms; until then its times are not believed. */
export const clockSlackMs = 60_000;
/** A clock that does not follow is set again after so long; after the third time somebody is told. */
const setAgainMs = 10 * 60_000;
const mostSettings = 3;
/** Of one device so many frames are remembered; a device that is asked for everything sends some hundreds. */
const mostRecent = 2_000;

export type FireRefusal = 'unknown' | 'command' | 'clock';

/** A frame of a device that the site knows. */
export interface FireArrival {
  device: string;
  frame: FireFrame;
  /** Marks the report, also after a restart; see `recall`. */
  identity: string;
  /** It is on disk already, and only its confirmation was lost. */
  repeat: boolean;
  /** The device's clock is right, or its label shows no time. */
  clockRight: boolean;
}

export interface FireOrigin {
  address: string;
  bytes: Uint8Array;
  received: Instant;
}

export interface FireConversationsDeps {
  clock: Clock;
  /** The device with an address of twelve hex digits; null when the site has none. */
  known(source: string): string | null;
  /** UTC ms at which the clocks of the site show this. */
  momentShowing(shown: number): number;
  /** What the clocks of the site show now, as if it were UTC. */
  shownNow(): number;
  /** `done()` after the commit: then the device is confirmed. With an error it is not, and repeats. */
  report(arrival: FireArrival, from: FireOrigin, done: (error?: Error) => void): void;
  /** A sound frame that is not taken, or a broken one; `clock`: a device whose clock does not follow. */
  refused(
    why: FireRefusal | FireFrameError,
    from: { address: string; bytes: Uint8Array; source: string | null; skewMs: number },
  ): void;
}

/** A report that has come: on its way to the disk, or there. */
interface Remembered {
  identity: string;
  /** Monotonic ms. */
  at: number;
  stored: boolean;
}

interface Conversation {
  device: string;
  /** By serial number and contents, oldest first. */
  recent: Map<string, Remembered>;
  /** Of the frames that we begin. */
  seq: number;
  settings: number;
  setAt: number | null;
}

const markOf = ({ seq, unit }: FireFrame): string => `${seq}.${crc32(unit).toString(16).padStart(8, '0')}`;

/** The conversations with all transmission devices, each over whatever connections it comes (GB/T 26875.3 §6.1). */
export function createFireConversations(deps: FireConversationsDeps) {
  const { clock } = deps;
  const conversations = new Map<string, Conversation>();

  function conversationOf(device: string): Conversation {
    const open = conversations.get(device);
    if (open) return open;
    const begun: Conversation = {
      ...{ device, recent: new Map() },
      ...{ seq: 0, settings: 0, setAt: null },
    };
    conversations.set(device, begun);
    return begun;
  }

  function remember({ recent }: Conversation, mark: string, report: Remembered): void {
    recent.delete(mark);
    recent.set(mark, report);
    for (const [oldest, { at }] of recent) {
      if (recent.size <= mostRecent && report.at - at <= repeatMs) break;
      recent.delete(oldest);
    }
  }

  function answer(connection: ReportConnection, frame: FireFrame, command: 'confirm' | 'deny'): void {
    connection.send(encodeFireFrame(answerTo(frame, command, deps.shownNow())));
  }

  /** How far the device's clock is ahead of ours, ms; null when its label shows no time. */
  function skewOf({ time }: FireFrame, received: Instant): number | null {
    return time === null ? null : deps.momentShowing(time) - received.wallMs;
  }

  /** Sets a clock that is off (control command, type 90); once in a while when it does not follow. */
  function watchClock(
    conversation: Conversation,
    connection: ReportConnection,
    frame: FireFrame,
    from: FireOrigin,
  ): void {
    const skewMs = skewOf(frame, from.received);
    if (skewMs === null) return;
    if (Math.abs(skewMs) <= clockSlackMs) {
      conversation.settings = 0;
      conversation.setAt = null;
      return;
    }
    const { monoMs } = clock.now();
    if (conversation.setAt !== null && monoMs - conversation.setAt < setAgainMs) return;
    if (conversation.settings >= mostSettings)
      deps.refused('clock', { ...from, source: frame.source, skewMs });
    conversation.settings++;
    conversation.setAt = monoMs;
    conversation.seq = (conversation.seq + 1) & 0xffff;
    const shown = deps.shownNow();
    const order = { ...answerTo(frame, 'confirm', shown), seq: conversation.seq };
    connection.send(encodeFireFrame({ ...order, command: fireCommands.control, unit: clockUnit(shown) }));
  }

  function take(
    conversation: Conversation,
    connection: ReportConnection,
    frame: FireFrame,
    from: FireOrigin,
    settled: () => void,
  ): void {
    const { wallMs, monoMs } = from.received;
    const mark = markOf(frame);
    const before = frame.unit.length > 0 ? conversation.recent.get(mark) : undefined;
    const again = before !== undefined && monoMs - before.at <= repeatMs ? before : null;
    const report = again ?? { identity: `${wallMs.toString(36)}.${mark}`, at: monoMs, stored: false };
    if (!again && frame.unit.length > 0) remember(conversation, mark, report);
    const skewMs = skewOf(frame, from.received);
    const clockRight = skewMs === null || Math.abs(skewMs) <= clockSlackMs;
    const { device } = conversation;
    const { identity, stored: repeat } = report;
    deps.report({ device, frame, identity, repeat, clockRight }, from, (error) => {
      if (error) {
        if (!report.stored) conversation.recent.delete(mark);
      } else {
        report.stored = true;
        if (frame.command === fireCommands.send) answer(connection, frame, 'confirm');
        watchClock(conversation, connection, frame, from);
      }
      settled();
    });
  }

  return {
    /** A frame; `settled` when nothing more comes of it. */
    frame(connection: ReportConnection, bytes: Uint8Array, settled: () => void): FrameFate {
      const { address } = connection;
      const received = clock.now();
      const read = readFireFrame(bytes);
      if (!read.ok) {
        // §6.3: what is damaged is thrown away and denied, so that it is sent again.
        if (read.frame) answer(connection, read.frame, 'deny');
        deps.refused(read.error, { address, bytes, source: read.frame?.source ?? null, skewMs: 0 });
        settled();
        return 'broken';
      }
      const { frame } = read;
      const device = deps.known(frame.source);
      const word = commandWord(frame.command);
      const answers = word === 'confirm' || word === 'deny';
      if (device === null || !(word === 'send' || word === 'reply' || answers)) {
        if (!answers) answer(connection, frame, 'deny');
        const why = device === null ? 'unknown' : 'command';
        deps.refused(why, { address, bytes, source: frame.source, skewMs: 0 });
        settled();
        return 'refused';
      }
      if (answers) {
        settled();
        return 'taken';
      }
      take(conversationOf(device), connection, frame, { address, bytes, received }, settled);
      return 'taken';
    },

    /** Its place is with the device, not with the connection: nothing to do. */
    lost(): void {},

    /** Before any frame: what a device had sent before the restart, oldest first; `at` as monotonic ms. */
    recall(device: string, identity: string, at: number): void {
      const mark = /^[0-9a-z]+\.(\d+\.[0-9a-f]{8})/.exec(identity)?.[1];
      if (mark === undefined) return;
      const whole = identity.replace(/ \/\d+$/, '');
      remember(conversationOf(device), mark, { identity: whole, at, stored: true });
    },
  };
}
