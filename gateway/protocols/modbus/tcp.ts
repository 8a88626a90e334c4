import { byteAt, concatBytes, wordAt } from '../bytes.ts';
import { decodePdu, type ModbusDirection, type ModbusPdu, type PduError } from './pdu.ts';

// Modbus messaging on TCP/IP V1.0b §3.1.3: transaction id, protocol id 0, length of the rest, unit, PDU.

const headerBytes = 7;
/** Unit and PDU: a PDU has at most 253 bytes. */
const maxLength = 254;

export interface TcpAdu {
  tid: number;
  unit: number;
  pdu: Uint8Array;
}

/** `header`: the protocol id is not 0. `length`: the length field is impossible, or says more than there is. */
export type TcpError = 'header' | 'length';

/** An ADU around a PDU. */
export function encodeTcp(tid: number, unit: number, pdu: Uint8Array): Uint8Array {
  const length = pdu.length + 1;
  return concatBytes(Uint8Array.of(tid >> 8, tid & 0xff, 0, 0, length >> 8, length & 0xff, unit), pdu);
}

/** Cuts a segment into ADUs; `rest` is where the first unfinished one begins. An error ends it: the stream is lost. */
export function splitTcp(bytes: Uint8Array): { adus: TcpAdu[]; rest: number; error: TcpError | null } {
  const adus: TcpAdu[] = [];
  let at = 0;
  while (bytes.length - at >= 6) {
    if (wordAt(bytes, at + 2) !== 0) return { adus, rest: at, error: 'header' };
    const length = wordAt(bytes, at + 4);
    if (length < 2 || length > maxLength) return { adus, rest: at, error: 'length' };
    const end = at + 6 + length;
    if (end > bytes.length) break;
    adus.push({
      tid: wordAt(bytes, at),
      unit: byteAt(bytes, at + 6),
      pdu: bytes.slice(at + headerBytes, end),
    });
    at = end;
  }
  return { adus, rest: at, error: null };
}

export interface TcpAssembler {
  /** Adds a segment; answers the ADUs that are now whole. After an error only closing the connection helps. */
  push(bytes: Uint8Array): { adus: TcpAdu[]; error: TcpError | null };
}

/** Joins split segments and parts merged ones. Holds at most one ADU. */
export function createTcpAssembler(): TcpAssembler {
  let held: Uint8Array = new Uint8Array(0);
  let lost: TcpError | null = null;
  return {
    push(bytes) {
      if (lost) return { adus: [], error: lost };
      held = concatBytes(held, bytes);
      const { adus, rest, error } = splitTcp(held);
      held = error ? new Uint8Array(0) : held.slice(rest);
      lost = error;
      return { adus, error };
    },
  };
}

export type TcpFrames =
  | { ok: true; adus: { tid: number; unit: number; pdu: ModbusPdu }[] }
  | { ok: false; error: TcpError | PduError; adus: { tid: number; unit: number; pdu: ModbusPdu }[] };

/** A whole segment with one or more ADUs. */
export function decodeTcp(bytes: Uint8Array, direction?: ModbusDirection | null): TcpFrames {
  const split = splitTcp(bytes);
  const adus: { tid: number; unit: number; pdu: ModbusPdu }[] = [];
  for (const { tid, unit, pdu } of split.adus) {
    const result = decodePdu(pdu, direction);
    if (!result.ok) return { ok: false, error: result.error, adus };
    adus.push({ tid, unit, pdu: result.pdu });
  }
  if (split.error) return { ok: false, error: split.error, adus };
  if (split.rest < bytes.length || bytes.length === 0) return { ok: false, error: 'length', adus };
  return { ok: true, adus };
}
