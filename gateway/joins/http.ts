import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import type { Access } from '../access/access.ts';
import { cardRoutes } from '../access/card-routes.ts';
import { accessRoutes } from '../access/routes.ts';
import { alarmActRoutes } from '../alarms/act-routes.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { alarmRoutes } from '../alarms/routes.ts';
import { findAlarm } from '../alarms/store.ts';
import { zoneRoutes } from '../alarms/zone-routes.ts';
import type { Audit } from '../auth/audit.ts';
import { auditRoutes } from '../auth/audit-routes.ts';
import type { Auth } from '../auth/auth.ts';
import type { Backups } from '../backup/backups.ts';
import { backupRoutes } from '../backup/routes.ts';
import type { Cameras } from '../cameras/cameras.ts';
import { cameraRoutes } from '../cameras/routes.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import type { Devices } from '../devices/devices.ts';
import { inspectRoutes } from '../devices/inspect-routes.ts';
import { deviceRoutes } from '../devices/routes.ts';
import { typeFileRoutes } from '../devices/type-file-routes.ts';
import { typeRoutes } from '../devices/type-routes.ts';
import { typeShareRoutes } from '../devices/type-share-routes.ts';
import { pointRoutes } from '../exchange/point-routes.ts';
import { exchangeRoutes } from '../exchange/routes.ts';
import type { History } from '../history/history.ts';
import { historyRoutes } from '../history/routes.ts';
import type { HttpServer } from '../http/server.ts';
import { letterRoutes } from '../ingest/letter-routes.ts';
import { ingestRoutes } from '../ingest/routes.ts';
import type { Strangers } from '../ingest/strangers.ts';
import type { Clock } from '../lib/clock.ts';
import { Fault } from '../lib/errors.ts';
import { linkageRoutes } from '../linkage/routes.ts';
import { linkRoutes } from '../links/routes.ts';
import { scanRoutes } from '../links/scan-routes.ts';
import type { Scans } from '../links/scans.ts';
import { uhppoteRoutes } from '../links/uhppote-routes.ts';
import type { Hub } from '../live/hub.ts';
import { liveRoutes } from '../live/routes.ts';
import type { Metering } from '../metering/metering.ts';
import { meteringRoutes } from '../metering/routes.ts';
import { bundleRoutes } from '../ops/bundle-routes.ts';
import type { Metrics } from '../ops/metrics.ts';
import { type Health, opsRoutes } from '../ops/routes.ts';
import type { Patrol } from '../patrol/patrol.ts';
import { patrolRoutes } from '../patrol/routes.ts';
import { uploadRoutes } from '../patrol/upload-routes.ts';
import type { Plant } from '../plant/plant.ts';
import { plantRoutes } from '../plant/routes.ts';
import { siteRoutes } from '../site/routes.ts';
import type { Site } from '../site/site.ts';
import type { Operate } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { ticketRoutes } from '../tickets/routes.ts';
import type { Tickets } from '../tickets/tickets.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { DoorControllers } from './door-controllers.ts';
import type { JoinedExchange } from './exchange.ts';
import type { Letters } from './letters.ts';
import type { JoinedPointExchange } from './point-exchange.ts';
import { simulationRoutes } from './simulation.ts';
import { trialRoutes } from './trial-routes.ts';
import type { Trials } from './trials.ts';
import type { TypeEditing } from './type-editing.ts';
import { createWandBatches } from './wand-batches.ts';

export interface HttpRooms {
  clock: Clock;
  operate: Operate;
  query: Query;
  auth: Auth;
  audit: Audit;
  site: Site;
  catalogue: Catalogue;
  devices: Devices;
  exchange: JoinedExchange;
  pointExchange: JoinedPointExchange;
  alarms: Alarms;
  tickets: Tickets;
  patrol: Patrol;
  access: Access;
  metering: Metering;
  plant: Plant;
  cameras: Cameras;
  history: History;
  backups: Backups;
  typeEditing: TypeEditing;
  hub: Hub;
  metrics: Metrics;
  strangers: Strangers;
  letters: Letters;
  diagnostics: Diagnostics;
  linkStatus: Parameters<typeof linkRoutes>[0];
  health(): Health;
  version: string;
  dataDir: string;
  doorControllers: DoorControllers;
  scans: Scans;
  trials: Trials;
}

