import { createHash } from 'node:crypto';
import type { PanelQuirk } from '../../contract/link-status.ts';
import { type Dc09Contents, dc09Answer, dc09Contents, dc09OccurredAt, isDc09Answer } from './codec.ts';
import { type Dc09Frame, type Dc09Message, type Dc09Outgoing, openDc09Frame } from './frame.ts';

// The receiver's side of a conversation with one panel (ANSI/SIA DC-09-2013 §5.5), over whatever connections it comes.

/** What the site says of a panel. */
export interface Dc09Panel {
  /** Set: only what is encrypted with it counts. */
  key: Uint8Array | null;
  /** How far its clock is ahead of UTC by intent, ms: panels that send local time. */
  offsetMs: number;
  /** It wants the time in every answer, not in encrypted ones alone. */
  stampAnswers: boolean;
}

/** An event on its way up; `reply` goes out when it is on disk. */
export interface Dc09Report {
  /** Of the sender. */
  account: string;
  contents: Exclude<Dc09Contents, { kind: 'answer' }>;
  /** The same for a repeat, whenever and over whichever connection it comes. */
  identity: string;
  /** UTC ms; null: its clock says nothing. */
  occurredAt: number | null;
  /** What was not as the standard has it. */
  quirks: readonly PanelQuirk[];
}

/** Why a frame is not taken; the words are the integrator's. */
export type Dc09Refusal = 'unknown' | 'key-missing' | 'decrypt' | 'plain' | 'format' | 'clock';

export type Dc09Reply = { nak: number; binaryCrc: boolean } | Dc09Outgoing;

export type Dc09Output =
  | { type: 'report'; report: Dc09Report; reply: Dc09Reply }
  | { type: 'refused'; why: Dc09Refusal; account: string; skewMs?: number }
  /** What became of a command; null: the panel has acknowledged it. */
  | { type: 'commanded'; command: string; failure: Dc09CommandFailure | null };

/** `lost`: its connection, before an answer came. */
export type Dc09CommandFailure = 'refused' | 'no-answer' | 'lost';

interface Recent {
  seq: string;
  content: string;
  timestamp: number | null;
  identity: string;
  /** Last seen, monotonic ms. */
  at: number;
}

export interface Dc09State {
  /** Newest last. */
  readonly recent: readonly Recent[];
  /** Commands that the panel has not answered. */
  readonly awaited: readonly { command: string; seq: string; dueAt: number }[];
  readonly nextSeq: number;
  /** How it names itself: commands must echo that. */
  readonly named: Pick<Dc09Message, 'receiver' | 'line' | 'quirks'> & { home: string | null };
}

export const newDc09State: Dc09State = {
  recent: [],
  awaited: [],
  nextSeq: 1,
  named: { receiver: null, line: null, quirks: [], home: null },
};

/** What a panel is told: a block under the maker's own token, with a report as it would send it. */
export interface Dc09Order {
  token: string;
  /** `qXYZ GG CCC` */
  text: string;
  /** Goes beside it, behind two bytes of length. */
  password: string | null;
}

export type Dc09Input =
  | { type: 'frame'; frame: Dc09Frame; account: string }
  | { type: 'command'; command: string; account: string; order: Dc09Order }
  /** The time of `timer` has come, or the connection is lost: then nothing can be answered any more. */
  | { type: 'time' }
  | { type: 'lost' };

export interface Dc09Step {
  state: Dc09State;
  send: Dc09Reply[];
  outputs: Dc09Output[];
  /** Monotonic ms at which `time` is wanted; null: never. */
  timer: number | null;
}

export interface Dc09Now {
  wallMs: number;
  monoMs: number;
}

/** Repeats come until they are acknowledged; DECISIONS: within ten minutes of the one before. */
export const repeatMs = 600_000;
const mostRecent = 200;
const longestMark = 100;
/** An encrypted message is as old and as early as this at the most: no recording is played back (§5.4; pysiaalarm's numbers). */
const window = { behindMs: 40_000, aheadMs: 20_000 };
export const answerMs = 10_000;

function step(state: Dc09State, more: Partial<Omit<Dc09Step, 'state'>> = {}): Dc09Step {
  const timer = state.awaited.reduce((next, { dueAt }) => Math.min(next, dueAt), Infinity);
  return { state, send: [], outputs: [], timer: timer === Infinity ? null : timer, ...more };
}

/** One step. Pure: state comes back, nothing is changed. */
export function stepDc09(
  state: Dc09State,
  input: Dc09Input,
  panel: Dc09Panel | null,
  now: Dc09Now,
): Dc09Step {
  switch (input.type) {
    case 'frame':
      return stepFrame(state, input, panel, now);
    case 'command':
      return stepCommand(state, input, panel, now);
    case 'time':
      return giveUp(state, ({ dueAt }) => dueAt <= now.monoMs, 'no-answer');
    case 'lost':
      return giveUp(state, () => true, 'lost');
  }
}

function refuse(
  state: Dc09State,
  why: Dc09Refusal,
  account: string,
  send: Dc09Reply[],
  skewMs?: number,
): Dc09Step {
  const output: Dc09Output = { type: 'refused', why, account };
  return step(state, { send, outputs: [skewMs === undefined ? output : { ...output, skewMs }] });
}

