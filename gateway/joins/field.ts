import type { Alarms } from '../alarms/alarms.ts';
import type { DeviceState } from '../contract/device-state.ts';
import type { FieldEvent, StoredEvent } from '../contract/event.ts';
import { type Misread, misread } from '../contract/misread.ts';
import { topicLimits } from '../contract/mqtt-topic.ts';
import type { Reading } from '../contract/reading.ts';
import type { Link } from '../contract/site.ts';
import type { DeviceMessage, Devices, Received, TopicDecoded, TopicMessage } from '../devices/devices.ts';
import type { RawHeard } from '../devices/type-trial.ts';
import { type DeadLetters, reasonsOf } from '../ingest/dead-letters.ts';
import type { Events } from '../ingest/events.ts';
import { FieldInput, type FieldOrigin } from '../ingest/field-input.ts';
import type { Strangers } from '../ingest/strangers.ts';
import type { Turns } from '../ingest/turns.ts';
import type { Clock, Instant } from '../lib/clock.ts';
import { asError, Fault, misunderstood } from '../lib/errors.ts';
import type { UnknownDtu } from '../links/dtu-listener.ts';
import { repeatsRefused } from '../links/heard-protocols.ts';
import type { MqttMessage } from '../links/mqtt-options.ts';
import type { MqttPrincipal } from '../links/mqtt-topics.ts';
import type { Hub } from '../live/hub.ts';
import { type AskedAnswer, answerBytes } from '../protocols/asked-read.ts';
import { isSparkplug } from '../protocols/sparkplug/session.ts';
import type { Turn } from '../store/turn.ts';
import { devicePlace, type Overhearing } from './overhear.ts';
import { createStrays } from './strays.ts';

interface FieldRooms {
  clock: Clock;
  turns(): Turns;
  devices: Devices;
  events: Events;
  alarms: Alarms;
  deadLetters: DeadLetters;
  hub: Pick<Hub, 'value'>;
  /** Rooms that live on the newest readings: metering, plant, linkage. `key`: `device.point`. */
  onReading(turn: Turn, reading: Reading, key: string): void;
  /** A reading older than what is known: it may still change an hour's register. */
  onLateReading(turn: Turn, reading: Reading): void;
  /** Says something to whoever a link brings. */
  reply(link: string, topic: string, payload: Buffer): void;
  /** Has the broker of a link tell again what it keeps on these topics. */
  again(link: string, topics: readonly string[]): void;
  /** Whoever tries a device or a type listens beside the main line. */
  overhearing: Pick<Overhearing, 'active' | 'heard' | 'keep'>;
  /** A message that no device takes was counted. */
  strayed(): void;
  strangers: Strangers;
  /** Rooms that live on events: patrol, access. */
  onEvent(turn: Turn, event: StoredEvent): void;
  /** A device came or went. */
  onDeviceState(turn: Turn, state: DeviceState): void;
}

type Done = (error?: Error) => void;

/** A message of a bridge or of an outside broker. */
export interface LinkMessage extends TopicMessage {
  qos: 0 | 1 | 2;
}

/** Names of devices in messages come from the wire. */
const longestName = 100;

const nothing = (): Received => ({ readings: [], keys: [], late: [], events: [], states: [] });

