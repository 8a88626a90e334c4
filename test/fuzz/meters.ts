import { cjt188Exchange } from '../../gateway/links/cjt188-exchange.ts';
import { dlt645Exchange } from '../../gateway/links/dlt645-exchange.ts';
import type { Exchange } from '../../gateway/links/exchange.ts';
import { createCjt188Assembler, encodeCjt188 } from '../../gateway/protocols/cjt188/frame.ts';
import { readCjt188Addresses } from '../../gateway/protocols/cjt188/session.ts';
import { createDlt645Assembler, encodeDlt645 } from '../../gateway/protocols/dlt645/frame.ts';
import { beginReading, encodeAnswer, readAddresses } from '../../gateway/protocols/dlt645/session.ts';
import { type Check, meterSum } from './checksums.ts';
import {
  demand,
  type Frame,
  frameOf,
  framesOf,
  inspect,
  inspectChecked,
  isAmong,
  type Look,
  type Tally,
  type Target,
} from './harness.ts';

// DL/T 645 of both editions and CJ/T 188: what a question on the line takes for its answer must stand there, in sound frames of the
// meter that was asked.

const dlt645 = meterSum(9);
const cjt188 = meterSum(10);

/** Every sound frame in a stream, wherever it begins; also such as stand in others. */
function soundFrames(stream: Uint8Array, check: Check, lengthAt: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let from = stream.indexOf(0x68); from >= 0; from = stream.indexOf(0x68, from + 1)) {
    const frame = stream.subarray(from, from + lengthAt + 3 + (stream[from + lengthAt] ?? 0));
    if (check.holds(frame)) found.push(frame);
  }
  return found;
}

/** Feeds a stream to an exchange and to those that go on from it; the value that was taken, else null. */
function valueTaken(first: Exchange<Uint8Array>, pieces: readonly Uint8Array[]): Uint8Array | null {
  let exchange = first;
  for (let frames = 0; frames < 4; frames++) {
    let next: Exchange<Uint8Array> | null = null;
    for (const piece of pieces) {
      const verdict = exchange.take(piece);
      if (verdict.state === 'done') return verdict.outcome.ok ? verdict.outcome.value : null;
      if (verdict.state === 'more') {
        next = verdict.next;
        break;
      }
    }
    if (!next) {
      const late = exchange.timeOver(500);
      return late.ok ? late.value : null;
    }
    exchange = next;
  }
  return null;
}

const reversed = (bytes: Uint8Array) => Buffer.from(bytes).reverse();

interface Edition {
  identifierBytes: number;
  read: number;
  more: number;
  numberBytes: number;
}
const editions: Readonly<Record<string, Edition>> = {
  'dlt645-2007': { identifierBytes: 4, read: 0x91, more: 0x92, numberBytes: 1 },
  'dlt645-1997': { identifierBytes: 2, read: 0x81, more: 0x82, numberBytes: 0 },
};

/** Whether a value is made of the bodies of sound frames of the meter, in order. */
function isMadeOf(
  value: Uint8Array,
  frames: readonly Uint8Array[],
  { identifierBytes, numberBytes, read, more }: Edition,
  meter: string,
  di: string,
  seq = 0,
): boolean {
  return frames.some((frame) => {
    const data = frame.subarray(10, -2).map((byte) => byte - 0x33);
    const numbered = seq > 0 ? numberBytes : 0;
    const body = data.subarray(identifierBytes, data.length - numbered);
    const control = frame[8] ?? 0;
    const ours =
      reversed(frame.subarray(1, 7)).toString('hex') === meter &&
      reversed(data.subarray(0, identifierBytes)).toString('hex').toUpperCase() === di &&
      (control & ~0x20) === (seq === 0 ? read : more) &&
      (numbered === 0 || data.at(-1) === seq);
    if (!ours || Buffer.compare(body, value.subarray(0, body.length)) !== 0) return false;
    if ((control & 0x20) === 0) return body.length === value.length;
    return isMadeOf(
      value.subarray(body.length),
      frames,
      { identifierBytes, numberBytes, read, more },
      meter,
      di,
      seq + 1,
    );
  });
}

