import { type AskedProtocol, type AskedRead, readBytes } from '../protocols/asked-read.ts';
import type { PolledDevice } from './poller.ts';

/** How one protocol goes over a line. */
export interface LineTiming {
  /** Bits per second; null for Modbus TCP, where the wire does not count. */
  baudRate: number | null;
  bitsPerCharacter: number;
  timeoutMs: number;
}

/** What counts on the wire of a link. */
export interface BusTiming {
  /** Silence between an answer and the next question, ms. */
  gapMs: number;
  /** What a network between here and the wire adds to each question with its answer, ms. */
  wayMs: number;
  /** Undefined: the link does not carry this protocol. */
  of(protocol: AskedProtocol): LineTiming | undefined;
}

/**
 * A device thinks so long before it answers, ms; typical, converters add theirs. A meter may take 20 to 500 ms (DL/T 645-2007
 * §5.3.3, CJ/T 188 alike).
 */
const thinkingMs: Record<AskedProtocol, number> = { modbus: 5, dlt645: 100, cjt188: 100 };
/** Modbus RTU: 3.5 characters of silence before and behind a frame. */
const silentCharacters: Record<AskedProtocol, number> = { modbus: 7, dlt645: 0, cjt188: 0 };
/** Setting a port anew for a device that speaks otherwise than the one before, ms. */
const resetMs = 20;

/** So many bytes on the wire, ms. */
export function wireMs(bytes: number, { baudRate, bitsPerCharacter }: LineTiming): number {
  return baudRate === null ? 0 : (bytes * bitsPerCharacter * 1_000) / baudRate;
}

/** One read and its answer, ms: both frames on the wire, the silence around them, the device's thinking, the way there. */
export function exchangeMs(read: AskedRead, bus: BusTiming): number {
  const timing = bus.of(read.protocol);
  if (!timing) return 0;
  const { request, answer } = readBytes(read);
  return (
    wireMs(request + answer + silentCharacters[read.protocol], timing) +
    thinkingMs[read.protocol] +
    bus.gapMs +
    bus.wayMs
  );
}

/**
 * How long asking all devices of a line once takes with one of them timing out, ms. Not how often they are asked: where this is
 * shorter than their period, the line rests between the rounds.
 */
export function worstCycleMs(devices: readonly PolledDevice[], bus: BusTiming): number {
  const reads = devices.flatMap((device) => device.reads);
  const round = reads.reduce((sum, read) => sum + exchangeMs(read, bus), 0);
  const protocols = [...new Set(reads.map(({ protocol }) => protocol))];
  const timeouts = protocols.map((protocol) => bus.of(protocol)?.timeoutMs ?? 0);
  // At worst no two devices that follow each other speak alike.
  const resets = protocols.length > 1 ? devices.length * resetMs : 0;
  return Math.round(round + resets + Math.max(0, ...timeouts));
}

/** The longest time from a change at the device to its reading here, ms: its period, or the worst round when that is longer. */
export function worstDetectionMs(
  device: PolledDevice,
  devices: readonly PolledDevice[],
  bus: BusTiming,
): number {
  const cycle = worstCycleMs(devices, bus);
  return Math.round(
    Math.max(device.periodMs, cycle) + device.reads.reduce((sum, read) => sum + exchangeMs(read, bus), 0),
  );
}
