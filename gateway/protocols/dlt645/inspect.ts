import { bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { reversedHex } from '../meter-frame.ts';
import {
  controlBits,
  type Dlt645Frame,
  decodeDlt645,
  dlt645Function,
  dlt645Function1997,
  scanDlt645,
} from './frame.ts';
import { shownValues } from './items.ts';
import { refusalWords } from './session.ts';

// The frame inspector's view of DL/T 645, both editions: the same codec, fields under the names of the vectors. The functions of
// 1997 are others than those of 2007, so that a frame tells its edition.

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
  [dlt645Function1997.read, 'read'],
  [dlt645Function1997.readMore, 'read_more'],
  [0x03, 'read_again'],
  [0x04, 'write'],
  [0x0a, 'write_address'],
  [0x0c, 'change_baud'],
  [0x0f, 'change_password'],
  [0x10, 'clear_demand'],
]);

/** How the data of a function begins and ends; undefined: without a data identifier. */
interface Shape {
  identifierBytes: number;
  answers: boolean;
  /** It continues an answer. */
  follows: boolean;
  /** Bytes of the frame number at its end (2007 §7.3). */
  numberBytes: number;
}
const shape = (identifierBytes: number, answers: boolean, follows = false, numberBytes = 0): Shape => ({
  identifierBytes,
  answers,
  follows,
  numberBytes,
});
const shapes = new Map<number, Shape>([
  [dlt645Function.read, shape(4, true)],
  [dlt645Function.readMore, shape(4, true, true, 1)],
  [dlt645Function.write, shape(4, false)],
  [dlt645Function1997.read, shape(2, true)],
  [dlt645Function1997.readMore, shape(2, true, true)],
  [0x04, shape(2, false)],
]);

function answerFields(code: number, more: boolean, data: Uint8Array): Decoded {
  if (code === dlt645Function.readAddress)
    return data.length === 6
      ? { valid: true, op: 'address', meter: reversedHex(data, 0, 6) }
      : refused('data_length', { op: 'address' });
  const known = shapes.get(code);
  if (!known?.answers)
    return { valid: true, op: requests.get(code) ?? 'unknown', data_hex: bytesToHex(data) };
  const { identifierBytes, follows, numberBytes } = known;
  if (data.length < identifierBytes + 1 + numberBytes) return refused('data_length', { op: 'data' });
  const di = reversedHex(data, 0, identifierBytes);
  const body = data.subarray(identifierBytes, data.length - numberBytes);
  const seq = numberBytes > 0 ? { seq: data.at(-1) } : {};
  const fields = { op: 'data', di, ...seq, data_hex: bytesToHex(body) };
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
  const known = shapes.get(code);
  if (!known) return plain;
  const { identifierBytes, numberBytes } = known;
  if (data.length < identifierBytes) return refused('data_length', { op });
  const di = reversedHex(data, 0, identifierBytes);
  return { ...plain, di, ...(numberBytes > 0 ? { seq: data.at(identifierBytes) } : {}) };
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

/** `dlt645-2007` and `dlt645-1997`: one frame. */
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
