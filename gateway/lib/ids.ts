import { randomFillSync } from 'node:crypto';

const pool = new Uint8Array(4096);
let used = pool.length;
let lastMs = 0;
let counter = 0;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function byteAt(index: number): string {
  return hex[pool[index] ?? 0] ?? '00';
}

/**
 * A UUID version 7 (RFC 9562 §5.7) for `wallMs`; within one millisecond a 12-bit counter (method 1 of §6.2) keeps them rising,
 * and a clock that steps back goes on from the last millisecond, so that ids of one process always sort in the order drawn.
 */
export function uuidv7(wallMs: number): string {
  if (wallMs > lastMs) {
    lastMs = Math.floor(wallMs);
    counter = 0;
  } else if (++counter > 0xfff) {
    lastMs++;
    counter = 0;
  }
  if (used + 8 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const variant = hex[((pool[used] ?? 0) & 0x3f) | 0x80] ?? '80';
  const tail = `${variant}${byteAt(used + 1)}-${byteAt(used + 2)}${byteAt(used + 3)}${byteAt(used + 4)}${byteAt(used + 5)}${byteAt(used + 6)}${byteAt(used + 7)}`;
  used += 8;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${tail}`;
}

/** What every id that was drawn at or after a moment (UTC ms) is not less than. */
export function idsSince(wallMs: number): string {
  const time = Math.max(0, Math.floor(wallMs)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}
