import type { Label } from '../../contract/names.ts';
import { byteAt, bytesToHex } from '../bytes.ts';
import { FieldCursor, type FrameAnatomy } from '../frame-fields.ts';
import { takeMeterHead, takeMeterTail } from '../meter-anatomy.ts';
import { reversedHex } from '../meter-frame.ts';
import { controlBits, dlt645Function, dlt645Function1997 } from './frame.ts';
import { shownValues } from './items.ts';
import { refusalWords } from './session.ts';

// Where each field of a DL/T 645 frame stands (2007 §5.2); the data is shown without its 33H.

const operations = new Map<number, Label>([
  [dlt645Function.broadcastTime, { zh: '广播校时', en: 'broadcast time' }],
  [dlt645Function.read, { zh: '读数据', en: 'read data' }],
  [dlt645Function.readMore, { zh: '读后续数据', en: 'read more' }],
  [dlt645Function.readAddress, { zh: '读通信地址', en: 'read address' }],
  [dlt645Function.write, { zh: '写数据', en: 'write data' }],
  [0x15, { zh: '写通信地址', en: 'write address' }],
  [0x16, { zh: '冻结', en: 'freeze' }],
  [0x17, { zh: '更改通信速率', en: 'change baud rate' }],
  [0x1c, { zh: '跳合闸、报警、保电', en: 'control' }],
  [dlt645Function1997.read, { zh: '读数据（1997）', en: 'read data (1997)' }],
  [dlt645Function1997.readMore, { zh: '读后续数据（1997）', en: 'read more (1997)' }],
]);

function controlNote(control: number): Label {
  const { fromMeter, refused, more, code } = controlBits(control);
  const what = operations.get(code) ?? { zh: '其他功能', en: 'another function' };
  const way = fromMeter ? { zh: '电表应答', en: 'answer' } : { zh: '主站请求', en: 'request' };
  const end = refused
    ? { zh: '，拒绝', en: ', refused' }
    : more
      ? { zh: '，有后续帧', en: ', more follows' }
      : { zh: '', en: '' };
  return { zh: `${way.zh}：${what.zh}${end.zh}`, en: `${way.en}: ${what.en}${end.en}` };
}

/** Functions whose data begins with an identifier, and how many bytes it has. */
function identifierBytes(code: number): number {
  if (code === dlt645Function.read || code === dlt645Function.readMore || code === dlt645Function.write)
    return 4;
  return code === dlt645Function1997.read || code === dlt645Function1997.readMore || code === 0x04 ? 2 : 0;
}

function takeData(cursor: FieldCursor, control: number, length: number): void {
  const { fromMeter, refused, code } = controlBits(control);
  const data = cursor.bytes.subarray(cursor.at, cursor.at + length).map((byte) => (byte - 0x33) & 0xff);
  if (data.length === 0) return;
  const end = cursor.at + data.length;
  if (fromMeter && refused) {
    const words = refusalWords(byteAt(data, 0));
    cursor.take('refusal', 1, bytesToHex(data.subarray(0, 1)), { note: { zh: words, en: words } });
  } else if (fromMeter && code === dlt645Function.readAddress) {
    cursor.take('meter', data.length, reversedHex(data, 0, data.length));
  } else {
    const width = Math.min(identifierBytes(code), data.length);
    const di = reversedHex(data, 0, width);
    if (width > 0) cursor.take('di', width, di);
    const body = data.subarray(width);
    const values = fromMeter && width > 0 ? shownValues(di, body) : null;
    if (Array.isArray(values) && body.length % values.length === 0)
      for (const { name, value, unit } of values)
        cursor.take(name, body.length / values.length, value, { unit });
  }
  if (cursor.at < end)
    cursor.take('data', end - cursor.at, bytesToHex(data.subarray(data.length - (end - cursor.at))));
}

/** DL/T 645, both editions: the frame that begins after any FE. */
export function dlt645Anatomy(bytes: Uint8Array): FrameAnatomy {
  const cursor = new FieldCursor(bytes);
  const from = takeMeterHead(cursor);
  if (from === null) return { fields: cursor.fields, check: null };
  cursor.take('meter', 6, reversedHex(bytes, cursor.at, Math.min(6, cursor.left)));
  cursor.hex('start', 1);
  const control = byteAt(bytes, cursor.at);
  cursor.hex('control', 1, controlNote(control));
  const length = cursor.byte('data_length');
  takeData(cursor, control, length);
  return { fields: cursor.fields, check: takeMeterTail(cursor, from, from + 10 + length) };
}

/** Whether bytes have the form of one frame, whatever their sum: garbled on its way, or another edition's. */
export function isDlt645Shaped(bytes: Uint8Array): boolean {
  const at = bytes.findIndex((byte) => byte !== 0xfe);
  if (at < 0 || byteAt(bytes, at) !== 0x68 || byteAt(bytes, at + 7) !== 0x68) return false;
  return bytes.length === at + 12 + byteAt(bytes, at + 9);
}
