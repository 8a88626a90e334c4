import type { OsdpAct } from '../contract/device-type.ts';
import type { EventData, FieldEvent } from '../contract/event.ts';
import { reverseHex } from '../contract/hex-bytes.ts';
import { type Misread, misread } from '../contract/misread.ts';
import { normaliseTag, tagFormOf } from '../contract/tag.ts';
import { misunderstood } from '../lib/errors.ts';
import { buzzerData, commands, lightData, outputData } from '../protocols/osdp/messages.ts';
import type { OsdpHappening, OsdpState } from '../protocols/osdp/report.ts';
import { decodeWiegand } from '../protocols/wiegand/codec.ts';
import type { LiveDevice } from './live-device.ts';
import { type DeviceMessage, messageOf, readingOf } from './message.ts';

// Card readers on an OSDP line: what they say of themselves as readings, what is held to them as events.

/** A reader of the site, with what its settings say of its key. */
export interface ReaderSetting {
  device: string;
  address: number;
  /** `env:NAME`; null: none. */
  key: string | null;
  installMode: boolean;
}

/** Null for a device that is no OSDP reader. */
export function readerSetting({ id, type, device, settings }: LiveDevice): ReaderSetting | null {
  if (type.link !== 'osdp') return null;
  const { key, installMode } = settings;
  return {
    ...{ device: id, address: Number(device.address) },
    key: typeof key === 'string' && key !== '' ? key : null,
    installMode: installMode === true,
  };
}

/** So many inputs and outputs of a reader are points of its kind. */
const mostPoints = 2;

function numbered(name: string, on: readonly boolean[]): [string, boolean][] {
  return on.slice(0, mostPoints).map((value, i) => [`${name}${i + 1}`, value]);
}

function valuesOf(state: OsdpState): [string, boolean | string][] {
  switch (state.type) {
    case 'channel':
      return [['channel', state.channel]];
    case 'identity': {
      const { vendor, model, version, serial, firmware } = state.identity;
      return [['identity', `${vendor} ${model}.${version} #${serial} v${firmware}`]];
    }
    case 'status':
      return [
        ['tamper', state.tamper],
        ['powerFail', state.powerFail],
      ];
    case 'inputs':
      return numbered('input', state.on);
    case 'outputs':
      return numbered('output', state.on);
  }
}

export function decodeReaderState(live: LiveDevice, state: OsdpState, receivedAt: number): DeviceMessage {
  const problems: Misread[] = [];
  const readings = valuesOf(state).flatMap(([name, value]) => {
    const point = live.points.get(name);
    return point ? [readingOf(point, value, 'good', receivedAt, receivedAt, problems)] : [];
  });
  return messageOf(live.id, receivedAt, readings, problems, null);
}

/** Lengths of the unique numbers of contactless cards (4, 7, 8, 10 bytes) and of EM4100 (5), as readers send them without parity. */
const uidBits = [32, 40, 56, 64, 80];

function hexOf(bits: string): string {
  return BigInt(`0b${bits}`)
    .toString(16)
    .toUpperCase()
    .padStart(Math.ceil(bits.length / 4), '0');
}

/**
 * A card from its bits: Wiegand 26 and 34 as facility and number, a unique number as it is; of any other format nobody knows which
 * bits are the number, and its bits stand for it, `37/1A2B3C4D5E`. Bits whose parity is wrong are no card.
 * @param reversed the reader sends unique numbers with the lowest byte first
 */
export function cardOfBits(bits: string, reversed = false): EventData {
  const wiegand = decodeWiegand(bits);
  if (wiegand.ok) {
    const { facility, card } = wiegand.card;
    const hex = (facility * 0x10000 + card).toString(16).toUpperCase().padStart(8, '0');
    return { card: hex, form: 'hex', bits: bits.length };
  }
  const raw = `${bits.length}/${hexOf(bits)}`;
  if (wiegand.error === 'parity') return { raw, reason: 'parity', bits: bits.length };
  if (uidBits.includes(bits.length)) {
    const card = reversed ? reverseHex(hexOf(bits)) : hexOf(bits);
    return { card, form: 'hex', bits: bits.length };
  }
  return { card: raw, bits: bits.length };
}

/** @throws message.invalid for a reply that cannot be read: kept as a dead letter */
export function decodeReaderHappening(
  live: LiveDevice,
  happening: OsdpHappening,
  receivedAt: number,
): DeviceMessage {
  const tell = (type: string, data: EventData) => {
    const event: FieldEvent = { device: live.id, externalId: null, type, data, at: null, receivedAt };
    return messageOf(live.id, receivedAt, [], [], { events: [event] });
  };
  const reversed = live.settings.byteOrder === 'reversed';
  switch (happening.type) {
    case 'card':
      return tell('access.read', cardOfBits(happening.bits, reversed));
    case 'card-text': {
      const form = tagFormOf({ hex: false, reversed });
      return tell('access.read', { card: normaliseTag(happening.text.slice(0, 100), form) });
    }
    case 'keys':
      return tell('reader.keys', { count: happening.count });
    case 'unreadable':
      throw misunderstood([misread('reader-reply', { device: live.id, reply: happening.reply })]);
  }
}

/** What a command is on the wire. @param settings the device's own, for times that they name */
export function osdpCommand(
  act: OsdpAct,
  settings: LiveDevice['settings'],
): { code: number; data: Uint8Array } {
  const msOf = (seconds: number | string | undefined): number | null => {
    const value = typeof seconds === 'string' ? settings[seconds] : seconds;
    return typeof value === 'number' ? value * 1_000 : null;
  };
  if ('output' in act) return { code: commands.OUT, data: outputData(act.output, act.on, msOf(act.seconds)) };
  if ('light' in act) return { code: commands.LED, data: lightData(act.light, msOf(act.seconds)) };
  return { code: commands.BUZ, data: buzzerData(act.beeps, msOf(act.seconds) ?? 100) };
}
