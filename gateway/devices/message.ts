import { type BadReason, unusable } from '../contract/bad-value.ts';
import type { FieldEvent } from '../contract/event.ts';
import { type Misread, misread } from '../contract/misread.ts';
import { deviceTimeAheadMs, deviceTimeBehindMs, type Reading } from '../contract/reading.ts';
import { type LivePoint, refusalOf } from './live-device.ts';

/** One message of a device, decoded and checked as it arrived; the turn takes it from here. */
export interface DeviceMessage {
  readonly device: string;
  /** A receiver or bridge that carried it and so is heard, too. */
  readonly through: string | null;
  /** UTC ms of the last byte in. */
  readonly receivedAt: number;
  readonly readings: Reading[];
  readonly events: FieldEvent[];
  readonly status: 'online' | 'offline' | null;
  readonly answer: CommandAnswer | null;
  /** The device's own counter, with readings that carry no time. */
  readonly seq: number | null;
  /** The device's clock was more than −7 days … +5 min off, so that the arrival time stands for it. */
  readonly clockRefused: boolean;
  /**
   * A broker kept it and tells it now: nothing has happened, and nobody knows since when it holds. It is compared with what
   * is known and is no sign of life.
   */
  readonly retained: boolean;
  /** What was wrong with parts of it: the reason of a dead letter. The rest counts. */
  readonly problems: Misread[];
}

/** One shape for every message, so that what reads them stays fast. */
export function messageOf(
  device: string,
  receivedAt: number,
  readings: Reading[],
  problems: Misread[],
  more: {
    events?: FieldEvent[];
    status?: 'online' | 'offline';
    answer?: CommandAnswer;
    seq?: number | null;
    clockRefused?: boolean;
    retained?: boolean;
  } | null,
): DeviceMessage {
  return {
    device,
    through: null,
    receivedAt,
    readings,
    events: more?.events ?? [],
    status: more?.status ?? null,
    answer: more?.answer ?? null,
    seq: more?.seq ?? null,
    clockRefused: more?.clockRefused ?? false,
    retained: more?.retained ?? false,
    problems,
  };
}

/** What a device says to a command. */
export interface CommandAnswer {
  readonly id: string;
  readonly ok: boolean;
  readonly error: string | null;
}

/** A message tells at most so many of its problems. */
export const mostProblems = 5;

/** Device time is believed within −7 days … +5 min of arrival (DECISIONS: time). */
export function sane(deviceAt: number, receivedAt: number): boolean {
  return deviceAt >= receivedAt - deviceTimeBehindMs && deviceAt <= receivedAt + deviceTimeAheadMs;
}

export function addProblem(problems: Misread[], problem: Misread): void {
  if (problems.length < mostProblems) problems.push(problem);
  else if (problems.length === mostProblems) problems.push(misread('more'));
}

/**
 * A raw value as a reading: through the point's transform and its checks. A value that fails is told as a problem and
 * becomes an empty one of bad quality, so that nobody goes on trusting the one before.
 */
export function readingOf(
  point: LivePoint,
  raw: unknown,
  quality: Reading['quality'],
  at: number,
  receivedAt: number,
  problems: Misread[],
): Reading {
  let value = raw;
  let refusal: Misread | null = null;
  if (raw === null) {
    if (quality !== 'bad') refusal = misread('value-null', { point: point.key });
  } else {
    if (point.transform) {
      const made = point.transform(raw);
      if ('refused' in made) refusal = misread('value-transform', { point: point.key, words: made.refused });
      else value = made.value;
    }
    refusal ??= refusalOf(point, value);
  }
  if (refusal !== null) {
    addProblem(problems, refusal);
    return badReading(point, at, receivedAt, unusable(refusal));
  }
  const reading: Reading = {
    device: point.device,
    point: point.name,
    value: value as Reading['value'],
    quality,
    at,
    receivedAt,
  };
  if (quality === 'bad') reading.why = { code: 'declared' };
  return reading;
}

/** A value that nobody has. */
export function badReading(point: LivePoint, at: number, receivedAt: number, why: BadReason): Reading {
  return { device: point.device, point: point.name, value: null, quality: 'bad', at, receivedAt, why };
}
