import type { PortStatus } from '../contract/link-status.ts';
import type { DtuListener } from '../links/dtu-listener.ts';
import type { MqttBroker } from '../links/mqtt-broker.ts';
import type { Fire } from './fire.ts';
import type { Panels } from './panels.ts';

/** The ports on which the gateway listens for what is out in the field, with what was counted of each. */
export function portStatus({
  broker,
  panels,
  fire,
  dtus,
}: {
  broker: Pick<MqttBroker, 'port' | 'stats'> | undefined;
  panels: Pick<NonNullable<Panels>, 'port' | 'stats' | 'quirks'> | undefined;
  fire: Pick<NonNullable<Fire>, 'port' | 'stats'> | undefined;
  dtus: Pick<DtuListener, 'port' | 'stats'> | undefined;
}): PortStatus[] {
  const ports: PortStatus[] = [];
  if (broker) {
    const { connections, principals, received, sent, refused, denied, retained } = broker.stats();
    const counters = { connections, principals, received, sent, retained };
    ports.push({
      id: 'mqtt-broker',
      port: broker.port,
      counters: { ...counters, refusedSignIns: refused, deniedTopics: denied },
      quirks: [],
    });
  }
  const receivers = [
    { id: 'alarm-receiver', receiver: panels },
    { id: 'fire-receiver', receiver: fire },
  ] as const;
  for (const { id, receiver } of receivers) {
    if (!receiver) continue;
    const { connections, reports, refused } = receiver.stats();
    const counters = { connections, reports, refusedFrames: refused };
    const quirks = 'quirks' in receiver ? receiver.quirks() : [];
    ports.push({ id, port: receiver.port, counters, quirks });
  }
  if (dtus) {
    const { connections, registrations, unknown } = dtus.stats();
    ports.push({
      id: 'dial-in',
      port: dtus.port,
      counters: { connections, registrations, unknownUnits: unknown },
      quirks: [],
    });
  }
  return ports;
}
