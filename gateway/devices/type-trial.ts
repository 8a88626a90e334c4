import type { DeviceType } from '../contract/device-type.ts';
import type { TypeReading } from '../contract/frame.ts';
import type { Device } from '../contract/site.ts';
import { type AskedAnswer, answerBytes } from '../protocols/asked-read.ts';
import { bytesToHex } from '../protocols/bytes.ts';
import { type KnownTypes, setStage } from './case-play.ts';
import type { TopicMessage } from './topic-decoding.ts';

/** One thing as it came from a device, before any type has read it. */
export type RawHeard =
  | { way: 'poll'; answers: readonly AskedAnswer[]; receivedAt: number }
  | { way: 'topic'; link: string; message: TopicMessage }
  | { way: 'native'; tail: string; payload: Buffer; receivedAt: number }
  | {
      way: 'frame';
      link: string;
      bytes: Uint8Array;
      receivedAt: number;
      /** Of a report to the alarm receiver: the account that names itself. */
      account?: string | null;
    };

/** What an unsaved text makes of something that a device has just sent. */
export interface TriedText {
  /** UTC ms; null: nothing came while it was waited for. */
  at: number | null;
  /** The bytes or words that came. */
  raw: string[];
  reading: TypeReading | null;
  /** Points of the type that were not in it: what is asked for by the saved text only, or comes with another message. */
  missing: string[];
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
      return [bytesToHex(heard.bytes)];
  }
}

const addressOf = (doc: Device | undefined) => (doc?.address === undefined ? null : String(doc.address));

/** Plays what came from a device of the site with a text that is not saved. `docs`: the device and those it needs. */
export function tryHeard(
  type: DeviceType,
  known: KnownTypes,
  { device, docs }: { device: string; docs: readonly Device[] },
  heard: RawHeard,
): TriedText {
  const stage = setStage(type, known, docs, []);
  const points = known.kinds.get(type.kind)?.points ?? {};
  if (stage.unconnected.length === 0)
    stage.take((now) => {
      switch (heard.way) {
        case 'poll':
          return [stage.devices.decodePoll(device, heard.answers, now)];
        case 'topic':
          return stage.devices.decodeTopic(heard.link, { ...heard.message, receivedAt: now })?.messages ?? [];
        case 'native':
          return [stage.devices.decodeNative(device, heard.tail, heard.payload, now)];
        case 'frame':
          return stage.devices.decodeFrame(heard.link, heard.bytes, now);
      }
    });
  const { readings, events, refused } = stage.outcome(device);
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
    problem: stage.unconnected.length > 0 ? stage.unconnected.join('; ') : null,
    story: null,
  };
  return {
    at: heard.way === 'topic' ? heard.message.receivedAt : heard.receivedAt,
    raw: rawWords(heard),
    reading,
    missing: Object.keys(type.points).filter((point) => !readings.has(point)),
  };
}
