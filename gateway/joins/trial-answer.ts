import type { FrameField } from '../contract/frame.ts';
import { misreadText } from '../contract/misread.ts';
import type { Trial, TrialExchange, TrialFault } from '../contract/trial.ts';
import type { Draft } from '../devices/devices.ts';
import { isInspected } from '../devices/inspection.ts';
import { cameAt, type RawHeard, type TriedDevice } from '../devices/type-trial.ts';
import type { Clock } from '../lib/clock.ts';
import type { AskObserver } from '../links/exchange.ts';
import type { AskedRead } from '../protocols/asked-read.ts';
import { bytesToHex } from '../protocols/bytes.ts';
import { explainFrame } from '../protocols/explain.ts';
import { trialWords } from './trial-words.ts';

// How the answer of a trial comes about: exchanges with their bytes, what was read of them, what failed.

/** Of one exchange so many bytes are shown. */
const mostBytes = 1_024;
const mostFailures = 16;

/** What is asked, in short. */
export function readWords(read: AskedRead): string {
  switch (read.protocol) {
    case 'modbus':
      return `FC${String(read.fc).padStart(2, '0')} ${read.address}+${read.quantity}`;
    case 'dlt645':
      return read.di;
    case 'cjt188':
      return '901F';
  }
}

/** Bytes as text when they are nothing else. */
function textOf(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString('utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what has them is no text for people
  return text === '' || /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text) ? null : text;
}

/** Sees one question and its answer. */
export function createRecord(clock: Clock, about: string, protocol: string | null = null) {
  let sent: Buffer = Buffer.alloc(0);
  let received: Buffer = Buffer.alloc(0);
  let sentMono = 0;
  let lastMono: number | null = null;
  const append = (to: Buffer, bytes: Uint8Array) => Buffer.concat([to, bytes]).subarray(0, mostBytes);
  const observer: AskObserver = {
    sent(bytes) {
      if (sent.length === 0) sentMono = clock.now().monoMs;
      sent = append(sent, bytes);
    },
    received(bytes) {
      lastMono = clock.now().monoMs;
      received = append(received, bytes);
    },
  };
  const exchange = (outcome: TrialExchange['outcome']): TrialExchange => ({
    outcome,
    about,
    sent: bytesToHex(sent),
    received: bytesToHex(received),
    text: null,
    fields: protocol === null ? [] : fieldsOf(protocol, received, 'response'),
    at: null,
    ms: lastMono === null ? null : Math.ceil(lastMono - sentMono),
  });
  return { observer, exchange, answered: () => received.length > 0 };
}

/** So many fields of one frame are shown. */
const mostFields = 64;

/** What was received, field by field. An answer that the inspector would give is none of it. */
function fieldsOf(protocol: string, bytes: Uint8Array, direction?: 'response'): FrameField[] {
  if (bytes.length === 0 || !isInspected(protocol)) return [];
  const { fields } = explainFrame(protocol, { as: 'hex', bytes, text: null }, { direction });
  return fields.filter(({ name }) => name !== 'response_hex').slice(0, mostFields);
}

/** What comes by itself. */
export type HeardByItself = Extract<RawHeard, { way: 'topic' | 'frame' | 'report' | 'native' }>;

export const comesByItself = (heard: RawHeard): heard is HeardByItself =>
  heard.way === 'topic' || heard.way === 'frame' || heard.way === 'report' || heard.way === 'native';

/** What something that came by itself is about: its topic, or the account or address that names itself; null for a frame of a line. */
export function aboutOf(heard: HeardByItself): string | null {
  switch (heard.way) {
    case 'topic':
      return heard.message.topic;
    case 'report':
      return heard.from;
    case 'native':
      return heard.tail;
    case 'frame':
      return null;
  }
}

function bytesOf(heard: HeardByItself): Uint8Array {
  if (heard.way === 'topic') return heard.message.payload;
  return heard.way === 'native' ? heard.payload : heard.bytes;
}

/** Something that came by itself. @param protocol of a line, or of a receiver of the gateway's own */
export function heardExchange(
  heard: HeardByItself,
  outcome: 'taken' | 'passed-over',
  protocol: string | null,
): TrialExchange {
  const shown = bytesOf(heard).subarray(0, mostBytes);
  return {
    outcome,
    about: aboutOf(heard) ?? '',
    sent: '',
    received: bytesToHex(shown),
    text: textOf(shown),
    fields: protocol === null ? [] : fieldsOf(protocol, shown),
    at: cameAt(heard),
    ms: null,
  };
}

/** The answer of a trial on its way. */
export interface TrialAnswer {
  readonly trial: Trial;
  /** `words`: those of whoever met it, where they say more than the code. */
  fail(why: TrialFault, words?: string): void;
  /** What the device would have told. */
  take(draft: Draft, message: ReturnType<Draft['ofAnswers']>): void;
  /** The same of one that was tried on a stage. */
  takeTried(draft: Draft, tried: TriedDevice): void;
}

export function beginTrial(way: Trial['way'], line: Trial['line']): TrialAnswer {
  const trial: Trial = {
    ...{ way, exchanges: [], points: [], events: [], facts: [], inputs: [], failures: [], line, setup: [] },
  };
  function fail(why: TrialFault, words = ''): void {
    if (trial.failures.length < mostFailures)
      trial.failures.push({ fault: why, words: trialWords(why, words, line) });
  }
  return {
    trial,
    fail,
    take(draft, message) {
      for (const { point, value, quality } of message.readings)
        trial.points.push({ point, value, quality, unit: draft.unitOf(point) });
      for (const { type, data } of message.events) trial.events.push({ type, data });
      for (const problem of message.problems) fail({ code: 'unusable-value' }, misreadText(problem));
    },
    takeTried(draft, tried) {
      const { readings, events, refused } = tried.outcome();
      for (const [point, { value, quality }] of readings)
        trial.points.push({ point, value, quality, unit: draft.unitOf(point) });
      for (const { type, data, device } of events) if (device === draft.id) trial.events.push({ type, data });
      for (const problem of refused) fail({ code: 'unusable-value' }, problem);
    },
  };
}
