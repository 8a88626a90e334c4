import { byteAt } from '../bytes.ts';
import { crcHolds } from './crc.ts';
import { decodePdu, type ModbusPdu, type ModbusRequest, pduLength } from './pdu.ts';
import { encodeRtuRequest, maxRtuBytes } from './rtu.ts';

/** What is wrong with what came back. The bytes are on a shared line: noise, a late answer, an echo may be among them. */
export type RtuAnswerError =
  /** Nothing came. */
  | 'silence'
  /** An answer began and broke off. */
  | 'short'
  /** An answer of the right shape whose CRC fails. */
  | 'crc'
  /** A sound frame, but of another unit (a late answer, usually). */
  | 'unit'
  /** A sound frame of this unit, but of another function. */
  | 'function'
  /** A sound answer with another number of values than asked. */
  | 'length'
  /** A sound write answer that repeats another address, value or quantity than sent. */
  | 'mismatch'
  /** Two sound answers that differ came at once, a late one and this one: nothing tells which is which. */
  | 'twice'
  /** Bytes that are no frame. */
  | 'noise';

export type RtuAnswer =
  /** Wait on: at least this many bytes are missing. */
  | { state: 'waiting'; missing: number }
  | { state: 'answer'; pdu: ModbusPdu; used: number }
  | { state: 'exception'; code: number; name: string; used: number }
  | { state: 'failed'; error: RtuAnswerError };

export interface RtuAnswerOptions {
  /** The converter gives our own request back before the answer. */
  echo?: boolean;
  /** The time for the answer is over: say what was wrong instead of waiting on. */
  timeOver?: boolean;
}

/** A broadcast is never answered (Modbus over serial line V1.02 §2.1). */
export function expectsAnswer(unit: number): boolean {
  return unit !== 0;
}

/** How long a good answer is on the wire, bytes: for the time-out and the bus cycle. */
export function answerBytes(request: ModbusRequest): number {
  if (request.fc <= 2 && 'quantity' in request) return 5 + Math.ceil(request.quantity / 8);
  if (request.fc <= 4 && 'quantity' in request) return 5 + 2 * request.quantity;
  return 8;
}

function repeats(request: ModbusRequest, pdu: ModbusPdu): boolean {
  if (pdu.address !== request.address) return false;
  if ('value' in request) return pdu.value === request.value;
  if ('bits' in request) return pdu.quantity === request.bits.length;
  return !('registers' in request) || pdu.quantity === request.registers.length;
}

function judge(request: ModbusRequest, pdu: ModbusPdu, used: number): RtuAnswer {
  if (pdu.exception !== undefined) {
    return { state: 'exception', code: pdu.exception, name: pdu.exceptionName ?? '', used };
  }
  if (pdu.bits) {
    const quantity = 'quantity' in request ? request.quantity : 0;
    if (pdu.bits.length !== 8 * Math.ceil(quantity / 8)) return { state: 'failed', error: 'length' };
    return { state: 'answer', pdu: { ...pdu, bits: pdu.bits.slice(0, quantity) }, used };
  }
  if (pdu.registers) {
    const quantity = 'quantity' in request ? request.quantity : 0;
    if (pdu.registers.length !== quantity) return { state: 'failed', error: 'length' };
    return { state: 'answer', pdu, used };
  }
  return repeats(request, pdu) ? { state: 'answer', pdu, used } : { state: 'failed', error: 'mismatch' };
}

/** Whether another sound answer of the unit and function stands behind one, and says something else. */
function isContradicted(frame: Uint8Array, rest: Uint8Array): boolean {
  for (let at = 0; at + frame.length <= rest.length; at++) {
    const other = rest.subarray(at, at + frame.length);
    if (other[0] !== frame[0] || other[1] !== frame[1] || !crcHolds(other)) continue;
    return other.some((byte, i) => byte !== frame[i]);
  }
  return false;
}

/**
 * Reads what has come so far after a request to a unit. Call it with everything received since the request, each time
 * more has come, and once more with `timeOver`. A frame of another unit is passed over while there is time, as the
 * standard's master does (§2.4.1); a bad CRC ends the exchange at once. `used` is where the answer ends.
 */
export function readRtuAnswer(
  unit: number,
  request: ModbusRequest,
  received: Uint8Array,
  options: RtuAnswerOptions = {},
): RtuAnswer {
  let at = 0;
  if (options.echo) {
    const sent = encodeRtuRequest(unit, request);
    const same = sent.subarray(0, received.length).every((byte, i) => byte === received[i]);
    // A converter that was set not to echo: what came is the answer itself.
    if (same && received.length < sent.length && !options.timeOver) {
      return { state: 'waiting', missing: sent.length - received.length + 5 };
    }
    if (same) at = Math.min(sent.length, received.length);
  }

  const begin = at;
  const want = answerBytes(request);
  let seen: RtuAnswerError | null = null;
  let bad: RtuAnswerError | null = null;
  while (received.length - at >= 2) {
    const fc = byteAt(received, at + 1);
    const ours = byteAt(received, at) === unit && (fc & 0x7f) === request.fc;
    const pdu = pduLength(received, at + 1, 'response');
    const length = typeof pdu === 'number' ? pdu + 3 : null;
    const left = received.length - at;
    if (length !== null && length <= left && length <= maxRtuBytes && crcHolds(received, at, at + length)) {
      if (ours) {
        if (isContradicted(received.subarray(at, at + length), received.subarray(at + length)))
          return { state: 'failed', error: 'twice' };
        const result = decodePdu(received.subarray(at + 1, at + length - 2), 'response');
        return result.ok ? judge(request, result.pdu, at + length) : { state: 'failed', error: 'length' };
      }
      if (byteAt(received, at) === unit) return { state: 'failed', error: 'function' };
      seen = 'unit';
      at += length;
      continue;
    }
    // The head of our answer: its own length is the one asked for, or it is an exception.
    if (ours && (length === null || length === want || fc >= 0x80)) {
      if (length === null || length > left) {
        if (options.timeOver) bad ??= 'short';
        else if (bad === null) return { state: 'waiting', missing: (length ?? want) - left };
      } else {
        bad ??= 'crc';
      }
    }
    at++;
  }
  if (bad === 'crc') return { state: 'failed', error: 'crc' };
  if (!options.timeOver) return { state: 'waiting', missing: Math.max(1, 5 - (received.length - at)) };
  if (bad) return { state: 'failed', error: bad };
  if (seen) return { state: 'failed', error: seen };
  return { state: 'failed', error: received.length - begin === 0 ? 'silence' : 'noise' };
}
