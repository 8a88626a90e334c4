import { createCipheriv, createDecipheriv } from 'node:crypto';
import { bytesToHex, hexToBytes, textToBytes } from '../bytes.ts';

// DC-09 §5.4: AES in CBC mode with an initial vector of zeros; key of 128, 192 or 256 bits; the text as hex digits.

const blockBytes = 16;
const keyBytes = [16, 24, 32];
const start = new Uint8Array(blockBytes);

/**
 * A key as installers write it: 32, 48 or 64 hex digits, or 16, 24 or 32 characters that stand for themselves. What could be
 * both (32 hex digits) is hex; `ascii:` before it says otherwise. Null when it is neither.
 */
export function readDc09Key(text: string): Uint8Array | null {
  const [, mark, rest = ''] = /^(ascii:)?(.*)$/s.exec(text) ?? [];
  const hex = mark === undefined && /^[0-9A-Fa-f]+$/.test(rest) ? hexToBytes(rest) : null;
  if (hex && keyBytes.includes(hex.length)) return hex;
  const characters = /^[\x20-\x7e]+$/.test(rest) ? textToBytes(rest) : null;
  return characters && keyBytes.includes(characters.length) ? characters : null;
}

function algorithm(key: Uint8Array): string | null {
  return keyBytes.includes(key.length) ? `aes-${key.length * 8}-cbc` : null;
}

/** The text behind hex digits; null when they are no whole blocks or the key has no known length. */
export function decryptDc09(hex: string, key: Uint8Array): string | null {
  const bytes = hexToBytes(hex);
  const name = algorithm(key);
  if (!bytes || !name || bytes.length === 0 || bytes.length % blockBytes !== 0) return null;
  const decipher = createDecipheriv(name, key, start).setAutoPadding(false);
  return Buffer.concat([decipher.update(bytes), decipher.final()]).toString('latin1');
}

/**
 * Hex digits for `|data]…`: filled up in front to whole blocks.
 * @param pad 16 characters, none of them `|`, `[` or `]`; as the vector is zero, their chance is what hides equal texts
 */
export function encryptDc09(text: string, key: Uint8Array, pad: string): string {
  const name = algorithm(key);
  if (!name) throw new RangeError(`a key of ${key.length} bytes: AES has 16, 24 or 32`);
  const fill = pad.slice(0, blockBytes - (text.length % blockBytes));
  const cipher = createCipheriv(name, key, start).setAutoPadding(false);
  const plain = Buffer.from(fill + text, 'latin1');
  return bytesToHex(Buffer.concat([cipher.update(plain), cipher.final()]));
}
