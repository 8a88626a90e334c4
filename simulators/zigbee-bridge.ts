import { connect, type MqttClient } from 'mqtt';
import type { Values } from './native-device.ts';

const base = 'zigbee2mqtt';

/**
 * Zigbee2MQTT on the gateway's broker, with the battery sensors behind it: what each tells, whether it is in reach, and whether
 * the bridge itself is there (zigbee2mqtt.io, "MQTT topics and messages").
 * @param id of its link
 */
export function createZigbeeBridge(id: string) {
  /** By friendly name. */
  const sensors = new Map<string, Values>();
  let client: MqttClient | undefined;

  function say(topic: string, payload: Values, retain = false): void {
    client?.publish(`${base}/${topic}`, JSON.stringify(payload), { qos: 1, retain });
  }

  function report(name: string): void {
    say(name, { ...sensors.get(name), linkquality: 120, last_seen: new Date().toISOString() });
  }

  function repeat(): void {
    for (const name of sensors.keys()) report(name);
  }

  return {
    connect(port: number, secret: string): void {
      client = connect({
        ...{ host: '127.0.0.1', port, username: id, password: secret, clientId: id },
        ...{ keepalive: 30, reconnectPeriod: 1_000 },
        will: {
          topic: `${base}/bridge/state`,
          payload: Buffer.from(JSON.stringify({ state: 'offline' })),
          ...{ qos: 1, retain: true },
        },
      });
      client.on('error', () => {});
      client.on('connect', () => {
        say('bridge/state', { state: 'online' }, true);
        for (const name of sensors.keys()) say(`${name}/availability`, { state: 'online' }, true);
        repeat();
      });
    },
    /** New values of a sensor; what it told before stands. */
    tell(name: string, values: Values): void {
      sensors.set(name, { ...sensors.get(name), ...values });
      report(name);
    },
    repeat,
    close: () => client?.end(true),
  };
}
