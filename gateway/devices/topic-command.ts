import { payloadText } from './command-payload.ts';
import type { Discoveries } from './home-assistant.ts';
import type { LiveDevice } from './live-device.ts';
import type { SparkplugHost } from './sparkplug.ts';

/** A command as the message that says it to a product with topics of its own, or why it cannot be said. */
export type TopicCommand =
  | { readonly topic: string; readonly payload: string | Uint8Array; readonly qos: 0 | 1 }
  | { readonly unable: string };

/** @param command its id. @param name its name in the device's type. @param args as they go out. @param nowMs UTC ms */
export function topicCommand(
  house: { sparkplug: Pick<SparkplugHost, 'command'>; discoveries: Pick<Discoveries, 'command'> },
  device: LiveDevice,
  {
    command,
    name,
    args,
    nowMs,
  }: { command: string; name: string; args: Readonly<Record<string, unknown>>; nowMs: number },
): TopicCommand {
  const write = device.mqtt?.writes.get(name);
  if (write) {
    const { name: metric, argument } = write;
    const value = argument === undefined ? write.value : args[argument];
    if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string')
      return { unable: `there is no value to write to ${JSON.stringify(metric)}` };
    const said = house.sparkplug.command(device, { name: metric, value }, nowMs);
    // Sparkplug 3.0.0 §6.4.22: a command is published with QoS 0, so that none comes late.
    return 'unable' in said ? said : { ...said, qos: 0 };
  }
  const switched = device.mqtt?.switches.get(name);
  if (switched) {
    const said = house.discoveries.command(device.device.link ?? '', switched);
    return 'unable' in said ? said : { ...said, qos: 1 };
  }
  const way = device.mqtt?.commands.get(name);
  if (!way) return { unable: 'its topic is not known: set the address of the device' };
  return { topic: way.topic, payload: payloadText(way.payload, command, args), qos: 1 };
}
