import { crc16 } from '../crc16.ts';

/** CRC-16 of Modbus: polynomial A001 reflected, start FFFF; sent low byte first (Modbus over serial line V1.02 §6.2.2). */
export function modbusCrc(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return crc16(0xffff, bytes, start, end);
}

/** Whether the last two bytes of the span are the CRC of those before. */
export function crcHolds(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  if (end - start < 3) return false;
  const crc = modbusCrc(bytes, start, end - 2);
  return bytes[end - 2] === (crc & 0xff) && bytes[end - 1] === crc >> 8;
}
