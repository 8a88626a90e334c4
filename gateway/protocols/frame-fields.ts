import type { FrameCheck, FrameField } from '../contract/frame.ts';
import { byteAt, bytesToHex, bytesToText, wordAt } from './bytes.ts';

type Note = FrameField['note'];

/** Lists the fields of a frame from its beginning on. What lies beyond the end of the bytes is left out. */
export class FieldCursor {
  readonly bytes: Uint8Array;
  readonly fields: FrameField[] = [];
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get left(): number {
    return Math.max(0, this.bytes.length - this.at);
  }

  /** A field of so many bytes; cut where they end. */
  take(
    name: string,
    length: number,
    value: FrameField['value'],
    more: { unit?: string; note?: Note } = {},
  ): void {
    const there = Math.min(length, this.left);
    if (there > 0)
      this.fields.push({
        name,
        offset: this.at,
        length: there,
        value,
        ...(more.unit ? { unit: more.unit } : {}),
        ...(more.note ? { note: more.note } : {}),
      });
    this.at += length;
  }

  byte(name: string, note?: Note): number {
    const value = byteAt(this.bytes, this.at);
    this.take(name, 1, value, { note });
    return value;
  }

  /** High byte first. */
  word(name: string, note?: Note): number {
    const value = wordAt(this.bytes, this.at);
    this.take(name, 2, value, { note });
    return value;
  }

  hex(name: string, length: number, note?: Note): string {
    const value = bytesToHex(this.bytes.subarray(this.at, this.at + length));
    this.take(name, length, value, { note });
    return value;
  }

  text(name: string, length: number, note?: Note): string {
    const value = bytesToText(this.bytes.subarray(this.at, this.at + length));
    this.take(name, length, value, { note });
    return value;
  }

  /** What is left, up to so many bytes before the end. */
  rest(name: string, keep = 0): void {
    const length = this.left - keep;
    if (length > 0) this.hex(name, length);
  }
}

/** What a codec that knows its places tells of a frame; `check` is null where the frame ends before it. */
export interface FrameAnatomy {
  fields: FrameField[];
  check: FrameCheck | null;
}

/** Compares check bytes as they stand there with what they should be. */
export function checkOf(
  method: FrameCheck['method'],
  offset: number,
  length: number,
  found: string,
  computed: string,
): FrameCheck {
  return { method, offset, length, found, computed, holds: found.toUpperCase() === computed.toUpperCase() };
}

function isLabel(value: object): value is { zh: string; en: string } {
  return 'zh' in value && 'en' in value && Object.keys(value).length === 2;
}

/** The fields of what a codec says when it does not tell their places: names are paths such as `metrics[0].name`. */
export function flatFields(decoded: Readonly<Record<string, unknown>>, mostFields = 400): FrameField[] {
  const fields: FrameField[] = [];
  const add = (name: string, value: unknown): void => {
    if (value === undefined || fields.length >= mostFields) return;
    if (typeof value !== 'object' || value === null) {
      const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      fields.push({ name, offset: null, length: null, value: plain ? value : null });
    } else if (Array.isArray(value)) {
      if (value.every((item) => typeof item !== 'object' || item === null))
        fields.push({ name, offset: null, length: null, value: value.join(' ') });
      else
        value.forEach((item, index) => {
          add(`${name}[${index}]`, item);
        });
    } else if (isLabel(value)) {
      fields.push({ name, offset: null, length: null, value: value.en, note: value });
    } else if ('value' in value && 'unit' in value && Object.keys(value).length === 2) {
      const { value: inner, unit } = value as { value: unknown; unit: unknown };
      add(name, inner);
      const last = fields.at(-1);
      if (last?.name === name && typeof unit === 'string') last.unit = unit;
    } else for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner);
  };
  for (const [name, value] of Object.entries(decoded))
    if (name !== 'valid' && name !== 'error') add(name, value);
  return fields;
}
