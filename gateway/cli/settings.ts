import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readHostRule } from '../cameras/hosts.ts';
import { embeddedHistory } from '../history/history.ts';
import { influxAddress } from '../history/influx-address.ts';
import { type FieldError, fault } from '../lib/errors.ts';
import { nearest } from '../lib/nearest.ts';
import { YamlFile } from '../lib/yaml-file.ts';
import { issueProblems } from '../lib/zod-words.ts';

const host = z.string().min(1);
const port = z.number().int().min(0).max(65_535);
const ownPort = z.number().int().min(1).max(65_535);
/** The words never repeat the address: a password may stand in it. */
const influxUrl = z
  .string()
  .refine((text) => influxAddress(text) !== null, 'must be http://user:password@host:8086/database');

/** `gatehouse.yaml`: settings of the process, nothing of the site. */
export const settingsSchema = z.strictObject({
  http: z.strictObject({ host: host.default('127.0.0.1'), port: port.default(8080) }).prefault({}),
  https: z
    .strictObject({
      port: ownPort,
      cert: z.string().min(1).describe('Path of the certificate chain, PEM'),
      key: z.string().min(1).describe('Path of its key, PEM'),
    })
    .optional(),
  mqtt: z
    .strictObject({
      host: host.default('127.0.0.1'),
      port: port.default(1883).describe('0: no embedded broker'),
      tlsPort: ownPort.optional().describe('With the certificate of https'),
    })
    .prefault({}),
  alarmReceiver: z
    .strictObject({
      host: host.default('0.0.0.0').describe('Panels are elsewhere: all addresses of this machine'),
      port: ownPort.describe('TCP and UDP, SIA DC-09'),
    })
    .optional(),
  fireReceiver: z
    .strictObject({
      host: host
        .default('0.0.0.0')
        .describe('Transmission devices are elsewhere: all addresses of this machine'),
      port: ownPort.describe('TCP, GB/T 26875.3'),
    })
    .optional(),
  dtu: z
    .strictObject({ host: host.default('0.0.0.0').describe('Units dial in from outside'), port: ownPort })
    .optional(),
  influx: z
    .strictObject({
      url: influxUrl.describe('http://user:password@host:8086/database'),
      spoolMegabytes: z
        .number()
        .int()
        .min(1)
        .default(4_096)
        .describe('Readings that wait for InfluxDB; beyond this the oldest go'),
    })
    .optional(),
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      maxMegabytes: z.number().int().min(64).default(4_096).describe('Of the state database'),
      maxDays: z.number().int().min(30).default(1_095).describe('Age of closed alarms, events, swipes'),
      historyMegabytes: z
        .number()
        .int()
        .min(64)
        .default(embeddedHistory.retention.maxMegabytes)
        .describe('Of history.db'),
      historyDays: z
        .number()
        .int()
        .min(1)
        .default(embeddedHistory.retention.maxDays)
        .describe('Age of readings in history.db'),
      historyHoursDays: z
        .number()
        .int()
        .min(1)
        .default(embeddedHistory.retention.hoursDays)
        .describe('Age of their roll-ups by the hour'),
    })
    .prefault({}),
  backup: z
    .strictObject({
      at: z
        .string()
        .default('30 3 * * *')
        .describe('Cron pattern, five fields, in the time zone of the site'),
      keep: z.number().int().min(1).max(365).default(14),
      passphrase: z.string().min(12).optional(),
    })
    .prefault({}),
  cameras: z
    .strictObject({
      allow: z
        .array(
          z.string().refine((text) => readHostRule(text) !== undefined, {
            error: 'give a host name, an address or a net, for example 192.168.8.0/24',
          }),
        )
        .default([])
        .describe('What cameras may be asked at; empty: any host that a camera names'),
      maxMegabytes: z.number().int().min(16).default(1_024).describe('Of all pictures of alarms'),
    })
    .prefault({}),
  allowedOrigins: z.array(z.url()).default([]),
});
export type Settings = z.infer<typeof settingsSchema>;

/** The environment's names; it wins over the file. */
export const environmentNames: Readonly<
  Record<string, { path: readonly string[]; type: 'text' | 'number' | 'list' }>
