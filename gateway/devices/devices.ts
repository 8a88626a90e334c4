import type { BadReason } from '../contract/bad-value.ts';
import type { Command } from '../contract/command.ts';
import type { DeviceState } from '../contract/device-state.ts';
import { isAsked } from '../contract/device-type.ts';
import type { StoredEvent } from '../contract/event.ts';
import type { Change } from '../contract/live.ts';
import { misread } from '../contract/misread.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import type { Device, Link } from '../contract/site.ts';
import type { StrangerGuess } from '../contract/stranger.ts';
import type { Clock } from '../lib/clock.ts';
import { asError, fault, misunderstood } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { AskedAnswer } from '../protocols/asked-read.ts';
import type { ChannelState, OsdpHappening, OsdpState } from '../protocols/osdp/report.ts';
import type { Dc09Report } from '../protocols/sia-dc09/session.ts';
import { isSparkplug } from '../protocols/sparkplug/session.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { Catalogue } from './catalogue.ts';
import { type CommandWords, commandWords } from './command-handover.ts';
import type { SendCommand } from './command-orders.ts';
import { type CommandEnd, type CommandHouse, createCommands } from './commands.ts';
import { createLogPlaces } from './controller-log.ts';
import { decodeDc09Report, type PanelLine, panelLine, panelOf } from './dc09-panels.ts';
import { createDrafts } from './drafts.ts';
import { decodeFireReport, type FireReport, type FireStanding } from './fire-transmitters.ts';
import { createFlow, linesFirst, type Outcome } from './flow.ts';
import { decodeHeardFrame } from './heard-frame.ts';
import { createDiscoveries } from './home-assistant.ts';
import { type AlarmInput, type LiveDevice, nameAtParent } from './live-device.ts';
import { badReading, type DeviceMessage } from './message.ts';
import { decodeNative } from './native.ts';
import { decodeReaderHappening, decodeReaderState, readerSetting } from './osdp.ts';
import { decodePoll, type PolledDevice, polledDevice } from './polled.ts';
import { type ConnectionReason, createPresence, lostAfterPolls } from './presence.ts';
import { createRegistry } from './registry.ts';
import { createSparkplugHost } from './sparkplug.ts';
import {
  announcedFact,
  announcedOf,
  announcedQuery,
  edgeOf,
  edgesQuery,
  type ToldRow,
  toldQuery,
  toldReading,
} from './store.ts';
import { strayName, strayTopic } from './stray-topic.ts';
import { type TopicCommand, topicCommand } from './topic-command.ts';
import { decodeTopic, type TopicDecoded, type TopicMessage } from './topic-decoding.ts';
import {
  type ControllerNews,
  controllerPlan,
  decodeControllerNews,
  decodeControllerStatus,
} from './uhppote.ts';
import { createViews } from './views.ts';

/** What something that arrived has led to in its turn, for the rooms that follow. */
export interface Received extends Outcome {
  /** Devices that came or went. */
  states: DeviceState[];
}

/** How a poll failed: nothing came, what came was no answer, or the device answered that it will not (so it lives). */
export type PollFailure = 'silent' | 'broken' | 'refused';

/** A device's own counter when it was last heard, for readings that carry no time. */
interface Counter {
  seq: number;
  receivedAt: number;
}
/** A smaller counter within this time and distance is a message that was overtaken; beyond, a device that began anew. */
const overtaken = { withinMs: 10_000, by: 100 };
/** Of further fire conditions on record each report is one more. */
const mostFireNotes = 20_000;

/**
 * The devices of the site, live: from bytes to readings and events, their states, and the way down to them.
 * Call `configure` with the site's documents at start and after each change of site or types.
 */
