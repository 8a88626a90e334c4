import { bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, profileField, refused } from '../frame.ts';
import { reversedHex } from '../meter-frame.ts';
import { batteryMask, type Cjt188Data, type Cjt188Profile, decodeMeasurements, valveWords } from './data.ts';
import { type Cjt188Frame, cjt188Control, cjt188Function, decodeCjt188 } from './frame.ts';

// The frame inspector's view of CJ/T 188: the same codec, fields under the names of the vectors.

const operations = new Map<number, string>([
  [cjt188Function.read, 'read'],
  [cjt188Function.readAddress, 'read_address'],
  [cjt188Function.write, 'write'],
]);
/** 901F: present measurements; the only one whose answer is taken apart. */
const measurements = '901F';

/** The identifier high byte first; the high byte of those of the standard is 80 or more, the low one is less. */
function identifierOf(data: Uint8Array): { di: string; di_wire: string } {
  const wire = bytesToHex(data.subarray(0, 2));
  const [first = 0, second = 0] = data;
  return { di: first < 0x80 && second >= 0x80 ? reversedHex(data, 0, 2) : wire, di_wire: wire };
}

function statusFields(status: number): Record<string, unknown> {
  return {
    status: bytesToHex(Uint8Array.of(status & 0xff, status >> 8)),
    valve: valveWords[status & 3],
    battery_low: (status & batteryMask) !== 0,
  };
}

function dataFields({ measured, plain, time, status }: Cjt188Data): Decoded {
  const fields: Record<string, unknown> = {};
  const broken: string[] = [];
  for (const [name, { value, unit }] of measured) {
    if (value === undefined) broken.push(name);
    fields[name] = { value: value ?? null, unit: unit ?? null };
  }
  for (const [name, value] of plain) {
    if (value === undefined) broken.push(name);
    fields[name] = value ?? null;
  }
  const all = { ...fields, time, ...(status === undefined ? {} : statusFields(status)) };
  return broken.length > 0 ? refused('bcd', { ...all, broken }) : { valid: true, ...all };
}

function bodyFields({ type, control, data }: Cjt188Frame, profile: Cjt188Profile): Decoded {
  const { fromMeter, refused: refuses, code } = cjt188Control(control);
  const op = operations.get(code) ?? 'unknown';
  if (refuses) {
    const status = bytesToHex(data.subarray(1, 3));
    return { valid: true, op: 'error', ser: data[0] ?? null, status };
  }
  if (data.length < 3) return refused('data_length', { op });
  const head = { op, ...identifierOf(data), ser: data[2] };
  const body = data.subarray(3);
  const plain = { valid: true, ...head, ...(body.length > 0 ? { data_hex: bytesToHex(body) } : {}) };
  if (!fromMeter || code !== cjt188Function.read || head.di !== measurements) return plain;
  const decoded = decodeMeasurements(type, body, profile);
  if (!decoded) return refused('data_length', { ...head, op: 'data' });
  const { valid, error, ...fields } = dataFields(decoded);
  return valid
    ? { ...plain, op: 'data', ...fields }
    : refused(error ?? 'data', { ...head, op: 'data', ...fields });
}

/** `cjt188`: one frame; the profile has `unit_first` and `clock_msb_first`. */
export function inspectCjt188(input: FrameInput): Decoded {
  const result = decodeCjt188(input.bytes);
  if (!result.ok) return refused(result.error);
  const { frame } = result;
  const head = {
    type: frame.type,
    address: frame.address.slice(4),
    maker: frame.address.slice(0, 4),
    control: bytesToHex(Uint8Array.of(frame.control)),
    from_meter: cjt188Control(frame.control).fromMeter,
  };
  const { valid, error, ...body } = bodyFields(frame, {
    unitFirst: profileField(input.profile, 'unit_first') === true,
    clockHighFirst: profileField(input.profile, 'clock_msb_first') === true,
  });
  return valid ? { valid, ...head, ...body } : refused(error ?? 'data', { ...head, ...body });
}
