import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Below this a header costs more than it saves. */
const worthBytes = 1_024;

/** Writes a gzip beside every file of the build that is worth it; the gateway sends it to browsers that take it. */
export function compress(): Plugin {
  let outDir = '';
  return {
    name: 'gatehouse-compress',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(?:js|css|svg)$/.test(name)) continue;
        const bytes = readFileSync(join(outDir, name));
        if (bytes.length >= worthBytes)
          writeFileSync(join(outDir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}
