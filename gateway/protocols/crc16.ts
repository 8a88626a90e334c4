const table = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  table[byte] = crc;
}

/** CRC-16 with the reflected polynomial A001: Modbus begins with FFFF, SIA DC-09 ("ARC") with 0. */
export function crc16(begin: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = begin;
  for (let i = start; i < end; i++) crc = (crc >> 8) ^ (table[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return crc;
}
