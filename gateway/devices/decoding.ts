import type { BadReason } from '../contract/bad-value.ts';
import type { Reading } from '../contract/reading.ts';
import type { StrangerGuess } from '../contract/stranger.ts';
import { fault } from '../lib/errors.ts';
import type { AskedAnswer } from '../protocols/asked-read.ts';
import type { OsdpHappening, OsdpState } from '../protocols/osdp/report.ts';
import type { Dc09Report } from '../protocols/sia-dc09/session.ts';
import { isSparkplug } from '../protocols/sparkplug/session.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Catalogue } from './catalogue.ts';
import { decodeDc09Report, type PanelLine, panelLine, panelOf } from './dc09-panels.ts';
import { decodeFireReport, type FireReport, type FireStanding } from './fire-transmitters.ts';
import { decodeHeardFrame } from './heard-frame.ts';
import type { Discoveries } from './home-assistant.ts';
import type { DeviceMessage } from './message.ts';
import { decodeNative } from './native.ts';
import { decodeReaderHappening, decodeReaderState, readerSetting } from './osdp.ts';
import { decodePoll } from './polled.ts';
import { type Registry, requiredDevice } from './registry.ts';
import type { SparkplugHost } from './sparkplug.ts';
import { strayName, strayTopic } from './stray-topic.ts';
import { decodeTopic, type TopicDecoded, type TopicMessage } from './topic-decoding.ts';
import {
  type ControllerNews,
  controllerPlan,
  decodeControllerNews,
  decodeControllerStatus,
} from './uhppote.ts';

/** Of further fire conditions on record each report is one more. */
const mostFireNotes = 20_000;

