import {
  type DataType,
  type DeviceType,
  dataTypeSchema,
  type ModbusRead,
  type ModbusWrite,
} from '../contract/device-type.ts';
import type { Kind } from '../contract/kind.ts';
import { typedAsPrinted } from '../contract/modbus-number.ts';
import { isWithinTable, outOfReach } from '../contract/modbus-reach.ts';
import { asError } from '../lib/errors.ts';
import type { YamlPath } from '../lib/yaml-file.ts';
import { encodeRequest } from '../protocols/modbus/pdu.ts';
import { registerCount } from '../protocols/modbus/registers.ts';
import { own, type ReportAt, unknownName } from './definition-words.ts';
import { modbusWriteRequest, widthOf } from './modbus.ts';

/** What zod cannot see in a value that is read. */
export function checkRead(read: Omit<ModbusRead, 'times'>, report: ReportAt, path: YamlPath): void {
  const { function: code, address, type, bit, bits, length, any } = read;
  const printed = typedAsPrinted(code, address);
  if (printed)
    report(
      [...path, 'address'],
      `${address} looks like a number as manuals print it: write ${printed.wire} (${address} less ${printed.first}), unless the device counts so on the wire`,
      { severity: 'warning' },
    );
  if (code <= 2 && type !== 'bool')
    report([...path, 'type'], `function ${code} reads single bits: write type: bool`);
  if ((bit !== undefined || bits) && code <= 2)
    report(path, `function ${code} reads single bits already: leave bit and bits out`);
  if (type === 'ascii' && length === undefined) report(path, 'an ascii value needs length, in registers');
  if ((type === 'nibbles') !== (any !== undefined))
    report(path, 'type: nibbles and any belong together: any names the four-bit values that count');
  for (const beyond of outOfReach(read, widthOf(read)))
    report(
      [...path, beyond.field],
      beyond.field === 'address'
        ? pastTheLast(address, beyond.width)
        : `${beyond.type} has bits 0 to ${beyond.bits - 1}: correct ${beyond.field}, or type`,
    );
}

function pastTheLast(address: number, width: number): string {
  return `from address ${address} on it takes ${width}, and the last address is 65535: correct the address, or what is read or written there`;
}

/** Names under `times` are factors of the type, or settings that are numbers. */
export function checkTimes(
  type: DeviceType,
  kind: Kind,
  times: readonly string[],
  report: ReportAt,
  path: YamlPath,
): void {
  const settings = { ...kind.settings, ...type.settings };
  const numbers = Object.keys(settings).filter((name) => own(settings, name)?.type === 'number');
  const known = [...Object.keys(type.factors), ...numbers];
  for (const [index, name] of times.entries())
    if (!known.includes(name)) report([...path, index], unknownName('factor', name, known));
}

export function checkFactors(type: DeviceType, report: ReportAt): void {
  const names = Object.keys(type.factors);
  if (names.length > 0 && type.link !== 'modbus')
    report(['factors'], `factors are read by Modbus: this type has link: ${type.link}`);
  for (const name of names) {
    const factor = own(type.factors, name);
    if (factor) checkRead(factor.modbus, report, ['factors', name, 'modbus']);
  }
}

/** A value that is wider than what may be read at once could never be read whole. */
export function checkWidths(type: DeviceType, report: ReportAt): void {
  for (const group of ['points', 'factors'] as const)
    for (const [name, source] of Object.entries(type[group])) {
      const read = 'modbus' in source ? source.modbus : undefined;
      if (read && widthOf(read) > type.maxRead)
        report(
          [group, name, 'modbus'],
          `it takes ${widthOf(read)} registers, and maxRead allows ${type.maxRead} in one read: raise maxRead`,
        );
    }
}

/** A write whose values do not fit its function, or the wire. */
export function checkWrite(write: ModbusWrite, report: ReportAt, path: YamlPath): void {
  const { function: code, value, argument, type, order, mask } = write;
  if (code !== 6 && mask !== undefined)
    report([...path, 'mask'], 'mask is for function 6: the bits of one register');
  if ((value === undefined) === (argument === undefined))
    report(
      path,
      value === undefined
        ? 'what is written is missing: add value, or argument with the name of what the command takes'
        : 'value and argument exclude each other: keep value for what never changes',
    );
  else if (value === undefined) checkWrittenArgument(write, report, path);
  else {
    checkFixed(value, write, report, [...path, 'value']);
    if (code !== 16 && (type !== undefined || order !== undefined))
      report(path, 'type and order are for function 16, which writes several registers');
  }
  const width = writtenWidth(write);
  if (!isWithinTable(write.address, width)) report([...path, 'address'], pastTheLast(write.address, width));
}

/** Coils or registers that are written. */
function writtenWidth({ function: code, value, type }: ModbusWrite): number {
  if (code < 15) return 1;
  const values = Array.isArray(value) ? value.length : 1;
  return code === 16 && type !== undefined ? values * registerCount({ type }) : values;
}

/** An argument that is written: how it lies in the registers must be said, and function 6 has one register only. */
function checkWrittenArgument(write: ModbusWrite, report: ReportAt, path: YamlPath): void {
  const { function: code, type, order, mask } = write;
  if (code === 5 || code === 15) {
    if (type !== undefined || order !== undefined)
      report(path, `function ${code} writes single bits: leave type and order out`);
    return;
  }
  const at = [...path, 'type'];
  if (mask !== undefined) {
    if (type !== undefined || order !== undefined)
      report(path, 'the bits of a mask are a whole number: leave type and order out');
  } else if (type === undefined)
    report(path, 'say how the argument lies in its register, as the point does that reads it: type: uint16');
  else if (unwritable.has(type))
    report(
      at,
      `${type} cannot be written: choose one of ${dataTypeSchema.options.filter((one) => !unwritable.has(one)).join(', ')}`,
    );
  else if (code === 6 && registerCount({ type }) > 1)
    report(
      at,
      `${type} takes ${registerCount({ type })} registers, and function 6 writes one: write function: 16`,
    );
}

/** No numbers, or such as fill no whole register. */
const unwritable: ReadonlySet<DataType> = new Set(['int8', 'uint8', 'bool', 'ascii', 'nibbles']);

function checkFixed(
  value: NonNullable<ModbusWrite['value']>,
  write: ModbusWrite,
  report: ReportAt,
  at: YamlPath,
): void {
  const { function: code, type } = write;
  const values = Array.isArray(value) ? value : [value];
  const whole = (one: number | boolean) =>
    typeof one === 'number' && Number.isInteger(one) && one >= -32_768 && one <= 65_535;
  if (Array.isArray(value) && code < 15)
    report(at, `function ${code} writes one value; several are function ${code + 10}`);
  else if (code === 5 && values.some((one) => typeof one !== 'boolean' && ![0, 0xff00, 0x5500].includes(one)))
    report(at, 'function 5 writes true or false (or the raw word 0x5500 of relays that toggle)');
  else if (code === 15 && values.some((one) => typeof one !== 'boolean'))
    report(at, 'function 15 writes true and false');
  else if ((code === 6 || (code === 16 && type === undefined)) && !values.every(whole))
    report(at, `function ${code} writes whole numbers of one register each, -32768 to 65535`);
  else {
    try {
      encodeRequest(modbusWriteRequest(write));
    } catch (error) {
      report(at, asError(error).message);
    }
  }
}
