import { sparkplugRoot } from './session.ts';

// The state of a host, by which nodes know whether it is there (Sparkplug 3.0.0 §5.13 and §6.4.26): JSON, not protobuf.

/** Where a host says that it is there. */
export function hostStateTopic(host: string): string {
  return `${sparkplugRoot}/STATE/${host}`;
}

export function isHostState(topic: string): boolean {
  return topic.startsWith(hostStateTopic(''));
}

/** @param timestamp UTC ms; of a birth the same as in the will of its connection (Sparkplug 3.0.0 §6.4.26) */
export function encodeHostState(online: boolean, timestamp: number): string {
  return JSON.stringify({ online, timestamp });
}

/** Whether a message on the topic of a host's state says that it is gone; never throws. */
export function saysHostGone(payload: Uint8Array): boolean {
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(payload));
    return typeof said === 'object' && said !== null && 'online' in said && said.online === false;
  } catch {
    return false;
  }
}
