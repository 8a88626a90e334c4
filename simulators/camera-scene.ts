import type { GreyPicture } from './jpeg.ts';

const width = 640;
const height = 360;

/** Letters of 5 × 7 dots, a byte a column, the lowest bit on top. */
const font: Readonly<Record<string, readonly number[]>> = {
  0: [0x3e, 0x51, 0x49, 0x45, 0x3e],
  1: [0x00, 0x42, 0x7f, 0x40, 0x00],
  2: [0x42, 0x61, 0x51, 0x49, 0x46],
  3: [0x21, 0x41, 0x45, 0x4b, 0x31],
  4: [0x18, 0x14, 0x12, 0x7f, 0x10],
  5: [0x27, 0x45, 0x45, 0x45, 0x39],
  6: [0x3c, 0x4a, 0x49, 0x49, 0x30],
  7: [0x01, 0x71, 0x09, 0x05, 0x03],
  8: [0x36, 0x49, 0x49, 0x49, 0x36],
  9: [0x06, 0x49, 0x49, 0x29, 0x1e],
  A: [0x7e, 0x11, 0x11, 0x11, 0x7e],
  B: [0x7f, 0x49, 0x49, 0x49, 0x36],
  C: [0x3e, 0x41, 0x41, 0x41, 0x22],
  D: [0x7f, 0x41, 0x41, 0x22, 0x1c],
  E: [0x7f, 0x49, 0x49, 0x49, 0x41],
  F: [0x7f, 0x09, 0x09, 0x09, 0x01],
  G: [0x3e, 0x41, 0x49, 0x49, 0x7a],
  H: [0x7f, 0x08, 0x08, 0x08, 0x7f],
  I: [0x00, 0x41, 0x7f, 0x41, 0x00],
  J: [0x20, 0x40, 0x41, 0x3f, 0x01],
  K: [0x7f, 0x08, 0x14, 0x22, 0x41],
  L: [0x7f, 0x40, 0x40, 0x40, 0x40],
  M: [0x7f, 0x02, 0x0c, 0x02, 0x7f],
  N: [0x7f, 0x04, 0x08, 0x10, 0x7f],
  O: [0x3e, 0x41, 0x41, 0x41, 0x3e],
  P: [0x7f, 0x09, 0x09, 0x09, 0x06],
  Q: [0x3e, 0x41, 0x51, 0x21, 0x5e],
  R: [0x7f, 0x09, 0x19, 0x29, 0x46],
  S: [0x46, 0x49, 0x49, 0x49, 0x31],
  T: [0x01, 0x01, 0x7f, 0x01, 0x01],
  U: [0x3f, 0x40, 0x40, 0x40, 0x3f],
  V: [0x1f, 0x20, 0x40, 0x20, 0x1f],
  W: [0x3f, 0x40, 0x38, 0x40, 0x3f],
  X: [0x63, 0x14, 0x08, 0x14, 0x63],
  Y: [0x07, 0x08, 0x70, 0x08, 0x07],
  Z: [0x61, 0x51, 0x49, 0x45, 0x43],
  '-': [0x08, 0x08, 0x08, 0x08, 0x08],
  ':': [0x00, 0x36, 0x36, 0x00, 0x00],
};

/** Fills a box; what lies outside of the picture is cut off. */
function drawBox(
  { pixels }: GreyPicture,
  left: number,
  top: number,
  wide: number,
  high: number,
  grey: number,
): void {
  const from = Math.max(0, Math.round(left));
  const to = Math.min(width, Math.round(left + wide));
  for (let y = Math.max(0, Math.round(top)); y < Math.min(height, top + high); y++)
    if (to > from) pixels.fill(grey, y * width + from, y * width + to);
}

function drawText(picture: GreyPicture, text: string, left: number, top: number, dot: number): void {
  for (const [i, letter] of [...text.toUpperCase()].entries())
    for (const [column, dots] of (font[letter] ?? []).entries())
      for (let row = 0; row < 7; row++)
        if ((dots >> row) & 1)
          drawBox(picture, left + (i * 6 + column) * dot, top + row * dot, dot, dot, 235);
}

/** As the cameras of the demo compound are set: its own time. */
const clock = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'medium',
});

/** A number from a name, always the same. */
function seedOf(name: string): number {
  let seed = 7;
  for (const letter of name) seed = (seed * 31 + letter.charCodeAt(0)) % 9_973;
  return seed;
}

/**
 * What a camera at a fence sees at night: wall, posts, the pool of its lamp, somebody who walks by; with its name and the time
 * written in, so that one can see which camera and which moment a picture is of.
 */
export function drawScene(name: string, at: Date): GreyPicture {
  const picture: GreyPicture = { width, height, pixels: new Uint8Array(width * height) };
  const seed = seedOf(name);
  const lamp = 120 + (seed % 400);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const ground = y > 200 ? 70 : 38;
      const light = Math.max(0, 90 - Math.hypot(x - lamp, (y - 250) * 1.6) / 3);
      picture.pixels[y * width + x] = ground + light + ((x * 7 + y * 13 + seed) % 5);
    }
  drawBox(picture, 0, 120, width, 80, 96);
  for (let x = seed % 70; x < width; x += 70) drawBox(picture, x, 96, 10, 104, 128);
  drawBox(picture, 0, 112, width, 6, 140);
  // Somebody crosses the view once in 20 s.
  const walked = ((at.getTime() / 1_000 + seed) % 20) / 20;
  const x = walked * (width + 80) - 40;
  drawBox(picture, x - 9, 196, 18, 44, 24);
  drawBox(picture, x - 6, 180, 12, 14, 30);
  drawBox(picture, x - 9, 240, 7, 34, 20);
  drawBox(picture, x + 2, 240, 7, 34, 20);
  drawBox(picture, 0, 0, width, 34, 16);
  drawText(picture, name, 12, 8, 3);
  drawText(picture, clock.format(at), 268, 8, 3);
  return picture;
}
