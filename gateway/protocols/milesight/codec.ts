import { byteAt, bytesToHex } from '../bytes.ts';
import { type Decoded, type FrameInput, profileField, refused } from '../frame.ts';

// Milesight's LoRaWAN sensors: channel, type, value, one after the other, numbers low byte first. The type says how long a
// value is and how to read it; what it means on its channel is for each model to say (github.com/Milesight-IoT/SensorDecoders).

export type MilesightValue = number | string | null;

export interface MilesightRead {
  /** By channel and type as the maker's tables print them: `03 67`. Null: the sensor has no value. */
  values: Record<string, MilesightValue>;
  /** Why bytes were left unread; null when none were, or only such as tell nothing of now. */
  problem: string | null;
}

interface ValueForm {
  bytes: number;
  read(bytes: Uint8Array, at: number): MilesightValue;
}

const word = (bytes: Uint8Array, at: number) => byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);
const long = (bytes: Uint8Array, at: number) => (word(bytes, at) | (word(bytes, at + 2) << 16)) >>> 0;
const signed = (value: number) => (value > 0x7fff ? value - 0x10000 : value);

const uint8: ValueForm = { bytes: 1, read: byteAt };
const uint16: ValueForm = { bytes: 2, read: word };
const uint32: ValueForm = { bytes: 4, read: long };
const tenths: ValueForm = { bytes: 2, read: (bytes, at) => word(bytes, at) / 10 };
const signedTenths: ValueForm = { bytes: 2, read: (bytes, at) => signed(word(bytes, at)) / 10 };
const halves: ValueForm = { bytes: 1, read: (bytes, at) => byteAt(bytes, at) / 2 };
/** A level, which tells by its highest values that it could not be measured. */
const level: ValueForm = {
  bytes: 2,
  read: (bytes, at) => (word(bytes, at) >= 0xfffd ? null : word(bytes, at)),
};
const hex = (count: number): ValueForm => ({
  bytes: count,
  read: (bytes, at) => bytesToHex(bytes.subarray(at, at + count)),
});

/** By the type, on every channel but the last two. */
const forms = new Map<number, ValueForm>([
  [0x00, uint8],
  [0x01, uint8],
  [0x67, signedTenths],
  [0x68, halves],
  [0x70, uint8],
  [0x73, tenths],
  [0x74, tenths],
  [0x75, uint8],
  [0x77, level],
  [0x7d, uint16],
  [0x80, uint32],
  [0x81, uint8],
  [0x82, level],
  [0x83, uint32],
  [0xc9, uint16],
  [0xcb, uint8],
  [0xe6, uint16],
]);

/** On channel FF: what a device says of itself when it joins, and the presses of a button. */
const ownForms = new Map<number, ValueForm>([
  [0x01, uint8],
  [0x08, hex(6)],
  [0x09, hex(2)],
  [0x0a, hex(2)],
  [0x0b, uint8],
  [0x0f, uint8],
  [0x16, hex(8)],
  [0x2e, uint8],
  [0xfe, uint8],
  [0xff, hex(2)],
]);

const ownChannel = 0xff;
/** The answer to a setting that was sent to the device. */
const answerChannel = 0xfe;
/** What was measured before; its length is each model's own. */
const historyType = 0xce;

/** What stands in the bytes of a message; what follows something unknown cannot be read. Never throws. */
export function decodeMilesight(bytes: Uint8Array): MilesightRead {
  const values: Record<string, MilesightValue> = {};
  let at = 0;
  while (at < bytes.length) {
    const channel = byteAt(bytes, at);
    const type = byteAt(bytes, at + 1);
    if (channel === answerChannel || type === historyType) return { values, problem: null };
    const form = (channel === ownChannel ? ownForms : forms).get(type);
    const name = bytesToHex(bytes.subarray(at, at + 2)).replace(/^../, '$& ');
    const from = `Milesight: from byte ${at} on`;
    if (!form && bytes.length - at >= 2)
      return { values, problem: `${from}: channel and type ${name} are not known; the rest is not read` };
    if (!form || at + 2 + form.bytes > bytes.length)
      return { values, problem: `${from}: ${name} is cut short` };
    values[name] = form.read(bytes, at + 2);
    at += 2 + form.bytes;
  }
  return { values, problem: null };
}

/** The frame inspector's names for what a model means by a channel. */
const general: Readonly<Record<string, string>> = {
  '01 75': 'battery',
  '03 67': 'temperature',
  '04 68': 'humidity',
  '03 77': 'depth_cm',
  '06 CB': 'light_level',
  '07 7D': 'co2',
  '09 73': 'pressure',
  'FF 2E': 'button',
};
const byModel: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  WS301: { '03 00': 'magnet_open', '04 00': 'tamper_uninstalled' },
  'EM300-SLD': { '05 00': 'leak' },
  'EM300-ZLD': { '05 00': 'leak' },
  AM307: { '05 00': 'pir' },
};
const presses = ['none', 'short', 'long', 'double'];

/**
 * What a model calls its channels, and which are flags; `name` is a model or begins with it, as installers name devices. Unknown
 * models are taken for one of the EM300 family, which most are.
 */
export function milesightNames(name: string): (channel: string) => { name: string; flag: boolean } {
  const model = Object.keys(byModel).find((each) => name.toUpperCase().startsWith(each)) ?? 'EM300-ZLD';
  const own = byModel[model] ?? {};
  return (channel) => ({
    name: own[channel] ?? general[channel] ?? channel,
    flag: Object.hasOwn(own, channel),
  });
}

export function inspectMilesight({ bytes, profile }: FrameInput): Decoded {
  const model = profileField(profile, 'model') ?? profile;
  const own = typeof model === 'string' && Object.hasOwn(byModel, model) ? byModel[model] : undefined;
  const { values, problem } = decodeMilesight(bytes);
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const called = own?.[name] ?? general[name] ?? name;
    if (own?.[name] !== undefined) fields[called] = value === 1;
    else fields[called] = name === 'FF 2E' ? (presses[Number(value)] ?? value) : value;
  }
  return problem === null ? { valid: true, ...fields } : refused('unread', { detail: problem, ...fields });
}
