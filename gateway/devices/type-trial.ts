import type { DeviceType } from '../contract/device-type.ts';
import type { TypeReading } from '../contract/frame.ts';
import { misreadText } from '../contract/misread.ts';
import type { Reading } from '../contract/reading.ts';
import type { Device, Link } from '../contract/site.ts';
import type { AskedInVain } from '../contract/trial.ts';
import { fault } from '../lib/errors.ts';
import { type AskedAnswer, answerBytes } from '../protocols/asked-read.ts';
import { bytesToHex } from '../protocols/bytes.ts';
import type { OsdpState } from '../protocols/osdp/report.ts';
import type { Dc09Panel } from '../protocols/sia-dc09/session.ts';
import type { Reply } from '../protocols/uhppote/codec.ts';
import { decodeTransmitterFrame } from './case-frames.ts';
import { type KnownTypes, type Played, setStage } from './case-play.ts';
import { firstReport, panelRefusal, plainPanel } from './dc09-panels.ts';
import { type DeviceMessage, messageOf } from './message.ts';
import type { TopicMessage } from './topic-decoding.ts';

/** One thing as it came from a device, before any type has read it. */
export type RawHeard =
  | { way: 'poll'; answers: readonly AskedAnswer[]; receivedAt: number }
  | { way: 'topic'; link: string; message: TopicMessage }
  | { way: 'native'; tail: string; payload: Buffer; receivedAt: number }
  | { way: 'frame'; link: string; bytes: Uint8Array; receivedAt: number }
  /** To one of the gateway's own receivers; `from`: the account or address by which the sender names itself. */
  | { way: 'report'; to: 'alarm' | 'fire'; from: string | null; bytes: Uint8Array; receivedAt: number }
  /** A door controller was asked how it and its doors are. */
  | { way: 'status'; status: Reply<'status'>; cards: number | null; receivedAt: number }
  /** What a card reader says of itself. */
  | { way: 'reader'; state: OsdpState; receivedAt: number }
  /** What the devices to which a composed one is bound have told. */
  | { way: 'values'; readings: readonly Reading[]; receivedAt: number };

export const cameAt = (heard: RawHeard): number =>
  heard.way === 'topic' ? heard.message.receivedAt : heard.receivedAt;

/** What an unsaved text makes of something that a device has just sent. */
export interface TriedText {
  /** UTC ms; null: nothing came while it was waited for. */
  at: number | null;
  /** The bytes or words that came. */
  raw: string[];
  reading: TypeReading | null;
  /** Points of the type that were not in it: they come with another message, or could not be read. */
  missing: string[];
  /** Why questions to it were not answered. */
  failures: AskedInVain[];
}

function rawWords(heard: RawHeard): string[] {
  switch (heard.way) {
    case 'poll':
      return heard.answers.map((answer) => {
        const { read } = answer;
        const asked =
          read.protocol === 'modbus'
            ? `${read.fc}/${read.address}+${read.quantity}`
            : read.protocol === 'dlt645'
              ? read.di
              : '901F';
        return `${asked}: ${'refused' in answer ? answer.refused : bytesToHex(answerBytes(answer))}`;
      });
    case 'topic':
      return [heard.message.topic, heard.message.payload.toString()];
    case 'native':
      return [heard.tail, heard.payload.toString()];
    case 'frame':
    case 'report':
      return [bytesToHex(heard.bytes)];
    case 'status':
      return [JSON.stringify({ ...heard.status, card: undefined, cards: heard.cards })];
    case 'reader':
      return [JSON.stringify(heard.state)];
    case 'values':
      return heard.readings.map(
        ({ device, point, value, quality }) => `${device}.${point}: ${JSON.stringify(value)} (${quality})`,
      );
  }
}

const addressOf = (doc: Device | undefined) => (doc?.address === undefined ? null : String(doc.address));

/** A device that is tried, on a stage of its own with those that it needs. */
export interface TriedDevice {
  /** Why it, or one that it needs, cannot work as it is set. */
  readonly unconnected: readonly string[];
  /** Topics on which it must be announced, and is not yet. */
  missingAnnouncements(link: string): string[];
  /**
   * Takes something that came.
   * @returns false when nothing of it is this device's; `again`: topics of which the broker shall tell what it keeps
   */
  hear(heard: RawHeard): { mine: boolean; again: readonly string[] };
  /** How much of it was told, read or refused so far. */
  told(): number;
  outcome(): Played;
}

