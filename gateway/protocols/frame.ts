import type { FrameFault } from '../contract/frame-faults.ts';
import type { ModbusDirection } from './modbus/pdu.ts';

/** What a decoder of the frame inspector is given: the bytes, and what cannot be seen in them. */
export interface FrameInput {
  bytes: Uint8Array;
  /** The text as it was given, where there were no hex digits. */
  text: string | null;
  /** Facts about the sender: data type and order, model, field widths; each decoder reads what it knows. */
  profile: unknown;
  key: Uint8Array | null;
  topic: string | null;
  /** A bit string of 0 and 1, for frames that are no whole number of bytes. */
  bits: string | null;
  direction: ModbusDirection | null;
}

/** What a decoder answers: `valid`, `error` when it is not, and the fields under the names of the vectors. */
export type Decoded = { valid: boolean; error?: FrameFault } & Record<string, unknown>;

export type Decoder = (input: FrameInput) => Decoded;

export function refused(error: FrameFault, fields: Record<string, unknown> = {}): Decoded {
  return { valid: false, error, ...fields };
}

/** A named field of a profile that may be anything. */
export function profileField(profile: unknown, name: string): unknown {
  if (typeof profile !== 'object' || profile === null || !Object.hasOwn(profile, name)) return undefined;
  return (profile as Record<string, unknown>)[name];
}
