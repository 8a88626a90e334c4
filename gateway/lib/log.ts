import { pino } from 'pino';

/** The part of pino that rooms use. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Logs JSON lines to stderr, so that stdout stays for the one `--json` line and command output. */
export function createLog(level: string): Logger {
  return pino(
    { level, redact: ['password', 'secret', 'token', '*.password', '*.secret', '*.token'] },
    pino.destination(2),
  );
}

export const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };
