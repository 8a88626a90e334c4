const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A UUID version 7 (RFC 9562 §5.7) drawn in the browser, so that a call repeated after a failure is known to be the same.
 * `crypto.randomUUID` is missing on a plain-http page, `getRandomValues` is not.
 */
export function newId(nowMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const at = (index: number) => hex[bytes[index] ?? 0] ?? '00';
  const time = Math.floor(nowMs).toString(16).padStart(12, '0');
  const randA = hex[((bytes[0] ?? 0) & 0x0f) | 0x70] ?? '70';
  const variant = hex[((bytes[2] ?? 0) & 0x3f) | 0x80] ?? '80';
  const tail = [4, 5, 6, 7, 8, 9].map(at).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-${randA}${at(1)}-${variant}${at(3)}-${tail}`;
}
