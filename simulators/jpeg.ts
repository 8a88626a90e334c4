// A baseline JPEG encoder for grey pictures (ITU-T T.81, sequential DCT, Huffman coding with the tables of Annex K): just enough to
// draw what a camera sees, with nothing to install.

/** A grey picture, a byte a pixel, row by row; 0 is black. */
export interface GreyPicture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Annex K.1, luminance; halved for a clean picture. */
const quantisation = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
].map((step) => Math.max(1, step >> 1));

const zigzag = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46,
  53, 60, 61, 54, 47, 55, 62, 63,
];

/** Annex K.3: how many codes of each length, and their values in order. */
const dcLengths = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const dcValues = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const acLengths = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d];
const acValues = [
  0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
  0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
  0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
  0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
  0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
  0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
  0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
  0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
  0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];

interface Code {
  bits: number;
  length: number;
}

/** The codes of a table by value (§C.2). */
function codesOf(lengths: readonly number[], values: readonly number[]): Map<number, Code> {
  const codes = new Map<number, Code>();
  let bits = 0;
  let next = 0;
  for (const [index, count] of lengths.entries()) {
    for (let i = 0; i < count; i++) codes.set(values[next++] ?? 0, { bits: bits++, length: index + 1 });
    bits <<= 1;
  }
  return codes;
}

const dcCodes = codesOf(dcLengths, dcValues);
const acCodes = codesOf(acLengths, acValues);

/** cos((2x+1)uπ/16) with the scale of §A.3.3, by u and x. */
const cosines = Float64Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (Math.cos(((2 * x + 1) * u * Math.PI) / 16) * (u === 0 ? Math.SQRT1_2 : 1)) / 2;
});

/** Along the rows, turned over: twice is the transform of a block. Plain loops, since a picture has thousands of blocks. */
function transformRows(from: Float64Array, to: Float64Array): void {
  for (let row = 0; row < 8; row++)
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += (from[row * 8 + x] as number) * (cosines[u * 8 + x] as number);
      to[u * 8 + row] = sum;
    }
}

/** Bits into bytes; a byte 0xFF is followed by a zero, so that it is no marker (§F.1.2.3). */
class BitWriter {
  readonly bytes: number[] = [];
  private held = 0;
  private count = 0;

  put(bits: number, length: number): void {
    for (let i = length - 1; i >= 0; i--) {
      this.held = (this.held << 1) | ((bits >> i) & 1);
      if (++this.count < 8) continue;
      this.bytes.push(this.held);
      if (this.held === 0xff) this.bytes.push(0);
      this.held = 0;
      this.count = 0;
    }
  }

  finish(): void {
    if (this.count > 0) this.put(0x7f, 8 - this.count);
  }
}

function putCode(writer: BitWriter, codes: Map<number, Code>, value: number): void {
  const { bits, length } = codes.get(value) ?? { bits: 0, length: 0 };
  writer.put(bits, length);
}

/** A value by its size and so many bits; negative ones count up from zero (§F.1.2.1). */
function sizeOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}
function putValue(writer: BitWriter, value: number, size: number): void {
  writer.put(value < 0 ? value + (1 << size) - 1 : value, size);
}

function putBlock(writer: BitWriter, coefficients: Int16Array, before: number): number {
  const dc = coefficients[0] as number;
  const difference = dc - before;
  putCode(writer, dcCodes, sizeOf(difference));
  putValue(writer, difference, sizeOf(difference));
  let zeros = 0;
  for (let i = 1; i < 64; i++) {
    const value = coefficients[i] as number;
    if (value === 0) {
      zeros++;
      continue;
    }
    for (; zeros > 15; zeros -= 16) putCode(writer, acCodes, 0xf0);
    putCode(writer, acCodes, (zeros << 4) | sizeOf(value));
    putValue(writer, value, sizeOf(value));
    zeros = 0;
  }
  if (zeros > 0) putCode(writer, acCodes, 0);
  return dc;
}

/** The block at a place, around zero; beyond the edge the last pixel is repeated. */
function takeBlock(
  { width, height, pixels }: GreyPicture,
  left: number,
  top: number,
  to: Float64Array,
): void {
  for (let i = 0; i < 64; i++) {
    const x = Math.min(width - 1, left + (i & 7));
    const y = Math.min(height - 1, top + (i >> 3));
    to[i] = (pixels[y * width + x] as number) - 128;
  }
}

function segment(marker: number, ...body: number[]): number[] {
  const length = body.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...body];
}

export function encodeJpeg(picture: GreyPicture): Buffer {
  const { width, height } = picture;
  const writer = new BitWriter();
  const block = new Float64Array(64);
  const half = new Float64Array(64);
  const coefficients = new Int16Array(64);
  let dc = 0;
  for (let top = 0; top < height; top += 8)
    for (let left = 0; left < width; left += 8) {
      takeBlock(picture, left, top, block);
      transformRows(block, half);
      transformRows(half, block);
      for (let i = 0; i < 64; i++) {
        const place = zigzag[i] as number;
        coefficients[i] = Math.round((block[place] as number) / (quantisation[place] as number));
      }
      dc = putBlock(writer, coefficients, dc);
    }
  writer.finish();
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0),
    ...segment(0xdb, 0, ...zigzag.map((place) => quantisation[place] ?? 1)),
    ...segment(0xc0, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0),
    ...segment(0xc4, 0x00, ...dcLengths, ...dcValues),
    ...segment(0xc4, 0x10, ...acLengths, ...acValues),
    ...segment(0xda, 1, 1, 0x00, 0, 63, 0),
    ...writer.bytes,
    ...[0xff, 0xd9],
  ]);
}
