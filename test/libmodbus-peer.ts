import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModbusServer, peerPath, RunningPeer } from './field-peers.ts';
import { eventually } from './house.ts';

let program: string | undefined;

/** Built once a run: our few lines around libmodbus. */
function build(): string {
  const built = join(mkdtempSync(join(tmpdir(), 'gatehouse-libmodbus-')), 'libmodbus-server');
  const gcc = spawnSync('gcc', ['-O2', '-o', built, peerPath('libmodbus-server.c'), '-lmodbus'], {
    encoding: 'utf8',
  });
  if (gcc.status !== 0) throw new Error(`gcc could not build the libmodbus server: ${gcc.stderr}`);
  return built;
}

/** A server by libmodbus; see peers/libmodbus-server.c. `where`: `tcp` and a port, or `serial`, a path and a unit. */
export async function startLibmodbus(
  ...where: ['tcp', port: number, registers?: number] | ['serial', path: string, unit: number]
): Promise<Omit<ModbusServer, 'refuse'>> {
  program ??= build();
  const peer = new RunningPeer(program, where.map(String));
  await peer.line((line) => line === 'started', 'the libmodbus server has started');
  return {
    async set(table, address, ...values) {
      const words = [table, address, ...values].join(' ');
      const from = peer.lines.length;
      peer.say(words);
      await eventually(`libmodbus took ${words}`, () => peer.lines.indexOf(`set ${words}`, from) >= 0);
    },
    written: () =>
      peer.lines
        .filter((line) => line.startsWith('wrote '))
        .map((line) => line.split(' ').slice(1).map(Number)),
    stop: () => peer.stop(),
  };
}
