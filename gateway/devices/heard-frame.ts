import { misread } from '../contract/misread.ts';
import { misunderstood } from '../lib/errors.ts';
import { type Ademco685Message, channelReports, decodeAdemco685 } from '../protocols/ademco-685/codec.ts';
import { decodeEm4100Serial } from '../protocols/em4100/serial.ts';
import { decodeSurgard, type SurgardMessage } from '../protocols/surgard/codec.ts';
import type { LiveDevice } from './live-device.ts';
import { type DeviceMessage, messageOf } from './message.ts';
import {
  type PanelEvent,
  panelEventOf,
  panelEventOfLetter,
  panelEventOfOpenClose,
  panelEventOfSia,
} from './panel-events.ts';
import { type AccountOf, accountMessage, fieldEvent, type PanelReport } from './panel-report.ts';
import { isOfReceiver, receiverEvents } from './receiver-events.ts';

// Lines on which the device speaks first: one frame gives one or more messages, all of them acknowledged together.

export interface FrameHouse {
  /** The device at the end of this line: the receiver, the reader. */
  device: LiveDevice;
  account: AccountOf;
}

/** What a receiver says of one of its accounts; else what it says of itself, nothing for a heartbeat. */
type Heard = PanelReport | { itself: PanelEvent[] };

function one(account: string, event: PanelEvent): PanelReport {
  return { account, tell: () => [event] };
}

/** A format that is not read here: kept on record. */
function unread(text: string): PanelEvent {
  return { type: 'receiver.trouble', data: { report: 'other', text: text.slice(0, 200) } };
}

function surgardReport(said: SurgardMessage): Heard {
  switch (said.kind) {
    case 'contact-id':
      return { account: said.message.account, tell: (codes) => [panelEventOf(said.message, codes)] };
    case 'sia': {
      const { account, code, point } = said;
      return one(account, panelEventOfSia({ code, point, area: null, user: null }));
    }
    case 'sia-2': {
      const { account, events, data } = said;
      const unread = { code: data.slice(0, 40), point: '', area: null, user: null };
      return { account, tell: () => (events.length > 0 ? events : [unread]).map(panelEventOfSia) };
    }
    case 'open-close':
      return one(said.account, panelEventOfOpenClose(said.code, said.user, said.group));
    case 'basic':
      return one(said.account, panelEventOfLetter(said.code, said.zone));
    case 'heartbeat':
      return { itself: [] };
    case 'receiver':
      return { itself: receiverEvents(said) };
    case 'other':
      return { itself: [unread(said.data)] };
  }
}

/** The Contact ID events that the states of a channel are: its zone goes by its number. */
const channelEvents = {
  new: ['140', 1],
  restore: ['140', 3],
  still: ['140', 6],
  opening: ['401', 1],
  closing: ['401', 3],
  normal: ['602', 1],
} as const;

function ademcoReport(said: Ademco685Message): Heard {
  switch (said.kind) {
    case 'contact-id':
      return {
        account: said.message.account,
        tell: (codes) => [panelEventOf(said.message, codes, said.subject)],
      };
    case 'high-speed': {
      const { account } = said;
      const events = channelReports(said.channels).map(({ channel, state }) => {
        const [event, qualifier] = channelEvents[state];
        return panelEventOf({
          ...{ account, event, qualifier },
          ...{ partition: '00', zoneOrUser: String(channel).padStart(3, '0') },
        });
      });
      return { account, tell: () => events };
    }
    case 'low-speed':
      return one(said.account, panelEventOfLetter(said.code, ''));
    case 'heartbeat':
      return { itself: [] };
    case 'other':
      return { itself: [unread(said.text)] };
  }
}

type Read = Heard | { refused: string };

function readSurgard({ device, account }: FrameHouse, bytes: Uint8Array): Read {
  const read = decodeSurgard(bytes);
  if (!read.ok) return { refused: read.error };
  const { message } = read;
  // The number of the receiver itself may be that of a home, where somebody has registered it.
  const itself = isOfReceiver(message) && !account(device.id, '0000');
  return itself ? { itself: receiverEvents(message) } : surgardReport(message);
}

function readAdemco(bytes: Uint8Array): Read {
  const read = decodeAdemco685(bytes);
  return read.ok ? ademcoReport(read.message) : { refused: read.error };
}

/** @throws message.invalid when the bytes are no frame of a receiver: it is asked to repeat */
function decodeReceiverFrame(
  { device: receiver, account }: FrameHouse,
  heard: Read,
  receivedAt: number,
): DeviceMessage[] {
  if ('refused' in heard)
    throw misunderstood([misread('receiver-frame', { device: receiver.id, error: heard.refused })]);
  if ('itself' in heard) {
    const events = heard.itself.map((event) => fieldEvent(receiver.id, event, { receivedAt }));
    return [messageOf(receiver.id, receivedAt, [], [], { events })];
  }
  return [accountMessage(receiver, account, heard, { receivedAt })];
}

function decodeTagFrame(house: FrameHouse, bytes: Uint8Array, receivedAt: number): DeviceMessage[] {
  const reader = house.device.id;
  const result = decodeEm4100Serial(bytes);
  if (!result.ok) throw misunderstood([misread('tag-frame', { device: reader, error: result.error })]);
  // The reader sends hex; `form` tells those who compare it with printed numbers.
  const data = { tag: result.tag.hex, form: 'hex' };
  const event = fieldEvent(reader, { type: 'checkin', data }, { receivedAt });
  return [messageOf(reader, receivedAt, [], [], { events: [event] })];
}

/**
 * A frame of a listened-to line.
 * @throws message.invalid when it cannot be understood: the sender is refused, the bytes become a dead letter
 */
export function decodeHeardFrame(house: FrameHouse, bytes: Uint8Array, receivedAt: number): DeviceMessage[] {
  switch (house.device.type.link) {
    case 'surgard-mlr2':
      return decodeReceiverFrame(house, readSurgard(house, bytes), receivedAt);
    case 'ademco-685':
      return decodeReceiverFrame(house, readAdemco(bytes), receivedAt);
    case 'rfid-em4100-serial':
      return decodeTagFrame(house, bytes, receivedAt);
    default: {
      const { id: device, type } = house.device;
      throw misunderstood([misread('no-frames', { device, type: type.id, link: type.link })]);
    }
  }
}
