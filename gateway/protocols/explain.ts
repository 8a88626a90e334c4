import type { ExplainedFrame, FrameCandidate } from '../contract/frame.ts';
import { bytesToHex, hexToBytes } from './bytes.ts';
import { cjt188Anatomy } from './cjt188/anatomy.ts';
import { contactIdAnatomy } from './contact-id/anatomy.ts';
import { decodeFrame, type FrameQuestion } from './decode.ts';
import { dlt645Anatomy } from './dlt645/anatomy.ts';
import { ds1990Anatomy } from './ds1990/anatomy.ts';
import { em4100SerialAnatomy } from './em4100/anatomy.ts';
import { type Decoded, profileField } from './frame.ts';
import { type FrameAnatomy, flatFields } from './frame-fields.ts';
import { rtuAnatomy, rtuFrameEnds, tcpAnatomy } from './modbus/anatomy.ts';
import type { ModbusDirection } from './modbus/pdu.ts';
import { valueTable } from './modbus/value-table.ts';
import { dc09Anatomy } from './sia-dc09/anatomy.ts';
import { surgardAnatomy } from './surgard/anatomy.ts';

type Way = ModbusDirection | null;

const nothing: FrameAnatomy = { fields: [], check: null };

/** The codecs that know where their fields stand. */
const anatomies: Readonly<Record<string, (bytes: Uint8Array, way: Way, profile: unknown) => FrameAnatomy>> = {
  'modbus-rtu': rtuAnatomy,
  'modbus-tcp': tcpAnatomy,
  'dlt645-2007': dlt645Anatomy,
  'dlt645-1997': dlt645Anatomy,
  cjt188: (bytes, _, profile) =>
    cjt188Anatomy(bytes, {
      unitFirst: profileField(profile, 'unit_first') === true,
      clockHighFirst: profileField(profile, 'clock_msb_first') === true,
    }),
  'contact-id': contactIdAnatomy,
  'sia-dc09': dc09Anatomy,
  'surgard-mlr2': surgardAnatomy,
  'rfid-em4100-serial': em4100SerialAnatomy,
  'ibutton-ds1990': ds1990Anatomy,
};

/** Hints beside the bytes, as `FrameQuestion` has them. */
export type FrameHints = Omit<FrameQuestion, 'hex' | 'text'>;

function wayOf({ direction }: FrameHints): Way {
  return direction === 'request' || direction === 'response' ? direction : null;
}

export function anatomyOf(protocol: string, bytes: Uint8Array, hints: FrameHints): FrameAnatomy {
  return anatomies[protocol]?.(bytes, wayOf(hints), hints.profile) ?? nothing;
}

/** What a codec sees; a log of a Modbus line may hold several frames in a row. */
export function decodeAll(protocol: string, question: FrameQuestion): Decoded {
  const decoded = decodeFrame(protocol, question);
  const bytes = question.hex === undefined ? null : hexToBytes(question.hex);
  if (decoded.valid || protocol !== 'modbus-rtu' || !bytes) return decoded;
  const ends = rtuFrameEnds(bytes);
  if (!ends || ends.length < 2) return decoded;
  const frames = ends.map((end, index) =>
    decodeFrame(protocol, { hex: bytesToHex(bytes.subarray(ends[index - 1] ?? 0, end)) }),
  );
  return { valid: frames.every(({ valid }) => valid), frames };
}

/** Takes a frame apart by one protocol: never throws, whatever the bytes are. */
export function explainFrame(
  protocol: string,
  found: { as: FrameCandidate['as']; bytes: Uint8Array; text: string | null },
  hints: FrameHints,
): ExplainedFrame {
  const { as, bytes, text } = found;
  const hex = bytesToHex(bytes);
  const decoded = decodeAll(protocol, text === null ? { ...hints, hex } : { ...hints, text });
  const { fields, check } = anatomyOf(protocol, bytes, hints);
  const table = protocol === 'modbus-wordorder' && decoded.error === 'profile' ? valueTable(bytes) : [];
  return {
    protocol,
    as,
    hex,
    valid: decoded.valid,
    error: decoded.valid ? null : (decoded.error ?? 'unreadable'),
    check,
    fields: fields.length > 0 ? fields : table.length > 0 ? table : flatFields(decoded),
    decoded,
  };
}
