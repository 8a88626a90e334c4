import { fault } from '../lib/errors.ts';
import {
  emptySparkplug,
  type SparkplugOutput,
  type SparkplugState,
  stepSparkplug,
} from '../protocols/sparkplug/session.ts';
import type { LiveDevice } from './live-device.ts';
import { type DeviceMessage, messageOf, readingOf, sane } from './message.ts';
import type { TopicDecoded, TopicMessage } from './topic-decoding.ts';

/** The conversations with the nodes of Sparkplug B, one a link. After a restart the nodes are asked for their births. */
export function createSparkplugHost(house: {
  /** By `group/node` or `group/node/device`. */
  devices(link: string): ReadonlyMap<string, readonly LiveDevice[]>;
  /** Whether the point's newest value is bad already. */
  wasBad(key: string): boolean;
}) {
  const states = new Map<string, SparkplugState>();

  function read(
    device: LiveDevice,
    output: Extract<SparkplugOutput, { type: 'values' }>,
    receivedAt: number,
  ): DeviceMessage[] {
    // Each metric has its own time.
    return output.values.flatMap(({ name, value, at }) => {
      const point = device.mqtt?.metrics.get(name);
      if (!point) return [];
      const problems: string[] = [];
      const believed = at !== null && sane(at, receivedAt);
      const words = house.wasBad(point.key) ? [] : problems;
      const quality = value === null ? 'bad' : 'good';
      const reading = readingOf(point, value, quality, believed ? at : receivedAt, receivedAt, words);
      return [
        messageOf(device.id, receivedAt, [reading], problems, { clockRefused: at !== null && !believed }),
      ];
    });
  }

  function messagesOf(
    output: SparkplugOutput,
    devices: ReadonlyMap<string, readonly LiveDevice[]>,
    receivedAt: number,
  ): { messages: DeviceMessage[]; stranger: string | null } {
    const { node, type } = output;
    const address = output.device === null ? node : `${node}/${output.device}`;
    if (type === 'offline') {
      // A node takes its devices along.
      const gone = [...devices].filter(([name]) => name === address || name.startsWith(`${address}/`));
      const messages = gone.flatMap(([, those]) =>
        those.map(({ id }) => messageOf(id, receivedAt, [], [], { status: 'offline' })),
      );
      return { messages, stranger: null };
    }
    const those = devices.get(address);
    if (type === 'online')
      return {
        messages: (those ?? []).map(({ id }) => messageOf(id, receivedAt, [], [], { status: 'online' })),
        stranger: null,
      };
    return {
      messages: (those ?? []).flatMap((device) => read(device, output, receivedAt)),
      // Many nodes have metrics of their own beside their devices: only what is behind them is missed.
      stranger: those || output.device === null ? null : address,
    };
  }

  return {
    /** @throws message.invalid: the bytes are no payload */
    hear(link: string, { topic, payload, receivedAt }: TopicMessage): TopicDecoded {
      const step = stepSparkplug(states.get(link) ?? emptySparkplug, { topic, payload }, receivedAt);
      states.set(link, step.state);
      if (step.problem !== null) throw fault('message.invalid', step.problem);
      const devices = house.devices(link);
      const found = step.outputs.map((output) => messagesOf(output, devices, receivedAt));
      return {
        messages: found.flatMap(({ messages }) => messages),
        bridge: null,
        strangers: found.flatMap(({ stranger }) => stranger ?? []),
        replies: step.send,
      };
    },
    /** What a link brings from now on may have followed upon something that was missed. */
    forget: (link: string): void => void states.delete(link),
  };
}
