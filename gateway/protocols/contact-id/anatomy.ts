import type { Label } from '../../contract/names.ts';
import { bytesToText } from '../bytes.ts';
import { checkOf, FieldCursor, type FrameAnatomy } from '../frame-fields.ts';
import { checkDigit, qualifierOf } from './codec.ts';
import { contactIdEvent } from './events.ts';

// Where each field of a Contact ID message stands: ACCT MT Q XYZ GG CCC S (SIA DC-05 §4).

const qualifiers: Readonly<Record<1 | 3 | 6, Label>> = {
  1: { zh: '新事件或撤防', en: 'new event or opening' },
  3: { zh: '恢复或布防', en: 'restore or closing' },
  6: { zh: '仍然存在', en: 'still present' },
};

/** Q XYZ GG CCC, with whatever blanks the carrier puts between. */
export function takeEvent(cursor: FieldCursor, blank = 0): void {
  const skip = () => {
    cursor.at += blank;
  };
  const at = (length: number) => bytesToText(cursor.bytes.subarray(cursor.at, cursor.at + length));
  const qualifier = qualifierOf(at(1).toUpperCase());
  cursor.text('qualifier', 1, qualifier === null ? undefined : qualifiers[qualifier]);
  const { label, subject } = contactIdEvent(at(3).toUpperCase());
  cursor.text('event', 3, label);
  skip();
  cursor.text('partition', 2);
  skip();
  cursor.text(subject === 'user' ? 'user' : 'zone', 3);
}

/** One message of sixteen digits. Blanks between fields, as manuals print it, leave the places unknown: then there are no fields. */
export function contactIdAnatomy(bytes: Uint8Array): FrameAnatomy {
  const text = bytesToText(bytes).toUpperCase();
  if (!/^[0-9A-F]{16}$/.test(text)) return { fields: [], check: null };
  const cursor = new FieldCursor(bytes);
  cursor.text('account', 4);
  cursor.text('message_type', 2);
  takeEvent(cursor);
  cursor.text('check_digit', 1);
  return {
    fields: cursor.fields,
    check: checkOf('mod15', 15, 1, text.slice(15), checkDigit(text.slice(0, 15))),
  };
}
