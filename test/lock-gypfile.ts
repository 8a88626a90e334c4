import { readFileSync, writeFileSync } from 'node:fs';

const lockPath = new URL('../package-lock.json', import.meta.url);
const entry = 'node_modules/better-sqlite3';

/**
 * npm 10 (Node 20 and 22) knows no `allowScripts` and would run node-gyp for better-sqlite3, which ships its binary;
 * `"gypfile": false` in the lock stops it, but `npm install` drops the line again.
 * @returns whether the lock has the line
 */
export function lockSaysNoGyp(): boolean {
  const lock = JSON.parse(readFileSync(lockPath, 'utf8')) as {
    packages: Record<string, { gypfile?: boolean }>;
  };
  return lock.packages[entry]?.gypfile === false;
}

if (process.argv.includes('--write')) {
  const lock = JSON.parse(readFileSync(lockPath, 'utf8')) as {
    packages: Record<string, { gypfile?: boolean }>;
  };
  const sqlite = lock.packages[entry];
  if (!sqlite) throw new Error(`package-lock.json has no ${entry}`);
  sqlite.gypfile = false;
  writeFileSync(lockPath, `${JSON.stringify(lock, null, 2)}\n`);
}