function stepFrame(
  state: Dc09State,
  { frame, account }: Extract<Dc09Input, { type: 'frame' }>,
  panel: Dc09Panel | null,
  now: Dc09Now,
): Dc09Step {
  const duh = isDc09Answer(frame.id) ? [] : [dc09Answer('DUH', frame, { key: null, timestamp: null })];
  if (!panel) return refuse(state, 'unknown', account, duh);
  const opened = openDc09Frame(frame, panel.key);
  if (!opened.ok) return refuse(state, opened.error === 'key' ? 'key-missing' : opened.error, account, duh);
  const { message } = opened;
  const contents = dc09Contents(message);
  // A key is there so that nobody else can speak for the panel.
  if (panel.key && !message.encrypted) return refuse(state, 'plain', account, duh);
  const shown = now.wallMs + panel.offsetMs;
  const skewMs = message.encrypted ? (message.timestamp ?? 0) - shown : 0;
  if (skewMs < -window.behindMs || skewMs > window.aheadMs) {
    const nak = { nak: shown, binaryCrc: message.quirks.includes('binary_crc') };
    return refuse(state, 'clock', account, contents.kind === 'answer' ? [] : [nak], skewMs);
  }
  if (contents.kind === 'answer') return takeAnswer(state, message.seq, contents.answer);
  const timed = message.encrypted || panel.stampAnswers;
  const reply = dc09Answer('ACK', message, {
    key: message.encrypted ? panel.key : null,
    timestamp: timed ? shown : null,
  });
  const { recent, identity } = identify(state.recent, account, message, now);
  const happened = dc09OccurredAt(message);
  const report: Dc09Report = {
    account,
    contents,
    identity,
    occurredAt: happened === null ? null : happened - panel.offsetMs,
    quirks: message.quirks,
  };
  const home = 'account' in contents ? (contents.account ?? state.named.home) : state.named.home;
  const { receiver, line, quirks } = message;
  return step(
    { ...state, recent, named: { receiver, line, quirks, home } },
    { outputs: [{ type: 'report', report, reply }] },
  );
}

/** Contents with their account (a receiver stands for many) as in an identity, which is stored with every event: long ones by their hash. */
function markOf(content: string): string {
  return content.length > longestMark ? createHash('sha256').update(content).digest('base64url') : content;
}

/**
 * A repeat has the number and the contents of the first (DECISIONS). Panels that number nothing (0000) are known by their time
 * alone: arming, disarming and arming again within ten minutes are three events.
 */
function identify(
  recent: readonly Recent[],
  account: string,
  { id, seq, data, xdata, timestamp }: Dc09Message,
  now: Dc09Now,
): { recent: readonly Recent[]; identity: string } {
  const content = markOf([id, account, data, ...xdata].join(' '));
  const fresh = recent.filter(({ at }) => now.monoMs - at <= repeatMs);
  const first = fresh.find(
    (one) =>
      one.seq === seq &&
      one.content === content &&
      (seq !== '0000' || (timestamp !== null && one.timestamp === timestamp)),
  );
  const identity = first?.identity ?? `${seq} ${content} ${timestamp ?? `at ${now.wallMs}`}`;
  // A heartbeat is no event: there is nothing to repeat.
  if (id === 'NULL') return { recent: fresh, identity };
  const mine: Recent = { seq, content, timestamp: first?.timestamp ?? timestamp, identity, at: now.monoMs };
  return {
    recent: [...fresh.filter((one) => one !== first), mine].slice(-mostRecent),
    identity,
  };
}

/**
 * What was stored before a restart is known again: the panel may not have had its acknowledgement.
 * @param at monotonic ms of its arrival
 */
export function recallDc09(state: Dc09State, identity: string, at: number): Dc09State {
  const [, seq, content, arrived, time] = /^(\S{4}) (.*?) (at )?(\d+)$/s.exec(identity) ?? [];
  if (seq === undefined || content === undefined) return state;
  const timestamp = arrived === undefined ? Number(time) : null;
  const recent = [...state.recent, { seq, content, timestamp, identity, at }].slice(-mostRecent);
  return { ...state, recent };
}

function takeAnswer(state: Dc09State, seq: string, answer: string): Dc09Step {
  const asked = state.awaited.find((one) => one.seq === seq);
  if (!asked) return step(state);
  const failure = answer === 'ACK' || answer === 'RSP' ? null : 'refused';
  return step(
    { ...state, awaited: state.awaited.filter((one) => one !== asked) },
    { outputs: [{ type: 'commanded', command: asked.command, failure }] },
  );
}

/** The contents of a command block: two bytes of length, then the text. */
function counted(text: string): string {
  return `\0${String.fromCharCode(text.length)}${text}`;
}

function stepCommand(
  state: Dc09State,
  { command, account, order: { token, text, password } }: Extract<Dc09Input, { type: 'command' }>,
  panel: Dc09Panel | null,
  now: Dc09Now,
): Dc09Step {
  const seq = String(state.nextSeq).padStart(4, '0');
  const { receiver, line, quirks, home } = state.named;
  const order: Dc09Outgoing = {
    id: token,
    seq,
    receiver,
    line,
    account,
    data: `#${home ?? account}|${text}`,
    xdata: password === null ? [] : [counted(password)],
    timestamp: now.wallMs + (panel?.offsetMs ?? 0),
    key: panel?.key ?? null,
    binaryCrc: quirks.includes('binary_crc'),
  };
  const awaited = [...state.awaited, { command, seq, dueAt: now.monoMs + answerMs }];
  return step({ ...state, awaited, nextSeq: (state.nextSeq % 9_999) + 1 }, { send: [order] });
}

function giveUp(
  state: Dc09State,
  over: (awaited: Dc09State['awaited'][number]) => boolean,
  failure: Dc09CommandFailure,
): Dc09Step {
  const outputs = state.awaited
    .filter(over)
    .map(({ command }): Dc09Output => ({ type: 'commanded', command, failure }));
  return step({ ...state, awaited: state.awaited.filter((one) => !over(one)) }, { outputs });
}
