import type { DeviceType } from '../contract/device-type.ts';
import { fillTopic } from '../contract/mqtt-topic.ts';
import { fillPayload } from './command-payload.ts';

/** How the commands of an installed device with topics of its own are said. */
export interface CommandMapping {
  /** By the command's name in the type; the payload as `fillPayload` leaves it. */
  readonly commands: ReadonlyMap<string, { readonly topic: string; readonly payload: unknown }>;
  /** Metrics of Sparkplug B that are written, by the command's name. */
  readonly writes: ReadonlyMap<string, MetricWrite>;
  /** Announced switches, by the command's name. */
  readonly switches: ReadonlyMap<string, { readonly address: string; readonly turn: 'on' | 'off' }>;
}

/** A metric with the value that is written, or the argument that gives it. */
export interface MetricWrite {
  readonly name: string;
  readonly value?: number | boolean | string | undefined;
  readonly argument?: string | undefined;
}

/** @param argumentsOf the names that a command's payload leaves open. @param fill fills in a topic, and tells when a name in it has no value */
export function mapCommands(
  type: DeviceType,
  {
    nameOf,
    fill,
    argumentsOf,
    problems,
  }: {
    nameOf: (name: string) => string | number | boolean | undefined;
    fill: (template: string) => string | null;
    argumentsOf: (command: string) => readonly string[];
    problems: string[];
  },
): CommandMapping {
  const commands = new Map<string, { topic: string; payload: unknown }>();
  const writes = new Map<string, MetricWrite>();
  const switches = new Map<string, { address: string; turn: 'on' | 'off' }>();
  for (const [name, source] of Object.entries(type.commands)) {
    if ('metric' in source) {
      const metric = fillTopic(source.metric.name, nameOf);
      if (metric !== null) writes.set(name, { ...source.metric, name: metric });
    }
    if ('entity' in source) {
      const address = fillTopic(source.entity.address, nameOf);
      if (address !== null) switches.set(name, { address, turn: source.entity.turn });
    }
    if (!('mqtt' in source)) continue;
    const topic = fill(source.mqtt.topic);
    const payload = fillPayload(source.mqtt.payload, nameOf, problems, argumentsOf(name));
    if (topic !== null) commands.set(name, { topic, payload });
  }
  return { commands, writes, switches };
}
