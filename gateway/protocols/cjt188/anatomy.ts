import type { FrameField } from '../../contract/frame.ts';
import type { Label } from '../../contract/names.ts';
import { byteAt, bytesToHex } from '../bytes.ts';
import { FieldCursor, type FrameAnatomy } from '../frame-fields.ts';
import { takeMeterHead, takeMeterTail } from '../meter-anatomy.ts';
import { reversedHex } from '../meter-frame.ts';
import {
  batteryMask,
  type Cjt188Data,
  type Cjt188Profile,
  decodeMeasurements,
  type MeasuredName,
  measurementLayout,
  type PlainName,
  valveWords,
} from './data.ts';
import { cjt188Control, cjt188Function } from './frame.ts';

// Where each field of a CJ/T 188 frame stands (2004 and 2018 §7).

const groups: Readonly<Record<string, Label>> = {
  1: { zh: '水表', en: 'water meter' },
  2: { zh: '热量表', en: 'heat meter' },
  3: { zh: '燃气表', en: 'gas meter' },
  4: { zh: '其他仪表', en: 'another meter' },
  A: { zh: '任意', en: 'any' },
};

const operations = new Map<number, Label>([
  [cjt188Function.read, { zh: '读数据', en: 'read data' }],
  [cjt188Function.readAddress, { zh: '读地址', en: 'read address' }],
  [cjt188Function.write, { zh: '写数据', en: 'write data' }],
]);

const valves: Readonly<Record<(typeof valveWords)[number], Label>> = {
  open: { zh: '阀门开', en: 'valve open' },
  closed: { zh: '阀门关', en: 'valve closed' },
  unknown: { zh: '阀门状态未知', en: 'valve unknown' },
  fault: { zh: '阀门故障', en: 'valve fault' },
};

function controlNote(control: number): Label {
  const { fromMeter, refused, code } = cjt188Control(control);
  const what = operations.get(code) ?? { zh: '其他功能', en: 'another function' };
  if (!fromMeter) return { zh: `主站请求：${what.zh}`, en: `request: ${what.en}` };
  return refused
    ? { zh: `仪表应答：${what.zh}，拒绝`, en: `answer: ${what.en}, refused` }
    : { zh: `仪表应答：${what.zh}`, en: `answer: ${what.en}` };
}

function statusNote(status: number): Label {
  const valve = valves[valveWords[(status & 3) as 0 | 1 | 2 | 3]];
  if ((status & batteryMask) === 0) return valve;
  return { zh: `${valve.zh}，电池电压低`, en: `${valve.en}, battery low` };
}

const plainUnits: Readonly<Record<PlainName, string>> = { supply_c: '°C', return_c: '°C', work_hours: 'h' };

function measuredField(
  name: string,
  { measured, plain, time, status: bits }: Cjt188Data,
): Pick<FrameField, 'value' | 'unit' | 'note'> {
  if (name === 'clock') return { value: time };
  if (name === 'status')
    return { value: bits ?? null, ...(bits === undefined ? {} : { note: statusNote(bits) }) };
  const one = measured.get(name as MeasuredName);
  if (one) return { value: one.value ?? null, ...(one.unit === undefined ? {} : { unit: one.unit }) };
  return { value: plain.get(name as PlainName) ?? null, unit: plainUnits[name as PlainName] };
}

function takeData(
  cursor: FieldCursor,
  type: string,
  control: number,
  length: number,
  profile: Cjt188Profile,
): void {
  const end = Math.min(cursor.at + length, cursor.bytes.length);
  const { fromMeter, refused, code } = cjt188Control(control);
  if (end - cursor.at < 3) {
    cursor.rest('data', cursor.bytes.length - end);
    return;
  }
  if (refused) {
    cursor.byte('ser');
    cursor.hex('status', 2);
    return;
  }
  const wire = bytesToHex(cursor.bytes.subarray(cursor.at, cursor.at + 2));
  const di = wire === '1F90' ? '901F' : wire;
  cursor.take('di', 2, di, di === '901F' ? { note: { zh: '当前计量数据', en: 'present measurements' } } : {});
  cursor.byte('ser');
  const body = cursor.bytes.subarray(cursor.at, end);
  const data =
    fromMeter && code === cjt188Function.read && di === '901F'
      ? decodeMeasurements(type, body, profile)
      : null;
  if (data)
    for (const { name, bytes } of measurementLayout(type)) {
      if (cursor.at + bytes > end) break;
      const { value, ...more } = measuredField(name, data);
      cursor.take(name, bytes, value, more);
    }
  if (cursor.at < end) cursor.hex('data', end - cursor.at);
}

/** The frame that begins after any FE. */
export function cjt188Anatomy(bytes: Uint8Array, profile: Cjt188Profile): FrameAnatomy {
  const cursor = new FieldCursor(bytes);
  const from = takeMeterHead(cursor);
  if (from === null) return { fields: cursor.fields, check: null };
  const type = bytesToHex(bytes.subarray(cursor.at, cursor.at + 1));
  cursor.hex('meter_type', 1, groups[type.charAt(0)]);
  cursor.take('meter', 5, reversedHex(bytes, cursor.at, Math.min(5, cursor.left)));
  cursor.take('maker', 2, reversedHex(bytes, cursor.at, Math.min(2, cursor.left)));
  const control = byteAt(bytes, cursor.at);
  cursor.hex('control', 1, controlNote(control));
  const length = cursor.byte('data_length');
  takeData(cursor, type, control, length, profile);
  return { fields: cursor.fields, check: takeMeterTail(cursor, from, from + 11 + length) };
}

/** Whether bytes have the form of one frame, whatever their sum. */
export function isCjt188Shaped(bytes: Uint8Array): boolean {
  const at = bytes.findIndex((byte) => byte !== 0xfe);
  if (at < 0 || byteAt(bytes, at) !== 0x68) return false;
  const group = byteAt(bytes, at + 1) >> 4;
  return group >= 1 && group <= 4 && bytes.length === at + 13 + byteAt(bytes, at + 10);
}
