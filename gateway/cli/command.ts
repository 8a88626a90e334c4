import type { Command } from 'commander';
import type { ExitCode } from './output.ts';
import { dataDirOf } from './settings.ts';

/** Adds one command to the program; `done` tells an exit code other than 0. */
export type AddCommand = (program: Command, done: (code: ExitCode) => void) => void;

/** The data directory that a command line chose: `--data` may stand before or after the command. */
export function chosenDataDir(command: Command): string {
  const { data } = command.optsWithGlobals<{ data?: string }>();
  return dataDirOf(data);
}
