import { z } from 'zod';
import { dataTypeSchema, wordOrderSchema } from '../../contract/device-type.ts';
import { bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { decodeDevice, deviceMaps } from './device-maps.ts';
import type { ModbusPdu } from './pdu.ts';
import { decodeRegisters, type RegisterFormat, registerCount } from './registers.ts';
import { decodeRtu } from './rtu.ts';
import { decodeTcp } from './tcp.ts';

// The frame inspector's view of Modbus: the same codecs, fields under the names of the vectors.

function pduFields(pdu: ModbusPdu | undefined): Record<string, unknown> {
  if (!pdu) return {};
  const { exceptionName, data, ...fields } = pdu;
  return {
    ...fields,
    ...(exceptionName === undefined ? {} : { exception_name: exceptionName }),
    ...(data === undefined ? {} : { data_hex: bytesToHex(data) }),
  };
}

/** `modbus-rtu`: one frame. */
export function inspectModbusRtu(input: FrameInput): Decoded {
  const frame = decodeRtu(input.bytes, input.direction);
  if (!frame.ok) {
    return refused(frame.error, {
      ...(frame.unit === undefined ? {} : { unit: frame.unit }),
      ...pduFields(frame.pdu),
    });
  }
  return { valid: true, unit: frame.unit, ...pduFields(frame.pdu), broadcast: frame.unit === 0 };
}

/** `modbus-tcp`: a segment with one or more ADUs. */
export function inspectModbusTcp(input: FrameInput): Decoded {
  const frames = decodeTcp(input.bytes, input.direction);
  const adus = frames.adus.map(({ tid, unit, pdu }) => ({ tid, unit, ...pduFields(pdu) }));
  return frames.ok ? { valid: true, adus } : refused(frames.error, { adus });
}

/** Orders as they are also written, for two and for eight bytes. */
const ordersWrittenOut = new Map([
  ['AB', 'ABCD'],
  ['BA', 'BADC'],
  ['ABCDEFGH', 'ABCD'],
  ['GHEFCDAB', 'CDAB'],
  ['BADCFEHG', 'BADC'],
  ['HGFEDCBA', 'DCBA'],
]);

const bitSchema = z.number().int().min(0).max(63);
const formatSchema = z.object({
  type: z.string().toLowerCase().pipe(dataTypeSchema),
  order: z
    .string()
    .toUpperCase()
    .transform((order) => ordersWrittenOut.get(order) ?? order)
    .pipe(wordOrderSchema)
    .default('ABCD'),
  bit: bitSchema.optional(),
  bits: z.tuple([bitSchema, bitSchema]).optional(),
  byte_offset: z.number().int().min(0).max(249).optional(),
  length: z.number().int().min(1).max(125).optional(),
  sentinels: z.array(z.number()).optional(),
  scale: z.number().optional(),
  offset: z.number().optional(),
});

/** `modbus-wordorder`: register bytes and the format of the value in them. */
export function inspectModbusValue(input: FrameInput): Decoded {
  const parsed = formatSchema.safeParse(input.profile);
  if (!parsed.success) return refused('profile');
  const { byte_offset: byteOffset, ...profile } = parsed.data;
  const format: RegisterFormat = { ...profile, byteOffset };
  if (format.type === 'ascii') format.length ??= Math.max(1, Math.floor(input.bytes.length / 2));
  // Without an offset the bytes are the value and nothing else; a half register may stand alone.
  const exact = input.bytes.length === 2 * registerCount(format) || format.type.endsWith('int8');
  if (!exact && format.byteOffset === undefined) return refused('length');
  const result = decodeRegisters(input.bytes, format);
  return result.ok ? { valid: true, value: result.value } : refused(result.error);
}

const deviceSchema = z.object({
  model: z.string(),
  fc: z.number().optional(),
  start: z.number().int().min(0).max(65_535).optional(),
  pt: z.number().positive().default(1),
  ct: z.number().positive().default(1),
});

/** `modbus-device`: register bytes of a block read of a known model. */
export function inspectModbusDevice(input: FrameInput): Decoded {
  const profile = deviceSchema.safeParse(input.profile);
  if (!profile.success) return refused('profile');
  const { model, fc, pt, ct } = profile.data;
  const map = deviceMaps.get(model);
  if (!map) return refused('model');
  if (fc !== undefined && map.fc !== null && fc !== map.fc) return refused('function');
  if (input.bytes.length === 0 || input.bytes.length % 2 !== 0) return refused('length');
  const start = profile.data.start ?? map.points[0]?.address ?? 0;
  return { valid: true, ...decodeDevice(map, start, input.bytes, { pt, ct }) };
}
