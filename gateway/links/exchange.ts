import type { AskFault } from '../contract/ask-fault.ts';

/** A unit that says it is busy is asked so often again, after so long: others have the line meanwhile. */
export const mostBusy = 2;
export const busyPauseMs = 200;

/** Why there is no value; `words` is for people. */
export interface AskFailure {
  ok: false;
  /** `refused`: the device answered that it will not; `busy`: not now; `broken`: what came was no answer. */
  error: 'timeout' | 'line-down' | 'broken' | 'refused' | 'busy' | 'expired';
  words: string;
  /** The same as a code, finer. */
  fault: AskFault;
}

/** What became of an order to a device that has a conversation of its own; what a console says of it stands with the command. */
export type OrderOutcome = { ok: true } | Omit<AskFailure, 'fault'>;

export type AskOutcome<Value> = { ok: true; value: Value } | AskFailure;

/** Watches the bytes of one question; for who has asked to see them. */
export interface AskObserver {
  sent(bytes: Uint8Array): void;
  received(bytes: Uint8Array): void;
}

/** What the bytes that have come amount to. */
export type Verdict<Value> =
  | { state: 'waiting' }
  | { state: 'done'; outcome: AskOutcome<Value> }
  /** The answer goes on in another frame, which has to be asked for. */
  | { state: 'more'; next: Exchange<Value> };

/** One question on a line and the reading of its answer: what a protocol gives to a bus that is asked. */
export interface Exchange<Value> {
  readonly request: Uint8Array;
  /** Length of a good answer; what is longer is waited for just so much less patiently. */
  readonly answerBytes: number;
  /** Bytes as they come after the question: is the answer complete? */
  take(bytes: Uint8Array): Verdict<Value>;
  /** The time is over: what was wrong. */
  timeOver(timeoutMs: number): AskOutcome<Value>;
}

/**
 * So many bytes are kept of what comes after a question: several of the longest frames (Modbus RTU 256, DL/T 645 271 bytes) and the
 * noise that may stand before them. All of it is looked at again with each piece, so that a far end that never stops talking would
 * take the whole machine.
 */
const mostHeard = 4_096;

/** What has come after a question, with what comes now. */
export function heardSoFar(before: Buffer, bytes: Uint8Array): Buffer {
  return before.length >= mostHeard ? before : Buffer.concat([before, bytes]).subarray(0, mostHeard);
}
