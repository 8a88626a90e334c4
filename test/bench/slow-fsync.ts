import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from './processes.ts';

/** The environment in which each fsync takes 5 ms longer, as on an SD card or a hard disk; null where gcc is not installed. */
export function slowFsync(): Record<string, string> | null {
  const library = join(temporaryFolder(), 'slow-fsync.so');
  const source = new URL('../slow-fsync.c', import.meta.url).pathname;
  const built = spawnSync('gcc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return built.status === 0 ? { LD_PRELOAD: library, SLOW_FSYNC_US: '5000' } : null;
}
