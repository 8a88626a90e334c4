import { byteAt, concatBytes, wordAt } from '../bytes.ts';

// Modbus Application Protocol V1.1b3. The PDU is the same in every framing: function code and data.

export type ModbusDirection = 'request' | 'response';

/** What a master asks. Quantities of writes are the lengths of their lists. */
export type ModbusRequest =
  | { fc: 1 | 2 | 3 | 4; address: number; quantity: number }
  | { fc: 5 | 6; address: number; value: number }
  | { fc: 15; address: number; bits: number[] }
  | { fc: 16; address: number; registers: number[] };

/** What a slave answers. */
export type ModbusResponse =
  | { fc: 1 | 2; bits: number[] }
  | { fc: 3 | 4; registers: number[] }
  | { fc: 5 | 6; address: number; value: number }
  | { fc: 15 | 16; address: number; quantity: number }
  | { fc: number; exception: number };

/** A decoded PDU of either direction; which fields it has depends on the function and the direction. */
export interface ModbusPdu {
  fc: number;
  address?: number;
  quantity?: number;
  value?: number;
  /** 0 or 1 each, lowest address first. An answer carries whole bytes, so its last bits may be padding. */
  bits?: number[];
  registers?: number[];
  exception?: number;
  exceptionName?: string;
  /** What follows the code of a function that is not taken apart here. */
  data?: Uint8Array;
}

export type PduError = 'length' | 'function' | 'quantity';
export type PduResult = { ok: true; pdu: ModbusPdu } | { ok: false; error: PduError; pdu: ModbusPdu };

/** Largest numbers of one request (§6.1-6.12). */
export const readLimit = { bits: 2000, registers: 125 } as const;
export const writeLimit = { bits: 1968, registers: 123 } as const;

// §7; 7 stands only in the older Modicon manual.
const exceptionNames = new Map<number, string>([
  [1, 'illegal_function'],
  [2, 'illegal_data_address'],
  [3, 'illegal_data_value'],
  [4, 'server_device_failure'],
  [5, 'acknowledge'],
  [6, 'server_device_busy'],
  [7, 'negative_acknowledge'],
  [8, 'memory_parity_error'],
  [10, 'gateway_path_unavailable'],
  [11, 'gateway_target_failed_to_respond'],
]);

/** The word of an exception code; `unknown` for a code outside the specification. */
export function exceptionName(code: number): string {
  return exceptionNames.get(code) ?? 'unknown';
}

function unpackBits(bytes: Uint8Array, start: number, count: number): number[] {
  const bits: number[] = [];
  for (let i = 0; i < count; i++) bits.push((byteAt(bytes, start + (i >> 3)) >> (i & 7)) & 1);
  return bits;
}

function packBits(bits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    if (bit) bytes[i >> 3] = byteAt(bytes, i >> 3) | (1 << (i & 7));
  });
  return bytes;
}

function unpackWords(bytes: Uint8Array, start: number, count: number): number[] {
  const words: number[] = [];
  for (let i = 0; i < count; i++) words.push(wordAt(bytes, start + 2 * i));
  return words;
}

