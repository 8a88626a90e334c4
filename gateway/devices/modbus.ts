import type { ModbusRead } from '../contract/device-type.ts';
import type { Reading } from '../contract/reading.ts';
import { planReads, type ReadBlock, type ReadPoint } from '../protocols/modbus/reads.ts';
import { decodeRegisters, registerBytes, registerCount } from '../protocols/modbus/registers.ts';
import type { LiveDevice, LivePoint } from './live-device.ts';
import { badReading, type DeviceMessage, readingOf } from './message.ts';

/** A read that knows which point it serves. */
export interface PointRead extends ReadPoint {
  readonly point: string;
}

/** What the links room polls of one device (its `PolledDevice`). */
export interface PolledDevice {
  readonly id: string;
  readonly unit: number;
  readonly periodMs: number;
  readonly blocks: readonly ReadBlock<PointRead>[];
}

/** One block as it was answered: bits of functions 1 and 2 as 0/1, else registers. */
export interface BlockAnswer {
  readonly block: { readonly fc: number; readonly address: number };
  readonly words: readonly number[];
}

function readOf(name: string, read: ModbusRead): PointRead {
  const count = read.function <= 2 ? 1 : registerCount(read);
  return { point: name, fc: read.function, address: read.address, count };
}

/** How a device is polled; its blocks are as few as its `maxRead` allows. */
export function polledDevice(device: LiveDevice): PolledDevice {
  const reads = [...device.points.values()].flatMap(({ name, modbus }) =>
    modbus ? [readOf(name, modbus)] : [],
  );
  const { maxRead, pollMs } = device.type;
  return {
    id: device.id,
    unit: Number(device.device.address),
    periodMs: pollMs,
    blocks: planReads(reads, { maxRegisters: maxRead, maxBits: maxRead }),
  };
}

function rawOf(read: ModbusRead, words: readonly number[], at: number): unknown {
  if (read.function <= 2) return words[at] === 1;
  const bytes = registerBytes(words.slice(at, at + registerCount(read)));
  const result = decodeRegisters(bytes, read);
  // A bad BCD digit is no number; a sentinel comes as null.
  return result.ok ? result.value : undefined;
}

/**
 * The readings of one poll; what a block does not cover is left out.
 * @param wasBad whether the point's newest value is bad already: the same mistake is told once, not at every poll
 */
export function decodeModbus(
  device: LiveDevice,
  answers: readonly BlockAnswer[],
  receivedAt: number,
  wasBad: (key: string) => boolean,
): DeviceMessage {
  const readings: Reading[] = [];
  const problems: string[] = [];
  for (const { block, words } of answers) {
    for (const point of device.points.values()) {
      const { modbus } = point;
      if (modbus?.function !== block.fc) continue;
      const at = modbus.address - block.address;
      const count = modbus.function <= 2 ? 1 : registerCount(modbus);
      if (at < 0 || at + count > words.length) continue;
      const told = wasBad(point.key) ? [] : problems;
      readings.push(pointReading(point, rawOf(modbus, words, at), receivedAt, told));
    }
  }
  return {
    device: device.id,
    through: null,
    receivedAt,
    readings,
    events: [],
    status: null,
    answer: null,
    seq: null,
    clockRefused: false,
    problems,
  };
}

function pointReading(point: LivePoint, raw: unknown, receivedAt: number, problems: string[]): Reading {
  // The device itself says that it has no value: no mistake of anybody.
  if (raw === null) return badReading(point, receivedAt, receivedAt);
  return readingOf(point, raw, 'good', receivedAt, receivedAt, problems);
}
