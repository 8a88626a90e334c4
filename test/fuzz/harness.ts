import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { decoders } from '../../gateway/protocols/decode.ts';
import { anatomyOf } from '../../gateway/protocols/explain.ts';
import type { Decoded } from '../../gateway/protocols/frame.ts';
import type { ModbusDirection } from '../../gateway/protocols/modbus/pdu.ts';
import { Chance } from './chance.ts';
import type { Check } from './checksums.ts';
import { inPieces, mutated, mutatedJson, noise } from './mutate.ts';

/** A frame to be mutated, and what cannot be seen in it. */
export interface Frame {
  bytes: Uint8Array;
  topic: string | null;
  profile: unknown;
  key: Uint8Array | null;
}

/** What a codec is given once. */
export interface Look {
  bytes: Uint8Array;
  /** The same bytes as a stream brings them. */
  pieces: readonly Uint8Array[];
  /** The real frame that was mutated, or beside which noise was made. */
  base: Frame;
  chance: Chance;
}

/** What came of all frames. */
export interface Tally {
  /** What was taken for a sound frame, as a whole or out of a stream. */
  taken: number;
  /** Whole frames whose check is wrong, all of them refused. */
  wrongChecks: number;
}

/** One codec under fuzz. */
export interface Target {
  name: string;
  /** The inspectors that it covers. */
  protocols: readonly string[];
  frames: readonly Frame[];
  check?: Check;
  /** Its frames are JSON, or contain it. */
  json?: boolean;
  /** Only so many of a million are made: it is no codec, and slow. */
  share?: number;
  /** Throws when the codec does, and when it takes what it must not. */
  run(look: Look, tally: Tally): void;
}

interface Vector {
  protocol: string;
  hex?: string;
  text?: string;
  topic?: string;
  profile?: unknown;
  key_hex?: string;
}

const folder = new URL('../vectors/', import.meta.url);
const vectors = readdirSync(folder).flatMap(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector[],
);

/** Not as a Buffer, whose `slice` is no copy: what is done to a mutant would be done to its frame. */
const plain = (bytes: Uint8Array | string): Uint8Array => Uint8Array.from(Buffer.from(bytes));

export function frameOf(bytes: Uint8Array | string, topic: string | null = null): Frame {
  return { bytes: plain(bytes), topic, profile: null, key: null };
}

/** The frames of the project's vectors. */
export function framesOf(...protocols: readonly string[]): Frame[] {
  return vectors
    .filter(({ protocol }) => protocols.includes(protocol))
    .map(({ hex, text = '', topic = null, profile = null, key_hex }) => ({
      bytes: plain(hex === undefined ? text : Buffer.from(hex, 'hex')),
      topic,
      profile,
      key: key_hex === undefined ? null : Buffer.from(key_hex, 'hex'),
    }))
    .filter(({ bytes }) => bytes.length > 0);
}

export function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** What an inspector says of a frame, and that it says it as it must. */
export function inspect(
  protocol: string,
  { bytes, base, chance }: Look,
  more: { text?: string | null; bits?: string | null; direction?: ModbusDirection | null } = {},
): Decoded {
  const { text = null, bits = null, direction = null } = more;
  const { topic, profile } = base;
  const key = base.key ?? (chance.oneIn(8) ? chance.bytes(16) : null);
  const decoded = decoders[protocol]?.({ bytes, text, topic, profile, key, bits, direction });
  demand(decoded !== undefined, `there is no inspector ${protocol}`);
  demand(typeof decoded.valid === 'boolean', 'it does not say whether it is valid');
  demand(
    typeof decoded.error === (decoded.valid ? 'undefined' : 'string'),
    'error and validity do not agree',
  );
  JSON.stringify(decoded);
  const { fields } = anatomyOf(protocol, bytes, { profile, ...(direction === null ? {} : { direction }) });
  for (const { offset, length } of fields)
    if (offset !== null && length !== null)
      demand(offset >= 0 && length >= 0 && offset + length <= bytes.length, 'a field lies beyond the frame');
  return decoded;
}

