import type { DeviceType } from '../contract/device-type.ts';
import type { EventData } from '../contract/event.ts';
import { type ContactIdMessage, contactIdSense } from '../protocols/contact-id/codec.ts';
import { type ContactIdEvent, contactIdEvent, contactIdEvents } from '../protocols/contact-id/events.ts';
import type { SiaEvent } from '../protocols/sia-dc03/block.ts';
import { isSiaRecord, siaMeaning } from '../protocols/sia-dc03/codes.ts';

/** A panel's report in the words of the kind `home-alarm-panel`. */
export interface PanelEvent {
  type: string;
  data: EventData;
}

/** Event of the kind when it begins and when it is over. */
type Pair = readonly [raised: string, restored: string];

const zoneAlarm: Pair = ['zone.alarm', 'zone.restore'];
/** Troubles that last until their end is told; one that has no end in the panel's language is told as something that happened. */
const lasting = new Set(['panel.fault', 'panel.commFault', 'zone.fault']);
const panelFault: Pair = ['panel.fault', 'panel.faultRestore'];
const zoneFault: Pair = ['zone.fault', 'zone.faultRestore'];

// Single codes that mean something else than their class (SIA DC-05 appendix C).
const ofCode = new Map<string, Pair>([
  ...['121', '124', '125'].map((code): [string, Pair] => [code, ['duress', 'duress.restore']]),
  ...['151', '162'].map((code): [string, Pair] => [code, ['gas', 'gas.restore']]),
  ...['154', '163'].map((code): [string, Pair] => [code, ['water', 'water.restore']]),
  ['301', ['panel.acLoss', 'panel.acRestore']],
  ...['337', '342'].map((code): [string, Pair] => [code, ['module.acLoss', 'module.acRestore']]),
  ['338', ['module.lowBattery', 'module.batteryRestore']],
  ['310', ['panel.earthFault', 'panel.earthRestore']],
  ['302', ['panel.lowBattery', 'panel.batteryRestore']],
  ...['309', '311'].map((code): [string, Pair] => [
    code,
    ['panel.batteryFault', 'panel.batteryFaultRestore'],
  ]),
  ['384', ['zone.lowBattery', 'zone.batteryRestore']],
  ...['141', '331'].map((code): [string, Pair] => [code, ['panel.busOpen', 'panel.busRestore']]),
  ...['142', '332'].map((code): [string, Pair] => [code, ['panel.busShort', 'panel.busRestore']]),
  ['371', ['zone.lineOpen', 'zone.lineRestore']],
  ['372', ['zone.lineShort', 'zone.lineRestore']],
  ...['350', '351', '352', '353', '354', '355', '356', '357', '360', '344'].map((code): [string, Pair] => [
    code,
    ['panel.commFault', 'panel.commRestore'],
  ]),
  ...['147', '156', '370', '373', '375', '376', '377', '378', '380', '381', '382', '385', '386', '387', '388']
    .concat(['389', '391', '392', '393', '394'])
    .map((code): [string, Pair] => [code, zoneFault]),
  ...['421', '461'].map((code): [string, Pair] => [code, ['panel.wrongCode', 'panel.record']]),
  ['406', ['panel.cancel', 'panel.record']],
]);

const ofClass: Record<ContactIdEvent['class'], Pair> = {
  medical: ['medical', 'medical.restore'],
  fire: ['fire', 'fire.restore'],
  panic: ['panic', 'panic.restore'],
  burglary: zoneAlarm,
  tamper: ['zone.tamper', 'zone.tamperRestore'],
  environment: ['environment', 'environment.restore'],
  supervisory: panelFault,
  power: panelFault,
  fault: panelFault,
  openClose: ['panel.schedule', 'panel.schedule'],
  access: ['panel.record', 'panel.record'],
  remote: ['panel.record', 'panel.record'],
  bypass: ['zone.bypass', 'zone.unbypass'],
  test: ['panel.test', 'panel.test'],
  record: ['panel.record', 'panel.record'],
  other: ['panel.unclassified', 'panel.record'],
};

