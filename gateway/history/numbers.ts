import type { ByteReader, ByteWriter } from './bytes.ts';

/**
 * How a run of numbers is written. A scaled register is a whole number × 10^-k, and so is nearly every other reading: the
 * differences of those whole numbers are kept. A 32-bit float of a device is such a number rounded to 24 bits. What is neither is
 * kept by its bits, read as a whole number: floats of one sign are ordered as their bits are (IEEE 754), so that near values have small
 * differences. These are split into planes of like bytes, which deflate then presses.
 */
const mostDecimals = 6;
const mostDecimalsOfSingles = 4;
const singleDecimals = 16;
const singleBits = 32;
const doubleBits = 33;
/** Beyond this a scaled value might not be the whole number it looks like. */
const mostWhole = 2 ** 51;
/** Nearly every 32-bit float is near enough to some decimal of 24 bits and more; such a decimal says nothing. */
const mostWholeOfSingles = 2 ** 21;

/** The least k for which every number is whole after × 10^k and comes back as the very same number, or null. */
function decimalsOf(numbers: Float64Array, single: boolean): number | null {
  const most = single ? mostDecimalsOfSingles : mostDecimals;
  const limit = single ? mostWholeOfSingles : mostWhole;
  let k = 0;
  let factor = 1;
  let greatest = 0;
  for (let i = 0; i < numbers.length; ) {
    const number = numbers[i] ?? 0;
    greatest = Math.max(greatest, Math.abs(number));
    // A sum of differences never is -0.
    if (!(greatest * factor < limit) || Object.is(number, -0)) return null;
    const whole = Math.round(number * factor);
    const back = single ? Math.fround(whole / factor) : whole / factor;
    // Dividing gives the double (or float) nearest to the decimal, and so does its tenfold over ten: what fits k fits k + 1.
    if (Object.is(back, number)) i++;
    else if (k === most) return null;
    else factor = 10 ** ++k;
  }
  return k;
}

/** Lossless, whatever the doubles. The count is not written. */
export function writeNumbers(out: ByteWriter, numbers: Float64Array): void {
  const decimals = decimalsOf(numbers, false);
  if (decimals !== null) {
    out.byte(decimals);
    writeWhole(out, numbers, decimals);
    return;
  }
  if (!numbers.every((number) => Object.is(Math.fround(number), number))) {
    out.byte(doubleBits);
    writePlanes(out, new Int32Array(Float64Array.from(numbers).buffer), 2);
    return;
  }
  const singles = decimalsOf(numbers, true);
  if (singles !== null) {
    out.byte(singleDecimals + singles);
    writeWhole(out, numbers, singles);
  } else {
    out.byte(singleBits);
    writePlanes(out, new Int32Array(Float32Array.from(numbers).buffer), 1);
  }
}

function writeWhole(out: ByteWriter, numbers: Float64Array, decimals: number): void {
  const factor = 10 ** decimals;
  let before = 0;
  for (const number of numbers) {
    const whole = Math.round(number * factor);
    out.signed(whole - before);
    before = whole;
  }
}

/** @param width 32-bit words a number */
function writePlanes(out: ByteWriter, words: Int32Array, width: number): void {
  const count = words.length / width;
  for (let word = 0; word < width; word++) {
    const planes = [0, 1, 2, 3].map(() => new Uint8Array(count));
    let before = 0;
    for (let i = 0; i < count; i++) {
      const now = words[i * width + word] ?? 0;
      const difference = (now - before) | 0;
      const zigzag = (difference << 1) ^ (difference >> 31);
      for (const [byte, plane] of planes.entries()) plane[i] = zigzag >>> (8 * byte);
      before = now;
    }
    for (const plane of planes) out.raw(plane);
  }
}

/** @throws RangeError when the bytes are none that `writeNumbers` wrote */
export function readNumbers(input: ByteReader, count: number): Float64Array {
  const how = input.byte();
  if (how === doubleBits) return new Float64Array(readPlanes(input, count, 2).buffer);
  if (how === singleBits) return Float64Array.from(new Float32Array(readPlanes(input, count, 1).buffer));
  const single = how >= singleDecimals;
  const decimals = single ? how - singleDecimals : how;
  if (decimals > mostDecimals) throw new RangeError(`numbers written in way ${how} are not known`);
  const factor = 10 ** decimals;
  const numbers = new Float64Array(count);
  input.signedRun(numbers);
  let whole = 0;
  for (let i = 0; i < count; i++) {
    whole += numbers[i] ?? 0;
    numbers[i] = single ? Math.fround(whole / factor) : whole / factor;
  }
  return numbers;
}

function readPlanes(input: ByteReader, count: number, width: number): Int32Array<ArrayBuffer> {
  const words = new Int32Array(count * width);
  for (let word = 0; word < width; word++) {
    const [low, second, third, high] = [
      input.raw(count),
      input.raw(count),
      input.raw(count),
      input.raw(count),
    ];
    let before = 0;
    for (let i = 0; i < count; i++) {
      const zigzag =
        (low[i] ?? 0) | ((second[i] ?? 0) << 8) | ((third[i] ?? 0) << 16) | ((high[i] ?? 0) << 24);
      before = (before + ((zigzag >>> 1) ^ -(zigzag & 1))) | 0;
      words[i * width + word] = before;
    }
  }
  return words;
}
