import type { Certainty, FrameCandidate } from '../contract/frame.ts';
import type { Label } from '../contract/names.ts';
import { byteAt, bytesToHex, bytesToText } from './bytes.ts';
import { isCjt188Shaped } from './cjt188/anatomy.ts';
import { decoders } from './decode.ts';
import { isDlt645Shaped } from './dlt645/anatomy.ts';
import { anatomyOf, decodeAll, type FrameHints } from './explain.ts';
import { type Decoded, profileField } from './frame.ts';
import { isRtuShaped } from './modbus/anatomy.ts';
import { valueTable } from './modbus/value-table.ts';
import { pastedHex, pastedText, textBytes } from './pasted.ts';

// Which protocol pasted bytes are of. Every codec is tried; a check sum that holds says most, a form that other bytes seldom have
// says something, and bytes that could be anything say little.

/** The pasted words, read in one of the ways in which they can be. */
export interface PastedFrame {
  as: FrameCandidate['as'];
  bytes: Uint8Array;
  /** For codecs that read text: as it was given. */
  text: string | null;
}

interface Recogniser {
  /** How far a frame that the codec takes is believed, 0 to 1. */
  score(decoded: Decoded, bytes: Uint8Array, hints: FrameHints): number;
  /** Frames of it are proved by a check sum or by parity. */
  checked: boolean;
  /** Has the form, whatever the check sum says; of a codec that is checked. */
  shaped?(bytes: Uint8Array, as: PastedFrame['as']): boolean;
  /** It may be pasted as text; where it has them, start and end of its frames, which terminals swallow. */
  text?: { start: string; end: string } | true;
}

const always = (score: number) => () => score;

/** Functions of DL/T 645 that only the edition of 1997 has. */
const functions1997 = new Set([0x01, 0x02, 0x03, 0x04, 0x0a, 0x0c, 0x0f, 0x10]);
function is1997(bytes: Uint8Array): boolean {
  const at = bytes.findIndex((byte) => byte !== 0xfe);
  return functions1997.has(byteAt(bytes, at + 8) & 0x1f);
}

const year2000 = 946_684_800_000;
const year2100 = 4_102_444_800_000;
const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : 0);

/** DS1990 and DS2401 (Maxim application note 155). */
const touchTagFamily = 0x01;

/** A message in text, known by its topic or its members. */
const message = (score: number): Recogniser => ({ checked: false, score: always(score), text: true });

