import { parentPort, workerData } from 'node:worker_threads';
import { asError } from '../lib/errors.ts';
import { knownColumns } from './columns.ts';
import { readCsv, writeCsv } from './csv.ts';
import { knownPointColumns } from './point-columns.ts';
import type { Reading, Sheet } from './table.ts';
import * as words from './words.ts';
import { readWorkbook, writeWorkbook } from './workbook.ts';

/** What the rows of a table are: its sheet and its columns are known by that. */
export type TableOf = 'devices' | 'points';

const tables = {
  devices: { sheets: ['devices', '设备'], known: knownColumns },
  points: { sheets: ['points', '点表', '点位表', '测点'], known: knownPointColumns },
} as const;

export type FileTask =
  | { task: 'read'; bytes: Uint8Array; of: TableOf }
  | { task: 'write'; format: 'xlsx'; sheets: Sheet[] }
  | { task: 'write'; format: 'csv'; sheet: Sheet };
export type FileAnswer = { reading: Reading } | { bytes: Uint8Array } | { failed: string };

/** What a file is, is seen in its first bytes: a ZIP archive, an OLE container (old Excel, or encrypted), else text. */
function read(bytes: Buffer, of: TableOf): Reading | Promise<Reading> {
  if (bytes.length === 0) return { problem: words.empty };
  const magic = bytes.toString('hex', 0, 4);
  if (magic === 'd0cf11e0') return { problem: words.oldExcel };
  if (magic === '504b0304' || magic === '504b0506') return readWorkbook(bytes, tables[of].sheets);
  return readCsv(bytes, tables[of].known);
}

async function run(task: FileTask): Promise<FileAnswer> {
  if (task.task === 'read') return { reading: await read(Buffer.from(task.bytes), task.of) };
  if (task.format === 'csv') return { bytes: Buffer.from(writeCsv(task.sheet.rows)) };
  return { bytes: await writeWorkbook(task.sheets) };
}

run(workerData as FileTask).then(
  (answer) => parentPort?.postMessage(answer),
  (error: unknown) => parentPort?.postMessage({ failed: asError(error).stack ?? '' } satisfies FileAnswer),
);