export function createDevices(deps: {
  memory: Memory;
  query: Query;
  clock: Clock;
  log: Logger;
  catalogue: Pick<Catalogue, 'kinds' | 'types'>;
  send: SendCommand;
  heldBy?: CommandHouse['heldBy'];
  /** Whether nodes of Sparkplug B on a link can know that this host is there. */
  isHostTold?(link: string): boolean;
  /** After each step of a command; `end` when it was its last. */
  onCommand?(turn: Turn, command: Command, end: CommandEnd | null): void;
}) {
  const { memory } = deps;
  const values = memory.table<Reading>('values');
  const edges = memory.table<PointValue>('edges');
  const counters = memory.table<Counter>('device-counters');
  /** Why nothing came of the last polls of a device: what its points that were never heard lack a value for. */
  const inVain = new Map<string, BadReason>();
  const fireNotes = memory.table<true>('fire-notes');
  const registry = createRegistry(deps.catalogue);
  const presence = createPresence({ memory, clock: deps.clock, registry });
  const flow = createFlow({
    values,
    edges,
    moved: (turn, { device, name }, stuckAfterMs) => presence.moved(device, name, turn.monoMs, stuckAfterMs),
    bound: (turn, device, name, usable) => presence.bound(device, name, usable, turn.monoMs),
  });
  function messageFor(
    device: LiveDevice,
    name: string,
    command: string,
    args: Readonly<Record<string, unknown>>,
  ): TopicCommand {
    return topicCommand({ sparkplug, discoveries }, device, {
      command,
      name,
      args,
      nowMs: deps.clock.now().wallMs,
    });
  }
  const logPlaces = createLogPlaces(deps);
  const commands = createCommands({
    memory,
    query: deps.query,
    send: deps.send,
    house: {
      device: (id) => registry.get(id),
      unreachable: presence.unreachable,
      message: messageFor,
      value: (key) => {
        const reading = values.get(key);
        return reading?.quality === 'good' ? reading.value : undefined;
      },
      heldBy: deps.heldBy,
    },
    moved: (turn, command, end) => deps.onCommand?.(turn, command, end),
  });

  function required(id: string): LiveDevice {
    const device = registry.get(id);
    if (device) return device;
    const problem = registry.problemOf(id);
    throw misunderstood([
      problem === null
        ? misread('device-unknown', { device: id })
        : misread('device-unusable', { device: id, words: problem }),
    ]);
  }

  const wasBad = (key: string): boolean => values.committed.get(key)?.quality === 'bad';

  const sparkplug = createSparkplugHost({
    devices: (link) => registry.topics().sparkplug(link),
    wasBad,
    isHostTold: deps.isHostTold ?? (() => true),
  });

  const discoveries = createDiscoveries({
    entities: (link) => registry.topics().entities(link),
    catalogue: deps.catalogue,
    wasBad,
  });

  const fireStanding: Omit<FireStanding, 'alarms'> = {
    value: (key) => values.get(key)?.value,
    noted: (key) => fireNotes.get(key) === true,
    note(key, on) {
      if (!on || fireNotes.committed.size < mostFireNotes) fireNotes.set(key, on ? true : undefined);
    },
  };

  function received(): Received {
    return { readings: [], keys: [], late: [], events: [], states: [] };
  }

  /** Whether an undated message was overtaken on its way by one that the device sent later. */
  function wasOvertaken({ device, seq, receivedAt, readings }: DeviceMessage): boolean {
    if (seq === null || readings[0]?.at !== receivedAt) return false;
    const last = counters.get(device);
    // 0 and 1 are what a device begins with.
    const late =
      last !== undefined &&
      seq > 1 &&
      seq < last.seq &&
      last.seq - seq <= overtaken.by &&
      receivedAt - last.receivedAt <= overtaken.withinMs;
    if (!late) counters.set(device, { seq, receivedAt });
    return late;
  }

  /** A reading may be the proof that a command waits for. */
  function prove(turn: Turn, out: Received): void {
    for (let i = 0; i < out.readings.length; i++) {
      const reading = out.readings[i];
      const key = out.keys[i];
      if (reading && key !== undefined) commands.onReading(turn, reading, key);
    }
  }

  function takeReadings(
    turn: Turn,
    live: LiveDevice,
    message: DeviceMessage,
    out: Received,
  ): 'good' | 'bad' | null {
    let worth: 'good' | 'bad' | null = message.events.length > 0 ? 'good' : null;
    const late = wasOvertaken(message);
    for (const reading of live.hiding ? linesFirst(live, message.readings) : message.readings) {
      const point = live.points.get(reading.point);
      if (!point) continue;
      if (reading.quality !== 'bad') worth = 'good';
      else worth ??= 'bad';
      if (late) out.late.push(reading);
      else flow.take(turn, point, reading, out);
    }
    return worth;
  }

  function compareReadings(turn: Turn, live: LiveDevice, message: DeviceMessage, out: Received): void {
    for (const reading of message.readings) {
      const point = live.points.get(reading.point);
      if (point) flow.compare(turn, point, reading, out);
    }
  }

  return {
    commands,
    drafts: createDrafts({ catalogue: deps.catalogue, registry, value: (key) => values.committed.get(key) }),
    views: createViews({ registry, presence, values: values.committed, inVain }),

    /** Fills the tables at start. */
    async load(): Promise<void> {
      for (const row of await deps.query<{ id: string; value: string }>(edgesQuery))
        edges.load(row.id, edgeOf(row));
      // What events have told stands until the next one; that it still holds after the outage is likely, not certain.
      for (const row of await deps.query<ToldRow>(toldQuery)) values.load(row.id, toldReading(row));
      for (const row of await deps.query<{ name: string; value: string }>(announcedQuery)) {
        const { link, address } = announcedOf(row);
        discoveries.load(link, address, row.value);
      }
      await logPlaces.load();
      await commands.load();
    },

    /**
     * Takes the site's devices and links anew. Outside of a turn: at start, after the commit that changed them, and when
     * types have been reloaded. Devices that are new get one full interval of silence.
     */
    configure(docs: Iterable<Device>, links: Iterable<Link>): void {
      const known = [...links];
      registry.configure(docs);
      presence.configure(known);
      discoveries.configure(known);
      for (const { device, problem } of registry.problems())
        deps.log.warn({ device, problem }, 'a device does not work as configured');
    },

    /** As the first input after start: see `Commands.recover`. */
    recover(turn: Turn): void {
      commands.recover(turn);
    },

    /** In the turn that removes a device from the site. */
    forget(turn: Turn, id: string): void {
      presence.forget(turn, id);
      inVain.delete(id);
      for (const { key } of registry.get(id)?.points.values() ?? [])
        if (values.get(key)) values.set(key, undefined);
      turn.write('devices.untell', id);
      const { type, device, mqtt } = registry.get(id) ?? {};
      for (const address of mqtt?.entities.keys() ?? [])
        turn.write('devices.unannounced', announcedFact(device?.link ?? '', address));
      if (type?.link === 'uhppote') logPlaces.forget(turn, String(device?.address));
    },

    /** Devices with their rules, for the alarms room. */
    alarmInputs: (): Iterable<AlarmInput> => registry.all(),
    alarmInput: (id: string): AlarmInput | undefined => registry.get(id),
    ofKind: (kind: string): Device[] =>
      [...registry.all()].filter((live) => live.kind.id === kind).map(({ device }) => device),

    /** What is polled on an asked link, for the links room. */
    polledOn(link: string): PolledDevice[] {
      const polled: PolledDevice[] = [];
      for (const live of registry.all()) {
        if (!isAsked(live.type.link) || live.device.link !== link) continue;
        try {
          polled.push(polledDevice(live));
        } catch (error) {
          live.problems.push(asError(error).message);
        }
      }
      return polled;
    },

    // --- decoding, on arrival, outside of the turn

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
    /**
     * The message by which a product with topics of its own is asked for a command of this id, or what is written to one that is
     * asked by Modbus.
     * @throws message.invalid: there is no such device
     */
    commandMessage(
      device: string,
      name: string,
      command: string,
      args: Readonly<Record<string, unknown>> = {},
    ): CommandWords {
      return commandWords(messageFor, required(device), { name, command, args });
    },
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
    /** Up to where the logs of controllers are on disk; `keep` in the turn that holds the events. */
    logPlaces,

    /** The card readers on an OSDP line. */
    readersOn: (link: string) =>
      [...registry.all()].flatMap((live) => (live.device.link === link ? (readerSetting(live) ?? []) : [])),
    decodeReaderState: (device: string, state: OsdpState, receivedAt: number): DeviceMessage =>
      decodeReaderState(required(device), state, receivedAt),
    /** @throws message.invalid for a reply that cannot be read */
    decodeReaderHappening: (device: string, happening: OsdpHappening, receivedAt: number): DeviceMessage =>
      decodeReaderHappening(required(device), happening, receivedAt),

    // --- in the turn

    /** Keeps what an entity is announced as; null: it was taken away. */
    announced(turn: Turn, link: string, address: string, config: string | null): void {
      if (config === null) turn.write('devices.unannounced', announcedFact(link, address));
      else turn.write('devices.announced', announcedFact(link, address), config);
    },

    /** What a decoded message leads to: live values, edges, composed devices, states, read-backs. */
    receive(turn: Turn, message: DeviceMessage): Received {
      const out = received();
      const live = registry.get(message.device);
      if (!live) return out;
      const { retained, status } = message;
      const worth = retained ? null : takeReadings(turn, live, message, out);
      if (retained) compareReadings(turn, live, message, out);
      for (const event of message.events) out.events.push(event);
      if (status === 'offline')
        presence.lost(turn, message.device, live.mqtt ? 'availability' : 'will', out.states);
      // What was kept is no sign of life, unless that is what it tells.
      else if (!retained || status === 'online') presence.heard(turn, message.device, worth, out.states);
      if (message.through !== null) presence.heard(turn, message.through, null, out.states);
      if (message.answer) commands.onAnswer(turn, message.device, message.answer);
      prove(turn, out);
      return out;
    },

    /**
     * What was said long ago and is read only now: its readings go to history, and to the live values where nothing newer is
     * known. It is no sign of life, proves nothing and answers no command.
     */
    receiveLate(turn: Turn, { device, receivedAt: cameAt, readings, events }: DeviceMessage): Received {
      const out = received();
      const live = registry.get(device);
      if (!live) return out;
      for (const reading of readings) {
        const point = live.points.get(reading.point);
        // Its arrival is now: one that is dated then, and so gives way to whatever is newer.
        if (point) flow.take(turn, point, { ...reading, receivedAt: turn.now }, out);
      }
      out.events.push(...events);
      // Those of its readings' edges, too: all of it is late by what has passed since, and what ended it meanwhile stands.
      out.events = out.events.map((event) => ({ ...event, receivedAt: turn.now, cameAt }));
      return out;
    },

    /** The points whose value a stored event tells; call it for each that was new, not for a repeat. */
    onEvent(turn: Turn, event: StoredEvent): Received {
      const out = received();
      const { device, occurredAt: at, receivedAt } = event;
      for (const { point, value } of registry.get(device)?.events.get(event.type)?.sets ?? [])
        flow.take(
          turn,
          point,
          value === null
            ? badReading(point, at, receivedAt, { code: 'declared' })
            : { device, point: point.name, value, quality: 'good', at, receivedAt },
          out,
          false,
        );
      prove(turn, out);
      return out;
    },

    /** A poll failed, so many times in a row. */
    onPollFailed(
      turn: Turn,
      device: string,
      failures: number,
      why: PollFailure,
      { fault, words }: Pick<BadReason & { code: 'asked-in-vain' }, 'fault' | 'words'>,
    ): Received {
      const out = received();
      const live = registry.get(device);
      if (!live) return out;
      inVain.set(device, { code: 'asked-in-vain', fault, words });
      if (why === 'refused') presence.heard(turn, device, 'refused', out.states);
      else if (failures >= lostAfterPolls)
        presence.lost(turn, device, why === 'broken' ? 'poll garbled' : 'poll timeout', out.states);
      else return out;
      for (const point of live.points.values()) {
        const known = values.get(point.key);
        if (point.asked && known && known.quality !== 'bad')
          flow.take(
            turn,
            point,
            badReading(point, turn.now, turn.now, { code: 'asked-in-vain', fault, words }),
            out,
          );
      }
      return out;
    },

    /** A card reader cannot be used: it is silent, or `barred` says why the channel to it cannot be had. */
    onReaderLost(turn: Turn, device: string, barred: ChannelState | null): Received {
      const out = received();
      const live = registry.get(device);
      if (!live) return out;
      presence.lost(turn, device, barred === null ? 'poll timeout' : 'no channel', out.states);
      for (const point of live.points.values()) {
        const known = values.get(point.key);
        // What it is and how it was spoken with stands.
        if (point.type === 'bool' && known && known.quality !== 'bad')
          flow.take(turn, point, badReading(point, turn.now, turn.now, { code: 'lost' }), out);
      }
      if (barred === null) return out;
      const state = decodeReaderState(live, { type: 'channel', channel: barred }, turn.now);
      for (const reading of state.readings) {
        const point = live.points.get(reading.point);
        if (point) flow.take(turn, point, reading, out);
      }
      return out;
    },

    /** A camera that has no word of its own gave a picture, or failed to: as an asked device is known by its polls. */
    onPicture(turn: Turn, device: string, good: boolean, failures: number): Received {
      const out = received();
      if (registry.get(device)?.type.link !== 'none') return out;
      if (good) presence.heard(turn, device, null, out.states);
      else if (failures >= lostAfterPolls) presence.lost(turn, device, 'no picture', out.states);
      return out;
    },

    /** An MQTT connection came or went; `lossByHeartbeatOnly` as the broker tells it. */
    onConnection: (
      turn: Turn,
      device: string,
      online: boolean,
      why: ConnectionReason,
      lossByHeartbeatOnly: boolean,
    ): DeviceState[] => presence.connection(turn, device, online, why, lossByHeartbeatOnly),

    /** A link came or went: the devices on it go with it. */
    onLink(turn: Turn, link: string, up: boolean): DeviceState[] {
      sparkplug.onLink(link, up);
      return presence.link(turn, link, up);
    },

    /** A bridge says that it is there, or not: the devices that it brings go with it. */
    onBridge: (turn: Turn, link: string, topic: string, up: boolean): DeviceState[] =>
      presence.bridge(turn, link, topic, up),

    /** What must be said to nodes of Sparkplug B, and what their silence says of devices. Ask once a second. */
    sparkplugRound: sparkplug.round,

    /** Whether somebody may have fallen silent: then queue an input that calls `onSupervision`. Ask once a second. */
    supervisionDue: (monoMs: number): boolean => presence.nextDue() <= monoMs,
    /** Monotonic ms before which nobody can have. */
    nextSupervision: presence.nextDue,
    onSupervision: (turn: Turn): DeviceState[] => presence.fallenSilent(turn),
    /** The gateway could hear nobody for the last `ms`: it was starting, or had no turn on the machine. */
    onDeaf: (ms: number): void => presence.deaf(ms),
    /** While storage fails nobody is judged for silence; then everybody gets one full interval anew. */
    onStorage: (failing: boolean): void => presence.hold(failing),

    // --- committed state, for the API and the consoles

    /** Devices that cannot work as they are configured, and why. */
    problems: (): { device: string; problem: string }[] => [...registry.problems()],

    state: presence.state,
    /** Why a device cannot be reached, as the running turn sees it; null when it can. */
    unreachable: presence.unreachable,
    nameAtParent,
    value: (key: string): Reading | undefined => values.committed.get(key),
    /** As the running turn sees it. */
    newest: (key: string): Reading | undefined => values.get(key),
    liveValues: (): Iterable<Reading> => values.committed.values(),
    snapshot: (): Change[] => [...presence.snapshot(), ...commands.snapshot()],
  };
}
export type Devices = ReturnType<typeof createDevices>;

export type { CommandEnd } from './commands.ts';
export type { PanelLine } from './dc09-panels.ts';
export type { Draft } from './drafts.ts';
export type { FireReport } from './fire-transmitters.ts';
export type { AlarmInput } from './live-device.ts';
export type { DeviceMessage } from './message.ts';
export type { ReaderSetting } from './osdp.ts';
export type { PolledDevice } from './polled.ts';
export type { TopicCommand } from './topic-command.ts';
export type { TopicDecoded, TopicMessage } from './topic-decoding.ts';
export type { ControllerNews } from './uhppote.ts';