/**
 * @param type may be another text than the catalogue has
 * @param device the key of the one that is tried; its document is among `docs`, with those of the devices that it needs
 * @param panel how it speaks where it reports to the alarm receiver
 */
export function setTrial(
  type: DeviceType,
  known: KnownTypes,
  {
    device,
    docs,
    links = [],
    panel = plainPanel,
  }: {
    device: string;
    docs: readonly Device[];
    links?: readonly Link[];
    panel?: Dc09Panel;
  },
): TriedDevice {
  const stage = setStage(type, known, docs, links);
  const { devices } = stage;
  /** The device that speaks for it. */
  const head = docs.find(({ id }) => id === device)?.parent ?? device;
  let again: readonly string[] = [];

  function decode(heard: RawHeard, now: number): DeviceMessage[] {
    switch (heard.way) {
      case 'poll':
        return [devices.decodePoll(device, heard.answers, now)];
      case 'topic': {
        const decoded = devices.decodeTopic(heard.link, { ...heard.message, receivedAt: now });
        again = decoded?.again ?? [];
        return decoded?.messages ?? [];
      }
      case 'native':
        return [devices.decodeNative(head, heard.tail, heard.payload, now)];
      case 'frame':
        return devices.decodeFrame(heard.link, heard.bytes, now);
      case 'report': {
        if (heard.to === 'fire') return decodeTransmitterFrame(devices, heard.bytes, now);
        const read = firstReport(heard.bytes, panel, heard.receivedAt);
        if ('refused' in read) {
          const told = { who: device, seconds: Math.round(read.skewMs / 1_000) };
          throw fault('message.invalid', misreadText(panelRefusal(read.refused, told)));
        }
        return read.report ? devices.decodePanelReport(read.report, now) : [];
      }
      case 'status':
        return devices.decodeControllerStatus(head, heard.status, heard.cards, now);
      case 'reader':
        return [devices.decodeReaderState(device, heard.state, now)];
      case 'values':
        return heard.readings.map((reading) => messageOf(reading.device, now, [{ ...reading }], [], null));
    }
  }

  return {
    unconnected: stage.unconnected,
    missingAnnouncements: devices.missingAnnouncements,
    hear(heard) {
      let mine = false;
      again = [];
      stage.take((now) => {
        const messages = decode(heard, now);
        mine = messages.some((message) => message.device === device);
        return messages;
      });
      return { mine, again };
    },
    told() {
      const { readings, events, refused } = stage.outcome(device);
      return readings.size + events.filter((event) => event.device === device).length + refused.length;
    },
    outcome: () => stage.outcome(device),
  };
}

/** Plays what came from a device of the site, in its order, with a text that is not saved. */
export function tryHeard(
  type: DeviceType,
  known: KnownTypes,
  where: Parameters<typeof setTrial>[2],
  heard: readonly RawHeard[],
): TriedText {
  const { device, docs } = where;
  const tried = setTrial(type, known, where);
  const points = known.kinds.get(type.kind)?.points ?? {};
  if (tried.unconnected.length === 0) for (const one of heard) tried.hear(one);
  const { readings, events, refused, refusedWhy } = tried.outcome();
  const reading: TypeReading = {
    type: type.id,
    label: type.label,
    address: addressOf(docs.find(({ id }) => id === device)),
    readings: [...readings].map(([point, { value, quality }]) => ({
      point,
      label: points[point]?.label ?? { zh: point, en: point },
      value,
      unit: points[point]?.unit ?? null,
      quality,
    })),
    events: events.map(({ device: whose, type: name, data }) => ({
      device: whose,
      type: name,
      data: { ...data },
    })),
    refused,
    refusedWhy: refusedWhy.map((why) => [...why]),
    problem: tried.unconnected.length > 0 ? tried.unconnected.join('; ') : null,
    problemWhy: [],
    story: null,
  };
  return {
    at: heard.length > 0 ? Math.max(...heard.map(cameAt)) : null,
    raw: heard.flatMap(rawWords),
    reading,
    missing: Object.keys(type.points).filter((point) => !readings.has(point)),
    failures: [],
  };
}