/** The way in: bytes of a link are decoded on arrival, queued, and in their turn go from room to room. */
export function createField(rooms: FieldRooms) {
  const { clock, devices, alarms, deadLetters, overhearing } = rooms;

  /** One decoded message in its turn: live values, alarms, then whoever lives on its events. */
  function takeMessage(turn: Turn, message: DeviceMessage): void {
    follow(turn, devices.receive(turn, message));
  }

  function follow(turn: Turn, received: Received): void {
    const { readings, keys, late, events, states } = received;
    for (let i = 0; i < readings.length; i++) {
      const reading = readings[i];
      if (!reading) continue;
      rooms.hub.value(keys[i] ?? '', reading);
      alarms.onReading(turn, reading.device, reading.point, reading);
      rooms.onReading(turn, reading, keys[i] ?? '');
    }
    // One that was overtaken on its way has no time of its own.
    for (const reading of late) if (reading.at !== reading.receivedAt) rooms.onLateReading(turn, reading);
    for (const state of states) alarms.onSupervision(turn, state.id, state);
    for (const state of states) rooms.onDeviceState(turn, state);
    for (const event of events) {
      const stored = rooms.events.receive(turn, event);
      if (!stored) continue;
      follow(turn, devices.onEvent(turn, stored));
      alarms.onEvent(turn, stored);
      rooms.onEvent(turn, stored);
    }
  }

  function takeBridge(turn: Turn, link: string, topic: string, up: boolean): void {
    const instance = `${link} ${topic}`;
    const detail = { zh: `${link}：${topic} 离线`, en: `${link}: ${topic} says offline` };
    if (up) alarms.clearSystem(turn, 'link-down', instance);
    else alarms.raiseSystem(turn, { definition: 'link-down', instance, detail });
    follow(turn, { ...nothing(), states: devices.onBridge(turn, link, topic, up) });
  }

  function takeMessages(turn: Turn, messages: DeviceMessage[]): void {
    for (const message of messages) takeMessage(turn, message);
  }

  function letter(
    turn: Turn,
    origin: FieldOrigin,
    { reason, why }: { reason: string; why: readonly Misread[] },
    part: boolean,
  ): void {
    deadLetters.keep(turn, { ...origin, what: 'message', reason, why, stack: null, part });
  }

  /**
   * What cannot be understood is kept with its bytes, and acknowledged: repeating it would not help.
   * @param part the rest of the message was taken
   */
  function refuse(
    received: Instant,
    origin: FieldOrigin,
    thrown: unknown,
    done: Done | null,
    part = false,
  ): void {
    const reason = thrown instanceof Fault ? thrown.detail : (asError(thrown).stack ?? String(thrown));
    rooms.turns().submit(
      new FieldInput({
        what: 'refused message',
        received,
        message: { reason, why: reasonsOf(thrown) },
        needsHistory: false,
        take: (turn, said) => letter(turn, origin, said, part),
        done,
        droppable: false,
        origin,
      }),
    );
  }

  function isRecordOnly({ readings, events }: DeviceMessage): boolean {
    return (
      readings.length === 0 &&
      events.length > 0 &&
      events.every(({ device, type }) => devices.alarmInput(device)?.kind.events[type]?.class === 'record')
    );
  }

  function submit(
    received: Instant,
    messages: DeviceMessage[],
    origin: FieldOrigin,
    options: {
      acknowledged: boolean;
      droppable: boolean;
      key?: string | undefined;
      done: Done | null;
      /** What is to be written in the same transaction. */
      along?: ((turn: Turn) => void) | undefined;
    },
  ): void {
    for (const { problems } of messages)
      if (problems.length > 0) refuse(received, origin, misunderstood(problems), null, true);
    const { along } = options;
    rooms.turns().submit(
      new FieldInput({
        what: 'message',
        received,
        message: messages,
        // An event waits for the state database alone: history that cannot be written must not hold up an alarm's acknowledgement.
        needsHistory: options.acknowledged && messages.some(({ readings }) => readings.length > 0),
        take: along
          ? (turn, all) => {
              takeMessages(turn, all);
              along(turn);
            }
          : takeMessages,
        origin: messages.every(isRecordOnly) ? { ...origin, recordOnly: true } : origin,
        key: options.key,
        droppable: options.droppable,
        done: options.done,
      }),
    );
  }

  const strays = createStrays({
    strangers: rooms.strangers,
    strayed: rooms.strayed,
    keep: (received, origin, why, done) => refuse(received, origin, misunderstood([why]), done),
  });

  /** What a device of the site is announced as is on disk before it is acknowledged. */
  function takeAnnouncement(
    received: Instant,
    link: string,
    { address, config }: NonNullable<TopicDecoded['announced']>,
    messages: DeviceMessage[],
    origin: FieldOrigin,
    done: Done,
  ): void {
    rooms.turns().submit(
      new FieldInput({
        what: 'announcement',
        received,
        message: messages,
        needsHistory: false,
        take(turn, told) {
          devices.announced(turn, link, address, config);
          takeMessages(turn, told);
        },
        done,
        droppable: false,
        origin,
      }),
    );
    const problems = messages.flatMap((message) => message.problems);
    if (problems.length > 0) refuse(received, origin, misunderstood(problems), null);
  }

  function submitBridge(
    received: Instant,
    link: string,
    topic: string,
    up: boolean,
    done: Done | null,
  ): void {
    rooms.turns().submit(
      new FieldInput({
        what: 'bridge',
        received,
        message: up,
        needsHistory: false,
        take: (turn, state) => takeBridge(turn, link, topic, state),
        done,
        droppable: false,
        origin: { source: `mqtt ${link} ${topic}`, device: null, bytes: Buffer.alloc(0) },
      }),
    );
  }

  /** What is not taken, for a reason that the integrator can mend: kept with its bytes, and nobody waits for it. */
  /** @param done when it is on disk */
  function denied(origin: FieldOrigin, why: Misread, done: Done | null = null): void {
    refuse(clock.now(), origin, misunderstood([why]), done);
  }

  /**
   * What a sender repeats until it is acknowledged.
   * @param done after the commit; with an error when it must not be acknowledged
   * @param refused it cannot be understood and has become a dead letter; nothing is answered when absent
   * @param key the same for a repeat: two never stand in one turn
   * @param along what is to be written in the same transaction
   */
  function waiting(
    origin: FieldOrigin,
    received: Instant,
    decode: () => DeviceMessage[],
    done: Done,
    refused: () => void = () => done(new Fault('message.invalid', 'it was not understood')),
    key?: string,
    along?: (turn: Turn) => void,
  ): void {
    try {
      submit(received, decode(), origin, { acknowledged: true, droppable: false, key, done, along });
    } catch (error) {
      refuse(received, origin, error, refused);
    }
  }

  /** Like `waiting`, of a sender whose messages mean something only beside what stands when their turn comes. */
  function waitingToDecode(
    origin: FieldOrigin,
    received: Instant,
    decode: () => DeviceMessage[],
    done: Done,
    key: string,
  ): void {
    rooms.turns().submit(
      new FieldInput({
        what: 'message',
        received,
        message: decode,
        needsHistory: false,
        take: (turn, read) => takeMessages(turn, read()),
        origin,
        key,
        droppable: false,
        done,
      }),
    );
  }

  const instantOf = (receivedAt: number): Instant => ({ wallMs: receivedAt, monoMs: clock.now().monoMs });

  return {
    /** A message on the embedded broker, from a device that may send it. */
    mqtt(mqtt: MqttMessage, done: Done): void {
      const { principal, topic, payload, qos, receivedAt } = mqtt;
      const received = instantOf(receivedAt);
      const origin: FieldOrigin = {
        source: `mqtt ${topic}`,
        device: principal.id,
        bytes: payload,
        way: 'native',
        link: null,
        topic,
      };
      const tail = topic.slice(topic.indexOf('/', 10) + 1);
      if (overhearing.active)
        overhearing.heard(devicePlace(principal.id), { way: 'native', tail, payload, receivedAt });
      let message: DeviceMessage;
      try {
        message = devices.decodeNative(principal.id, tail, payload, receivedAt);
      } catch (error) {
        refuse(received, origin, error, done);
        return;
      }
      const externalId = message.events[0]?.externalId;
      submit(received, [message], origin, {
        acknowledged: qos > 0,
        droppable: qos === 0 && message.events.length === 0,
        key: externalId ? `${principal.id}/${externalId}` : undefined,
        done,
      });
    },

    /** A message of a bridge or of an outside broker, on whatever topic. */
    topic(link: string, message: LinkMessage, done: Done): void {
      const { topic, payload, qos, receivedAt, retained } = message;
      if (overhearing.active) overhearing.heard(link, { way: 'topic', link, message });
      const received = instantOf(receivedAt);
      // An outside broker may let topics of 64 KiB through: none of ours is that long.
      const shown = topic.slice(0, topicLimits.topicBytes);
      const origin: FieldOrigin = {
        source: `mqtt ${link} ${shown}`,
        device: null,
        bytes: payload,
        // Whoever announces keeps it on the broker, though one who is subscribed already gets it as any other.
        way:
          retained || devices.isAnnouncement(link, topic) ? 'kept' : isSparkplug(topic) ? 'session' : 'topic',
        link,
        topic: shown,
      };
      let decoded: TopicDecoded | null;
      try {
        decoded = devices.decodeTopic(link, message);
      } catch (error) {
        refuse(received, origin, error, done);
        return;
      }
      if (decoded === null) {
        if (devices.isKnownTalk(link, shown)) done();
        else {
          const guess = () => devices.strayTopic(link, { topic: shown, payload });
          overhearing.keep(link, shown, { way: 'topic', link, message });
          strays.message(received, { kind: 'topic', link, what: shown }, guess, origin, done);
        }
        return;
      }
      const { messages, bridge, strangers, replies = [], offer, announced, again = [] } = decoded;
      if (again.length > 0) rooms.again(link, again);
      if (announced) {
        takeAnnouncement(received, link, announced, messages, origin, done);
        return;
      }
      if (offer) {
        const { key, ...guess } = offer;
        overhearing.keep(link, shown, { way: 'topic', link, message });
        const announcement = { ...origin, source: `mqtt ${link} announced ${key}` };
        strays.message(received, { kind: 'announcement', link, what: key }, () => guess, announcement, done);
        return;
      }
      if (overhearing.active)
        for (const { device } of messages)
          overhearing.heard(devicePlace(device), { way: 'topic', link, message });
      for (const reply of replies) rooms.reply(link, reply.topic, Buffer.from(reply.payload));
      for (const name of strangers) {
        const named = name.slice(0, longestName);
        const guess = () => devices.strayName(link, shown, named);
        const source = `${origin.source} ${named}`;
        overhearing.keep(link, `${shown} ${named}`, { way: 'topic', link, message });
        strays.message(received, { kind: 'name', link, what: named }, guess, { ...origin, source }, () => {});
      }
      if (bridge !== null) submitBridge(received, link, topic, bridge, messages.length === 0 ? done : null);
      else if (messages.length === 0) done();
      if (messages.length === 0) return;
      const [first] = messages;
      const externalId = first?.events[0]?.externalId;
      submit(received, messages, first ? { ...origin, device: first.device } : origin, {
        acknowledged: qos > 0,
        droppable:
          qos === 0 && messages.every(({ events, status }) => events.length === 0 && status === null),
        key: first && externalId ? `${first.device}/${externalId}` : undefined,
        done,
      });
    },

    /** Asks for what nodes behind links owe, and takes what their silence says. Call it once a second. */
    awaited(): void {
      const received = clock.now();
      for (const { link, messages, replies } of devices.sparkplugRound(received.wallMs)) {
        for (const reply of replies) rooms.reply(link, reply.topic, Buffer.from(reply.payload));
        const origin: FieldOrigin = { source: `mqtt ${link}`, device: null, bytes: Buffer.alloc(0) };
        if (messages.length > 0)
          submit(received, messages, origin, { acknowledged: false, droppable: false, done: null });
      }
    },

    /** A topic that its sender may not use: the broker has ended its connection, the integrator is told why. */
    deniedTopic({ kind, id, prefixes }: MqttPrincipal, topic: string, why: string): void {
      const granted =
        kind === 'bridge'
          ? `it publishes and subscribes under ${prefixes.join(', ')}`
          : `it publishes on gatehouse/${id}/readings, events, status and commands/ack, and subscribes under gatehouse/${id}/`;
      denied(
        { source: `mqtt ${topic}`, device: kind === 'device' ? id : null, bytes: Buffer.from(topic) },
        misread('topic-denied', {
          ...{ who: id, topic },
          words: `${id} may not use the MQTT topic ${topic}: ${why}; ${granted}`,
        }),
      );
    },

    denied,
    waiting,
    waitingToDecode,
    meetAccounts: strays.accounts,

    /** What came long ago and is understood only now, in the turn of whoever has it read again. */
    takeLate(turn: Turn, messages: readonly DeviceMessage[]): void {
      for (const message of messages) follow(turn, devices.receiveLate(turn, message));
    },

    /** An event that a room has concluded from others, in the turn in which it did: stored, judged and shown like any other. */
    report(turn: Turn, event: FieldEvent): void {
      follow(turn, { readings: [], keys: [], late: [], events: [event], states: [] });
    },

    /** A unit dialled in that no link expects: told once, with what to write. */
    unknownDtu: (unit: UnknownDtu): void => strays.unit(unit, instantOf(unit.receivedAt)),

    /** The answers of one poll. */
    polled(device: string, answers: readonly AskedAnswer[], receivedAt: number): void {
      if (overhearing.active) overhearing.heard(devicePlace(device), { way: 'poll', answers, receivedAt });
      const received = instantOf(receivedAt);
      const origin: FieldOrigin = { source: `poll ${device}`, device, bytes: Buffer.alloc(0), way: 'poll' };
      try {
        const message = devices.decodePoll(device, answers, receivedAt);
        submit(received, [message], origin, { acknowledged: false, droppable: true, done: null });
      } catch (error) {
        const bytes = Buffer.concat(answers.map((answer) => answerBytes(answer)));
        refuse(received, { ...origin, bytes }, error, null);
      }
    },

    /** What a device that is asked says of itself and of those behind it, as often as it is asked. */
    asked(device: string, receivedAt: number, decode: () => DeviceMessage[], heard: RawHeard): void {
      if (overhearing.active) overhearing.heard(devicePlace(device), heard);
      const received = instantOf(receivedAt);
      const origin: FieldOrigin = { source: `poll ${device}`, device, bytes: Buffer.alloc(0) };
      try {
        submit(received, decode(), origin, { acknowledged: false, droppable: true, done: null });
      } catch (error) {
        refuse(received, origin, error, null);
      }
    },

    /** A frame of a line where the device speaks first; it is acknowledged on the line after the commit. */
    frame(link: Link, bytes: Uint8Array, receivedAt: number, done: (understood: boolean) => void): void {
      const heard = { way: 'frame', link: link.id, bytes, receivedAt } as const;
      if (overhearing.active) overhearing.heard(link.id, heard);
      const origin: FieldOrigin = {
        ...{ source: `bus ${link.id}`, device: null, bytes: Buffer.from(bytes) },
        // What is refused on the line is sent again: taken then, and a second time from its letter, it would count twice.
        ...{ way: repeatsRefused(link) ? 'panel' : 'frame', link: link.id },
      };
      waiting(
        origin,
        instantOf(receivedAt),
        () => {
          const messages = devices.decodeFrame(link.id, bytes, receivedAt);
          strays.accounts(messages, link.id, origin.bytes);
          if (overhearing.active)
            for (const { device } of messages) overhearing.heard(devicePlace(device), heard);
          return messages;
        },
        (error) => {
          if (!error) done(true);
        },
        () => done(false),
      );
    },

    /** Something that happened to a device without a message of its own: a poll failed, a link fell, silence. */
    act(what: string, run: (turn: Turn) => Partial<Received>): void {
      rooms.turns().submit(
        new FieldInput({
          what,
          received: clock.now(),
          message: what,
          needsHistory: false,
          take(turn) {
            follow(turn, { ...nothing(), ...run(turn) });
          },
          done: null,
          droppable: false,
          origin: { source: what, device: null, bytes: Buffer.alloc(0) },
        }),
      );
    },
  };
}
export type Field = ReturnType<typeof createField>;
