import { pino } from 'pino';

/** The part of pino that rooms use. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** The newest lines as they were written, oldest first; absent where none are kept. */
  newest?(): string[];
}

const mostLines = 500;
/** A stack trace fits. */
const longestLine = 4_096;

/** Keeps the newest lines. */
export function createLogRing(): { write(line: string): void; newest(): string[] } {
  const lines: string[] = [];
  let next = 0;
  return {
    write(line) {
      // One that is cut is no JSON any more, but is read by people.
      lines[next] = line.trimEnd().slice(0, longestLine);
      next = (next + 1) % mostLines;
    },
    newest: () => (lines.length < mostLines ? [...lines] : [...lines.slice(next), ...lines.slice(0, next)]),
  };
}

/** Logs JSON lines to stderr, so that stdout stays for the one `--json` line and command output. */
export function createLog(level: string): Logger {
  const ring = createLogRing();
  const log: Omit<Logger, 'newest'> = pino(
    { level, redact: ['password', 'secret', 'token', '*.password', '*.secret', '*.token'] },
    // What the level lets through goes to both.
    pino.multistream([
      { level: 'trace', stream: pino.destination(2) },
      { level: 'trace', stream: ring },
    ]),
  );
  return Object.assign(log, { newest: ring.newest });
}

export const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {} };
