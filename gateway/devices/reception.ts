import type { BadReason } from '../contract/bad-value.ts';
import type { DeviceState } from '../contract/device-state.ts';
import type { StoredEvent } from '../contract/event.ts';
import type { Reading } from '../contract/reading.ts';
import type { ChannelState } from '../protocols/osdp/report.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { Commands } from './commands.ts';
import { type Flow, linesFirst, type Outcome } from './flow.ts';
import type { LiveDevice } from './live-device.ts';
import { badReading, type DeviceMessage } from './message.ts';
import { decodeReaderState } from './osdp.ts';
import { lostAfterPolls, type Presence } from './presence.ts';
import type { Registry } from './registry.ts';

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

/** What arrives takes effect in its turn: on live values, events, the states of devices, and commands that wait for a proof. */
export function createReception(deps: {
  memory: Memory;
  registry: Registry;
  presence: Presence;
  flow: Flow;
  values: Table<Reading>;
  commands: Commands;
  /** Why nothing came of the last polls of a device. */
  inVain: Map<string, BadReason>;
}) {
  const { registry, presence, flow, values, commands, inVain } = deps;
  const counters = deps.memory.table<Counter>('device-counters');

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
  };
}
