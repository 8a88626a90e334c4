import { bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import {
  controlBits,
  type Dlt645Frame,
  decodeDlt645,
  dlt645Function,
  reversedHex,
  scanDlt645,
} from './frame.ts';
import { shownValues } from './items.ts';
import { refusalWords } from './session.ts';

// The frame inspector's view of DL/T 645-2007: the same codec, fields under the names of the vectors.

const requests = new Map<number, string>([
  [dlt645Function.broadcastTime, 'broadcast_time'],
  [dlt645Function.read, 'read'],
  [dlt645Function.readMore, 'read_more'],
  [dlt645Function.readAddress, 'read_address'],
  [dlt645Function.write, 'write'],
  [0x15, 'write_address'],
  [0x16, 'freeze'],
  [0x17, 'change_baud'],
  [0x18, 'change_password'],
  [0x19, 'clear_demand'],
  [0x1a, 'clear_meter'],
  [0x1b, 'clear_events'],
  [0x1c, 'control'],
]);

/** Functions whose data begins with a data identifier. */
const withIdentifier: readonly number[] = [
  dlt645Function.read,
  dlt645Function.readMore,
  dlt645Function.write,
];

function answerFields(code: number, more: boolean, data: Uint8Array): Decoded {
  if (code === dlt645Function.readAddress)
    return data.length === 6
      ? { valid: true, op: 'address', meter: reversedHex(data, 0, 6) }
      : refused('data_length', { op: 'address' });
  if (code !== dlt645Function.read && code !== dlt645Function.readMore)
    return { valid: true, op: requests.get(code) ?? 'unknown', data_hex: bytesToHex(data) };
  // The last byte of a frame that follows another is its number (§7.3).
  const follows = code === dlt645Function.readMore;
  if (data.length < (follows ? 6 : 5)) return refused('data_length', { op: 'data' });
  const di = reversedHex(data, 0, 4);
  const body = data.subarray(4, follows ? -1 : undefined);
  const fields = { op: 'data', di, ...(follows ? { seq: data.at(-1) } : {}), data_hex: bytesToHex(body) };
  // A part of a longer answer: which of its values it holds cannot be seen in it.
  if (follows) return { valid: true, ...fields };
  const values = shownValues(di, body);
  if (values === 'bcd') return refused('bcd', fields);
  if (values === 'length') return more ? { valid: true, ...fields } : refused('data_length', fields);
  return { valid: true, ...fields, ...(values ? { values } : {}) };
}

function requestFields(code: number, data: Uint8Array): Decoded {
  const op = requests.get(code) ?? 'unknown';
  const plain = { valid: true, op, ...(data.length > 0 ? { data_hex: bytesToHex(data) } : {}) };
  if (!withIdentifier.includes(code)) return plain;
  if (data.length < 4) return refused('data_length', { op });
  const di = reversedHex(data, 0, 4);
  const seq = code === dlt645Function.readMore ? { seq: data.at(4) } : {};
  return { ...plain, di, ...seq };
}

function bodyFields({ control, data }: Dlt645Frame): Decoded {
  const { fromMeter, refused: refuses, more, code } = controlBits(control);
  if (!fromMeter) return requestFields(code, data);
  if (!refuses) return { ...answerFields(code, more, data), ...(more ? { more } : {}) };
  const [word] = data;
  if (data.length !== 1 || word === undefined) return refused('data_length', { op: 'error' });
  return { valid: true, op: 'error', error_word: hexByte(word), error_words: refusalWords(word) };
}

function hexByte(byte: number): string {
  return bytesToHex(Uint8Array.of(byte));
}

function fieldsOf(frame: Dlt645Frame): Decoded {
  const { address, control } = frame;
  const { valid, error, ...body } = bodyFields(frame);
  const head = { address, control: hexByte(control), from_meter: controlBits(control).fromMeter };
  return valid ? { valid, ...head, ...body } : refused(error ?? 'data', { ...head, ...body });
}

/** `dlt645-2007`: one frame. */
export function inspectDlt645(input: FrameInput): Decoded {
  const result = decodeDlt645(input.bytes);
  return result.ok ? fieldsOf(result.frame) : refused(result.error);
}

/** `dlt645-2007-stream`: the frames in a piece of line, noise between them left out. */
export function inspectDlt645Stream(input: FrameInput): Decoded {
  const { frames, broken } = scanDlt645(input.bytes);
  const seen = frames.map(({ frame }) => fieldsOf(frame));
  if (seen.length > 0) return { valid: true, frames: seen };
  return refused(broken[0]?.error ?? 'no_frame', { frames: [] });
}
