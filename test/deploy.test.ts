import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { environmentNames, readSettings } from '../gateway/cli/settings.ts';

// What cannot be run where there is no Docker engine and no systemd: that its names, ports and paths are the gateway's own.

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const known = new Set([...Object.keys(environmentNames), 'GATEHOUSE_DATA']);
const built = readSettings('/nowhere', {});

interface Service {
  image?: string;
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
}
const compose = parse(read('docker-compose.yml')) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};

/** Every setting that a text names, also in its comments: a reader takes them from there. */
function settingsIn(text: string): string[] {
  return [...new Set(text.match(/GATEHOUSE_[A-Z_]+/g) ?? [])];
}

describe.each(['docker-compose.yml', 'Dockerfile', 'docs/deploy/gatehouse.service'])('%s', (file) => {
  test('names settings that exist', () => {
    const named = settingsIn(read(file));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('starts the gateway from a file that is there', () => {
    const starts = read(file).match(/gateway\/cli\/bin\.js/g) ?? [];
    expect(starts.length > 0 || file === 'docker-compose.yml').toBe(true);
    expect(existsSync(join(root, 'gateway/cli/bin.js'))).toBe(true);
  });
});

describe('docker-compose.yml', () => {
  test('brings the gateway by itself, and a broker and a history store when asked', () => {
    const profiles = Object.entries(compose.services).map(([name, { profiles = [] }]) => [name, profiles]);
    expect(profiles).toEqual([
      ['gatehouse', []],
      ['mosquitto', ['mosquitto']],
      ['influxdb', ['influxdb']],
    ]);
  });

  test('maps the ports on which the gateway listens, to this machine only', () => {
    expect(compose.services.gatehouse?.ports).toEqual([
      `127.0.0.1:${built.http.port}:${built.http.port}`,
      `127.0.0.1:${built.mqtt.port}:${built.mqtt.port}`,
    ]);
    const everywhere = Object.values(compose.services).flatMap(({ ports = [] }) =>
      ports.filter((port) => !port.startsWith('127.0.0.1:')),
    );
    expect(everywhere).toEqual([]);
  });

  test('mounts volumes that it declares and files that are there', () => {
    for (const { volumes = [] } of Object.values(compose.services))
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        expect(source.startsWith('.') ? existsSync(join(root, source)) : source in compose.volumes).toBe(
          true,
        );
      }
  });

  test('keeps the data where the image writes it', () => {
    const image = read('Dockerfile');
    const data = /GATEHOUSE_DATA=(\S+)/.exec(image)?.[1];
    expect(compose.services.gatehouse?.volumes).toContain(`data:${data}`);
    expect(image).toContain(`VOLUME ${data}`);
    expect(image).toMatch(/^USER gatehouse$/m);
  });
});

test('the Mosquitto that comes along keeps everything that it has acknowledged', () => {
  const lines = read('docs/deploy/mosquitto.conf').split('\n');
  for (const line of ['persistence true', 'max_queued_messages 0', 'allow_anonymous false'])
    expect(lines).toContain(line);
});

test('what the image leaves out is not what it needs', () => {
  const ignored = read('.dockerignore').split('\n').filter(Boolean);
  for (const needed of ['gateway', 'console', 'devices', 'simulators', 'package.json', 'package-lock.json'])
    expect(ignored).not.toContain(needed);
});
