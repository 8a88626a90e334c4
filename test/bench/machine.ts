import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { mosquittoVersion } from './peers/mosquitto.ts';
import { nodeRedVersion } from './peers/node-red.ts';
import { removeFolder, temporaryFolder } from './processes.ts';

/** Median of 100 writes of 4 KiB with their fsync, ms: what one commit costs at least. */
function fsyncMs(): number {
  const folder = temporaryFolder();
  const file = openSync(join(folder, 'fsync'), 'w');
  const bytes = Buffer.alloc(4_096);
  const times = Array.from({ length: 100 }, () => {
    const before = performance.now();
    writeSync(file, bytes);
    fsyncSync(file);
    return performance.now() - before;
  });
  closeSync(file);
  removeFolder(folder);
  return Math.round((times.toSorted((a, b) => a - b)[50] ?? 0) * 1_000) / 1_000;
}

function installedVersion(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? arch(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    linux: release(),
    fsyncMs: fsyncMs(),
    node: process.version,
    aedes: installedVersion('aedes'),
    modbusSerial: installedVersion('modbus-serial'),
    mosquitto: mosquittoVersion(),
    nodeRed: nodeRedVersion(),
  };
}
