import type { Label } from '../../contract/names.ts';
import { type ContactIdClass, eventTable } from './event-table.ts';

export interface ContactIdEvent {
  code: string;
  class: ContactIdClass;
  label: Label;
  /** The SIA DC-03 code of a new event and of its restore, where there is one. */
  sia: { new: string | null; restore: string | null };
  /** What CCC numbers. */
  subject: 'zone' | 'user';
  /** How the system is armed when the event is a closing. */
  arming: 'full' | 'stay' | 'partial' | null;
}

// Appendix C's column "data type" where it departs from the rule "4xx user, else zone".
const usersElsewhere = new Set(['121', '313', '574', '604', '607', '625', '642']);
const zonesIn4xx = new Set([
  '410',
  '416',
  '420',
  '423',
  '426',
  '427',
  '428',
  '432',
  '433',
  '434',
  '461',
  '465',
]);

const stay = new Set(['441', '442']);
const fullyArming = new Set([
  '400',
  '401',
  '402',
  '403',
  '404',
  '405',
  '407',
  '408',
  '409',
  '440',
  '450',
  '451',
  '452',
]);

/** A user for 4xx, else a zone, but for the codes that the standard lists otherwise. */
export function subjectOf(code: string): 'zone' | 'user' {
  if (usersElsewhere.has(code)) return 'user';
  return code.startsWith('4') && !zonesIn4xx.has(code) ? 'user' : 'zone';
}

function armingOf(code: string): ContactIdEvent['arming'] {
  if (fullyArming.has(code)) return 'full';
  if (stay.has(code)) return 'stay';
  return code === '456' ? 'partial' : null;
}

export const contactIdEvents: ReadonlyMap<string, ContactIdEvent> = new Map(
  Object.entries(eventTable).flatMap(([name, rows]) =>
    rows.map(([code, zh, en, siaNew, siaRestore]): [string, ContactIdEvent] => [
      code,
      {
        code,
        class: name as ContactIdClass,
        label: { zh, en },
        sia: { new: siaNew ?? null, restore: siaRestore ?? null },
        subject: subjectOf(code),
        arming: armingOf(code),
      },
    ]),
  ),
);

const classOfHundred = new Map<string, ContactIdClass>([
  ['1', 'burglary'],
  ['2', 'supervisory'],
  ['3', 'fault'],
  ['4', 'openClose'],
  ['5', 'bypass'],
  ['6', 'test'],
]);

/** The event of a code; for a code that no list has, its hundred's class and its number as name. */
export function contactIdEvent(code: string): ContactIdEvent {
  // Panels that dial may spell the digit 0 as A (DC-05 §4: 0 is sent as the tone of 10).
  const digits = code.toUpperCase().replaceAll('A', '0');
  const known = contactIdEvents.get(digits);
  if (known) return known;
  return {
    code: digits,
    class: classOfHundred.get(digits.charAt(0)) ?? 'other',
    label: { zh: `事件 ${digits}`, en: `Event ${digits}` },
    sia: { new: null, restore: null },
    subject: subjectOf(digits),
    arming: null,
  };
}