const recognisers: Readonly<Record<string, Recogniser>> = {
  'modbus-rtu': { checked: true, score: always(0.99), shaped: isRtuShaped },
  'modbus-tcp': { checked: false, score: always(0.88) },
  'modbus-wordorder': {
    checked: false,
    score: (decoded, bytes) => (decoded.valid ? 0.75 : valueTable(bytes).length > 0 ? 0.1 : 0),
  },
  'modbus-device': { checked: false, score: always(0.78) },
  'dlt645-2007': {
    checked: true,
    score: always(0.98),
    shaped: (bytes) => isDlt645Shaped(bytes) && !is1997(bytes),
  },
  'dlt645-1997': {
    checked: true,
    score: always(0.98),
    shaped: (bytes) => isDlt645Shaped(bytes) && is1997(bytes),
  },
  'dlt645-2007-stream': {
    checked: true,
    // One whole frame is not a stream of them.
    score: (_, bytes) => (isDlt645Shaped(bytes) ? 0 : 0.95),
    shaped: () => false,
  },
  cjt188: { checked: true, score: always(0.98), shaped: isCjt188Shaped },
  'contact-id': {
    checked: true,
    score: always(0.93),
    shaped: (bytes) => /^[0-9A-F]{4}(18|98)[136][0-9A-F]{9}$/i.test(bytesToText(bytes).replace(/\s/g, '')),
    text: true,
  },
  'surgard-mlr2': {
    checked: false,
    score: ({ kind }) => (kind === 'other' ? 0.3 : 0.85),
    text: { start: '', end: '\x14' },
  },
  'ademco-685': {
    checked: false,
    score: ({ kind }) => (kind === 'other' ? 0.3 : 0.84),
    text: { start: '\n', end: '\r' },
  },
  'sia-dc09': { checked: true, score: always(0.99), shaped: () => true, text: { start: '\n', end: '\r' } },
  'rfid-em4100-serial': {
    checked: true,
    score: always(0.97),
    // Twelve digits without the start and end that a terminal swallows are as well the number of a card.
    shaped: (_, as) => as !== 'framed',
    text: { start: '\x02', end: '\x03' },
  },
  'rfid-em4100-raw': { checked: true, score: always(0.97) },
  'card-number-forms': {
    checked: false,
    score: (_, bytes) => ([4, 5, 7, 8, 10].includes(bytes.length) || bytes.length > 10 ? 0.15 : 0.05),
    text: true,
  },
  'patrol-batch': {
    checked: false,
    score: ({ records }) => (lengthOf(records) > 0 ? 0.85 : 0.2),
    text: true,
  },
  'lorawan-milesight': {
    checked: false,
    score(decoded, bytes, { profile }) {
      // An erased memory and a broken line look like channel FF of type FF.
      if (Object.keys(decoded).length < 2 || bytes.every((byte) => byte === 0xff)) return 0;
      return typeof profile === 'string' || profileField(profile, 'model') !== undefined ? 0.76 : 0.6;
    },
  },
  'ibutton-ds1990': {
    checked: true,
    // One byte of check sum for eight: the family of touch tags has to speak for it as well.
    score: (_, bytes) => (byteAt(bytes, 0) === touchTagFamily ? 0.92 : 0.6),
    shaped: (bytes) => byteAt(bytes, 0) === touchTagFamily,
    text: true,
  },
  gb26875: {
    checked: true,
    score: always(0.98),
    shaped: (bytes) => byteAt(bytes, 0) === 0x40 && byteAt(bytes, 1) === 0x40,
  },
  uhppote: { checked: false, score: always(0.89) },
  wiegand: {
    checked: false,
    // Of 26 and 34 bits the last byte holds two: parity alone says little.
    score: (_, bytes, { bits }) => (bits ? 0.9 : (byteAt(bytes, bytes.length - 1) & 0x3f) === 0 ? 0.2 : 0.1),
  },
  osdp: { checked: true, score: always(0.98), shaped: (bytes) => bytes.subarray(0, 2).includes(0x53) },
  'osdp-sc': { checked: false, score: always(0.9) },
  'mqtt-ha-discovery': message(0.84),
  'mqtt-tasmota': message(0.82),
  'mqtt-shelly2': message(0.82),
  'mqtt-zigbee2mqtt': message(0.8),
  'mqtt-milesight': message(0.83),
  'mqtt-thingsboard': message(0.82),
  'mqtt-homie5': message(0.82),
  'mqtt-kingpigeon': message(0.81),
  'patrol-dahua': message(0.86),
  'gb28181-alarm': message(0.86),
  'sparkplug-b': {
    checked: false,
    score({ metrics, timestamp }) {
      if (lengthOf(metrics) === 0) return 0.05;
      return typeof timestamp === 'number' && timestamp > year2000 && timestamp < year2100 ? 0.8 : 0.65;
    },
  },
};

const words: Readonly<Record<Certainty | 'partly', Label>> = {
  sure: { zh: '校验正确', en: 'the check sum holds' },
  partly: { zh: '校验正确，但内容不合规约', en: 'the check sum holds, its contents are not in order' },
  likely: { zh: '格式相符', en: 'it has the form' },
  possible: { zh: '可以这样解读', en: 'it can be read so' },
  broken: { zh: '格式相符，但校验错误', en: 'it has the form, and the check sum fails' },
};

function candidateOf(protocol: string, frame: PastedFrame, hints: FrameHints): FrameCandidate | null {
  const recogniser = recognisers[protocol];
  if (!recogniser) return null;
  const { as, bytes, text } = frame;
  const decoded = decodeAll(
    protocol,
    text === null ? { ...hints, hex: bytesToHex(bytes) } : { ...hints, text },
  );
  const { check } = anatomyOf(protocol, bytes, hints);
  const { checked, shaped } = recogniser;
  const answer = (
    score: number,
    certainty: Certainty,
    why: Label = words[certainty],
  ): FrameCandidate | null => (score > 0 ? { protocol, as, score, certainty, why } : null);
  const wrong = checked && check !== null && !check.holds;
  if (wrong && !decoded.valid) {
    if (!shaped?.(bytes, as)) return null;
    const told: Label = {
      zh: `${words.broken.zh}：应为 ${check.computed}，实为 ${check.found}`,
      en: `${words.broken.en}: ${check.computed} expected, ${check.found} found`,
    };
    return answer(0.5, 'broken', told);
  }
  const score = recogniser.score(decoded, bytes, hints);
  if (checked) {
    // The editions of DL/T 645 have one frame, and differ in their functions.
    if (protocol.startsWith('dlt645-') && !protocol.endsWith('stream') && !shaped?.(bytes, as)) return null;
    if (decoded.valid) return answer(score, score >= 0.9 ? 'sure' : 'likely');
    if (!check?.holds || shaped?.(bytes, as) === false) return null;
    // One byte or digit agrees by chance now and then.
    const strong = ['crc16-modbus', 'crc16-arc', 'sum8'].includes(check.method);
    return answer(Math.min(score, strong ? 0.9 : 0.5), strong ? 'sure' : 'possible', words.partly);
  }
  if (!decoded.valid && protocol !== 'modbus-wordorder') return null;
  return answer(score, score >= 0.7 ? 'likely' : 'possible');
}

