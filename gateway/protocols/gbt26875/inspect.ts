import { bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import {
  answerTo,
  commandWord,
  encodeFireFrame,
  type FireFrame,
  readFireFrame,
  type Shown,
} from './frame.ts';
import { type FireObject, readFireUnit } from './unit.ts';
import {
  bitsOf,
  deviceBits,
  deviceOperations,
  partBits,
  systemBits,
  systemOperations,
  unitTypes,
} from './words.ts';

/** As the device's own clock shows it. */
function clockText(time: Shown): string | null {
  return time === null ? null : new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

function objectFields(object: FireObject): Record<string, unknown> {
  const time = clockText(object.time);
  const system =
    'systemType' in object ? { system_type: object.systemType, system_addr: object.systemAddress } : {};
  const part = 'partType' in object ? { part_type: object.partType, part_addr: object.partAddress } : {};
  const place = { ...system, ...part };
  switch (object.kind) {
    case 'system-state':
      return { ...place, state: bitsOf(object.state, systemBits), time };
    case 'part-state':
      return { ...place, state: bitsOf(object.state, partBits), text: object.text, time };
    case 'device-state':
      return { flags: object.state, state: bitsOf(object.state, deviceBits), time };
    case 'part-value':
      return { ...place, quantity: object.quantity, raw: object.raw, value: object.value, time };
    case 'system-operation':
      return {
        ...place,
        operation: bitsOf(object.operation, systemOperations),
        operator: object.operator,
        time,
      };
    case 'device-operation':
      return { operation: bitsOf(object.operation, deviceOperations), operator: object.operator, time };
    case 'system-time':
    case 'device-time':
      return { ...place, time };
  }
}

function headFields({
  seq,
  version,
  time,
  source,
  destination,
  command,
}: FireFrame): Record<string, unknown> {
  return {
    seq,
    version: version.join('.'),
    time: clockText(time),
    source,
    dest: destination,
    command: commandWord(command) ?? command,
  };
}

/** A frame for the frame inspector, with the confirmation that a centre would send to what a device sends. */
export function inspectGbt26875({ bytes }: FrameInput): Decoded {
  const read = readFireFrame(bytes);
  if (!read.ok) return refused(read.error, read.frame ? headFields(read.frame) : {});
  const { frame } = read;
  const unit = readFireUnit(frame.unit);
  if (unit && !unit.ok) return refused(unit.error, headFields(frame));
  const confirms = commandWord(frame.command) === 'send';
  return {
    valid: true,
    ...headFields(frame),
    ...(unit && {
      type: unit.unit.type,
      type_name: unitTypes.get(unit.unit.type)?.en ?? null,
      objects: unit.unit.objects.map(objectFields),
      rest: bytesToHex(unit.unit.rest),
    }),
    ...(confirms && {
      response_hex: bytesToHex(encodeFireFrame(answerTo(frame, 'confirm', frame.time ?? 0))),
    }),
  };
}
