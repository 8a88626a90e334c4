import type { ModbusRead as PointRead } from '../contract/device-type.ts';
import type { ModbusRead } from '../protocols/asked-read.ts';
import { planReads } from '../protocols/modbus/reads.ts';
import { decodeRegisters, registerBytes, registerCount } from '../protocols/modbus/registers.ts';
import type { LiveDevice } from './live-device.ts';

function widthOf(read: PointRead): number {
  return read.function <= 2 ? 1 : registerCount(read);
}

/** What is read of a Modbus device; as few reads as its `maxRead` allows. */
export function modbusReads({ device, type, points }: LiveDevice): ModbusRead[] {
  const wanted = [...points.values()].flatMap(({ modbus }) =>
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