function packWords(words: readonly number[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/**
 * How many bytes a PDU has, told from its first bytes; null when more of them are needed; undefined for a function
 * whose length this codec does not know.
 */
export function pduLength(
  bytes: Uint8Array,
  start: number,
  direction: ModbusDirection,
): number | null | undefined {
  const have = bytes.length - start;
  if (have < 1) return null;
  const fc = byteAt(bytes, start);
  if (fc >= 0x80) return direction === 'response' ? 2 : undefined;
  if (fc >= 1 && fc <= 4) {
    if (direction === 'request') return 5;
    return have < 2 ? null : 2 + byteAt(bytes, start + 1);
  }
  if (fc === 5 || fc === 6) return 5;
  if (fc === 15 || fc === 16) {
    if (direction === 'response') return 5;
    return have < 6 ? null : 6 + byteAt(bytes, start + 5);
  }
  return undefined;
}

function decodeRequest(bytes: Uint8Array, fc: number): PduResult {
  const pdu: ModbusPdu = { fc };
  if (fc >= 0x80) return { ok: false, error: 'function', pdu };
  if (bytes.length !== pduLength(bytes, 0, 'request')) return { ok: false, error: 'length', pdu };
  pdu.address = wordAt(bytes, 1);
  if (fc === 5 || fc === 6) {
    // FC05 allows FF00 and 0000 only (§6.5), yet relay modules take others of their own (5500 toggles).
    pdu.value = wordAt(bytes, 3);
    return { ok: true, pdu };
  }
  const quantity = wordAt(bytes, 3);
  pdu.quantity = quantity;
  const ofBits = fc === 1 || fc === 2 || fc === 15;
  if (fc <= 4) {
    const most = ofBits ? readLimit.bits : readLimit.registers;
    return quantity >= 1 && quantity <= most ? { ok: true, pdu } : { ok: false, error: 'quantity', pdu };
  }
  const most = ofBits ? writeLimit.bits : writeLimit.registers;
  if (quantity < 1 || quantity > most) return { ok: false, error: 'quantity', pdu };
  const dataBytes = ofBits ? Math.ceil(quantity / 8) : 2 * quantity;
  if (bytes.length !== 6 + dataBytes) return { ok: false, error: 'length', pdu };
  if (ofBits) pdu.bits = unpackBits(bytes, 6, quantity);
  else pdu.registers = unpackWords(bytes, 6, quantity);
  return { ok: true, pdu };
}

function decodeResponse(bytes: Uint8Array, fc: number): PduResult {
  if (fc >= 0x80) {
    const pdu: ModbusPdu = { fc: fc & 0x7f };
    if (bytes.length !== 2) return { ok: false, error: 'length', pdu };
    pdu.exception = byteAt(bytes, 1);
    pdu.exceptionName = exceptionName(pdu.exception);
    return { ok: true, pdu };
  }
  const pdu: ModbusPdu = { fc };
  if (bytes.length !== pduLength(bytes, 0, 'response')) return { ok: false, error: 'length', pdu };
  if (fc <= 4) {
    const dataBytes = bytes.length - 2;
    if (dataBytes === 0) return { ok: false, error: 'length', pdu };
    if (fc <= 2) {
      pdu.bits = unpackBits(bytes, 2, 8 * dataBytes);
    } else {
      if (dataBytes % 2 !== 0) return { ok: false, error: 'length', pdu };
      pdu.registers = unpackWords(bytes, 2, dataBytes / 2);
    }
    return { ok: true, pdu };
  }
  pdu.address = wordAt(bytes, 1);
  if (fc <= 6) {
    pdu.value = wordAt(bytes, 3);
    return { ok: true, pdu };
  }
  pdu.quantity = wordAt(bytes, 3);
  const most = fc === 15 ? writeLimit.bits : writeLimit.registers;
  return pdu.quantity >= 1 && pdu.quantity <= most
    ? { ok: true, pdu }
    : { ok: false, error: 'quantity', pdu };
}

/**
 * Takes a PDU apart. Without a direction it is read as a request where it can be one, else as an answer: only FC01 and
 * FC02 answers of three data bytes look like both.
 */
export function decodePdu(bytes: Uint8Array, direction?: ModbusDirection | null): PduResult {
  if (bytes.length === 0) return { ok: false, error: 'length', pdu: { fc: 0 } };
  const fc = byteAt(bytes, 0);
  if ((fc & 0x7f) === 0) return { ok: false, error: 'function', pdu: { fc: 0 } };
  const known = (fc & 0x7f) <= 6 || (fc & 0x7f) === 15 || (fc & 0x7f) === 16;
  if (!known && fc < 0x80) return { ok: true, pdu: { fc, data: bytes.slice(1) } };
  if (direction === 'request') return decodeRequest(bytes, fc);
  if (direction === 'response') return decodeResponse(bytes, fc);
  const request = decodeRequest(bytes, fc);
  if (request.ok) return request;
  const response = decodeResponse(bytes, fc);
  if (response.ok) return response;
  return fc >= 0x80 ? response : request;
}

function checkWord(what: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new RangeError(`Modbus ${what} ${value}: give a whole number of 0 to 65535`);
  }
  return value;
}

function checkQuantity(fc: number, quantity: number, most: number): number {
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > most) {
    throw new RangeError(`Modbus function ${fc} takes 1 to ${most} at once, not ${quantity}: split it`);
  }
  return quantity;
}

/** The PDU of a request. RangeError when a field does not fit the wire. */
export function encodeRequest(request: ModbusRequest): Uint8Array {
  const { fc } = request;
  const address = checkWord('address', request.address);
  switch (request.fc) {
    case 1:
    case 2:
    case 3:
    case 4: {
      const most = request.fc <= 2 ? readLimit.bits : readLimit.registers;
      return concatBytes(Uint8Array.of(fc), packWords([address, checkQuantity(fc, request.quantity, most)]));
    }
    case 5:
    case 6:
      return concatBytes(Uint8Array.of(fc), packWords([address, checkWord('value', request.value)]));
    case 15: {
      const quantity = checkQuantity(fc, request.bits.length, writeLimit.bits);
      const data = packBits(request.bits);
      return concatBytes(Uint8Array.of(fc), packWords([address, quantity]), Uint8Array.of(data.length), data);
    }
    case 16: {
      const quantity = checkQuantity(fc, request.registers.length, writeLimit.registers);
      const data = packWords(request.registers.map((word) => checkWord('register', word)));
      return concatBytes(Uint8Array.of(fc), packWords([address, quantity]), Uint8Array.of(data.length), data);
    }
  }
}

/** The PDU of an answer. RangeError when a field does not fit the wire. */
export function encodeResponse(response: ModbusResponse): Uint8Array {
  const { fc } = response;
  if ('exception' in response) return Uint8Array.of(fc | 0x80, response.exception & 0xff);
  if ('bits' in response) {
    checkQuantity(fc, response.bits.length, readLimit.bits);
    const data = packBits(response.bits);
    return concatBytes(Uint8Array.of(fc, data.length), data);
  }
  if ('registers' in response) {
    checkQuantity(fc, response.registers.length, readLimit.registers);
    const data = packWords(response.registers.map((word) => checkWord('register', word)));
    return concatBytes(Uint8Array.of(fc, data.length), data);
  }
  const second = 'value' in response ? response.value : response.quantity;
  return concatBytes(
    Uint8Array.of(fc),
    packWords([checkWord('address', response.address), checkWord('value', second)]),
  );
}
