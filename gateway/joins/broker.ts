import { readFileSync } from 'node:fs';
import type { Auth } from '../auth/auth.ts';
import type { Alarm } from '../contract/alarm.ts';
import { misread } from '../contract/misread.ts';
import { rolePermissions } from '../contract/permissions.ts';
import type { Devices } from '../devices/devices.ts';
import type { Strangers } from '../ingest/strangers.ts';
import type { Clock } from '../lib/clock.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { createMqttBroker, type MqttBroker } from '../links/mqtt-broker.ts';
import type { MqttLinks } from '../links/mqtt-links.ts';
import { isHostState } from '../protocols/sparkplug/host-state.ts';
import type { Site } from '../site/site.ts';
import type { Field } from './field.ts';

export interface BrokerLink {
  broker: MqttBroker;
  /** `gatehouse/$alarms/{id}`, retained while the alarm is open. */
  publishAlarm(alarm: Alarm): void;
  close(): Promise<void>;
}

/** The embedded broker with the site's devices and bridges as its principals; undefined when it is switched off. */
export async function createBrokerLink(deps: {
  options: { host: string; port: number; tlsPort?: number } | null;
  tls: { cert: string; key: string } | null;
  clock: Clock;
  log: Logger;
  site: Site;
  auth: Pick<Auth, 'tokenOf'>;
  devices: Devices;
  field: Field;
  strangers: Pick<Strangers, 'meet'>;
  mqttLinks: Pick<MqttLinks, 'bridgeConnection' | 'bridgeMessage' | 'heardBridge'>;
  /** A cap was hit; called at each hit. */
  limited(limit: string): void;
}): Promise<BrokerLink | undefined> {
  const { options, tls, clock, log, site, devices, field, mqttLinks } = deps;
  if (!options) return undefined;
  const broker = await createMqttBroker({
    host: options.host,
    port: options.port,
    tls:
      options.tlsPort !== undefined && tls
        ? { port: options.tlsPort, cert: readFileSync(tls.cert, 'utf8'), key: readFileSync(tls.key, 'utf8') }
        : undefined,
    now: () => clock.now().wallMs,
    log,
    async authenticate({ username, password }) {
      if (site.authenticateDevice(username, password)) return { kind: 'device', id: username, prefixes: [] };
      const bridge = site.authenticateBridge(username, password);
      if (bridge) return { kind: 'bridge', id: bridge.id, prefixes: bridge.prefixes };
      // Another system that follows the alarms signs in with an API token: its name and its secret.
      const token = deps.auth.tokenOf(username, password);
      const mayRead = token !== undefined && rolePermissions[token.role].includes('alarms.read');
      return mayRead ? { kind: 'reader', id: username, prefixes: [] } : null;
    },
    isPrincipal: (id) => site.get('devices', id) !== undefined || site.bridge(id) !== undefined,
    accept(message, done) {
      // What a bridge publishes is fresh, whether it wants it retained or not: nobody has kept it for us.
      const { principal, topic, payload } = message;
      if (principal.kind === 'bridge') {
        mqttLinks.bridgeMessage(principal.id, message);
        field.topic(principal.id, { ...message, retained: false }, (error) => {
          done(error);
          // When the broker has it: what is said to it must be the last word.
          if (isHostState(topic)) setImmediate(() => mqttLinks.heardBridge(topic, payload));
        });
      } else field.mqtt(message, done);
    },
    presence(principal, online, why, { lossByHeartbeatOnly }) {
      if (why === 'shutdown') return;
      if (principal.kind === 'bridge') mqttLinks.bridgeConnection(principal.id, online, why);
      if (principal.kind !== 'device') return;
      field.act(`connection ${principal.id}`, (turn) => ({
        states: devices.onConnection(turn, principal.id, online, why, lossByHeartbeatOnly),
      }));
    },
    signInRefused({ clientId, username, address }, why) {
      if (why !== 'credentials') return;
      const what = username || clientId || address;
      const known = site.get('devices', username) !== undefined || site.bridge(username) !== undefined;
      const at = clock.now().wallMs;
      const code = known ? 'sign-in-password' : username === '' ? 'sign-in-nameless' : 'sign-in-unknown';
      deps.strangers.meet(
        { kind: 'sign-in', link: null, what, from: address, at, bytes: Buffer.from(clientId) },
        () => ({
          ...{ types: [], address: null, by: known ? 'known-name' : null },
          why: misread(code, {
            ...{ client: JSON.stringify(clientId), from: address },
            ...(username === '' ? {} : { user: JSON.stringify(username) }),
          }),
        }),
      );
    },
    denied: field.deniedTopic,
    limited: deps.limited,
  });
  // Nothing is taken before the first turn has brought the rooms up.
  broker.pauseReading(true);
  return {
    broker,
    close: () => broker.close(),
    publishAlarm(alarm) {
      const payload = alarm.state === 'closed' ? '' : JSON.stringify(alarm);
      broker
        .publish(`gatehouse/$alarms/${alarm.id}`, payload, { qos: 1, retain: true })
        .catch((error: unknown) =>
          log.warn({ alarm: alarm.id, error: asError(error).message }, 'alarm not published'),
        );
    },
  };
}