function readings(input: { text: string; form: 'hex' | 'text' | null }): PastedFrame[] {
  const text = pastedText(input.text);
  // A program prints bytes as text in which only some are written out: `b'\\x01\\x04Cf34'`.
  const escaped = /\\x[0-9A-Fa-f]{2}/.test(input.text) ? textBytes(text) : null;
  const hex = input.form === 'text' ? null : (escaped ?? pastedHex(input.text));
  return [
    ...(hex ? [{ as: 'hex', bytes: hex, text: null } as const] : []),
    ...(input.form === 'hex' ? [] : [{ as: 'text', bytes: textBytes(text), text } as const]),
  ];
}

/** Text as a terminal shows it, with the start and end that it swallowed. */
function framed(protocol: string, { as, text }: PastedFrame): PastedFrame[] {
  const ends = recognisers[protocol]?.text;
  if (as !== 'text' || text === null || ends === undefined || ends === true) return [];
  const whole = ends.start + text.replace(/^[\r\n]+|[\r\n]+$/g, '') + ends.end;
  return whole === text ? [] : [{ as: 'framed', bytes: textBytes(whole), text: null }];
}

/** The ways in which a protocol can read pasted words, the likeliest first. */
export function pastedFor(protocol: string, input: string, form: 'hex' | 'text' | null): PastedFrame[] {
  const textual = recognisers[protocol]?.text !== undefined;
  return readings({ text: input, form })
    .filter(({ as }) => as === 'hex' || textual || form === 'text')
    .flatMap((frame) => [asRead(protocol, frame, input), ...framed(protocol, frame)]);
}

/** Of the codecs that take text these read it as it was given, backslashes and all; the others read its bytes. */
const readText = new Set(
  Object.keys(decoders).filter(
    (id) =>
      id.startsWith('mqtt-') ||
      ['card-number-forms', 'patrol-batch', 'patrol-dahua', 'gb28181-alarm'].includes(id),
  ),
);
function asRead(protocol: string, frame: PastedFrame, input: string): PastedFrame {
  return { ...frame, text: frame.as === 'text' && readText.has(protocol) ? input : null };
}

/**
 * Which protocols pasted words may be of, the likeliest first. One whose check sum fails is never called sure.
 * @param form how to read the words; null tries both
 */
export function guessFrame(
  input: string,
  form: 'hex' | 'text' | null,
  hints: FrameHints,
): { candidates: FrameCandidate[]; frames: Map<string, PastedFrame> } {
  const frames = new Map<string, PastedFrame>();
  const candidates: FrameCandidate[] = [];
  for (const protocol of Object.keys(decoders)) {
    const found = pastedFor(protocol, input, form).flatMap((frame) => {
      const candidate = candidateOf(protocol, frame, hints);
      return candidate ? [{ candidate, frame }] : [];
    });
    const best = found.sort((a, b) => b.candidate.score - a.candidate.score)[0];
    if (!best) continue;
    candidates.push(best.candidate);
    frames.set(protocol, best.frame);
  }
  const isHex = form !== 'text' && pastedHex(input) !== null;
  // A receiver's free text may be anything: hex digits, and whatever gets a start and an end.
  const told = candidates.filter(({ as, score }) => score > 0.3 || as === 'hex' || (as === 'text' && !isHex));
  candidates.splice(0, candidates.length, ...told.sort((a, b) => b.score - a.score));
  const sure = candidates.filter(({ certainty }) => certainty === 'sure');
  // What is something else for sure was not garbled on its way.
  if (sure.length > 0)
    candidates.splice(0, candidates.length, ...candidates.filter(({ certainty }) => certainty !== 'broken'));
  if (sure.length > 1) for (const candidate of sure) candidate.certainty = 'likely';
  return { candidates, frames };
}

/** How a protocol that somebody chose reads pasted words: as well as it can. */
export function frameFor(
  protocol: string,
  input: string,
  form: 'hex' | 'text' | null,
  hints: FrameHints,
): PastedFrame | null {
  const ways = pastedFor(protocol, input, form);
  const scores = ways.map((frame) => candidateOf(protocol, frame, hints)?.score ?? 0);
  const best = scores.indexOf(Math.max(...scores));
  return ways[Math.max(0, best)] ?? null;
}
