import type { Label } from '../../contract/names.ts';
import { byteAt, bytesToHex, wordAt } from '../bytes.ts';
import { checkOf, FieldCursor, type FrameAnatomy } from '../frame-fields.ts';
import { crcHolds, modbusCrc } from './crc.ts';
import { decodePdu, exceptionName, type ModbusDirection, pduLength } from './pdu.ts';
import { maxRtuBytes } from './rtu.ts';
import { splitTcp } from './tcp.ts';

// Where each field of a Modbus frame stands (Application Protocol V1.1b3 §6, serial line V1.02 §2.5, TCP/IP V1.0b §3.1.3).

const functions = new Map<number, Label>([
  [1, { zh: '读线圈', en: 'read coils' }],
  [2, { zh: '读离散输入', en: 'read discrete inputs' }],
  [3, { zh: '读保持寄存器', en: 'read holding registers' }],
  [4, { zh: '读输入寄存器', en: 'read input registers' }],
  [5, { zh: '写单个线圈', en: 'write single coil' }],
  [6, { zh: '写单个寄存器', en: 'write single register' }],
  [15, { zh: '写多个线圈', en: 'write multiple coils' }],
  [16, { zh: '写多个寄存器', en: 'write multiple registers' }],
]);

const exceptions = new Map<number, Label>([
  [1, { zh: '不支持该功能码', en: 'illegal function' }],
  [
    2,
    {
      zh: '没有该地址：手册上的 30001/40001 在线上是 0',
      en: 'illegal data address: 30001 or 40001 of a manual is 0 on the wire',
    },
  ],
  [3, { zh: '数值或数量不允许', en: 'illegal data value or quantity' }],
  [4, { zh: '设备故障', en: 'device failure' }],
  [5, { zh: '已受理，处理中', en: 'acknowledged, still working' }],
  [6, { zh: '设备忙', en: 'device busy' }],
  [8, { zh: '存储器校验错', en: 'memory parity error' }],
  [10, { zh: '网关无通路', en: 'gateway path unavailable' }],
  [11, { zh: '网关后的设备无应答', en: 'the device behind the gateway does not answer' }],
]);

function functionNote(code: number): Label | undefined {
  const known = functions.get(code & 0x7f);
  if (code < 0x80) return known;
  return {
    zh: `异常应答${known ? `：${known.zh}` : ''}`,
    en: `exception${known ? ` to: ${known.en}` : ''}`,
  };
}

/** Which of both a PDU is, where nobody has said it: as the codec reads it. */
function directionOf(pdu: Uint8Array, direction: ModbusDirection | null): ModbusDirection {
  if (direction) return direction;
  if (decodePdu(pdu, 'request').ok) return 'request';
  return decodePdu(pdu, 'response').ok || byteAt(pdu, 0) >= 0x80 ? 'response' : 'request';
}

function takeRegisters(cursor: FieldCursor, bytes: number, first: number | null): void {
  for (let i = 0; i < Math.floor(bytes / 2) && cursor.left > 0; i++)
    cursor.word(first === null ? `register[${i}]` : `register ${first + i}`);
}

function takePdu(cursor: FieldCursor, end: number, direction: ModbusDirection | null): void {
  const pdu = cursor.bytes.subarray(cursor.at, end);
  if (pdu.length === 0) return;
  const way = directionOf(pdu, direction);
  const code = byteAt(pdu, 0);
  cursor.byte('function', functionNote(code));
  const left = () => end - cursor.at;
  if (code >= 0x80) {
    if (left() > 0) {
      const exception = byteAt(cursor.bytes, cursor.at);
      const word = exceptionName(exception).replaceAll('_', ' ');
      cursor.byte('exception', exceptions.get(exception) ?? { zh: word, en: word });
    }
  } else if (code <= 4 && way === 'response') {
    const count = cursor.byte('byte_count');
    if (code <= 2)
      for (let i = 0; i < count && left() > 0; i++) {
        const bits = byteAt(cursor.bytes, cursor.at).toString(2).padStart(8, '0');
        cursor.take(`bits ${8 * i + 7}…${8 * i}`, 1, bits);
      }
    else takeRegisters(cursor, Math.min(count, left()), null);
  } else if (code <= 6 || code === 15 || code === 16) {
    const address = cursor.word('address');
    if (code === 5 || code === 6) cursor.word('value');
    else cursor.word('quantity');
    if (code > 6 && way === 'request' && left() > 0) {
      const count = cursor.byte('byte_count');
      if (code === 16) takeRegisters(cursor, Math.min(count, left()), address);
    }
  }
  if (left() > 0) cursor.hex('data', left());
}

