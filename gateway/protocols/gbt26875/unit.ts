import { byteAt, bytesToHex } from '../bytes.ts';
import { readTime, type Shown, writeTime } from './frame.ts';

// Application data units, GB/T 26875.3-2011 §7 and §8: a type, how many objects, and the objects.

/** A part by system type and address, and its own address of four bytes (§8.2.1.2). */
export interface FirePart {
  systemType: number;
  systemAddress: number;
  partType: number;
  /** As on the wire, hex. */
  partAddress: string;
}

export type FireObject =
  /** Types 1 (a system), 2 (a part, with its text) and 21 (the transmission device itself): bits of its state. */
  | { kind: 'system-state'; systemType: number; systemAddress: number; state: number; time: Shown }
  | ({ kind: 'part-state'; state: number; text: string; time: Shown } & FirePart)
  | { kind: 'device-state'; state: number; time: Shown }
  /** Type 3: the value in the unit of its quantity; null where the quantity is not of the standard. */
  | ({ kind: 'part-value'; quantity: number; raw: number; value: number | null; time: Shown } & FirePart)
  /** Types 4 and 24: bits of what somebody did at the control unit, or at the transmission device. */
  | {
      kind: 'system-operation';
      systemType: number;
      systemAddress: number;
      operation: number;
      operator: number;
      time: Shown;
    }
  | { kind: 'device-operation'; operation: number; operator: number; time: Shown }
  /** Types 8 and 28. */
  | { kind: 'system-time'; systemType: number; systemAddress: number; time: Shown }
  | { kind: 'device-time'; time: Shown };

export interface FireUnit {
  type: number;
  objects: FireObject[];
  /** What was not read: all of a type that is only named here, or what is too much. */
  rest: Uint8Array;
}

export type FireUnitRead = { ok: true; unit: FireUnit } | { ok: false; error: 'objects' };

/** Quantities of type 3 (§8.2.1.3 table 6): what one step of the raw number is in the unit. */
export const fireQuantities: ReadonlyMap<number, { zh: string; en: string; unit: string; step: number }> =
  new Map([
    [1, { zh: '事件计数', en: 'Count of events', unit: '', step: 1 }],
    [2, { zh: '高度', en: 'Height', unit: 'm', step: 0.01 }],
    [3, { zh: '温度', en: 'Temperature', unit: '°C', step: 0.1 }],
    [4, { zh: '压力', en: 'Pressure', unit: 'MPa', step: 0.1 }],
    [5, { zh: '压力', en: 'Pressure', unit: 'kPa', step: 0.1 }],
    [6, { zh: '气体浓度', en: 'Gas concentration', unit: '%LEL', step: 0.1 }],
    [7, { zh: '时间', en: 'Time', unit: 's', step: 1 }],
    [8, { zh: '电压', en: 'Voltage', unit: 'V', step: 0.1 }],
    [9, { zh: '电流', en: 'Current', unit: 'A', step: 0.1 }],
    [10, { zh: '流量', en: 'Flow', unit: 'L/s', step: 0.1 }],
    [11, { zh: '风量', en: 'Air flow', unit: 'm³/min', step: 0.1 }],
    [12, { zh: '风速', en: 'Air speed', unit: 'm/s', step: 1 }],
  ]);

const textBytes = 31;
const gb18030 = new TextDecoder('gb18030');

/** GB 18030 up to the first NUL; blanks around it are filling. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return gb18030.decode(end < 0 ? bytes : bytes.subarray(0, end)).trim();
}

const wordLow = (bytes: Uint8Array, at: number): number => byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);

function systemAt(bytes: Uint8Array, at: number) {
  return { systemType: byteAt(bytes, at), systemAddress: byteAt(bytes, at + 1) };
}

function partAt(bytes: Uint8Array, at: number): FirePart {
  return {
    ...systemAt(bytes, at),
    partType: byteAt(bytes, at + 2),
    partAddress: bytesToHex(bytes.subarray(at + 3, at + 7)),
  };
}

function valueAt(bytes: Uint8Array, at: number): FireObject {
  const quantity = byteAt(bytes, at + 7);
  const raw = (wordLow(bytes, at + 8) << 16) >> 16;
  const step = fireQuantities.get(quantity)?.step;
  const value = step === undefined ? null : Number((raw * step).toFixed(2));
  return { kind: 'part-value', ...partAt(bytes, at), quantity, raw, value, time: readTime(bytes, at + 10) };
}

/** Bytes of one object with its time, and how it is read. */
const layouts: ReadonlyMap<number, { bytes: number; read(bytes: Uint8Array, at: number): FireObject }> =
  new Map([
    [
      1,
      {
        bytes: 10,
        read: (bytes, at) => ({
          kind: 'system-state',
          ...systemAt(bytes, at),
          state: wordLow(bytes, at + 2),
          time: readTime(bytes, at + 4),
        }),
      },
    ],
    [
      2,
      {
        bytes: 46,
        read: (bytes, at) => ({
          kind: 'part-state',
          ...partAt(bytes, at),
          state: wordLow(bytes, at + 7),
          text: textOf(bytes.subarray(at + 9, at + 9 + textBytes)),
          time: readTime(bytes, at + 40),
        }),
      },
    ],
    [3, { bytes: 16, read: valueAt }],
    [
      4,
      {
        bytes: 10,
        read: (bytes, at) => ({
          kind: 'system-operation',
          ...systemAt(bytes, at),
          operation: byteAt(bytes, at + 2),
          operator: byteAt(bytes, at + 3),
          time: readTime(bytes, at + 4),
        }),
      },
    ],
    [
      8,
      {
        bytes: 8,
        read: (bytes, at) => ({
          kind: 'system-time',
          ...systemAt(bytes, at),
          time: readTime(bytes, at + 2),
        }),
      },
    ],
    [
      21,
      {
        bytes: 7,
        read: (bytes, at) => ({
          kind: 'device-state',
          state: byteAt(bytes, at),
          time: readTime(bytes, at + 1),
        }),
      },
    ],
    [
      24,
      {
        bytes: 8,
        read: (bytes, at) => ({
          kind: 'device-operation',
          operation: byteAt(bytes, at),
          operator: byteAt(bytes, at + 1),
          time: readTime(bytes, at + 2),
        }),
      },
    ],
    [28, { bytes: 6, read: (bytes, at) => ({ kind: 'device-time', time: readTime(bytes, at) }) }],
  ] as const);

/** Reads a unit; null for an empty one, as heartbeats have it. Never throws. */
export function readFireUnit(bytes: Uint8Array): FireUnitRead | null {
  const type = bytes[0];
  if (type === undefined) return null;
  const layout = layouts.get(type);
  if (!layout) return { ok: true, unit: { type, objects: [], rest: bytes.slice(2) } };
  const count = byteAt(bytes, 1);
  const end = 2 + count * layout.bytes;
  if (count === 0 || end > bytes.length) return { ok: false, error: 'objects' };
  const objects = Array.from({ length: count }, (_, i) => layout.read(bytes, 2 + i * layout.bytes));
  return { ok: true, unit: { type, objects, rest: bytes.slice(end) } };
}

/** Type 90 of a control command (§8.3.2.15): the device's clock is set to what stands there. */
export function clockUnit(shown: number): Uint8Array {
  return Uint8Array.of(90, 1, ...writeTime(shown));
}

/** `zone-number` of a part's address: two bytes each, low byte first. */
export function partNumber(partAddress: string): string {
  const at = (i: number) => Number.parseInt(partAddress.slice(2 * i, 2 * i + 2), 16);
  return `${at(0) | (at(1) << 8)}-${at(2) | (at(3) << 8)}`;
}
