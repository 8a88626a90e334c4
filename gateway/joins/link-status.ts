import type { PortStatus } from '../contract/link-status.ts';
import type { DtuListener } from '../links/dtu-listener.ts';
import type { MqttBroker } from '../links/mqtt-broker.ts';
import type { Panels } from './panels.ts';

/** The ports on which the gateway listens for what is out in the field, with what was counted of each. */
export function portStatus({
  broker,
  panels,
  dtus,
}: {
  broker: Pick<MqttBroker, 'port' | 'stats'> | undefined;
  panels: Pick<NonNullable<Panels>, 'port' | 'stats'> | undefined;
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
    });
  }
  if (panels) {
    const { connections, reports, refused } = panels.stats();
    ports.push({
      id: 'alarm-receiver',
      port: panels.port,
      counters: { connections, reports, refusedFrames: refused },
    });
  }
  if (dtus) {
    const { connections, registrations, unknown } = dtus.stats();
    ports.push({
      id: 'dial-in',
      port: dtus.port,
      counters: { connections, registrations, unknownUnits: unknown },
    });
  }
  return ports;
}