> = {
  GATEHOUSE_HTTP_HOST: { path: ['http', 'host'], type: 'text' },
  GATEHOUSE_HTTP_PORT: { path: ['http', 'port'], type: 'number' },
  GATEHOUSE_HTTPS_PORT: { path: ['https', 'port'], type: 'number' },
  GATEHOUSE_HTTPS_CERT: { path: ['https', 'cert'], type: 'text' },
  GATEHOUSE_HTTPS_KEY: { path: ['https', 'key'], type: 'text' },
  GATEHOUSE_MQTT_HOST: { path: ['mqtt', 'host'], type: 'text' },
  GATEHOUSE_MQTT_PORT: { path: ['mqtt', 'port'], type: 'number' },
  GATEHOUSE_MQTT_TLS_PORT: { path: ['mqtt', 'tlsPort'], type: 'number' },
  GATEHOUSE_ALARM_RECEIVER_HOST: { path: ['alarmReceiver', 'host'], type: 'text' },
  GATEHOUSE_ALARM_RECEIVER_PORT: { path: ['alarmReceiver', 'port'], type: 'number' },
  GATEHOUSE_FIRE_HOST: { path: ['fireReceiver', 'host'], type: 'text' },
  GATEHOUSE_FIRE_PORT: { path: ['fireReceiver', 'port'], type: 'number' },
  GATEHOUSE_DTU_HOST: { path: ['dtu', 'host'], type: 'text' },
  GATEHOUSE_DTU_PORT: { path: ['dtu', 'port'], type: 'number' },
  GATEHOUSE_INFLUX_URL: { path: ['influx', 'url'], type: 'text' },
  GATEHOUSE_INFLUX_SPOOL_MEGABYTES: { path: ['influx', 'spoolMegabytes'], type: 'number' },
  GATEHOUSE_LOG_LEVEL: { path: ['log', 'level'], type: 'text' },
  GATEHOUSE_RETENTION_MEGABYTES: { path: ['retention', 'maxMegabytes'], type: 'number' },
  GATEHOUSE_RETENTION_DAYS: { path: ['retention', 'maxDays'], type: 'number' },
  GATEHOUSE_RETENTION_HISTORY_MEGABYTES: { path: ['retention', 'historyMegabytes'], type: 'number' },
  GATEHOUSE_RETENTION_HISTORY_DAYS: { path: ['retention', 'historyDays'], type: 'number' },
  GATEHOUSE_RETENTION_HISTORY_HOURS_DAYS: { path: ['retention', 'historyHoursDays'], type: 'number' },
  GATEHOUSE_BACKUP_AT: { path: ['backup', 'at'], type: 'text' },
  GATEHOUSE_BACKUP_KEEP: { path: ['backup', 'keep'], type: 'number' },
  GATEHOUSE_BACKUP_PASSPHRASE: { path: ['backup', 'passphrase'], type: 'text' },
  GATEHOUSE_CAMERA_ALLOW: { path: ['cameras', 'allow'], type: 'list' },
  GATEHOUSE_CAMERA_MEGABYTES: { path: ['cameras', 'maxMegabytes'], type: 'number' },
  GATEHOUSE_ALLOWED_ORIGINS: { path: ['allowedOrigins'], type: 'list' },
};
/** Read elsewhere: the data directory itself. */
const otherNames = ['GATEHOUSE_DATA'];
const prefix = 'GATEHOUSE_';

type Environment = Readonly<Record<string, string | undefined>>;

/** `--data`, else `GATEHOUSE_DATA`, else `./data`. */
export function dataDirOf(option: string | undefined, env: Environment = process.env): string {
  return option ?? (env.GATEHOUSE_DATA || './data');
}

/**
 * The settings of the process: the environment over `gatehouse.yaml` over what is built in.
 * @throws config.invalid naming file:line:column, or the variable, of everything wrong
 */
export function readSettings(dataDir: string, env: Environment = process.env): Settings {
  const file = join(dataDir, 'gatehouse.yaml');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
  // A file with nothing but comments is no mistake.
  const bare = text.split('\n').every((line) => /^\s*(#.*)?$/.test(line));
  const yaml = new YamlFile(bare ? '{}' : text, file);
  yaml.check(settingsSchema);
  const errors: FieldError[] = yaml.problems.map((problem) => ({
    path: `${problem.file}:${problem.line}:${problem.column}`,
    message: problem.message,
  }));
  if (errors.length === 0) {
    const merged = overlay(yaml.value, env, errors);
    const result = settingsSchema.safeParse(merged);
    if (errors.length === 0 && result.success) return result.data;
    if (!result.success)
      for (const { path, message } of issueProblems(result.error.issues, settingsSchema, merged))
        errors.push({ path: variableOf(path) ?? `${file}:1:1`, message });
  }
  throw fault('config.invalid', errors.map(({ path, message }) => `${path}: ${message}`).join('\n'), {
    errors,
  });
}

/** The value of the file with the variables that are set laid over it; a variable that looks like a misspelt setting is an error. */
function overlay(value: unknown, env: Environment, errors: FieldError[]): unknown {
  const merged = structuredClone(value) as Record<string, unknown>;
  const names = [...Object.keys(environmentNames), ...otherNames].map((name) => name.slice(prefix.length));
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(prefix) || otherNames.includes(name) || text === undefined || text === '') continue;
    const known = Object.hasOwn(environmentNames, name) ? environmentNames[name] : undefined;
    if (!known) {
      const near = nearest(name.slice(prefix.length), names);
      if (near)
        errors.push({ path: name, message: `there is no such setting; did you mean "${prefix}${near}"?` });
      continue;
    }
    const last = known.path.at(-1) ?? '';
    let at = merged;
    for (const step of known.path.slice(0, -1)) {
      at[step] ??= {};
      at = at[step] as Record<string, unknown>;
    }
    if (known.type === 'list') at[last] = text.split(',').map((part) => part.trim());
    else at[last] = known.type === 'number' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  }
  return merged;
}

function variableOf(path: readonly PropertyKey[]): string | undefined {
  const within = (a: readonly PropertyKey[], b: readonly PropertyKey[]) =>
    a.every((step, index) => b[index] === step);
  return Object.entries(environmentNames).find(
    ([, known]) => within(known.path, path) || within(path, known.path),
  )?.[0];
}
