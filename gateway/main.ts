import { runCommand } from './cli/program.ts';

// What the gateway writes is for its own user: databases, backups, exports.
process.umask(0o077);
process.exitCode = await runCommand(process.argv.slice(2));
