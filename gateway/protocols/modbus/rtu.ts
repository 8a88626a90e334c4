import { byteAt, concatBytes } from '../bytes.ts';
import { crcHolds, modbusCrc } from './crc.ts';
import {
  decodePdu,
  encodeRequest,
  encodeResponse,
  type ModbusDirection,
  type ModbusPdu,
  type ModbusRequest,
  type ModbusResponse,
  type PduError,
  pduLength,
} from './pdu.ts';

// Modbus over serial line V1.02: unit, PDU, CRC low byte first; at most 256 bytes.

export const maxRtuBytes = 256;
const minRtuBytes = 4;

export type RtuError = 'crc' | PduError;
export type RtuFrame =
  | { ok: true; unit: number; pdu: ModbusPdu }
  | { ok: false; error: RtuError; unit?: number; pdu?: ModbusPdu };

/** A frame around a PDU. */
export function encodeRtu(unit: number, pdu: Uint8Array): Uint8Array {
  const body = concatBytes(Uint8Array.of(unit), pdu);
  const crc = modbusCrc(body);
  return concatBytes(body, Uint8Array.of(crc & 0xff, crc >> 8));
}

/** The bytes of a request to a unit (1-247; 0 is broadcast, for writes only, and nobody answers it). */
export function encodeRtuRequest(unit: number, request: ModbusRequest): Uint8Array {
  if (!Number.isInteger(unit) || unit < 0 || unit > 255) {
    throw new RangeError(`Modbus unit ${unit}: give 1 to 247, or 0 for broadcast`);
  }
  if (unit === 0 && request.fc <= 4)
    throw new RangeError('Modbus broadcast is for writes: a read needs one unit');
  return encodeRtu(unit, encodeRequest(request));
}

/** The bytes of a slave's answer. */
export function encodeRtuResponse(unit: number, response: ModbusResponse): Uint8Array {
  return encodeRtu(unit, encodeResponse(response));
}

/** One whole frame. The CRC is looked at first: nothing in a frame whose CRC fails is believed. */
export function decodeRtu(bytes: Uint8Array, direction?: ModbusDirection | null): RtuFrame {
  if (bytes.length < minRtuBytes || bytes.length > maxRtuBytes) return { ok: false, error: 'length' };
  if (!crcHolds(bytes)) return { ok: false, error: 'crc' };
  const unit = byteAt(bytes, 0);
  const result = decodePdu(bytes.subarray(1, -2), direction);
  return result.ok
    ? { ok: true, unit, pdu: result.pdu }
    : { ok: false, error: result.error, unit, pdu: result.pdu };
}

export interface RtuAssembler {
  /** Adds bytes as they came; answers the frames that are now whole. */
  push(bytes: Uint8Array): Uint8Array[];
  /**
   * The line fell silent (3.5 characters; on a network converter some 50 ms): whatever is whole in the rest comes out,
   * what is not is thrown away.
   */
  flush(): Uint8Array[];
  /** Bytes thrown away so far because they were part of no frame. */
  readonly dropped: number;
}

/**
 * Cuts a byte stream of one direction into frames whose CRC holds. It goes by length, because USB and network converters
 * keep no silences; after a bad CRC it looks for the next frame one byte further on. Holds at most one frame.
 */
export function createRtuAssembler(direction: ModbusDirection): RtuAssembler {
  let held: Uint8Array = new Uint8Array(0);
  let dropped = 0;

  function take(atSilence: boolean): Uint8Array[] {
    const frames: Uint8Array[] = [];
    while (held.length >= minRtuBytes) {
      const pdu = pduLength(held, 1, direction);
      let length: number | null = null;
      if (typeof pdu === 'number') length = pdu + 3;
      // A function of unknown length ends where the line falls silent.
      else if (pdu === undefined && atSilence) length = held.length;
      const possible = length === null || length <= maxRtuBytes;
      const whole = length !== null && possible && length <= held.length;
      if (whole && crcHolds(held, 0, length ?? 0)) {
        frames.push(held.slice(0, length ?? 0));
        held = held.subarray(length ?? 0);
      } else if (possible && !whole && !atSilence && held.length < maxRtuBytes) {
        break;
      } else {
        held = held.subarray(1);
        dropped++;
      }
    }
    if (atSilence) {
      dropped += held.length;
      held = new Uint8Array(0);
    }
    return frames;
  }

  return {
    push(bytes) {
      held = concatBytes(held, bytes);
      return take(false);
    },
    flush: () => take(true),
    get dropped() {
      return dropped;
    },
  };
}
