import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../', import.meta.url);
const nodeRedVersion = (json: string): string | undefined => {
  const file = new URL(json, folder);
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
    : undefined;
};

/** Installs the peers of `test/bench/package.json` by their own lockfile, when they are not there as it says. No install scripts run. */
export function installPeers(): void {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  if (nodeRedVersion('node_modules/node-red/package.json') === dependencies['node-red']) return;
  console.log('installing the peers into test/bench/node_modules …');
  // `npm run` names its own program; else the one on the PATH.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const options = { cwd: folder, stdio: 'inherit' } as const;
  const done = npm ? spawnSync(process.execPath, [npm, ...args], options) : spawnSync('npm', args, options);
  if (done.status !== 0) throw new Error('npm ci in test/bench failed: the peers cannot be compared with');
}