/** What comes over a link is understood, on arrival and outside of the turn (fire reports in it), and who on a link is to be heard. */
export function createDecoding(deps: {
  memory: Memory;
  registry: Registry;
  catalogue: Pick<Catalogue, 'kinds' | 'types'>;
  values: Table<Reading>;
  sparkplug: SparkplugHost;
  discoveries: Discoveries;
  wasBad(key: string): boolean;
  /** Why nothing came of the last polls of a device. */
  inVain: Map<string, BadReason>;
}) {
  const { registry, values, sparkplug, discoveries, wasBad, inVain } = deps;
  const fireNotes = deps.memory.table<true>('fire-notes');
  const required = (id: string) => requiredDevice(registry, id);

  const fireStanding: Omit<FireStanding, 'alarms'> = {
    value: (key) => values.get(key)?.value,
    noted: (key) => fireNotes.get(key) === true,
    note(key, on) {
      if (!on || fireNotes.committed.size < mostFireNotes) fireNotes.set(key, on ? true : undefined);
    },
  };

  return {
    /**
     * A message on `gatehouse/{device}/{tail}`.
     * @throws message.invalid with what, where and how to mend: a dead letter
     */
    decodeNative: (device: string, tail: string, payload: Buffer, receivedAt: number): DeviceMessage =>
      decodeNative(required(device), tail, payload, receivedAt, registry.child),

    /**
     * A message on an MQTT link other than a device's own connection: a bridge, an outside broker.
     * @param again it came before and is read again: every problem is told, also of points that are bad already, and nothing is
     * remembered of it
     * @returns null when no device takes this topic; `bridge` is set when a bridge says on it whether it is there
     * @throws message.invalid with what, where and how to mend: a dead letter
     */
    decodeTopic(link: string, message: TopicMessage, again = false): TopicDecoded | null {
      if (isSparkplug(message.topic)) return sparkplug.hear(link, message);
      const announced = discoveries.hear(link, message, again);
      const route = registry.topics().find(link, message.topic);
      if (!route) return announced;
      const isBad = again ? () => false : wasBad;
      const decoded = decodeTopic(route, message, { device: required, child: registry.child, wasBad: isBad });
      if (!announced) return decoded;
      return { ...announced, ...decoded, messages: [...announced.messages, ...decoded.messages] };
    },
    /** Whether a topic is one on which devices are announced. */
    isAnnouncement: discoveries.isAnnouncement,
    /** Whether some device takes a topic. */
    takesTopic: (link: string, topic: string): boolean => registry.topics().find(link, topic) !== undefined,
    /** Whether it is as it should be that no device takes a topic: something known says more than is read. */
    isKnownTalk: (link: string, topic: string): boolean => registry.topics().isKnownTalk(link, topic),
    /** How to mend that no device takes a topic. */
    strayTopic: (link: string, message: Pick<TopicMessage, 'topic' | 'payload'>): StrangerGuess =>
      strayTopic(link, message, registry, deps.catalogue),
    /** How to mend that a message on a shared topic names a device which the site does not have. */
    strayName: (link: string, topic: string, name: string): StrangerGuess =>
      strayName(link, topic, name, deps.catalogue),

    /** The answers of one poll. */
    decodePoll(device: string, answers: readonly AskedAnswer[], receivedAt: number): DeviceMessage {
      inVain.delete(device);
      return decodePoll(required(device), answers, receivedAt, wasBad);
    },

    /**
     * A frame of a listened-to line.
     * @throws message.invalid: refuse it and keep it as a dead letter; not.found when no device is on the line
     */
    decodeFrame(link: string, bytes: Uint8Array, receivedAt: number): DeviceMessage[] {
      const device = registry.onLink(link);
      if (!device)
        throw fault('not.found', `no device is on link "${link}": add its receiver or reader to the site`);
      return decodeHeardFrame({ device, account: registry.account }, bytes, receivedAt);
    },

    /** The panel that has an account, else the receiver that takes in strangers; null when the site has neither. */
    panelLine: (account: string): PanelLine | null => panelLine(registry, account),
    /** The panel that reports for a device; null when none does. */
    panelOf: (device: string): string | null => panelOf(registry, device),
    /** @throws not.found when the panel is no more */
    decodePanelReport: (report: Dc09Report, receivedAt: number): DeviceMessage[] =>
      decodeDc09Report(registry, report, receivedAt),

    /** The fire transmission device with an address of twelve hex digits. */
    fireTransmitter: (address: string): string | undefined => registry.fireTransmitter(address)?.id,
    /** In the turn, since it is told beside what stands. */
    decodeFireReport: (
      report: FireReport,
      alarms: FireStanding['alarms'],
      receivedAt: number,
    ): DeviceMessage[] => decodeFireReport(registry, report, { alarms, ...fireStanding }, receivedAt),
    /** Topics of announcements that devices on a link need and that have not come. */
    missingAnnouncements: discoveries.missing,
    /** Whether a device on the link speaks Sparkplug B. */
    speaksSparkplug: (link: string): boolean => registry.topics().sparkplug(link).size > 0,
    /** The door controllers on a link of the kind `uhppote`. */
    controllersOn: (link: string) =>
      [...registry.all()].flatMap((live) => (live.device.link === link ? (controllerPlan(live) ?? []) : [])),
    /** The controller of the site with a serial number; null when it has none. */
    controllerBySerial: (serial: number): string | null =>
      [...registry.all()].find((live) => controllerPlan(live)?.serial === serial)?.id ?? null,
    /** What a door controller has logged. @throws not.found when it is no more */
    decodeControllerNews: (
      device: string,
      news: readonly ControllerNews[],
      receivedAt: number,
      timeZone: string,
    ): DeviceMessage[] => decodeControllerNews(registry, device, news, receivedAt, timeZone),
    /** What a door controller says of its doors. @throws not.found when it is no more */
    decodeControllerStatus: (
      device: string,
      status: Parameters<typeof decodeControllerStatus>[2],
      cards: number | null,
      receivedAt: number,
    ): DeviceMessage[] => decodeControllerStatus(registry, device, status, cards, receivedAt),

    /** The card readers on an OSDP line. */
    readersOn: (link: string) =>
      [...registry.all()].flatMap((live) => (live.device.link === link ? (readerSetting(live) ?? []) : [])),
    decodeReaderState: (device: string, state: OsdpState, receivedAt: number): DeviceMessage =>
      decodeReaderState(required(device), state, receivedAt),
    /** @throws message.invalid for a reply that cannot be read */
    decodeReaderHappening: (device: string, happening: OsdpHappening, receivedAt: number): DeviceMessage =>
      decodeReaderHappening(required(device), happening, receivedAt),
  };
}
