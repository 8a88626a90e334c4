#!/usr/bin/env node
// Plain JavaScript that any Node from 20 on can run: an older one hands over to the Node 24 among our own dependencies. And since
// Node keeps compiled what is imported after the cache is on, all TypeScript is: none of it is stripped of its types at a start.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  module.enableCompileCache();
  // Workers and simulators take it from here: without it each of them loads the stripper of types, 8 MB.
  const cache = module.getCompileCacheDir();
  if (cache !== undefined) process.env.NODE_COMPILE_CACHE ??= cache;
  await import('../main.ts');
} else {
  const own = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(own)) {
    console.error(
      `gatehouse: Node 24 or newer is needed, this is ${process.versions.node}; run "npm ci" in ${fileURLToPath(new URL('../..', import.meta.url))}, which brings it along`,
    );
    process.exit(1);
  }
  const self = fileURLToPath(import.meta.url);
  const child = spawn(own, [self, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`gatehouse: ${own} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
