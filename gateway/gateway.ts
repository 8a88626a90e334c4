import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAccess } from './access/access.ts';
import { type Alarms, createAlarms } from './alarms/alarms.ts';
import { createAudit } from './auth/audit.ts';
import { createAuth } from './auth/auth.ts';
import { createBackups } from './backup/backups.ts';
import { createCameras } from './cameras/cameras.ts';
import type { Alarm, AlarmTransition } from './contract/alarm.ts';
import type { Change } from './contract/live.ts';
import type { Actor } from './contract/permissions.ts';
import type { Link } from './contract/site.ts';
import { loadCatalogue } from './devices/catalogue.ts';
import { createDevices } from './devices/devices.ts';
import { embeddedHistory, type HistoryPlace } from './history/history.ts';
import { createHttpServer, type HttpServer, listen } from './http/server.ts';
import { createDeadLetters } from './ingest/dead-letters.ts';
import { createEvents } from './ingest/events.ts';
import { createStrangers } from './ingest/strangers.ts';
import { createTimers, type TimerRow } from './ingest/timers.ts';
import { createTurns, type Turns } from './ingest/turns.ts';
import { createAccessSite } from './joins/access-site.ts';
import { checkBuses } from './joins/buses.ts';
import { createCameraWatch } from './joins/camera-watch.ts';
import { condemn } from './joins/condemn.ts';
import { controlHandlers } from './joins/control.ts';
import { createDiagnostics } from './joins/diagnostics.ts';
import { joinExchange } from './joins/exchange.ts';
import { createField, type Field } from './joins/field.ts';
import { openGround } from './joins/ground.ts';
import { registerRoutes } from './joins/http.ts';
import { isKnownNow } from './joins/known.ts';
import { createLetters } from './joins/letters.ts';
import { createLines, type Lines } from './joins/lines.ts';
import { createLinkedDevices } from './joins/linked-devices.ts';
import { createOutward } from './joins/outward.ts';
import { createOverhearing } from './joins/overhear.ts';
import { createPatrolAlarms } from './joins/patrol-alarms.ts';
import { joinPointExchange } from './joins/point-exchange.ts';
import { createTrials } from './joins/trials.ts';
import { createTypeEditing } from './joins/type-editing.ts';
import { createUpkeep } from './joins/upkeep.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { asError } from './lib/errors.ts';
import { createLog, type Logger } from './lib/log.ts';
import { createLinkage } from './linkage/linkage.ts';
import { createScans } from './links/scans.ts';
import { searchNetwork } from './links/uhppote-search.ts';
import { createHub } from './live/hub.ts';
import { createMetering } from './metering/metering.ts';
import { createMetrics } from './ops/metrics.ts';
import type { Health } from './ops/routes.ts';
import { createPatrol } from './patrol/patrol.ts';
import { createPlant } from './plant/plant.ts';
import { createSite } from './site/site.ts';
import { Memory } from './store/table.ts';
import type { Turn } from './store/turn.ts';
import { readTicketLimits } from './tickets/limits.ts';
import { createTickets } from './tickets/tickets.ts';

export interface GatewayOptions {
  dataDir: string;
  /** `null`: no listener. Port 0 takes a free one. */
  http: { host: string; port: number } | null;
  https?: { port: number; cert: string; key: string } | null;
  mqtt: { host: string; port: number; tlsPort?: number } | null;
  /** Where dial-in units connect to. Port 0 takes a free one. */
  dtu?: { host: string; port: number } | null;
  /** Where alarm panels report by TCP and UDP (SIA DC-09). */
  alarmReceiver?: { host: string; port: number } | null;
  /** Where fire transmission devices report by TCP (GB/T 26875.3). */
  fireReceiver?: { host: string; port: number } | null;
  logLevel?: string;
  log?: Logger;
  clock?: Clock;
  allowedOrigins?: readonly string[];
  /** Roll-over of old records; nightly backups into `DATA/backups`. */
  retention?: { maxMegabytes: number; maxDays: number };
  /** Where readings are kept, and for how long. */
  history?: HistoryPlace;
  backup?: { at: string; keep: number; passphrase?: string };
  /** Hosts, addresses and nets that cameras may be asked at; how much their pictures may take on the disk. */
  cameras?: { allow: readonly string[]; maxMegabytes: number };
  /** How often a step of the wall clock is looked for, ms. */
  stepCheckMs?: number;
  /** Stretches the gateway's rounds (sign of life, silence, bus cycles): a simulated month need not take them twice a second. */
  pace?: number;
  /** Called when the database cannot be used any more; the process ends. */
  unusable?(message: string): void;
}

