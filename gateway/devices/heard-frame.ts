import type { FieldEvent } from '../contract/event.ts';
import { fault } from '../lib/errors.ts';
import { decodeEm4100Serial } from '../protocols/em4100/serial.ts';
import { decodeSurgard, type SurgardMessage } from '../protocols/surgard/codec.ts';
import type { LiveDevice } from './live-device.ts';
import type { DeviceMessage } from './message.ts';
import { nameNumbers } from './native.ts';
import {
  type PanelEvent,
  panelEventOf,
  panelEventOfLetter,
  panelEventOfOpenClose,
  panelEventOfSia,
} from './panel-events.ts';

// Lines on which the device speaks first: one frame gives one or more messages, all of them acknowledged together.

/** Accounts are compared as text of at least four digits: `12`, `0012` and `000012` are one. */
export function accountKey(account: string | number): string {
  const digits = String(account).trim().toUpperCase();
  return digits.replace(/^0+(?=.{4})/, '').padStart(4, '0');
}

export interface FrameHouse {
  /** The device at the end of this line: the receiver, the reader. */
  device: LiveDevice;
  /** A receiver's account, by `accountKey`. */
  account(receiver: string, key: string): LiveDevice | undefined;
}

function message(
  device: string,
  through: string | null,
  receivedAt: number,
  events: FieldEvent[],
): DeviceMessage {
  return {
    device,
    through,
    receivedAt,
    readings: [],
    events,
    status: null,
    answer: null,
    seq: null,
    clockRefused: false,
    retained: false,
    problems: [],
  };
}

function field(device: string, event: PanelEvent, receivedAt: number): FieldEvent {
  // The receiver's clock has no year and is seldom set: arrival is the better time.
  return { device, externalId: null, type: event.type, data: event.data, at: null, receivedAt };
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

function panelEvents(report: SurgardMessage): { account: string; events: PanelEvent[] } | null {
  switch (report.kind) {
    case 'contact-id':
      return { account: report.message.account, events: [panelEventOf(report.message)] };
    case 'sia':
      return { account: report.account, events: [panelEventOfSia(report.code, report.point)] };
    case 'sia-2':
      return {
        account: report.account,
        events:
          report.events.length > 0
            ? report.events.map(({ code, point }) => panelEventOfSia(code, point))
            : [panelEventOfSia(report.data.slice(0, 40), '')],
      };
    case 'open-close':
      return {
        account: report.account,
        events: [panelEventOfOpenClose(report.code, report.user, report.group)],
      };
    case 'basic':
      return { account: report.account, events: [panelEventOfLetter(report.code, report.zone)] };
    case 'heartbeat':
    case 'receiver':
    case 'other':
      return null;
  }
}

/** @throws message.invalid when the bytes are no frame of a receiver: it is asked to repeat */
function decodeReceiverFrame(house: FrameHouse, bytes: Uint8Array, receivedAt: number): DeviceMessage[] {
  const result = decodeSurgard(bytes);
  const receiver = house.device;
  if (!result.ok)
    throw fault(
      'message.invalid',
      `${receiver.id}: the frame is refused (${result.error}); check baud rate, data bits and parity of the line against the receiver`,
    );
  const report = result.message;
  const panel = panelEvents(report);
  if (!panel) {
    // Line trouble and the like of the receiver itself, or a format that is not read here: kept on record.
    const said = 'data' in report ? { report: report.kind, text: report.data.slice(0, 200) } : null;
    const events = said ? [field(receiver.id, { type: 'receiver.trouble', data: said }, receivedAt)] : [];
    return [message(receiver.id, null, receivedAt, events)];
  }
  const key = accountKey(panel.account);
  const account = house.account(receiver.id, key);
  if (!account) {
    const events = panel.events.map((event) =>
      field(receiver.id, unknownAccount(receiver, key, event), receivedAt),
    );
    return [message(receiver.id, null, receivedAt, events)];
  }
  const events = panel.events.map((event) =>
    field(account.id, { type: event.type, data: nameNumbers(account, event.data) }, receivedAt),
  );
  return [message(account.id, receiver.id, receivedAt, events)];
}

function decodeTagFrame(house: FrameHouse, bytes: Uint8Array, receivedAt: number): DeviceMessage[] {
  const reader = house.device.id;
  const result = decodeEm4100Serial(bytes);
  if (!result.ok)
    throw fault(
      'message.invalid',
      `${reader}: the tag frame is refused (${result.error}); a tag held at the edge of the field gives broken reads, hold it closer`,
    );
  // The reader sends hex; `form` tells those who compare it with printed numbers.
  const data = { tag: result.tag.hex, form: 'hex' };
  return [message(reader, null, receivedAt, [field(reader, { type: 'checkin', data }, receivedAt)])];
}

/**
 * A frame of a listened-to line.
 * @throws message.invalid when it cannot be understood: the sender is refused, the bytes become a dead letter
 */
export function decodeHeardFrame(house: FrameHouse, bytes: Uint8Array, receivedAt: number): DeviceMessage[] {
  switch (house.device.type.link) {
    case 'surgard-mlr2':
      return decodeReceiverFrame(house, bytes, receivedAt);
    case 'rfid-em4100-serial':
      return decodeTagFrame(house, bytes, receivedAt);
    default:
      throw fault(
        'message.invalid',
        `${house.device.id} is of type ${house.device.type.id}, whose link is ${house.device.type.link}: no frames are heard from it`,
      );
  }
}