/** Every room's routes: the API under `/api/v1`, `/live` beside it, `/health` and `/metrics` at the root. */
export async function registerRoutes(server: HttpServer, rooms: HttpRooms): Promise<void> {
  const { operate, query, auth, audit, site, catalogue, devices, alarms, tickets, patrol, access, cameras } =
    rooms;
  const live = liveRoutes({
    hub: rooms.hub,
    async authenticate(request) {
      const upgrade = auth.authenticateUpgrade(request.raw);
      if (upgrade instanceof Fault) throw upgrade;
      return upgrade;
    },
  });
  await server.register(live);
  await server.register(
    opsRoutes({ health: rooms.health, metrics: rooms.metrics.render, version: rooms.version }),
  );
  const api: FastifyPluginAsync = async (app) => {
    await app.register(live);
    await app.register(auth.routes);
    await app.register(auditRoutes(audit));
    await app.register(siteRoutes({ operate, site, plansDir: join(rooms.dataDir, 'plans') }));
    await app.register(deviceRoutes({ operate, query, devices, catalogue }));
    await app.register(exchangeRoutes({ operate, ...rooms.exchange }));
    await app.register(pointRoutes({ ...rooms.pointExchange, files: rooms.exchange.files }));
    await app.register(scanRoutes(rooms.scans));
    await app.register(trialRoutes(rooms.trials));
    await app.register(inspectRoutes({ catalogue }));
    await app.register(typeRoutes({ catalogue, ...rooms.typeEditing }));
    await app.register(typeFileRoutes({ library: rooms.typeEditing.library }));
    await app.register(typeShareRoutes({ catalogue, library: rooms.typeEditing.library }));
    await app.register(
      alarmRoutes({
        query,
        alarms,
        areasUnder: (area) => [...site.state().docs.areas.keys()].filter((id) => site.isInside(id, area)),
        now: () => rooms.clock.now().wallMs,
      }),
    );
    await app.register(alarmActRoutes({ operate, query, alarms, now: () => rooms.clock.now().wallMs }));
    await app.register(zoneRoutes({ operate, alarms, ownPassword: auth.ownPassword }));
    await app.register(linkageRoutes({ query }));
    await app.register(cameraRoutes({ query, cameras }));
    await app.register(
      ticketRoutes({
        operate,
        query,
        tickets,
        findAlarm: async (id) => alarms.open.get(id)?.alarm ?? findAlarm(query, id),
      }),
    );
    await app.register(
      patrolRoutes({
        query,
        patrol,
        checkpoints: () => site.state().docs.checkpoints.values(),
        routes: () => site.state().docs.routes.values(),
        plans: () => site.state().docs.plans.values(),
      }),
    );
    await app.register(
      uploadRoutes({
        ...{ operate, query, patrol },
        batches: createWandBatches({ timeZone: site.timeZone }),
        readers: () => devices.ofKind('patrol-reader'),
        now: () => rooms.clock.now().wallMs,
      }),
    );
    await app.register(
      plantRoutes({
        query,
        plant: rooms.plant,
        schedules: () => site.state().docs.schedules.values(),
        timeZone: site.timeZone,
        now: () => rooms.clock.now().wallMs,
      }),
    );
    await app.register(uhppoteRoutes(rooms.doorControllers));
    await app.register(accessRoutes({ operate, query, access }));
    await app.register(cardRoutes({ operate, cards: access.cards }));
    await app.register(
      meteringRoutes({
        operate,
        query,
        metering: rooms.metering,
        timeZone: site.timeZone,
        now: () => rooms.clock.now().wallMs,
      }),
    );
    await app.register(historyRoutes({ history: rooms.history }));
    await app.register(ingestRoutes({ query }));
    await app.register(letterRoutes({ query, strangers: rooms.strangers, letters: rooms.letters }));
    await app.register(linkRoutes(rooms.linkStatus));
    await app.register(
      bundleRoutes({ bundle: rooms.diagnostics.bundle, now: () => rooms.clock.now().wallMs }),
    );
    await app.register(backupRoutes(rooms.backups));
    await app.register(simulationRoutes({ dataDir: rooms.dataDir }));
  };
  await server.register(api, { prefix: '/api/v1' });
}