/** Frames in a row that a log may hold. */
const mostFrames = 64;

/** Ends of frames one after another, each of the length that its function says; null when the bytes are not made of such. */
function endsOf(bytes: Uint8Array, isFrame: (from: number, end: number) => boolean): number[] | null {
  const ends: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const from = at;
    const end = (['request', 'response'] as const)
      .map((way) => pduLength(bytes, from + 1, way))
      .flatMap((length) => (typeof length === 'number' ? [from + length + 3] : []))
      .find((one) => one <= bytes.length && one - from <= maxRtuBytes && isFrame(from, one));
    if (end === undefined || ends.length >= mostFrames) return null;
    ends.push(end);
    at = end;
  }
  return ends.length > 0 ? ends : null;
}

/**
 * Where frames end in bytes that hold several one after another, as a log of a line has question and answer; null when the
 * bytes are not made of such frames.
 */
export function rtuFrameEnds(bytes: Uint8Array): number[] | null {
  return endsOf(bytes, (from, end) => crcHolds(bytes, from, end));
}

/** The same of frames that may have been garbled: a CRC that holds tells the length, else what ends with the bytes does. */
function garbledEnds(bytes: Uint8Array): number[] | null {
  return endsOf(
    bytes,
    (from, end) =>
      crcHolds(bytes, from, end) ||
      (functions.has(byteAt(bytes, from + 1) & 0x7f) && byteAt(bytes, from) <= 247 && end === bytes.length),
  );
}

function takeRtu(cursor: FieldCursor, end: number, direction: ModbusDirection | null): FrameAnatomy['check'] {
  const from = cursor.at;
  const unit = byteAt(cursor.bytes, from);
  cursor.byte('unit', unit === 0 ? { zh: '广播', en: 'broadcast' } : undefined);
  takePdu(cursor, end - 2, direction);
  const crc = modbusCrc(cursor.bytes, from, end - 2);
  const computed = bytesToHex(Uint8Array.of(crc & 0xff, crc >> 8));
  const check = checkOf(
    'crc16-modbus',
    end - 2,
    2,
    bytesToHex(cursor.bytes.subarray(end - 2, end)),
    computed,
  );
  cursor.at = end - 2;
  cursor.hex('crc', 2);
  return check;
}

/** Modbus RTU: one frame, or several of which each has its CRC. */
export function rtuAnatomy(bytes: Uint8Array, direction: ModbusDirection | null): FrameAnatomy {
  if (bytes.length < 4) return { fields: [], check: null };
  const cursor = new FieldCursor(bytes);
  const ends = crcHolds(bytes) ? [bytes.length] : (garbledEnds(bytes) ?? [bytes.length]);
  let check: FrameAnatomy['check'] = null;
  for (const end of ends) {
    const one = takeRtu(cursor, end, ends.length > 1 ? null : direction);
    // Of several it is the first that fails which is told.
    if (check === null || check.holds) check = one;
  }
  return { fields: cursor.fields, check };
}

/** Whether bytes have the length that their functions say, whatever their CRC: frames that were garbled on their way. */
export const isRtuShaped = (bytes: Uint8Array): boolean => bytes.length >= 5 && garbledEnds(bytes) !== null;

/** Modbus TCP: a segment with one or more ADUs. It has no check sum of its own. */
export function tcpAnatomy(bytes: Uint8Array, direction: ModbusDirection | null): FrameAnatomy {
  const cursor = new FieldCursor(bytes);
  for (const _ of [...splitTcp(bytes).adus, null]) {
    if (cursor.left === 0) break;
    const length = wordAt(bytes, cursor.at + 4);
    const end = Math.min(bytes.length, cursor.at + 6 + length);
    cursor.word('transaction');
    cursor.word('protocol_id');
    cursor.word('length');
    cursor.byte('unit');
    takePdu(cursor, end, direction);
  }
  return { fields: cursor.fields, check: null };
}
