import { unusable } from '../contract/bad-value.ts';
import { type Misread, misread } from '../contract/misread.ts';
import type { Reading } from '../contract/reading.ts';
import type { AskedAnswer, AskedRead } from '../protocols/asked-read.ts';
import { bytesToHex } from '../protocols/bytes.ts';
import { cjt188Reads, cjt188Value } from './cjt188.ts';
import { dlt645Reads, dlt645Value } from './dlt645.ts';
import type { LiveDevice, LivePoint } from './live-device.ts';
import { addProblem, badReading, type DeviceMessage, messageOf, readingOf } from './message.ts';
import { modbusCovers, modbusReads, modbusValue } from './modbus.ts';
import { multiplied } from './modbus-factors.ts';

/** What the links room polls of one device (its `PolledDevice`). */
export interface PolledDevice {
  readonly id: string;
  readonly periodMs: number;
  readonly reads: readonly AskedRead[];
}

/**
 * How a device on an asked link is polled.
 * @throws RangeError when a point cannot be read, or the address is none
 */
export function polledDevice(device: LiveDevice): PolledDevice {
  return { id: device.id, periodMs: device.type.pollMs, reads: readsOf(device) };
}

function readsOf(device: LiveDevice): readonly AskedRead[] {
  switch (device.type.link) {
    case 'dlt645':
      return dlt645Reads(device);
    case 'cjt188':
      return cjt188Reads(device);
    default:
      return modbusReads(device);
  }
}

function covers({ modbus, dlt645, cjt188 }: LivePoint, read: AskedRead): boolean {
  switch (read.protocol) {
    case 'modbus':
      return modbus !== null && modbusCovers(modbus, read);
    case 'dlt645':
      return dlt645?.di.toUpperCase() === read.di;
    case 'cjt188':
      return cjt188 !== null;
  }
}

/**
 * The readings of one poll; what its answers do not cover is left out.
 * @param wasBad whether the point's newest value is bad already: the same mistake is told once, not at every poll
 */
export function decodePoll(
  device: LiveDevice,
  answers: readonly AskedAnswer[],
  receivedAt: number,
  wasBad: (key: string) => boolean,
): DeviceMessage {
  const readings: Reading[] = [];
  const problems: Misread[] = [];
  for (const answer of answers) {
    for (const point of device.points.values()) {
      if (!covers(point, answer.read)) continue;
      const told = wasBad(point.key) ? [] : problems;
      readings.push(readingOfAnswer(device, point, answer, answers, receivedAt, told));
    }
  }
  return messageOf(device.id, receivedAt, readings, problems, null);
}

/** The raw value of a point in an answer; null: the device has none; undefined: there is no such value. */
function rawValue(
  { type }: LiveDevice,
  { modbus, dlt645, cjt188 }: LivePoint,
  answer: Exclude<AskedAnswer, { refused: string }>,
): unknown {
  if ('words' in answer) return modbus ? modbusValue(modbus, answer.read, answer.words) : undefined;
  const { read, data } = answer;
  if (read.protocol === 'dlt645') return dlt645 ? dlt645Value(dlt645, data) : undefined;
  return cjt188 ? cjt188Value(cjt188, read, data, type.cjt188) : undefined;
}

function readingOfAnswer(
  device: LiveDevice,
  point: LivePoint,
  answer: AskedAnswer,
  answers: readonly AskedAnswer[],
  receivedAt: number,
  problems: Misread[],
): Reading {
  const refuse = (refusal: Misread): Reading => {
    addProblem(problems, refusal);
    return badReading(point, receivedAt, receivedAt, unusable(refusal));
  };
  if ('refused' in answer) {
    const { fault, refused: words } = answer;
    const refusal = misread('poll-refused', { point: point.key, words });
    if (!fault) return refuse(refusal);
    addProblem(problems, refusal);
    return badReading(point, receivedAt, receivedAt, { code: 'asked-in-vain', fault, words });
  }
  const raw = rawValue(device, point, answer);
  if (raw === undefined && 'data' in answer) {
    const asked = answer.read.protocol === 'dlt645' ? answer.read.di : '901F';
    const bytes = bytesToHex(answer.data);
    return refuse(misread('poll-no-number', { point: point.key, bytes, asked }));
  }
  // The device itself says that it has no value: no mistake of anybody.
  if (raw === null) return badReading(point, receivedAt, receivedAt, { code: 'declared' });
  const made = multiplied(device, point, raw, answers);
  if ('value' in made) return readingOf(point, made.value, 'good', receivedAt, receivedAt, problems);
  return refuse(misread('value-transform', { point: point.key, words: made.refused }));
}
