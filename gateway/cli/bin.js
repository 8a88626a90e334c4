#!/usr/bin/env node
// Plain JavaScript that any Node from 20 on can run: an older one hands over to the Node 24 among our own dependencies.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../main.ts', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(main.href);
} else {
  const own = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(own)) {
    console.error(
      `gatehouse: Node 24 or newer is needed, this is ${process.versions.node}; run "npm ci" in ${fileURLToPath(new URL('../..', import.meta.url))}, which brings it along`,
    );
    process.exit(1);
  }
  const child = spawn(own, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`gatehouse: ${own} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
