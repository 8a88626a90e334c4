import { Fault, type FaultCode } from '../lib/errors.ts';

/** 0 ok, 1 failed, 2 usage or configuration error. */
export type ExitCode = 0 | 1 | 2;

/** Mistakes of whoever called, or of a file they wrote. */
const usageCodes: readonly FaultCode[] = [
  'request.invalid',
  'config.invalid',
  'site.invalid',
  'type.invalid',
];

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printError(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Says what went wrong, with its places, and answers the exit code. */
export function reportFailure(thrown: unknown): ExitCode {
  if (!(thrown instanceof Fault)) {
    printError(`gatehouse: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
    return 1;
  }
  const places = thrown.errors.filter(({ path }) => path !== '');
  for (const { path, message } of places) printError(`${path}: ${message}`);
  if (places.length === 0) printError(`gatehouse: ${thrown.detail} (${thrown.code})`);
  return usageCodes.includes(thrown.code) ? 2 : 1;
}

/** A table with its columns aligned; East Asian wide characters count twice. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    );
}

function widthOf(text: string): number {
  let width = 0;
  for (const character of text)
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1;
  return width;
}
