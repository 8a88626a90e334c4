import { enableCompileCache, getCompileCacheDir } from 'node:module';

enableCompileCache();
// Workers and simulators take it from here: without it each of them loads the stripper of types, 8 MB.
const cache = getCompileCacheDir();
if (cache !== undefined) process.env.NODE_COMPILE_CACHE ??= cache;
// What the gateway writes is for its own user: databases, backups, exports.
process.umask(0o077);
// Imported only now, so that it is compiled into the cache, too.
const { runCommand } = await import('./cli/program.ts');
process.exitCode = await runCommand(process.argv.slice(2));
