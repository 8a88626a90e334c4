import { answerBytes } from '../protocols/modbus/rtu-answer.ts';
import type { PolledDevice } from './poller.ts';

export interface LineTiming {
  /** Bits per second; null for Modbus TCP, where the wire does not count. */
  baudRate: number | null;
  bitsPerCharacter: number;
  timeoutMs: number;
  gapMs: number;
}

/** A slave thinks this long before it answers, ms: typical of meters and I/O modules; converters add theirs. */
const thinkingMs = 5;
const requestBytes = 8;

/** One request and its answer, ms: both frames on the wire, 3.5 characters of silence, the slave's thinking. */
export function exchangeMs(block: PolledDevice['blocks'][number], line: LineTiming): number {
  const characters =
    requestBytes + answerBytes({ fc: block.fc, address: block.address, quantity: block.quantity }) + 7;
  const wireMs = line.baudRate === null ? 0 : (characters * line.bitsPerCharacter * 1_000) / line.baudRate;
  return wireMs + thinkingMs + line.gapMs;
}

/** One round over all devices of a line with one slave timing out, ms. */
export function worstCycleMs(devices: readonly PolledDevice[], line: LineTiming): number {
  const round = devices
    .flatMap((device) => device.blocks)
    .reduce((sum, block) => sum + exchangeMs(block, line), 0);
  return Math.round(round + (devices.length > 0 ? line.timeoutMs : 0));
}

/** The longest time from a change at the device to its reading here, ms: its period, or the worst round when that is longer. */
export function worstDetectionMs(
  device: PolledDevice,
  devices: readonly PolledDevice[],
  line: LineTiming,
): number {
  const cycle = worstCycleMs(devices, line);
  return Math.round(
    Math.max(device.periodMs, cycle) + device.blocks.reduce((sum, block) => sum + exchangeMs(block, line), 0),
  );
}
