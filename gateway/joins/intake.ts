import type { Alarms } from '../alarms/alarms.ts';
import type { DeviceState } from '../contract/device-state.ts';
import type { StoredEvent } from '../contract/event.ts';
import type { Misread } from '../contract/misread.ts';
import type { Reading } from '../contract/reading.ts';
import type { DeviceMessage, Devices, Received, TopicDecoded } from '../devices/devices.ts';
import { type DeadLetters, reasonsOf } from '../ingest/dead-letters.ts';
import type { Events } from '../ingest/events.ts';
import { FieldInput, type FieldOrigin } from '../ingest/field-input.ts';
import type { Turns } from '../ingest/turns.ts';
import type { Clock, Instant } from '../lib/clock.ts';
import { asError, Fault, misunderstood } from '../lib/errors.ts';
import type { Hub } from '../live/hub.ts';
import type { Turn } from '../store/turn.ts';

export interface IntakeRooms {
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
  /** Rooms that live on events: patrol, access. */
  onEvent(turn: Turn, event: StoredEvent): void;
  /** A device came or went. */
  onDeviceState(turn: Turn, state: DeviceState): void;
}

export type Done = (error?: Error) => void;

const nothing = (): Received => ({ readings: [], keys: [], late: [], events: [], states: [] });

/** What has been decoded is queued, and in its turn goes from room to room. */
export function createIntake(rooms: IntakeRooms) {
  const { clock, devices, alarms, deadLetters } = rooms;

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

  /**
   * What is not taken, for a reason that the integrator can mend: kept with its bytes, and nobody waits for it.
   * @param done when it is on disk
   */
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

  /** Something that happened to a device without a message of its own: a poll failed, a link fell, silence. */
  function act(what: string, run: (turn: Turn) => Partial<Received>): void {
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
  }

  return { follow, refuse, submit, takeAnnouncement, submitBridge, denied, waiting, waitingToDecode, act };
}