function askedMeter(look: Look, edition: Edition, tally: Tally): void {
  const { base, bytes, pieces, chance } = look;
  const start = base.bytes.findIndex((byte) => byte !== 0xfe);
  const frame = base.bytes.subarray(Math.max(0, start));
  const address = reversed(frame.subarray(1, 7)).toString('hex');
  const meter = /^\d{12}$/.test(address) && !chance.oneIn(10) ? address : '000000000161';
  const data = frame.subarray(10, 10 + edition.identifierBytes).map((byte) => byte - 0x33);
  const wanted = reversed(data).toString('hex').toUpperCase();
  const di =
    wanted.length === 2 * edition.identifierBytes ? wanted : '00010000'.slice(0, 2 * edition.identifierBytes);
  const value = valueTaken(dlt645Exchange(beginReading(meter, di), 8), pieces);
  if (value === null) return;
  tally.taken++;
  demand(
    isMadeOf(value, soundFrames(bytes, dlt645, 9), edition, meter, di),
    'a value that no sound frame of the meter holds was taken',
  );
}

function assembledMeters(look: Look, tally: Tally): void {
  const sound = soundFrames(look.bytes, dlt645, 9);
  const assembler = createDlt645Assembler();
  for (const frame of look.pieces.flatMap((piece) => assembler.push(piece))) {
    demand(isAmong(encodeDlt645(frame), sound), 'the assembler made a frame up');
    tally.taken++;
  }
  for (const address of readAddresses(look.bytes).addresses)
    demand(
      sound.some((frame) => reversed(frame.subarray(1, 7)).toString('hex').toUpperCase() === address),
      'a meter that nobody heard',
    );
}

/** An answer in three frames. */
function inThree(meter: string, di: string): Uint8Array {
  const reading = beginReading(meter, di);
  const part = (seq: number, more: boolean) =>
    encodeAnswer({ ...reading, seq }, { data: Uint8Array.of(seq, 0x12, 0x34, 0x56), more });
  return Buffer.concat([part(0, true), part(1, true), part(2, false)]);
}

function dlt645Target(name: string, protocol: string, more: readonly Frame[]): Target {
  const edition = editions[protocol];
  if (!edition) throw new Error(`there is no edition ${protocol}`);
  return {
    name,
    protocols: protocol === 'dlt645-2007' ? [protocol, 'dlt645-2007-stream'] : [protocol],
    frames: [...framesOf(protocol), ...more],
    check: dlt645,
    run(look, tally) {
      inspectChecked(protocol, look, tally, dlt645);
      const { frames } = inspect('dlt645-2007-stream', look) as { frames?: unknown[] };
      demand(
        (frames?.length ?? 0) <= soundFrames(look.bytes, dlt645, 9).length,
        'more frames than are sound',
      );
      assembledMeters(look, tally);
      askedMeter(look, edition, tally);
    },
  };
}

function askedWaterMeter({ base, bytes, pieces, chance }: Look, tally: Tally): void {
  const start = base.bytes.findIndex((byte) => byte !== 0xfe);
  const frame = base.bytes.subarray(Math.max(0, start));
  const type = Buffer.from(frame.subarray(1, 2)).toString('hex').toUpperCase();
  const address = reversed(frame.subarray(2, 9)).toString('hex').toUpperCase();
  const reading = {
    type: type.length === 2 ? type : '10',
    address: address.length === 14 ? address : '78330011223344',
    highFirst: chance.oneIn(2),
  };
  const value = valueTaken(cjt188Exchange(reading), pieces);
  if (value === null) return;
  tally.taken++;
  const stood = soundFrames(bytes, cjt188, 10).some(
    (sound) =>
      Buffer.from(sound.subarray(1, 2)).toString('hex').toUpperCase() === reading.type &&
      reversed(sound.subarray(2, 9)).toString('hex').toUpperCase() === reading.address &&
      sound[9] === 0x81 &&
      Buffer.compare(sound.subarray(14, -2), value) === 0,
  );
  demand(stood, 'a value that no sound frame of the meter holds was taken');
}

const waterMeters: Target = {
  name: 'CJ/T 188',
  protocols: ['cjt188'],
  frames: framesOf('cjt188'),
  check: cjt188,
  run(look, tally) {
    inspectChecked('cjt188', look, tally, cjt188);
    const sound = soundFrames(look.bytes, cjt188, 10);
    const assembler = createCjt188Assembler();
    for (const frame of look.pieces.flatMap((piece) => assembler.push(piece))) {
      demand(isAmong(encodeCjt188(frame), sound), 'the assembler made a frame up');
      tally.taken++;
    }
    readCjt188Addresses(look.bytes);
    askedWaterMeter(look, tally);
  },
};

export const meterTargets: readonly Target[] = [
  dlt645Target('DL/T 645-2007', 'dlt645-2007', [
    ...framesOf('dlt645-2007-stream'),
    frameOf(inThree('000000000161', '0001FF00')),
  ]),
  dlt645Target('DL/T 645-1997', 'dlt645-1997', [frameOf(inThree('138000130754', '9010'))]),
  waterMeters,
];
