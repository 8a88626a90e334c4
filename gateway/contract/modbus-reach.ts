import type { DataType, ModbusRead } from './device-type.ts';

const bitsOf: Readonly<Partial<Record<DataType, number>>> = {
  int8: 8,
  uint8: 8,
  int32: 32,
  uint32: 32,
  float32: 32,
  bcd32: 32,
  int64: 64,
  uint64: 64,
  float64: 64,
  bcd64: 64,
};

/** Beyond the last address there is, `width` being what the value takes; or beyond the `bits` of its type. */
export type OutOfReach =
  | { field: 'address'; width: number }
  | { field: 'bit' | 'bits'; type: DataType; bits: number };

/** Whether so many registers or coils from an address on end by the last one (Modbus Application Protocol V1.1b3 §4.4). */
export function isWithinTable(address: number, width: number): boolean {
  return address + width <= 65_536;
}

/** What of a read can never be read; `width`: the registers or bits that it takes of its table. */
export function outOfReach(read: Omit<ModbusRead, 'times'>, width: number): OutOfReach[] {
  const { function: fc, address, type, bit, bits: span } = read;
  const found: OutOfReach[] = [];
  if (!isWithinTable(address, width)) found.push({ field: 'address', width });
  const bits = bitsOf[type] ?? 16;
  if (fc > 2 && (bit ?? Math.max(...(span ?? [0]))) >= bits)
    found.push({ field: bit === undefined ? 'bits' : 'bit', type, bits });
  return found;
}
