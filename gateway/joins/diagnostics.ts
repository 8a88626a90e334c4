import { arch, cpus, platform, release, totalmem } from 'node:os';
import type { LinkStatus, PortStatus } from '../contract/link-status.ts';
import { siteClasses } from '../contract/site.ts';
import type { Stranger } from '../contract/stranger.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import type { Devices } from '../devices/devices.ts';
import type { GatewayOptions } from '../gateway.ts';
import { type LetterRow, letterColumns } from '../ingest/dead-letters.ts';
import { letterOf } from '../ingest/letter-routes.ts';
import type { TurnStats } from '../ingest/turns.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { environmentNamesIn, environmentSecrets, redact } from '../ops/redact.ts';
import type { Health } from '../ops/routes.ts';
import { publicDoc } from '../site/public.ts';
import type { Site } from '../site/site.ts';
import type { Query } from '../store/store.ts';

const mostLetters = 200;

/** The options of a gateway as they may be shown: where it listens and what it keeps; nothing that opens anything. */
function settingsOf({
  dataDir,
  http,
  https,
  mqtt,
  dtu,
  alarmReceiver,
  logLevel,
  allowedOrigins,
  retention,
  history,
  backup,
  cameras,
}: GatewayOptions) {
  const listening = {
    http,
    https: https ?? null,
    mqtt,
    dtu: dtu ?? null,
    alarmReceiver: alarmReceiver ?? null,
  };
  const { passphrase, ...plan } = backup ?? {};
  return {
    ...{ dataDir, logLevel, allowedOrigins, retention, history, cameras },
    ...listening,
    backup: { ...plan, encrypted: passphrase !== undefined },
  };
}

/** What one is asked for who asks for help: how the gateway is and what it hears, as plain data. */
export function createDiagnostics(deps: {
  options: GatewayOptions;
  version: string;
  clock: Clock;
  log: Logger;
  env: Readonly<Record<string, string | undefined>>;
  query: Query;
  site: Site;
  catalogue: Pick<Catalogue, 'problems'>;
  devices: Pick<Devices, 'state' | 'problems'>;
  links(): LinkStatus[];
  ports(): PortStatus[];
  strangers(): Stranger[];
  turns(): TurnStats;
  health(): Health;
  metrics(): Promise<string>;
}) {
  const { options, site, clock } = deps;

  /** People and households are no more than their keys here: their names help nobody to find a fault. */
  function siteDocs() {
    const { docs } = site.state();
    const shown = Object.fromEntries(
      siteClasses.map((name) => [name, [...docs[name].values()].map((doc) => publicDoc(name, doc))]),
    );
    return {
      settings: site.settings(),
      ...shown,
      people: [...docs.people.values()].map(({ id, role }) => ({ id, role })),
      households: [...docs.households.values()].map(({ id, area, alarmService }) => ({
        ...{ id, area, alarmService },
      })),
    };
  }

  function secrets(): string[] {
    const { history } = options;
    const influx = history?.store === 'influx' ? history.url : undefined;
    const credentials = influx === undefined ? [] : /\/\/([^:@/]*):([^@/]*)@/.exec(influx)?.slice(1);
    return [
      ...environmentSecrets(
        deps.env,
        environmentNamesIn(Object.values(site.state().docs).map((docs) => [...docs.values()])),
      ),
      ...(options.backup?.passphrase === undefined ? [] : [options.backup.passphrase]),
      ...(credentials ?? []),
    ];
  }

  return {
    async bundle(): Promise<unknown> {
      const letters = await deps.query<LetterRow>(
        `SELECT ${letterColumns} FROM dead_letter ORDER BY id DESC LIMIT ?`,
        mostLetters,
      );
      const found = {
        format: 'gatehouse-diagnostics',
        formatVersion: 1,
        madeAt: new Date(clock.now().wallMs).toISOString(),
        version: deps.version,
        machine: {
          node: process.version,
          system: `${platform()} ${release()} ${arch()}`,
          processors: cpus().length,
          memoryBytes: totalmem(),
          timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        },
        process: { uptimeS: Math.round(process.uptime()), memory: process.memoryUsage() },
        settings: settingsOf(options),
        health: deps.health(),
        turns: deps.turns(),
        site: siteDocs(),
        links: deps.links(),
        ports: deps.ports(),
        devices: [...site.all('devices')].map(({ id }) => deps.devices.state(id)),
        deviceProblems: deps.devices.problems(),
        typeProblems: deps.catalogue.problems,
        strangers: deps.strangers(),
        deadLetters: letters.map(letterOf),
        log: deps.log.newest?.() ?? [],
        metrics: await deps.metrics(),
      };
      return redact(found, secrets());
    },
  };
}
export type Diagnostics = ReturnType<typeof createDiagnostics>;
