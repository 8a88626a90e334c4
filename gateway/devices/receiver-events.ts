import type { Label } from '../contract/names.ts';
import { siaEvents } from '../protocols/sia-dc03/block.ts';
import type { SurgardMessage } from '../protocols/surgard/codec.ts';
import type { PanelEvent } from './panel-events.ts';

// What a Sur-Gard receiver says of itself. An MLR2 tells it as a basic report of the account 0000 (SG Automation Output §4.4 of
// the CPM2 and §4.5 of line cards, p. 17), or, set so by option 03, under protocol 0 as an SIA block; System receivers tell it as that.

type Told = readonly [event: string, part?: Label];

const ups: Label = { zh: 'UPS', en: 'UPS' };
const small: Label = { zh: '9 V 电池', en: '9 V battery' };
const com2: Label = { zh: 'COM2 口', en: 'COM2' };

/** By letter and number, as the table of the manual has them; 07 is the one that 08 restores. */
const ofReport = new Map<string, Told>([
  ['A07', ['receiver.lowBattery', ups]],
  ['R08', ['receiver.batteryRestore', ups]],
  ['A11', ['receiver.lowBattery', small]],
  ['R12', ['receiver.batteryRestore', small]],
  ['A13', ['receiver.fault', com2]],
  ['R14', ['receiver.faultRestore', com2]],
  ['A15', ['receiver.acLoss']],
  ['R16', ['receiver.acRestore']],
  ['A17', ['receiver.acLoss', ups]],
  ['R18', ['receiver.acRestore', ups]],
  ['A20', ['receiver.lineFault']],
  ['R30', ['receiver.lineRestore']],
]);

/** By the letters of SIA DC-03. */
const ofLetters = new Map<string, Told>([
  ['AT', ['receiver.acLoss']],
  ['AR', ['receiver.acRestore']],
  ['YP', ['receiver.acLoss', ups]],
  ['YQ', ['receiver.acRestore', ups]],
  ['YT', ['receiver.lowBattery']],
  ['YR', ['receiver.batteryRestore']],
  ['LT', ['receiver.lineFault']],
  ['LR', ['receiver.lineRestore']],
]);

/** `A F3`: line card 3 is gone; `A E3`: it is back. */
function lineCard(report: string): Told | undefined {
  const [, sort, card] = /^A([EF])([1-9A-E])$/.exec(report) ?? [];
  if (sort === undefined || card === undefined) return undefined;
  const number = Number.parseInt(card, 16);
  const part = { zh: `线路卡 ${number}`, en: `line card ${number}` };
  return [sort === 'F' ? 'receiver.fault' : 'receiver.faultRestore', part];
}

/** Whether a message is of the receiver itself: protocol 0, or the account that stands for it. */
export function isOfReceiver(said: SurgardMessage): boolean {
  return said.kind === 'receiver' || (said.kind === 'basic' && /^0+$/.test(said.account));
}

/** What of it lasts until its end is told is an alarm; the rest (a reset, a call that brought nothing) is kept on record. */
export function receiverEvents(said: SurgardMessage): PanelEvent[] {
  if (said.kind === 'basic') {
    const text = `${said.code}${said.zone.padStart(2, '0')}`;
    return [eventOf(ofReport.get(text) ?? lineCard(text), text, said.line)];
  }
  if (said.kind !== 'receiver') return [];
  const told = siaEvents(/\|([^\]]*)\]/.exec(said.data)?.[1] ?? '');
  if (told.length === 0) return [eventOf(undefined, said.data, said.line)];
  return told.map(({ code }) => eventOf(ofLetters.get(code), said.data, said.line));
}

function eventOf(told: Told | undefined, text: string, line: string): PanelEvent {
  const data: PanelEvent['data'] = Object.assign(Object.create(null), { text: text.slice(0, 200) });
  const [type = 'receiver.trouble', named] = told ?? [];
  // A telephone line goes by the line of the receiver that tells it; 0 is the receiver as a whole.
  const part =
    named ??
    (type.startsWith('receiver.line') && !/^0+$/.test(line)
      ? { zh: `线路 ${line}`, en: `line ${line}` }
      : undefined);
  if (part) {
    data.part = part.en;
    data.partNameZh = part.zh;
    data.partNameEn = part.en;
  }
  return { type, data };
}