/** `007` as 7, so that settings name zone 7; what is no number stays as it came. */
function numberOf(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function data(
  code: string,
  label: ContactIdEvent['label'] | null,
  more: Record<string, string | number | null>,
): EventData {
  const made = Object.create(null) as EventData;
  made.code = code;
  if (label) {
    made.codeNameZh = label.zh;
    made.codeNameEn = label.en;
  }
  for (const [name, value] of Object.entries(more)) if (value !== null && value !== '') made[name] = value;
  return made;
}

/** 00 means none in particular. */
function inArea(partition: string | null): { partition: string | number | null } {
  return { partition: partition === null || /^0*$/.test(partition) ? null : numberOf(partition) };
}

/** What a panel's own codes mean, where they depart from the standard's list or add to it (`codes` of its type). */
export type OwnCodes = DeviceType['codes'];

interface Told {
  event: ContactIdEvent;
  sense: ReturnType<typeof contactIdSense>;
  /** The code by which an alarm and its restore are one. */
  code: string;
  /** The Contact ID event by which it is sorted; its words are those of `event`. */
  like: string;
  partition: string | null;
  number: string;
  subject: 'zone' | 'user';
}

function make(
  { event, sense, code, like, partition, number, subject }: Told,
  own?: OwnCodes[string],
): PanelEvent {
  const known = contactIdEvents.has(event.code);
  const [raised, restored] = own
    ? [own.raised, own.restored]
    : known
      ? (ofCode.get(like) ?? ofClass[contactIdEvent(like).class])
      : // A code that no list has: an alarm or trouble of its hundred is shown, not guessed at.
        Number(event.code.charAt(0)) >= 4
        ? ofClass.record
        : ofClass.other;
  const label = own?.label ?? event.label;
  const details = { ...inArea(partition), [subject]: numberOf(number) };
  switch (sense) {
    case 'armed':
      return { type: 'panel.armed', data: data(code, label, { ...details, mode: event.arming ?? 'full' }) };
    case 'disarmed':
      return { type: 'panel.disarmed', data: data(code, label, details) };
    case 'still':
      // Never raises anew (DC-05 §5.2); kept on record.
      return { type: 'panel.status', data: data(code, label, details) };
    case 'restored':
      return { type: restored, data: data(code, label, details) };
    case 'raised':
      return { type: raised, data: data(code, label, details) };
  }
}

/**
 * A Contact ID message.
 * @param subject what the number counts, where the carrier says so
 */
export function panelEventOf(
  message: ContactIdMessage,
  codes: OwnCodes = {},
  subject: 'zone' | 'user' | null = null,
): PanelEvent {
  const event = contactIdEvent(message.event);
  return make(
    {
      event,
      sense: contactIdSense(event, message.qualifier),
      code: message.event,
      like: message.event,
      partition: message.partition,
      number: message.zoneOrUser,
      subject: subject ?? event.subject,
    },
    Object.hasOwn(codes, event.code) ? codes[event.code] : undefined,
  );
}

/** An SIA DC-03 event, in the words of the Contact ID event that says the same. */
export function panelEventOfSia({ code, point, area, user }: SiaEvent): PanelEvent {
  const meaning = siaMeaning(code);
  if (!meaning) {
    const type = isSiaRecord(code) ? 'panel.record' : 'panel.unclassified';
    return { type, data: data(code, null, { ...inArea(area), zone: numberOf(point) }) };
  }
  const { qualifier, began, ends, subject } = meaning;
  const event = contactIdEvent(meaning.event);
  const sense = contactIdSense(event, qualifier);
  const told = make({
    event,
    sense,
    code: began,
    like: siaMeaning(began)?.event ?? meaning.event,
    partition: area,
    number: subject === 'user' && point === '' ? (user ?? '') : point,
    subject,
  });
  // The restore goes by the code of its alarm; what was sent is on record beside it.
  if (began !== code) told.data.sia = code;
  return ends || !lasting.has(told.type) ? told : { ...told, type: 'panel.notice' };
}

/** The single letters of a receiver's basic format (Sur-Gard protocol 1) that every receiver shares, each with what it began as. */
const ofLetter = new Map<string, readonly [type: string, began: string]>([
  ['A', ['zone.alarm', 'A']],
  ['R', ['zone.restore', 'A']],
  ['T', ['zone.fault', 'T']],
  ['J', ['zone.faultRestore', 'T']],
  ['B', ['zone.bypass', 'B']],
  ['U', ['zone.unbypass', 'B']],
]);

export function panelEventOfLetter(code: string, zone: string): PanelEvent {
  const [type, began] = ofLetter.get(code) ?? ['panel.unclassified', code];
  return { type, data: data(began, null, { zone: numberOf(zone) }) };
}

/** An opening or closing in a receiver's basic format. */
export function panelEventOfOpenClose(code: 'O' | 'C', user: string, group: string | null): PanelEvent {
  return {
    type: code === 'C' ? 'panel.armed' : 'panel.disarmed',
    data: data(code, null, {
      user: numberOf(user),
      partition: group === null ? null : numberOf(group),
      mode: code === 'C' ? 'full' : null,
    }),
  };
}