/** The same of a protocol with a check: what is taken must be right by our own reckoning. */
export function inspectChecked(
  protocol: string,
  look: Look,
  tally: Tally,
  check: Check,
  direction?: ModbusDirection,
): void {
  const { valid } = inspect(protocol, look, { direction: direction ?? null });
  if (valid) {
    demand(check.holds(look.bytes), 'a frame whose check is wrong was taken');
    tally.taken++;
  } else if (!check.holds(look.bytes)) tally.wrongChecks++;
}

/** A codec of single frames with a check. */
export function checkedBytes(
  name: string,
  protocol: string,
  check: Check,
  more: readonly Frame[] = [],
): Target {
  return {
    name,
    protocols: [protocol],
    frames: [...framesOf(protocol), ...more],
    check,
    run: (look, tally) => inspectChecked(protocol, look, tally, check),
  };
}

/** Whether bytes stand in others in one piece. */
export function stands(part: Uint8Array, whole: Uint8Array): boolean {
  return Buffer.from(whole.buffer, whole.byteOffset, whole.length).includes(Buffer.from(part));
}

/** Whether a frame as the codec hands it over, written again, is one of the sound ones on the line. */
export function isAmong(again: Uint8Array, sound: readonly Uint8Array[]): boolean {
  return sound.some((frame) => Buffer.compare(frame, again) === 0);
}

function lookAt(target: Target, alphabet: Uint8Array, chance: Chance): Look {
  const { frames, check, json } = target;
  const base = chance.pick(frames);
  const told = json && !chance.oneIn(4) ? mutatedJson(Buffer.from(base.bytes).toString(), chance) : null;
  let bytes: Uint8Array;
  if (chance.oneIn(5)) bytes = noise(chance, alphabet);
  else if (told !== null) bytes = plain(told);
  else bytes = mutated(base.bytes, chance, chance.pick(frames).bytes);
  if (check && bytes.length > 0 && chance.oneIn(3)) bytes = plain(check.seal(bytes));
  return { bytes, pieces: inPieces(bytes, chance), base, chance };
}

/** So long the event loop is kept, ms: whoever runs the test is to hear that it lives. */
const holdMs = 200;

export interface Fuzzed extends Tally {
  frames: number;
  seconds: number;
  /** The slowest frame, ms: an expression that runs away would show. */
  slowestMs: number;
}

/** Gives a codec so many frames. @throws with the frame and the seed, at the first one that breaks it */
export async function fuzz(target: Target, count: number, seed: number): Promise<Fuzzed> {
  const alphabet = Uint8Array.from(new Set(target.frames.flatMap(({ bytes }) => [...bytes])));
  const tally: Tally = { taken: 0, wrongChecks: 0 };
  const started = performance.now();
  let slowestMs = 0;
  let held = started;
  for (let index = 0; index < count; index++) {
    const look = lookAt(target, alphabet, new Chance(seed, index));
    const from = performance.now();
    try {
      target.run(look, tally);
    } catch (error) {
      const hex = Buffer.from(look.bytes).toString('hex');
      const cuts = look.pieces.map(({ length }) => length).join('+');
      throw new Error(
        `${target.name}, frame ${index} of seed ${seed}: ${error instanceof Error ? error.message : error}\n${hex} (in pieces of ${cuts}; made of ${Buffer.from(look.base.bytes).toString('hex')}, topic ${look.base.topic}, profile ${JSON.stringify(look.base.profile)})`,
        { cause: error },
      );
    }
    const now = performance.now();
    slowestMs = Math.max(slowestMs, now - from);
    if (now - held > holdMs) {
      await setImmediate();
      held = performance.now();
    }
  }
  return { ...tally, frames: count, seconds: (performance.now() - started) / 1_000, slowestMs };
}
