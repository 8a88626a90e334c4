import type { ModbusRead, PointSource } from '../contract/device-type.ts';
import type { PointDefinition } from '../contract/kind.ts';
import { outOfReach } from '../contract/modbus-reach.ts';
import type { Label } from '../contract/names.ts';
import type { PointField } from '../contract/point-heads.ts';
import * as told from './point-words.ts';

export type FieldProblem = { field: PointField; message: Label };

/** What is wrong with one read, beside its form; `registers`: what it takes of its table. */
export function checkModbus(
  point: { name: string; definition: PointDefinition },
  source: PointSource,
  registers: number,
): FieldProblem[] {
  if (!('modbus' in source)) return [];
  const { function: fc, type, bit } = source.modbus;
  const problems = outOfReach(source.modbus, registers).map(
    (beyond): FieldProblem =>
      beyond.field === 'address'
        ? { field: 'address', message: told.addressRange(source.modbus.address, beyond.width) }
        : { field: 'bit', message: told.bitBeyond(beyond.type, beyond.bits) },
  );
  const { name, definition } = point;
  // What the register gives, before any map.
  const truth = fc <= 2 || type === 'bool' || type === 'nibbles' || bit !== undefined;
  const mapped = source.map !== undefined || source.bands !== undefined;
  const keys = Object.keys(source.map ?? {});
  if (truth && keys.length > 0 && !keys.some((key) => key === 'true' || key === 'false'))
    problems.push({ field: 'map', message: told.mapOfBit });
  if (definition.type === 'bool' && !truth && !mapped)
    problems.push({ field: 'bit', message: told.neededBit(name) });
  if (definition.type === 'enum' && !mapped)
    problems.push({ field: 'map', message: told.neededMap(name, Object.keys(definition.values ?? {})) });
  return problems;
}

/** The bits that a read takes of the table of its function, from and to, the last one included. */
function spanOf(read: ModbusRead, registers: number): [number, number] {
  const { function: fc, address, bit, bits, byteOffset = 0 } = read;
  if (fc <= 2) return [address, address];
  const first = address * 16 + byteOffset * 8;
  const own = bit === undefined ? bits : ([bit, bit] as const);
  // Of longer values it depends on the order of words where a bit lies.
  return own && registers === 1 ? [first + own[0], first + own[1]] : [first, (address + registers) * 16 - 1];
}

const isPart = ({ bit, bits }: ModbusRead) => bit !== undefined || bits !== undefined;

/** The point whose data a read takes as well, by mistake as it seems; a register read whole and by its bits is none. */
export function overlapOf(
  name: string,
  points: ReadonlyMap<string, PointSource>,
  registersOf: (read: ModbusRead) => number,
): Label | null {
  const source = points.get(name);
  if (!source || !('modbus' in source)) return null;
  const mine = source.modbus;
  const [from, to] = spanOf(mine, registersOf(mine));
  for (const [other, theirs] of points) {
    if (other === name || !('modbus' in theirs) || theirs.modbus.function !== mine.function) continue;
    if (isPart(theirs.modbus) !== isPart(mine)) continue;
    const [first, last] = spanOf(theirs.modbus, registersOf(theirs.modbus));
    if (first > to || last < from) continue;
    // The same word may mean two things by two maps.
    if (first === from && last === to && (source.map ?? theirs.map) !== undefined) continue;
    const at = mine.function <= 2 ? from : Math.floor(Math.max(first, from) / 16);
    return told.overlap(other, mine.function, at);
  }
  return null;
}
