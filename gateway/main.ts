import { enableCompileCache } from 'node:module';

enableCompileCache();
// What the gateway writes is for its own user: databases, backups, exports.
process.umask(0o077);
// Imported only now, so that it is compiled into the cache, too.
const { runCommand } = await import('./cli/program.ts');
process.exitCode = await runCommand(process.argv.slice(2));
