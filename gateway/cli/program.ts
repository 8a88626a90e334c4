import { Command, CommanderError } from 'commander';
import { backupCommand } from './backup.ts';
import { decodeCommand } from './decode.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { type ExitCode, reportFailure } from './output.ts';
import { restoreCommand } from './restore.ts';
import { scanCommand } from './scan.ts';
import { serveCommand } from './serve.ts';
import { simulateCommand } from './simulate.ts';
import { siteCommand } from './site.ts';
import { tokenCommand } from './token.ts';
import { typesCommand } from './types.ts';
import { userCommand } from './user.ts';
import { verifyCommand } from './verify.ts';

/** A command answers its exit code; nothing means 0. */
export type Action = (...args: never[]) => Promise<ExitCode | undefined>;

/** Runs one command line. @returns the exit code */
export async function runCommand(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const done = (code: ExitCode) => {
    exitCode = code;
  };
  const program = new Command('gatehouse')
    .description('The gateway and console of a control room')
    .option('--data <dir>', 'data directory (default: GATEHOUSE_DATA, else ./data)')
    .showHelpAfterError('(gatehouse --help lists what there is)');
  for (const add of [
    serveCommand,
    demoCommand,
    simulateCommand,
    siteCommand,
    typesCommand,
    tokenCommand,
    userCommand,
    scanCommand,
    decodeCommand,
    backupCommand,
    restoreCommand,
    verifyCommand,
    doctorCommand,
  ])
    add(program, done);
  const prepare = (command: Command) => {
    command.exitOverride();
    command.commands.forEach(prepare);
  };
  prepare(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    // Commander has said what is wrong with the arguments itself; --help and --version are no failures.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    return reportFailure(thrown);
  }
}
