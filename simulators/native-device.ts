import { randomUUID } from 'node:crypto';
import { connect, type MqttClient } from 'mqtt';

export type Values = Record<string, number | boolean | string>;
export type Command = { id: string; command: string; args: Record<string, unknown> };

/** A device that speaks the gateway's own MQTT topics. */
export interface NativeDevice {
  /** Resolves when it first takes commands. */
  ready: Promise<void>;
  /** @param at UTC ms; now, when it is not given */
  readings(values: Values, at?: number): void;
  event(type: string, data?: Record<string, string | number | boolean>): void;
  /** One that it kept while nobody heard it; UTC ms. */
  eventAt(at: number, type: string, data?: Record<string, string | number | boolean>): void;
  /** Answers true when it did it, a text when it could not; null says nothing at all. */
  onCommand(obey: (command: Command) => true | string | null): void;
  /** Cuts the cable: no farewell, so that the will speaks. */
  drop(): void;
  close(): void;
}

export function connectNative(port: number, id: string, secret: string): NativeDevice {
  const topic = (tail: string) => `gatehouse/${id}/${tail}`;
  let obey: (command: Command) => true | string | null = (command) => `unknown command ${command.command}`;
  const client: MqttClient = connect({
    host: '127.0.0.1',
    port,
    username: id,
    password: secret,
    clientId: id,
    keepalive: 30,
    reconnectPeriod: 1_000,
    will: { topic: topic('status'), payload: Buffer.from('offline'), qos: 1, retain: true },
  });
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  client.on('error', () => {});
  client.on('connect', () => {
    client.publish(topic('status'), 'online', { qos: 1, retain: true });
    client.subscribe(topic('commands'), { qos: 1 }, () => isReady());
  });
  client.on('message', (_topic, payload) => {
    const command = JSON.parse(payload.toString()) as Command;
    const result = obey(command);
    if (result === null) return;
    const answer =
      result === true ? { id: command.id, ok: true } : { id: command.id, ok: false, error: result };
    client.publish(topic('commands/ack'), JSON.stringify(answer), { qos: 1 });
  });
  const tell = (at: number, type: string, data: Record<string, string | number | boolean> = {}) =>
    void client.publish(topic('events'), JSON.stringify({ id: randomUUID(), at, type, data }), { qos: 1 });
  return {
    ready,
    readings: (values, at = Date.now()) =>
      void client.publish(topic('readings'), JSON.stringify({ at, values }), { qos: 1 }),
    event: (type, data) => tell(Date.now(), type, data),
    eventAt: tell,
    onCommand(handler) {
      obey = handler;
    },
    drop: () => client.stream.destroy(),
    close: () => client.end(true),
  };
}
