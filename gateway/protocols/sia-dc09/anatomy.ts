import { bytesToHex, bytesToText } from '../bytes.ts';
import { takeEvent } from '../contact-id/anatomy.ts';
import { crc16 } from '../crc16.ts';
import { checkOf, FieldCursor, type FrameAnatomy } from '../frame-fields.ts';

// Where each field of a DC-09 frame stands (§5.2): LF crc 0LLL "id" seq [Rrcvr] Lpref [#acct] [data] [xdata…] [_timestamp] CR.

const head =
  /^"(\*?[A-Za-z0-9-]{1,20})"([0-9A-Fa-f]{4})(R[0-9A-Fa-f]{0,6})?(L[0-9A-Fa-f]{0,6})?(#[0-9A-Fa-f]{1,20})?\[/;
const contactId = /^((?:#[0-9A-Fa-f]{1,16})? ?\|)?([0-9EPR][0-9A-F]{3}( ?)[0-9A-F]{2}\3[0-9A-F]{3})$/i;

function takeContents(cursor: FieldCursor, data: string): void {
  const cid = contactId.exec(data);
  if (!cid) {
    cursor.text('data', data.length);
    return;
  }
  if (cid[1]) cursor.text('data_account', cid[1].length);
  takeEvent(cursor, cid[3]?.length ?? 0);
}

/** One frame from its LF to its CR; the contents of an encrypted one are one field. */
export function dc09Anatomy(bytes: Uint8Array): FrameAnatomy {
  const cursor = new FieldCursor(bytes);
  const begin = bytes.indexOf(0x0a);
  const end = bytes.lastIndexOf(0x0d);
  if (begin < 0 || end < begin) return { fields: [], check: null };
  const binary = bytes[begin + 7] === 0x22 && bytes[begin + 9] !== 0x22;
  const first = begin + (binary ? 7 : 9);
  if (bytes[first] !== 0x22 || end <= first) return { fields: [], check: null };
  cursor.at = begin;
  cursor.hex('start', 1);
  const crcAt = cursor.at;
  const found = binary ? cursor.hex('crc', 2) : cursor.text('crc', 4);
  const computed = bytesToHex(
    Uint8Array.of(crc16(0, bytes, first, end) >> 8, crc16(0, bytes, first, end) & 0xff),
  );
  cursor.text('length', 4);
  const text = bytesToText(bytes.subarray(first, end));
  const parts = head.exec(text);
  if (parts) {
    const [all, id = '', seq = '', receiver = '', line = '', account = ''] = parts;
    cursor.text('id', id.length + 2);
    cursor.text('sequence', seq.length);
    cursor.text('receiver', receiver.length);
    cursor.text('line', line.length);
    cursor.text('account', account.length);
    cursor.at += 1;
    const body = text.slice(all.length);
    const close = id.startsWith('*') ? -1 : body.indexOf(']');
    if (close < 0) cursor.text(id.startsWith('*') ? 'encrypted' : 'data', body.length);
    else {
      takeContents(cursor, body.slice(0, close));
      cursor.at = first + all.length + close + 1;
      const time = body.lastIndexOf('_');
      const extra = (time > close ? time : body.length) - close - 1;
      if (extra > 0) cursor.text('extended_data', extra);
      if (time > close) cursor.text('timestamp', body.length - time);
    }
  } else cursor.text('data', end - cursor.at);
  cursor.at = end;
  cursor.hex('end', 1);
  return {
    fields: cursor.fields,
    check: checkOf('crc16-arc', crcAt, binary ? 2 : 4, found, computed),
  };
}
