import type { Alarms } from '../alarms/alarms.ts';
import { createAnnouncer } from '../announce/announcer.ts';
import type { Auth } from '../auth/auth.ts';
import type { Alarm } from '../contract/alarm.ts';
import type { LinkState } from '../contract/device-state.ts';
import type { LinkStatus, PortStatus } from '../contract/link-status.ts';
import type { SerialPort } from '../contract/serial-port.ts';
import { isMqttLink } from '../contract/site.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import type { Devices } from '../devices/devices.ts';
import type { Strangers } from '../ingest/strangers.ts';
import type { Clock } from '../lib/clock.ts';
import { closeAll } from '../lib/close-all.ts';
import { asError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { type DtuListener, listenForDtus } from '../links/dtu-listener.ts';
import { createGuestLinks, type GuestLinks } from '../links/guest-links.ts';
import { createLinks, type Links } from '../links/links.ts';
import type { MqttBroker } from '../links/mqtt-broker.ts';
import { createMqttLinks, type MqttLinks } from '../links/mqtt-links.ts';
import { serialPorts } from '../links/serial-ports.ts';
import type { Site } from '../site/site.ts';
import type { Query } from '../store/store.ts';
import type { Turn } from '../store/turn.ts';
import { announcedDevices, announcingLinks } from './announced.ts';
import { createBrokerLink } from './broker.ts';
import { allowedCycles } from './buses.ts';
import { createCardReaders } from './card-readers.ts';
import { createDoorControllers, type DoorControllers } from './door-controllers.ts';
import type { Field } from './field.ts';
import { createFire } from './fire.ts';
import { createLinkReports } from './link-reports.ts';
import { portStatus } from './link-status.ts';
import type { Overhearing } from './overhear.ts';
import { createPanels, type Panels } from './panels.ts';

interface Place {
  host: string;
  port: number;
}

/** Where the gateway listens; null or undefined: not at all. Port 0 takes a free one. */
export interface LineOptions {
  mqtt: (Place & { tlsPort?: number }) | null;
  /** The console's certificate: the broker's listener with TLS has the same. */
  https?: { cert: string; key: string } | null;
  dtu?: Place | null;
  alarmReceiver?: Place | null;
  fireReceiver?: Place | null;
}

/** Every way between the gateway and the field: its own listeners, and the links of the site. */
export interface Lines {
  broker: MqttBroker | undefined;
  links: Links;
  /** Links that the site does not have, while a device is tried or looked for. */
  guests: GuestLinks;
  mqttLinks: MqttLinks;
  doorControllers: DoorControllers;
  panels: Panels;
  /** Where it listens, null where it does not. */
  ports: {
    mqtt: number | null;
    dtu: number | null;
    alarmReceiver: number | null;
    fireReceiver: number | null;
  };
  states(): LinkState[];
  status: { links(): LinkStatus[]; ports(): PortStatus[]; serialPorts(): Promise<SerialPort[]> };
  /** How often a link must ask at the least, ms, by link. */
  cycleLimits(): ReadonlyMap<string, number>;
  /** Something of this device has changed: systems that follow it are told after the commit. */
  announce(turn: Turn, device: string): void;
  publishAlarm(alarm: Alarm): void;
  linkRemoved(turn: Turn, link: string): void;
  /** Nothing more is read while it is true; what was sent waits with its sender. */
  pauseReading(pause: boolean): void;
  /** The devices are configured anew: who may report here, and with what. */
  siteChanged(): void;
  /** Opens, changes and ends links after the site. */
  configure(): void;
  /** Takes what comes, once the rooms are up. */
  start(): Promise<void>;
  /** Asks and takes nothing more. What was taken is still being stored: `close` comes after the last turn. */
  stop(): void;
  close(): Promise<void>;
}

/** Opens the gateway's own listeners; a failure of one of them closes the others and is thrown. */
export async function createLines(deps: {
  options: LineOptions;
  release: string;
  clock: Clock;
  log: Logger;
  query: Query;
  site: Site;
  auth: Pick<Auth, 'tokenOf'>;
  catalogue: Catalogue;
  devices: Devices;
  alarms: Alarms;
  field: Field;
  strangers: Strangers;
  overhearing: Overhearing;
  act(what: string, run: (turn: Turn) => void): void;
  /** A cap was hit; called at each hit. */
  limited(limit: string): void;
}): Promise<Lines> {
  const { options, clock, log, query, site, catalogue, devices, alarms, field, strangers } = deps;
  const siteId = () => site.settings()?.id ?? 'site';
  const linkReports = createLinkReports({
    ...{ act: deps.act, alarms, devices, field },
    isLink: (id) => site.get('links', id) !== undefined,
  });
  /** What is open, in the order in which it was opened. */
  const opened: (() => void | Promise<void>)[] = [];
  const closeOpened = () => closeAll(opened.splice(0).reverse());
  async function open<Line extends { close(): void | Promise<void> } | undefined>(
    opening: Promise<Line>,
  ): Promise<Line> {
    try {
      const line = await opening;
      if (line) opened.push(() => line.close());
      return line;
    } catch (error) {
      await closeOpened().catch((second: unknown) =>
        log.error({ error: asError(second).stack }, 'a listener could not be closed'),
      );
      throw error;
    }
  }

  const dtus: DtuListener | undefined = options.dtu
    ? await open(listenForDtus({ ...options.dtu, clock, log, unknown: field.unknownDtu }))
    : undefined;
  const cardReaders = createCardReaders({ clock, log, env: process.env, devices, field });
  const links = createLinks({
    ...{ clock, log, dtus, readers: cardReaders.listener },
    polled: field.polled,
    failed: (device, { error, fault, words }, failures) =>
      field.act('poll failed', (turn) =>
        devices.onPollFailed(
          turn,
          device,
          failures,
          error === 'refused' || error === 'broken' ? error : 'silent',
          { fault, words },
        ),
      ),
    frame: field.frame,
    state: linkReports.changed,
  });
  const guests = createGuestLinks({
    ...{ clock, log, siteLinks: () => site.all('links') },
    heard: (link, bytes, receivedAt) =>
      deps.overhearing.heard(link, { way: 'frame', link, bytes, receivedAt }),
  });
  const doorControllers = createDoorControllers({
    ...{ clock, log, devices, field, strangers, timeZone: site.timeZone, state: linkReports.changed },
  });
  const mqttLinks = createMqttLinks({
    clock,
    log,
    env: process.env,
    site: siteId,
    broker: () => broker,
    isSparkplugHost: devices.speaksSparkplug,
    accept: field.topic,
    state(state) {
      linkReports.changed(state);
      announcer.linkMoved(state.id, state.state === 'up');
    },
    sessionLost: linkReports.sessionLost,
  });
  const announcer = createAnnouncer({
    clock,
    release: deps.release,
    site: siteId,
    devices: (link) => announcedDevices(link, { site, devices, catalogue }),
    value: devices.value,
    online: (id) => devices.state(id).state !== 'offline',
    keep: mqttLinks.keep,
  });
  const brokerLink = await open(
    createBrokerLink({
      ...{ options: options.mqtt, tls: options.https ?? null, clock, log, site, auth: deps.auth },
      ...{ devices, field, strangers, mqttLinks, limited: deps.limited },
    }),
  );
  const panels = await open(
    createPanels({
      ...{ options: options.alarmReceiver ?? null, clock, log, query, devices, field, strangers },
      env: process.env,
      timeZone: site.timeZone,
      overhearing: deps.overhearing,
      limited: deps.limited,
    }),
  );
  const fire = await open(
    createFire({
      ...{ options: options.fireReceiver ?? null, clock, log, query, devices, alarms, field, strangers },
      timeZone: site.timeZone,
      overhearing: deps.overhearing,
      limited: deps.limited,
    }),
  );
  const broker = brokerLink?.broker;
  let cycleLimits: ReadonlyMap<string, number> = new Map();

  function pauseReading(pause: boolean): void {
    broker?.pauseReading(pause);
    mqttLinks.pauseReading(pause);
    panels?.pauseReading(pause);
    fire?.pauseReading(pause);
  }

  return {
    ...{ broker, links, guests, mqttLinks, doorControllers, panels },
    ports: {
      mqtt: broker?.port ?? null,
      dtu: dtus?.port ?? null,
      alarmReceiver: panels?.port ?? null,
      fireReceiver: fire?.port ?? null,
    },
    states: () => [...links.states(), ...doorControllers.states(), ...mqttLinks.states()],
    status: {
      links: () => [...links.status(), ...doorControllers.status(), ...mqttLinks.status()],
      ports: () => portStatus({ broker, panels, fire, dtus }),
      serialPorts: () => serialPorts(site.state().docs.links.values()),
    },
    cycleLimits: () => cycleLimits,
    announce(turn, device) {
      if (announcer.active) turn.after(() => announcer.changed(device));
    },
    publishAlarm: (alarm) => brokerLink?.publishAlarm(alarm),
    linkRemoved: linkReports.removed,
    pauseReading,
    siteChanged() {
      panels?.siteChanged();
      fire?.siteChanged();
    },
    configure() {
      const siteLinks = [...site.all('links')];
      cycleLimits = allowedCycles(site.all('devices'), siteLinks, catalogue);
      announcer.configure(announcingLinks(siteLinks));
      mqttLinks.configure(siteLinks.filter(isMqttLink));
      for (const { id } of siteLinks) mqttLinks.tellAgain(id, devices.missingAnnouncements(id));
      guests.giveWay(siteLinks);
      links.configure(
        siteLinks.map((link) => ({
          link,
          polled: devices.polledOn(link.id),
          readers: cardReaders.on(link.id),
        })),
      );
      doorControllers.configure(siteLinks.filter((link) => link.kind === 'uhppote'));
    },
    async start() {
      broker?.pauseReading(false);
      await panels?.start();
      await fire?.start();
    },
    stop() {
      announcer.stop();
      guests.close();
      links.close();
      doorControllers.close();
      dtus?.close();
      pauseReading(true);
    },
    async close() {
      await closeAll([mqttLinks.close, closeOpened]);
    },
  };
}
