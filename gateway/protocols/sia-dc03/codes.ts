import type { ContactIdQualifier } from '../contact-id/codec.ts';

// The event codes of SIA DC-03-1990.01, told by the Contact ID event that says the same, so that a panel means one thing
// in either language. Source of the pairs: DC-03's list of codes and github.com/eavanvalkenburg/pysiaalarm data/sia_codes.py.

export interface SiaMeaning {
  /** The Contact ID event. */
  event: string;
  qualifier: ContactIdQualifier;
  /** The letters with which it began: a restore closes what these raised, and what is told of the same thing in other letters. */
  began: string;
  /** Whether the language has letters for its end; what has none is told once and stands by itself. */
  ends: boolean;
  /** What the number after the letters counts. */
  subject: 'zone' | 'user';
}

type Row = [began: string, event: string, ...over: string[]];

/** The sorts of zones: first letter, Contact ID of its alarm, of its trouble, of its bypass. */
const zones: [letter: string, alarm: string, trouble: string, bypass: string][] = [
  ['B', '130', '380', '573'],
  ['F', '110', '373', '571'],
  ['G', '151', '380', '572'],
  ['H', '121', '376', '572'],
  ['K', '114', '380', '571'],
  ['M', '100', '380', '572'],
  ['P', '120', '375', '572'],
  ['Q', '101', '380', '572'],
  ['S', '113', '373', '571'],
  ['U', '150', '380', '570'],
  ['W', '154', '380', '572'],
  ['Z', '159', '380', '572'],
];

/** Second letter: A alarm, H and R its end; T trouble, J its end; B bypass, U its end; X test. */
function zoneRows([letter, alarm, trouble, bypass]: (typeof zones)[number]): Row[] {
  return [
    [`${letter}A`, alarm, `${letter}H`, `${letter}R`],
    [`${letter}T`, trouble, `${letter}J`],
    [`${letter}B`, bypass, `${letter}U`],
    [`${letter}X`, '611'],
  ];
}

const others: Row[] = [
  ['AT', '301', 'AR'],
  ['BC', '406'],
  ['FC', '406'],
  ['FI', '604', 'FK'],
  ['FS', '200', 'FV'],
  ['DD', '421'],
  ['DF', '423'],
  ['DG', '422'],
  ['DK', '421'],
  ['EE', '457'],
  ['EM', '333', 'EN'],
  ['ET', '333', 'ER'],
  ['ES', '341', 'EJ'],
  ['IA', '330', 'IR'],
  ['JA', '461'],
  ['JD', '626'],
  ['JL', '623'],
  ['JO', '624'],
  ['JS', '630'],
  ['JT', '625'],
  ['JV', '306'],
  ['JX', '306'],
  ['LB', '627'],
  ['LS', '628'],
  ['LX', '628'],
  ['LT', '351', 'LR'],
  ['NA', '654'],
  ['NT', '350', 'NR'],
  ['RB', '412'],
  ['RN', '305'],
  ['RP', '602'],
  ['RR', '305'],
  ['RS', '412'],
  ['RU', '413'],
  ['RX', '601'],
  ['TA', '137', 'TR', 'TH'],
  ['TB', '570', 'TU'],
  ['TS', '607', 'TE'],
  ['TC', '611'],
  ['TP', '611'],
  ['TX', '601'],
  ['VO', '335', 'VI'],
  ['VT', '336', 'VR'],
  ['XI', '313'],
  ['XQ', '344', 'XH'],
  ['XS', '341', 'XJ'],
  ['XT', '384', 'XR'],
  ['YA', '321', 'YH'],
  ['YC', '350', 'YK'],
  ['YF', '304'],
  ['YG', '306'],
  ['YI', '312', 'YJ'],
  ['YP', '314', 'YQ'],
  ['YT', '302', 'YR'],
  ['YU', '307'],
  ['YW', '305'],
  ['YX', '300', 'YZ'],
  ['YY', '605'],
  // What failed to happen, and closings that are told as an event.
  ['CE', '464'],
  ['CG', '456'],
  ['CI', '454'],
  ['CR', '459'],
  ['CT', '453'],
  ['NF', '441'],
  ['NL', '441'],
  ['OC', '406'],
  ['OI', '453'],
  ['OT', '454'],
];

/** Letters for what others have begun, or might have: the end of those is the end of both. */
const alike: [code: string, event: string, began: string][] = [
  ['BV', '139', 'BA'],
  ['EA', '374', 'BA'],
  ['HV', '129', 'HA'],
  ['YM', '311', 'YT'],
  ['YS', '350', 'YC'],
];

/** An opening and the closing that is its counterpart. */
const openClose: [event: string, openings: string[], closings: string[]][] = [
  ['401', ['OP', 'OR', 'OH'], ['CL', 'CF']],
  ['402', ['OB', 'OG'], ['CB']],
  ['403', ['OA'], ['CA', 'CP']],
  ['407', ['OQ'], ['CQ']],
  ['409', ['OS'], ['CS']],
  ['451', ['OJ'], ['CK']],
  ['452', ['OK'], ['CJ']],
];

const meanings = new Map<string, SiaMeaning>();

function subjectOf(code: string): SiaMeaning['subject'] {
  return /^[CDJO]|^N[FL]/.test(code) ? 'user' : 'zone';
}

for (const [began, event, ...over] of [...zones.flatMap(zoneRows), ...others]) {
  const ends = over.length > 0;
  meanings.set(began, { event, qualifier: 1, began, ends, subject: subjectOf(began) });
  for (const code of over) meanings.set(code, { event, qualifier: 3, began, ends, subject: subjectOf(code) });
}
for (const [code, event, began] of alike)
  meanings.set(code, { event, qualifier: 1, began, ends: true, subject: subjectOf(code) });
for (const [event, openings, closings] of openClose) {
  for (const code of openings)
    meanings.set(code, { event, qualifier: 1, began: code, ends: true, subject: 'user' });
  for (const code of closings)
    meanings.set(code, { event, qualifier: 3, began: code, ends: true, subject: 'user' });
}

/** Null for a code that is not listed. */
export function siaMeaning(code: string): SiaMeaning | null {
  return meanings.get(code) ?? null;
}

export const siaCodes: Iterable<string> = meanings.keys();

/** Of these families DC-03 has nothing but records: openings, access, logs, programming, remote acts, printers. */
export function isSiaRecord(code: string): boolean {
  return /^[CDJLNORV]/.test(code);
}
