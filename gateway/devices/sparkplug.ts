import { type Misread, misread } from '../contract/misread.ts';
import { misunderstood } from '../lib/errors.ts';
import { commandSparkplug, type SparkplugCommand } from '../protocols/sparkplug/command.ts';
import {
  emptySparkplug,
  type SparkplugOutput,
  type SparkplugState,
  type SparkplugStep,
  sparkplugMessage,
  stepSparkplug,
  waitSparkplug,
} from '../protocols/sparkplug/session.ts';
import type { LiveDevice } from './live-device.ts';
import { type DeviceMessage, messageOf, readingOf, sane } from './message.ts';
import type { TopicDecoded, TopicMessage } from './topic-decoding.ts';
import { type SparkplugNodes, sparkplugSubject } from './topic-index.ts';

/** What time alone has led to with the nodes of a link. */
export interface SparkplugRound {
  readonly link: string;
  readonly messages: DeviceMessage[];
  readonly replies: SparkplugStep['send'];
}

/** The conversations with the nodes of Sparkplug B to which devices of the site belong, one a link. */
export function createSparkplugHost(house: {
  devices(link: string): SparkplugNodes;
  /** Whether the point's newest value is bad already. */
  wasBad(key: string): boolean;
  /** Whether the nodes of a link can know that this host is there. */
  isHostTold(link: string): boolean;
}) {
  const states = new Map<string, SparkplugState>();

  function stateOf(link: string): SparkplugState {
    return { ...(states.get(link) ?? emptySparkplug), mayAsk: house.isHostTold(link) };
  }

  function read(
    device: LiveDevice,
    output: Extract<SparkplugOutput, { type: 'values' }>,
    receivedAt: number,
  ): DeviceMessage[] {
    // Each metric has its own time.
    return output.values.flatMap(({ name, value, at, historical }) => {
      const point = device.mqtt?.metrics.get(name);
      const believed = at !== null && sane(at, receivedAt);
      // A value from before of which nobody knows since when is not one of now.
      if (!point || (historical && !believed)) return [];
      const problems: Misread[] = [];
      const words = house.wasBad(point.key) ? [] : problems;
      const quality = value === null ? 'bad' : 'good';
      const reading = readingOf(point, value, quality, believed ? at : receivedAt, receivedAt, words);
      return [
        messageOf(device.id, receivedAt, [reading], problems, { clockRefused: at !== null && !believed }),
      ];
    });
  }

  function messagesOf(output: SparkplugOutput, nodes: SparkplugNodes, receivedAt: number): DeviceMessage[] {
    const { node, device, type } = output;
    const names = nodes.get(node);
    const those = names?.get(device ?? '') ?? [];
    if (type === 'values') return those.flatMap((live) => read(live, output, receivedAt));
    // The death of a node takes its devices along.
    const told = type === 'offline' && device === null ? [...(names?.values() ?? [])].flat() : those;
    return told.map(({ id }) => messageOf(id, receivedAt, [], [], { status: type }));
  }

  return {
    /** @throws message.invalid: the bytes are no payload */
    hear(link: string, { topic, payload, receivedAt, retained }: TopicMessage): TopicDecoded {
      const nothing: TopicDecoded = { messages: [], bridge: null, strangers: [] };
      const message = sparkplugMessage(topic, payload);
      // A birth that the broker has kept does not say that the node is there now, nor does an empty message that takes it away.
      if (!message || retained || payload.length === 0) return nothing;
      const { node, device, type } = message;
      const nodes = house.devices(link);
      const names = nodes.get(node);
      // Many nodes have metrics of their own beside their devices: only what is behind them is missed.
      const missed = device !== null && type !== 'DDEATH' && !names?.has(device);
      const strangers = missed ? [`${node}/${device}`] : [];
      // Of others on a shared broker nothing is kept, and they are not ours to command.
      if (!names) return { ...nothing, strangers };
      const step = stepSparkplug(stateOf(link), message, receivedAt);
      states.set(link, step.state);
      if (step.problem !== null) throw misunderstood([misread('sparkplug', { topic, words: step.problem })]);
      const messages = step.outputs.flatMap((output) => messagesOf(output, nodes, receivedAt));
      return { messages, bridge: null, strangers, replies: step.send };
    },

    /** The message that writes a metric of a device, or why none can be made. */
    command(
      { device: { link = '', address } }: LiveDevice,
      metric: { name: string; value: number | boolean | string },
      nowMs: number,
    ): SparkplugCommand {
      const subject = sparkplugSubject(String(address ?? ''));
      if (!subject) return { unable: 'its address is not group/node or group/node/device' };
      return commandSparkplug(stateOf(link), subject, metric, nowMs);
    },

    /** A link came or went: what it brings from now on may have followed upon something that was missed. */
    onLink(link: string, up: boolean): void {
      if (!up) states.delete(link);
      else if (!states.has(link)) states.set(link, emptySparkplug);
    },

    /** Once a second: whom to ask for births, and which devices their nodes did not bring. */
    round(nowMs: number): SparkplugRound[] {
      return [...states.keys()].flatMap((link) => {
        const nodes = house.devices(link);
        const { state: next, outputs, send } = waitSparkplug(stateOf(link), nodes, nowMs);
        states.set(link, next);
        const messages = outputs.flatMap((output) => messagesOf(output, nodes, nowMs));
        return send.length > 0 || messages.length > 0 ? [{ link, messages, replies: send }] : [];
      });
    },
  };
}
export type SparkplugHost = ReturnType<typeof createSparkplugHost>;
