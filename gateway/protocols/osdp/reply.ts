import { byteAt } from '../bytes.ts';
import type { OsdpFrame } from './frame.ts';
import { nameOf, readFormattedCard, readKeys, readRawCard, readStates, replies } from './messages.ts';
import type { OsdpHappening, OsdpState } from './report.ts';

/** What a reply says of the reader's state; null for any other. */
export function stateOf({ code, data }: OsdpFrame): OsdpState | null {
  switch (code) {
    case replies.LSTATR:
      return data.length < 2
        ? null
        : { type: 'status', tamper: byteAt(data, 0) !== 0, powerFail: byteAt(data, 1) !== 0 };
    case replies.ISTATR:
      return { type: 'inputs', on: readStates(data) };
    case replies.OSTATR:
      return { type: 'outputs', on: readStates(data) };
    default:
      return null;
  }
}

/** What a reply says has happened; null for any other. One that cannot be read is told as such, so that no card is lost without a word. */
export function happeningOf({ code, data }: OsdpFrame): OsdpHappening | null {
  const unreadable = (): OsdpHappening => ({ type: 'unreadable', reply: nameOf(code, true) ?? '' });
  switch (code) {
    case replies.RAW: {
      const card = readRawCard(data);
      return card ? { type: 'card', bits: card.bits } : unreadable();
    }
    case replies.FMT: {
      const card = readFormattedCard(data);
      return card ? { type: 'card-text', text: card.text } : unreadable();
    }
    case replies.KEYPAD: {
      const keys = readKeys(data);
      return keys ? { type: 'keys', count: keys.keys.length } : unreadable();
    }
    default:
      return null;
  }
}