export interface Gateway {
  http: number | null;
  mqtt: number | null;
  dtu: number | null;
  alarmReceiver: number | null;
  fireReceiver: number | null;
  control: Record<string, (args: unknown) => Promise<unknown>>;
  turns: Turns;
  /** The way in behind the links: what a broker or a bus hands over. */
  field: Field;
  close(): Promise<void>;
}

const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
/** A reply of a protocol is asked for anew when it is not heard. */
const replyMs = 10_000;

/** The whole house, joined in plain calls. Who calls this holds the lock of the data directory. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { dataDir, clock = systemClock } = options;
  const log = options.log ?? createLog(options.logLevel ?? 'info');

  // --- the ground: database, history, memory, the turn
  const memory = new Memory();
  const ground = await openGround({ dataDir, clock, place: options.history ?? embeddedHistory });
  const { store, history } = ground;
  const { query } = store;
  const audit = createAudit({ memory, query });
  const timers = createTimers({
    memory,
    clock,
    log,
    query,
    stepCheckMs: options.stepCheckMs,
    fire: (row) => act(`timer ${row.room}`, (turn) => onTimer(turn, row)),
    stepped: (deltaMs) =>
      act('clock step', (turn) => {
        timers.shift(turn);
        tickets.onClockStep(turn, deltaMs);
        plant.onClockStep(turn, deltaMs);
        metering.onClockStep(turn);
        const seconds = Math.round(deltaMs / 1_000);
        const detail = { zh: `${seconds} 秒`, en: `${seconds} s` };
        alarms.raiseSystem(turn, { definition: 'clock-step', detail });
      }),
  });
  const deadLetters = createDeadLetters();
  const turns: Turns = createTurns({
    clock,
    log,
    memory,
    timers,
    commit: store.commit,
    appendHistory: history.append,
    appendAudit: audit.append,
    publish,
    publishUnrecorded: (changes) => hub.publishUnrecorded(changes),
    condemn: (turn, input, error) => condemn(turn, input, error, { alarms, deadLetters }),
    storage: onStorage,
    pressure(full) {
      lines.pauseReading(full);
    },
    unusable(message) {
      log.error({ message }, 'the database cannot be used; the process stops');
      if (options.unusable) options.unusable(message);
      else process.exit(1);
    },
  });
  const { operate } = turns;

  // --- the rooms
  const auth = createAuth({
    memory,
    query,
    operate,
    clock,
    log,
    tls: options.https != null,
    allowedOrigins: options.allowedOrigins ?? [],
  });
  const catalogue = loadCatalogue({ siteDir: join(dataDir, 'types'), log });
  const site = createSite({
    memory,
    query,
    types: catalogue,
    checkBuses: (docs) => checkBuses(docs, catalogue),
    onApplied: (turn, changes) => {
      for (const change of changes) {
        if (change.class === 'devices' && change.after === null) {
          devices.forget(turn, change.id);
          plant.forget(turn, change.id);
        }
        if (change.class === 'links' && change.after === null) lines.linkRemoved(turn, change.id);
      }
      turn.after(() => reconfigure());
    },
    onSecretChanged: (turn, id) => turn.after(() => lines.broker?.disconnect(id)),
  });
  const devices = createDevices({
    memory,
    query,
    clock,
    log,
    catalogue,
    send: createOutward({
      lines: () => lines,
      sent: (command) => act('command sent', (turn) => devices.commands.onSent(turn, command)),
      failed: (command, why) =>
        act('command failed', (turn) => devices.commands.onFailed(turn, command, why)),
      answered: (command, device, error) =>
        act('command answered', (turn) =>
          devices.commands.onAnswer(turn, device, { id: command, ok: error === null, error }),
        ),
      tell: (event) =>
        field.act('told event', (turn) => ({
          events: [{ ...event, externalId: null, at: null, receivedAt: turn.now }],
        })),
    }),
    isHostTold: (link) => lines.mqttLinks.isHostTold(link),
    heldBy: (key, value) => plant.heldBy(key, value) ?? linkage.heldBy(key, value),
    onCommand(turn, command, end) {
      access.onCommand(turn, command, end);
      plant.onCommand(turn, command);
      linkage.onCommand(turn, command);
    },
  });
  const alarms: Alarms = createAlarms({
    memory,
    query,
    look: (device, point) => devices.newest(`${device}.${point}`),
    home() {
      const root = [...site.all('areas')].find((area) => area.parent === undefined);
      return { area: root?.id ?? 'site', areaName: root?.name ?? site.settings()?.name ?? '' };
    },
    onTransition,
    limited,
  });
  const linkage = createLinkage({
    memory,
    query,
    within: site.isInside,
    ...createLinkedDevices({ devices, isInside: site.isInside }),
    record: (turn, alarm, text) => void alarms.linked(turn, alarm, text),
    finding: (turn, found) => alarms.onFinding(turn, { ...found, finding: 'not-confirmed' }),
  });
  const tickets = createTickets({
    memory,
    query,
    limits: readTicketLimits(),
    linkTicket: (turn, alarm, ticket) => alarms.ticketed(turn, alarm, ticket),
    othersMayVerify: (who) =>
      [...auth.users.committed.values()].some(
        (user) => user.id !== who && !user.disabled && ['supervisor', 'administrator'].includes(user.role),
      ),
  });
  const cameras = createCameras({
    ...{ memory, query, operate, clock, log, dataDir },
    settings: options.cameras ?? { allow: [], maxMegabytes: 1_024 },
    env: process.env,
    pace: options.pace ?? 1,
    ...createCameraWatch({ devices, alarms, field: () => field, act }),
  });
  const access = createAccess({
    memory,
    query,
    site: createAccessSite({ site, devices }),
    requestCommand: devices.commands.request,
    unreachable: devices.unreachable,
    report: (turn, event) => field.report(turn, event),
  });
  const patrol = createPatrol({
    memory,
    query,
    site: {
      timeZone: site.timeZone,
      checkpoint: (id) => site.get('checkpoints', id),
      route: (id) => site.get('routes', id),
      plans: () => site.all('plans'),
      plan: (id) => site.get('plans', id),
      person: (id) => site.get('people', id),
      checkpointByTag: site.checkpointByTag,
      personByCard: access.personByCard,
      isReversed: (reader) => devices.alarmInput(reader)?.settings.byteOrder === 'reversed',
    },
    ...createPatrolAlarms({
      alarms,
      areaName: (id) => site.area(id)?.name ?? id,
      reader: (id) => site.get('devices', id),
    }),
  });
  const metering = createMetering({
    memory,
    query,
    timeZone: site.timeZone,
    devices: devices.alarmInputs,
    find: (turn, finding) => alarms.onFinding(turn, finding),
  });
  const plant = createPlant({
    memory,
    query,
    site: {
      devices: devices.alarmInputs,
      device: devices.alarmInput,
      schedules: () => site.all('schedules'),
      timeZone: site.timeZone,
    },
    reachable: (device) => devices.unreachable(device) === null,
    commands: devices.commands,
    finding: alarms.onFinding,
    record: (turn, alarm, text) => void alarms.linked(turn, alarm, text),
  });
  const events = createEvents({
    isStored: ground.isStored,
  });
  const { retention = { maxMegabytes: 4_096, maxDays: 1_095 }, backup = { at: '30 3 * * *', keep: 14 } } =
    options;
  const backups = createBackups({
    ...{ dataDir, release: version, query, operate, clock, log, retention, backup, timeZone: site.timeZone },
    onProblem(subject, problem) {
      const definition = subject === 'backup' ? 'backup-failing' : 'disk-low';
      act(subject, (turn) => {
        if (problem === null) alarms.clearSystem(turn, definition);
        else alarms.raiseSystem(turn, { definition, detail: { zh: problem, en: problem } });
      });
    },
  });
  const hub = createHub({
    clock,
    log,
    snapshot: () =>
      [site, devices, alarms, linkage, cameras, tickets, patrol, access, plant]
        .flatMap((room) => room.snapshot())
        .concat(linkChanges()),
    liveValues: devices.liveValues,
    shown(actor, message) {
      const nowMs = clock.now().wallMs;
      for (const { id, revision } of message.alarms) {
        const raisedAt = alarms.open.get(id)?.alarm.raisedAt;
        if (revision === 1 && raisedAt !== undefined && message.visible)
          metrics.alarmShown((nowMs - raisedAt) / 1_000);
      }
      operate('alarms.shown', actor, (turn) => alarms.shown(turn, message)).catch(logFailure('alarms.shown'));
    },
  });

  // --- the field
  const overhearing = createOverhearing((ms, wake) => clock.wakeAfter(ms, wake));
  const strangers = createStrangers();
  const field = createField({
    clock,
    turns: () => turns,
    devices,
    events,
    alarms,
    deadLetters,
    hub,
    onReading(turn, reading, key) {
      metering.onReading(turn, reading);
      plant.onReading(turn, reading);
      linkage.onReading(turn, reading, key);
      lines.announce(turn, reading.device);
    },
    onLateReading: metering.onReading,
    reply(link, topic, payload) {
      lines.mqttLinks
        .publish(link, topic, payload, clock.now().wallMs + replyMs, 0)
        .catch((error: unknown) => log.warn({ link, topic, error: asError(error).message }, 'not said'));
    },
    again: (link, topics) => lines.mqttLinks.tellAgain(link, topics),
    overhearing,
    strayed: () => metrics.strayed(),
    strangers,
    onEvent(turn, event) {
      if (event.type === 'checkin') patrol.onEvent(turn, event);
      else access.onEvent(turn, event);
    },
    onDeviceState(turn, state) {
      access.onDeviceState(turn, state);
      plant.onState(turn, state);
      linkage.onState(turn, state);
      lines.announce(turn, state.id);
    },
  });
  const metrics = createMetrics({
    turns: turns.stats,
    openAlarms() {
      const counts = new Map<string, number>();
      for (const { alarm } of alarms.open.values())
        counts.set(alarm.state, (counts.get(alarm.state) ?? 0) + 1);
      return counts;
    },
    consoles: hub.consoles,
    mqttConnections: () => lines.broker?.stats().connections ?? 0,
  });
  const lines: Lines = await createLines({
    ...{ options, release: version, clock, log, query, site, auth, catalogue, devices, alarms, field, act },
    ...{ strangers, overhearing },
    limited,
  }).catch(async (error: unknown) => {
    await ground.close();
    throw error;
  });
  const { links, doorControllers } = lines;
  const recordGuest = (action: 'link.tried' | 'link.scanned') => (link: Link, by: Actor) =>
    operate(action, by, (turn) => turn.audit({ action, subject: `link:${link.id}`, detail: { link } }));
  const scans = createScans({
    ...{ clock, links, guests: lines.guests, recordScanned: recordGuest('link.scanned') },
    controllers: {
      search: (link, guest) => (guest ? searchNetwork(clock, link) : doorControllers.search(link.id)),
      deviceOf: doorControllers.deviceOf,
    },
    link: (id) => site.state().docs.links.get(id),
    devicesAt: (link, address) =>
      [...site.all('devices')]
        .filter((device) => device.link === link && String(device.address) === address)
        .map(({ id }) => id),
  });
  const trials = createTrials({
    ...{ clock, site, catalogue, devices, links, overhearing, guests: lines.guests },
    recordTried: recordGuest('link.tried'),
    linkState: (id) => lines.states().find((state) => state.id === id),
    ports: () => ({
      mqtt: lines.ports.mqtt,
      mqttTls: lines.broker?.tlsPort ?? null,
      alarmReceiver: lines.ports.alarmReceiver,
      fireReceiver: lines.ports.fireReceiver,
    }),
    ...{ tellAgain: lines.mqttLinks.tellAgain, env: process.env },
  });

  const upkeep = createUpkeep({
    ...{ clock, turns, alarms, devices, field, history, failed: logFailure, pace: options.pace ?? 1 },
    linkStates: lines.states,
    cycleLimits: lines.cycleLimits,
  });

  // --- what joins them

  function logFailure(what: string): (error: unknown) => void {
    return (error) => log.error({ what, error: asError(error).stack }, 'an act of the gateway failed');
  }

  /** Something the gateway does by itself: a failure is logged, nobody waits for it. */
  function act(what: string, run: (turn: Turn) => void): void {
    operate(what, null, run).catch(logFailure(what));
  }

  function onTimer(turn: Turn, row: TimerRow): void {
    // It may have been cleared or set anew since it fired.
    const pending = timers.pending(row.room, row.name);
    if (pending === undefined || pending.dueAt !== row.dueAt) return;
    timers.clear(turn, row.room, row.name);
    const rooms = { alarms, linkage, cameras, tickets, patrol, access, metering, plant, backup: backups };
    const room = { ...rooms, commands: devices.commands }[row.room];
    if (room) room.onTimer(turn, row.name);
    else log.warn({ room: row.room, name: row.name }, 'a timer of no room');
  }

  function limited(limit: string): void {
    metrics.limited(limit);
    upkeep.limited(limit);
  }

  function onTransition(turn: Turn, alarm: Alarm, transition: AlarmTransition): void {
    linkage.onTransition(turn, alarm, transition);
    plant.onTransition(turn, alarm, transition);
    cameras.onTransition(turn, alarm, transition);
    if (
      transition.cause === 'raised' &&
      alarms.definition(alarm.device, alarm.definition)?.ticket &&
      alarm.suppressed === undefined
    )
      tickets.openForAlarm(turn, alarm);
    turn.after(() => lines.publishAlarm(alarm));
  }

  function publish(changes: Change[]): void {
    const committedAt = clock.now().wallMs;
    hub.publish(changes);
    const raised = changes.filter(
      ({ entity, data }) => entity === 'alarms' && (data as Alarm | null)?.revision === 1,
    );
    if (raised.length === 0) return;
    const sentAt = clock.now().wallMs;
    const ids = raised.map(({ id }) => id);
    act('alarms sent', (turn) => alarms.sent(turn, ids, committedAt, sentAt));
  }

  function onStorage(failing: boolean, message: string): void {
    devices.onStorage(failing);
    if (!failing) hub.recovered();
    field.act('storage', (turn) => {
      if (failing)
        alarms.raiseSystem(turn, { definition: 'storage-failing', detail: { zh: message, en: message } });
      else alarms.clearSystem(turn, 'storage-failing');
      return {};
    });
  }

  function linkChanges(): Change[] {
    return lines.states().map((state) => ({ entity: 'link-states', id: state.id, data: state }));
  }

  /** Site or types have changed and are on disk: devices and links follow at once, alarms and plans in the next turn. */
  function reconfigure(): void {
    devices.configure(site.all('devices'), site.all('links'));
    strangers.siteChanged((stranger) => isKnownNow(stranger, { site, devices }));
    lines.siteChanged();
    act('configure', (turn) => {
      configureRooms(turn);
      plant.siteChanged(turn);
    });
    openLines();
  }

  /** Not for a gateway that was only opened to answer a question of the command line. */
  function openLines(): void {
    if (options.http !== null || options.mqtt !== null) lines.configure();
  }

  function configureRooms(turn: Turn): void {
    alarms.configure(
      turn,
      [...devices.alarmInputs()].map((input) => ({
        ...input,
        areaName: site.area(input.device.area)?.name ?? '',
      })),
    );
    linkage.configure(site.all('linkages'));
    access.siteChanged(turn);
    patrol.siteChanged(turn);
    metering.siteChanged(turn);
  }

  const exchange = joinExchange({ site, devices, catalogue });
  function health(): Health {
    const reasons: string[] = [];
    if (turns.stats().failing) reasons.push('storage');
    if (history.trouble() !== null) reasons.push('history');
    for (const link of lines.states()) if (link.state === 'down') reasons.push(`link ${link.id}`);
    return { status: reasons.length > 0 ? 'degraded' : 'ok', reasons };
  }

  const diagnostics = createDiagnostics({
    ...{ options, version, clock, log, query, site, catalogue, devices, health, ...lines.status },
    env: process.env,
    strangers: strangers.list,
    turns: turns.stats,
    metrics: metrics.render,
  });

  const typeEditing = createTypeEditing({
    ...{ catalogue, clock, operate, site, devices, links, overhearing, env: process.env },
    changed() {
      catalogue.reload();
      reconfigure();
    },
  });
  const pointExchange = joinPointExchange({
    ...{ catalogue, library: typeEditing.library, files: exchange.files },
  });
  let stopWatching = () => {};
  let server: HttpServer | undefined;
  let http: number | null = null;
  let closing: Promise<void> | undefined;
  /** Asked a second time, or while it is under way, it answers when all is closed. */
  function close(): Promise<void> {
    closing ??= closeAll();
    return closing;
  }

  async function closeAll(): Promise<void> {
    stopWatching();
    upkeep.stop();
    await cameras.close();
    timers.stop();
    scans.close();
    lines.stop();
    await backups.close();
    await turns.close();
    await lines.close();
    hub.close();
    await server?.close();
    await ground.close();
  }
  // --- start: state from disk, one first turn, then the doors open
  try {
    await audit.load();
    await auth.load();
    await site.load();
    devices.configure(site.all('devices'), site.all('links'));
    const deafSince = clock.now().monoMs;
    await devices.load();
    await alarms.load();
    await linkage.load();
    await cameras.load();
    await tickets.load();
    await access.load();
    await patrol.load(clock.now().wallMs);
    await metering.load(clock.now().wallMs);
    await plant.load();
    await timers.load();
    const [alive] = await query<{ value: string }>("SELECT value FROM fact WHERE name = 'gateway.alive'");
    await operate('start', null, (turn) => {
      configureRooms(turn);
      patrol.start(turn, alive ? { from: Number(alive.value), to: turn.now } : null);
      metering.start(turn);
      devices.recover(turn);
      const standing = [...alarms.open.keys()].flatMap((id) => alarms.get(id) ?? []);
      plant.start(turn, standing, alive ? Number(alive.value) : null);
      cameras.recover(turn);
      backups.start(turn);
      upkeep.begin(turn);
    });
    timers.start();
    upkeep.start();
    stopWatching = catalogue.watchTypes(clock, () => reconfigure());
    if (options.http) {
      server = await createHttpServer({
        consoleDist: new URL('../console/dist/', import.meta.url),
        log,
        check: auth.check,
        version,
        tls: options.https
          ? { cert: readFileSync(options.https.cert), key: readFileSync(options.https.key) }
          : undefined,
      });
      await registerRoutes(server, {
        ...{ clock, operate, query, auth, audit, site, catalogue, devices, alarms, tickets, patrol, access },
        ...{ metering, plant, cameras, history, backups, hub, metrics, version, dataDir, scans, trials },
        ...{ exchange, pointExchange, doorControllers, typeEditing },
        strangers,
        letters: createLetters({ query, operate, devices, field }),
        ...{ linkStatus: lines.status, health, diagnostics },
      });
      http = await listen(server, options.http.host, options.https?.port ?? options.http.port);
    }
    devices.onDeaf(clock.now().monoMs - deafSince);
    openLines();
    if (options.http || options.mqtt) cameras.start();
    for (const { alarm } of alarms.open.values()) lines.publishAlarm(alarm);
    await lines.start();
  } catch (error) {
    await closeAll();
    throw error;
  }
  const ports = { http, ...lines.ports };
  log.info({ ...ports, version }, 'Gatehouse is ready');

  return {
    ...ports,
    control: {
      ...controlHandlers({
        ...{ operate, query, auth, site, backups, exchange, pointExchange, scans, dataDir },
        passphrase: backup.passphrase,
        library: typeEditing.library,
      }),
      diagnostics: diagnostics.bundle,
    },
    turns,
    field,
    close,
  };
}
