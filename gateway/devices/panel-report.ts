import type { FieldEvent } from '../contract/event.ts';
import type { LiveDevice } from './live-device.ts';
import { type DeviceMessage, messageOf } from './message.ts';
import { nameNumbers } from './native.ts';
import type { OwnCodes, PanelEvent } from './panel-events.ts';

/** Accounts are compared as text of at least four digits: `12`, `0012` and `000012` are one. */
export function accountKey(account: string | number): string {
  const digits = String(account).trim().toUpperCase();
  return digits.replace(/^0+(?=.{4})/, '').padStart(4, '0');
}

/** What one account reports: its events, once it is known whose codes they are. */
export interface PanelReport {
  account: string;
  tell(codes: OwnCodes): PanelEvent[];
}

/** A receiver's account, by `accountKey`. */
export type AccountOf = (receiver: string, key: string) => LiveDevice | undefined;

/** When a report came; what its sender's clock said, and what marks its repeats, where it sends such. */
export interface ReportTime {
  receivedAt: number;
  at?: number | null;
  identity?: string | null;
}

/** Receivers on a serial line have a clock without a year, which is seldom set: arrival is the better time then. */
export function fieldEvent(
  device: string,
  { type, data }: PanelEvent,
  { receivedAt, at = null, identity = null }: ReportTime,
): FieldEvent {
  return { device, externalId: identity, type, data, at, receivedAt };
}

/** What an account that is not registered says must not be lost: alarms of it ring at its receiver. */
const quiet = new Set([
  'panel.test',
  'panel.record',
  'panel.status',
  'panel.schedule',
  'panel.armed',
  'panel.disarmed',
]);

function unknownAccount(receiver: LiveDevice, account: string, event: PanelEvent): PanelEvent {
  const quietly = quiet.has(event.type) || /[rR]estore$|\.unbypass$|\.bypass$/.test(event.type);
  event.data.account = account;
  event.data.report = event.type;
  return {
    type:
      quietly || !receiver.events.has('account.unknownAlarm') ? 'account.unknown' : 'account.unknownAlarm',
    data: event.data,
  };
}

/** Each event of one report has a mark of its own, or the second would be taken for the first one's repeat. */
function nth(time: ReportTime, index: number): ReportTime {
  return typeof time.identity === 'string' && index > 0
    ? { ...time, identity: `${time.identity} /${index + 1}` }
    : time;
}

function eventsOf(device: LiveDevice, events: PanelEvent[], time: ReportTime): FieldEvent[] {
  return events.map((event, index) =>
    fieldEvent(device.id, { type: event.type, data: nameNumbers(device, event.data) }, nth(time, index)),
  );
}

/** A panel's report about itself. */
export function panelMessage(panel: LiveDevice, report: PanelReport, time: ReportTime): DeviceMessage {
  const events = eventsOf(panel, report.tell(panel.type.codes), time);
  return messageOf(panel.id, time.receivedAt, [], [], { events });
}

/** A report that came through a receiver: of the device that is the account, else told at the receiver itself. */
export function accountMessage(
  receiver: LiveDevice,
  accountOf: AccountOf,
  report: PanelReport,
  time: ReportTime,
): DeviceMessage {
  const key = accountKey(report.account);
  const account = accountOf(receiver.id, key);
  if (account) return { ...panelMessage(account, report, time), through: receiver.id };
  const events = report.tell({}).map((event) => unknownAccount(receiver, key, event));
  return messageOf(receiver.id, time.receivedAt, [], [], { events: eventsOf(receiver, events, time) });
}
