import type { EventData } from '../contract/event.ts';
import { type ContactIdMessage, contactIdSense } from '../protocols/contact-id/codec.ts';
import { type ContactIdEvent, contactIdEvent, contactIdEvents } from '../protocols/contact-id/events.ts';

/** A panel's report in the words of the kind `home-alarm-panel`. */
export interface PanelEvent {
  type: string;
  data: EventData;
}

/** Event of the kind when it begins and when it is over. */
type Pair = readonly [raised: string, restored: string];

const zoneAlarm: Pair = ['zone.alarm', 'zone.restore'];
const panelFault: Pair = ['panel.fault', 'panel.faultRestore'];
const zoneFault: Pair = ['zone.fault', 'zone.faultRestore'];

// Single codes that mean something else than their class (SIA DC-05 appendix C).
const ofCode = new Map<string, Pair>([
  ...['121', '124', '125'].map((code): [string, Pair] => [code, ['duress', 'duress.restore']]),
  ...['151', '162'].map((code): [string, Pair] => [code, ['gas', 'gas.restore']]),
  ...['154', '163'].map((code): [string, Pair] => [code, ['water', 'water.restore']]),
  ...['301', '342', '337'].map((code): [string, Pair] => [code, ['panel.acLoss', 'panel.acRestore']]),
  ...['302', '309', '311', '338'].map((code): [string, Pair] => [
    code,
    ['panel.lowBattery', 'panel.batteryRestore'],
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
    made.labelZh = label.zh;
    made.labelEn = label.en;
  }
  for (const [name, value] of Object.entries(more)) if (value !== null && value !== '') made[name] = value;
  return made;
}

function make(
  event: ContactIdEvent,
  sense: ReturnType<typeof contactIdSense>,
  code: string,
  partition: string | null,
  number: string,
): PanelEvent {
  const subject = numberOf(number);
  const known = contactIdEvents.has(event.code);
  const [raised, restored] = known
    ? (ofCode.get(event.code) ?? ofClass[event.class])
    : // A code that no list has: an alarm or trouble of its hundred is shown, not guessed at.
      Number(event.code.charAt(0)) >= 4
      ? ofClass.record
      : ofClass.other;
  const details = {
    // 00 and 000 mean none in particular.
    partition: partition === null || /^0*$/.test(partition) ? null : numberOf(partition),
    [event.subject]: subject,
  };
  switch (sense) {
    case 'armed':
      return {
        type: 'panel.armed',
        data: data(code, event.label, { ...details, mode: event.arming ?? 'full' }),
      };
    case 'disarmed':
      return { type: 'panel.disarmed', data: data(code, event.label, details) };
    case 'still':
      // Never raises anew (DC-05 §5.2); kept on record.
      return { type: 'panel.status', data: data(code, event.label, details) };
    case 'restored':
      return { type: restored, data: data(code, event.label, details) };
    case 'raised':
      return { type: raised, data: data(code, event.label, details) };
  }
}

/** A Contact ID message. */
export function panelEventOf(message: ContactIdMessage): PanelEvent {
  const event = contactIdEvent(message.event);
  return make(
    event,
    contactIdSense(event, message.qualifier),
    message.event,
    message.partition,
    message.zoneOrUser,
  );
}

/** SIA DC-03 letters to the Contact ID event they stand for; the first of the list where several share them. */
const ofSia = new Map<string, { event: ContactIdEvent; sense: 'raised' | 'restored' }>();
for (const event of contactIdEvents.values()) {
  const { sia } = event;
  if (sia.new && !ofSia.has(sia.new)) ofSia.set(sia.new, { event, sense: 'raised' });
  if (sia.restore && sia.restore !== sia.new && !ofSia.has(sia.restore))
    ofSia.set(sia.restore, { event, sense: 'restored' });
}

const opening = new Set(['OP', 'OA', 'OB', 'OQ', 'OS', 'OG']);
const closing = new Set(['CL', 'CA', 'CB', 'CQ', 'CS', 'CG']);

/** An SIA DC-03 code with its point or user number. */
export function panelEventOfSia(code: string, point: string): PanelEvent {
  if (opening.has(code)) return { type: 'panel.disarmed', data: data(code, null, { user: numberOf(point) }) };
  if (closing.has(code))
    return {
      type: 'panel.armed',
      data: data(code, null, { user: numberOf(point), mode: code === 'CG' ? 'partial' : 'full' }),
    };
  // DC-03: the second letter R restores what the first one names (BR, FR, GR …).
  const found = ofSia.get(code) ?? (code.endsWith('R') ? restoreOf(code.charAt(0)) : undefined);
  if (found) return make(found.event, found.sense, code, null, point);
  return { type: 'panel.unclassified', data: data(code, null, { zone: numberOf(point) }) };
}

function restoreOf(letter: string): { event: ContactIdEvent; sense: 'restored' } | undefined {
  const alarm = ofSia.get(`${letter}A`);
  return alarm && { event: alarm.event, sense: 'restored' };
}

/** The single letters of a receiver's basic format (Sur-Gard protocol 1): the ones that every receiver shares. */
const ofLetter = new Map<string, string>([
  ['A', 'zone.alarm'],
  ['R', 'zone.restore'],
  ['T', 'zone.fault'],
  ['J', 'zone.faultRestore'],
  ['B', 'zone.bypass'],
  ['U', 'zone.unbypass'],
]);

export function panelEventOfLetter(code: string, zone: string): PanelEvent {
  return {
    type: ofLetter.get(code) ?? 'panel.unclassified',
    data: data(code, null, { zone: numberOf(zone) }),
  };
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
