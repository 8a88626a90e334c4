import { type Decoded, type FrameInput, refused } from '../frame.ts';

// What the frame inspector sees in a message of an MQTT family, whatever types the site has. How such a message becomes readings is
// said by the device types (devices/*/type.yaml); here it is only taken apart.

/** A value as its sender names it. `ts`: as the sender gives it (s, ms or ISO 8601). */
export interface TopicPoint {
  device: string;
  point: string;
  value: number | boolean | string | null;
  unit?: string;
  ts?: number | string;
  alarm?: boolean;
}

export type Members = Readonly<Record<string, unknown>>;

export function asMembers(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

export function isScalar(value: unknown): value is number | boolean | string | null {
  return value === null || ['number', 'boolean', 'string'].includes(typeof value);
}

const utf8 = new TextDecoder();

/** The payload as text, less what a terminal appends. */
export function payloadText({ text, bytes }: FrameInput): string {
  return (text ?? utf8.decode(bytes)).replace(/\r?\n$/, '');
}

/** The payload as JSON; undefined when it is none. */
export function payloadJson(input: FrameInput): unknown {
  try {
    return JSON.parse(payloadText(input)) as unknown;
  } catch {
    return undefined;
  }
}

/** `ON` and `OFF` as families of switches write them, in any case; everything else as it is. */
export function onOff<T>(value: T): T | boolean {
  if (typeof value !== 'string') return value;
  const word = value.toUpperCase();
  return word === 'ON' ? true : word === 'OFF' ? false : value;
}

/** A word of presence, plain or as `{"state": …}`; null when it is neither. */
export function presence(input: FrameInput): boolean | null {
  const state = asMembers(payloadJson(input))?.state ?? payloadText(input);
  const word = typeof state === 'string' ? state.toLowerCase() : '';
  return word === 'online' ? true : word === 'offline' ? false : null;
}

/** The answer to a word of presence of one device. */
export function presenceOf(device: string, input: FrameInput): Decoded {
  const online = presence(input);
  return online === null ? refused('format', { device }) : { valid: true, device, online };
}

/** The levels of the topic; null when there is none. */
export function levelsOf({ topic }: FrameInput): string[] | null {
  return topic === null || topic === '' ? null : topic.split('/');
}
