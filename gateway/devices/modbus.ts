import type { ModbusWrite, ModbusRead as PointRead } from '../contract/device-type.ts';
import type { ModbusRead } from '../protocols/asked-read.ts';
import type { ModbusRequest } from '../protocols/modbus/pdu.ts';
import { planReads } from '../protocols/modbus/reads.ts';
import {
  decodeRegisters,
  encodeRegisters,
  registerBytes,
  registerCount,
} from '../protocols/modbus/registers.ts';
import { shiftOf } from './command-values.ts';
import type { LiveDevice } from './live-device.ts';

export function widthOf(read: PointRead): number {
  return read.function <= 2 ? 1 : registerCount(read);
}

/** What is read of a Modbus device; as few reads as its `maxRead` allows. */
export function modbusReads({ device, type, points }: LiveDevice): ModbusRead[] {
  const wanted = [...points.values(), ...Object.values(type.factors)].flatMap(({ modbus }) =>
    modbus ? [{ fc: modbus.function, address: modbus.address, count: widthOf(modbus) }] : [],
  );
  const unit = Number(device.address);
  return planReads(wanted, { maxRegisters: type.maxRead, maxBits: type.maxRead }).map(
    ({ fc, address, quantity }) => ({ protocol: 'modbus', unit, fc, address, quantity }),
  );
}

/** Whether a read brings a point's value. */
export function modbusCovers(point: PointRead, read: ModbusRead): boolean {
  const at = point.address - read.address;
  return point.function === read.fc && at >= 0 && at + widthOf(point) <= read.quantity;
}

/** The raw value of a point in an answer; null: the device says that it has none; undefined: it is no such value. */
export function modbusValue(point: PointRead, read: ModbusRead, words: readonly number[]): unknown {
  const at = point.address - read.address;
  if (point.function <= 2) return words[at] === 1;
  const result = decodeRegisters(registerBytes(words.slice(at, at + widthOf(point))), point);
  // A bad BCD digit is no number; a sentinel comes as null.
  return result.ok ? result.value : undefined;
}

/** A number of one register; a negative one is its bit pattern. */
function wordOf(one: number | boolean): number {
  return typeof one === 'boolean' ? Number(one) : one < 0 ? one & 0xffff : one;
}

/**
 * What a write asks.
 * @param given what is written of a command that takes it with it, as it stands in the register
 * @throws RangeError when a value does not fit the wire
 */
export function modbusWriteRequest(
  write: ModbusWrite,
  given?: unknown,
): Exclude<ModbusRequest, { fc: 1 | 2 | 3 | 4 }> {
  const { function: fc, address, argument, value = 0, type, order, mask } = write;
  const values =
    argument !== undefined
      ? [typeof given === 'boolean' ? given : Number(given)]
      : Array.isArray(value)
        ? value
        : [value];
  const format = { type: type ?? 'uint16', order: order ?? 'ABCD' };
  const [first = 0] = values;
  switch (fc) {
    case 5:
      return { fc, address, value: typeof first === 'boolean' ? (first ? 0xff00 : 0) : first };
    case 6: {
      if (argument === undefined) return { fc, address, value: wordOf(first) };
      if (mask !== undefined) return { fc, address, value: Number(first) << shiftOf(mask) };
      const [word = 0] = encodeRegisters(first, format);
      return { fc, address, value: word };
    }
    case 15:
      return { fc, address, bits: values.map(Number) };
    case 16: {
      const plain = type === undefined && argument === undefined;
      const registers = values.flatMap((one) => (plain ? [wordOf(one)] : encodeRegisters(one, format)));
      return { fc, address, registers };
    }
  }
}
