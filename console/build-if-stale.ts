import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Run before `start` and `demo`: a release brings its built console along, a checkout builds it once and after every change.

const consoleDir = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(consoleDir, 'dist', 'index.html');

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Time of the newest file under `dir`, ms; tests, and what the build itself writes, do not count. */
function newest(dir: string): number {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .filter((entry) => !join(entry.parentPath, '/').startsWith(join(consoleDir, 'dist', '/')))
    .reduce((latest, entry) => Math.max(latest, changedAt(join(entry.parentPath, entry.name))), 0);
}

async function build(): Promise<void> {
  let vite: typeof import('vite');
  try {
    vite = await import('vite');
  } catch (error) {
    if (changedAt(built) > 0) return;
    throw new Error(
      'the console is not built and vite is not installed: run "npm ci" without --omit=dev, or unpack a release',
      { cause: error },
    );
  }
  console.log('building the console …');
  await vite.build({ configFile: join(consoleDir, 'vite.config.ts'), logLevel: 'warn' });
}

const sources = Math.max(
  newest(consoleDir),
  newest(join(root, 'gateway', 'contract')),
  changedAt(join(root, 'package-lock.json')),
);
if (changedAt(built) < sources) await build();
