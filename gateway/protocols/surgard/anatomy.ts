import type { Label } from '../../contract/names.ts';
import { bytesToText } from '../bytes.ts';
import { takeEvent } from '../contact-id/anatomy.ts';
import { FieldCursor, type FrameAnatomy } from '../frame-fields.ts';
import { decodeSurgard, surgardEnd } from './codec.ts';

// Where each field of a Sur-Gard frame stands (MLR2-DG manual p. 39-44). It has no check sum: the line is trusted.

const protocols: Readonly<Record<string, Label>> = {
  0: { zh: '接收机自身', en: 'of the receiver itself' },
  1: { zh: '基本格式或心跳', en: 'basic report or heartbeat' },
  3: { zh: 'SIA 事件', en: 'SIA event' },
  5: { zh: 'Contact ID', en: 'Contact ID' },
  Q: { zh: 'Contact ID，十位账号', en: 'Contact ID, account of ten digits' },
  S: { zh: 'SIA 数据块', en: 'SIA block' },
};

/** One frame with its DC4. */
export function surgardAnatomy(bytes: Uint8Array): FrameAnatomy {
  const result = decodeSurgard(bytes);
  if (!result.ok) return { fields: [], check: null };
  const { message } = result;
  const begin = bytes.findIndex((byte) => byte >= 0x20);
  const cursor = new FieldCursor(bytes, Math.max(0, begin));
  const protocol = bytesToText(bytes.subarray(cursor.at, cursor.at + 1));
  cursor.text('protocol', 1, protocols[protocol]);
  cursor.text('receiver', 2);
  if (message.kind !== 'other') cursor.text('line', message.line.length);
  const end = bytes.length - 1;
  const clockAt = message.kind !== 'other' && message.clock !== null ? end - message.clock.length : end;
  const skip = (length: number) => {
    cursor.at += length;
  };
  switch (message.kind) {
    case 'contact-id':
      skip(1);
      cursor.text('format', 2);
      cursor.text('account', message.message.account.length);
      takeEvent(cursor);
      break;
    case 'sia':
      skip(4);
      cursor.text('account', 6);
      cursor.text('event', 2);
      cursor.text('point', 4);
      break;
    case 'basic':
    case 'open-close':
      skip(4);
      cursor.text('account', 6);
      skip(1);
      cursor.text('event', 1);
      cursor.text('group', 1);
      cursor.text(message.kind === 'basic' ? 'zone' : 'user', 3);
      break;
    default:
      cursor.text('data', clockAt - cursor.at);
  }
  if (clockAt < end) {
    cursor.at = clockAt;
    cursor.text('clock', end - clockAt);
  }
  cursor.at = bytes.lastIndexOf(surgardEnd);
  cursor.hex('end', 1);
  return { fields: cursor.fields, check: null };
}
