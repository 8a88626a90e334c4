import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedHistory } from '../history/history.ts';
import { Fault } from '../lib/errors.ts';
import { servingOptions } from './gateway-process.ts';
import { dataDirOf, readSettings } from './settings.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (text: string) => writeFileSync(join(dir, 'gatehouse.yaml'), text);

function refusals(env: Record<string, string> = {}): string[] {
  try {
    readSettings(dir, env);
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'config.invalid')
      return thrown.errors.map(({ path, message }) => `${path.replace(`${dir}/`, '')}: ${message}`);
    throw thrown;
  }
  return [];
}

test('without a file and variables everything is on loopback and the usual ports', () => {
  expect(readSettings(dir, {})).toMatchObject({
    http: { host: '127.0.0.1', port: 8080 },
    mqtt: { host: '127.0.0.1', port: 1883 },
    log: { level: 'info' },
  });
});

test('the file sets, the environment wins, an empty variable counts as unset', () => {
  write('# our gateway\nhttp: { port: 9000, host: 0.0.0.0 }\nlog: { level: warn }\n');
  const settings = readSettings(dir, {
    GATEHOUSE_HTTP_PORT: '0',
    GATEHOUSE_LOG_LEVEL: '',
    GATEHOUSE_ALLOWED_ORIGINS: 'https://a.example.com, https://b.example.com',
    OTHER: 'x',
  });
  expect(settings.http).toEqual({ port: 0, host: '0.0.0.0' });
  expect(settings.log.level).toBe('warn');
  expect(settings.allowedOrigins).toEqual(['https://a.example.com', 'https://b.example.com']);
});

test('an empty file and one of comments only are no mistake', () => {
  for (const text of ['', '\n', '# nothing yet\n\n  # really\n']) {
    write(text);
    expect(refusals()).toEqual([]);
  }
});

test.each([
  ['http: { prot: 80 }', 'gatehouse.yaml:1:9: "prot" is not known here; did you mean "port"?'],
  ['mqtt:\n  port: 70000', 'gatehouse.yaml:2:9: "port" is too large: at most 65535'],
  ['http:\n  port: "80"', 'gatehouse.yaml:2:9: "port" must be a number, this is text'],
  ['log: { level: verbose }', 'gatehouse.yaml:1:15: "level" must be one of trace, debug, info'],
  ['https: { port: 443 }', 'gatehouse.yaml:1:8: "cert" is missing; add it as text'],
  ['http: [', 'gatehouse.yaml:1:8: '],
  ['sites: []', 'gatehouse.yaml:1:1: "sites" is not known here'],
])('%j is refused where it stands: %s', (text, problem) => {
  write(text);
  expect(refusals().join('\n')).toContain(problem);
});

test.each([
  [{ GATEHOUSE_HTTP_PORT: 'eighty' }, 'GATEHOUSE_HTTP_PORT: "port" must be a number, this is text'],
  [{ GATEHOUSE_MQTT_PORT: '-1' }, 'GATEHOUSE_MQTT_PORT: "port" is too small: at least 0'],
  [{ GATEHOUSE_HTTPS_PORT: '443' }, 'GATEHOUSE_HTTPS_CERT: "cert" is missing; add it as text'],
  [{ GATEHOUSE_LOG_LEVEL: 'loud' }, 'GATEHOUSE_LOG_LEVEL: "level" must be one of trace'],
  [
    { GATEHOUSE_HTTP_PROT: '80' },
    'GATEHOUSE_HTTP_PROT: there is no such setting; did you mean "GATEHOUSE_HTTP_PORT"?',
  ],
  [{ GATEHOUSE_INFLUX_SPOOL_MEGABYTES: '64' }, 'GATEHOUSE_INFLUX_URL: "url" is missing; add it as text'],
  [{ GATEHOUSE_BACKUP_PASSPHRASE: 'short' }, 'GATEHOUSE_BACKUP_PASSPHRASE: "passphrase" is too short'],
] as [Record<string, string>, string][])('%j is refused by its name: %s', (env, problem) => {
  expect(refusals(env).join('\n')).toContain(problem);
});

test('a message never shows the passphrase', () => {
  expect(refusals({ GATEHOUSE_BACKUP_PASSPHRASE: 'hunter2' }).join('\n')).not.toContain('hunter2');
});

test('history is kept in history.db for about three years, or in the InfluxDB that is named', () => {
  expect(servingOptions(dir, readSettings(dir, {})).history).toEqual(embeddedHistory);
  write('retention: { historyMegabytes: 128, historyDays: 40, historyHoursDays: 400 }\n');
  expect(servingOptions(dir, readSettings(dir, {})).history).toEqual({
    store: 'embedded',
    retention: { maxMegabytes: 128, maxDays: 40, hoursDays: 400 },
  });
  const url = 'http://gatehouse:pa%40ss@db:8086/site';
  expect(servingOptions(dir, readSettings(dir, { GATEHOUSE_INFLUX_URL: url })).history).toEqual({
    store: 'influx',
    url,
    spoolMegabytes: 4_096,
  });
});

test.each(['http://gatehouse:hunter2@db:8086', 'hunter2@db/site', 'mqtt://gatehouse:hunter2@db/site'])(
  'an address of InfluxDB that is none is refused without showing its password: %s',
  (url) => {
    write(`influx: { url: "${url}" }`);
    for (const problem of [refusals(), refusals({ GATEHOUSE_INFLUX_URL: url })]) {
      expect(problem.join('\n')).toMatch(
        /^(gatehouse\.yaml:1:16|GATEHOUSE_INFLUX_URL): "url": must be http:\/\/user:password@host:8086\/database$/m,
      );
      expect(problem.join('\n')).not.toContain('hunter2');
    }
  },
);

test('--data wins over GATEHOUSE_DATA, which wins over ./data', () => {
  expect(dataDirOf('a', { GATEHOUSE_DATA: 'b' })).toBe('a');
  expect(dataDirOf(undefined, { GATEHOUSE_DATA: 'b' })).toBe('b');
  expect(dataDirOf(undefined, { GATEHOUSE_DATA: '' })).toBe('./data');
});
