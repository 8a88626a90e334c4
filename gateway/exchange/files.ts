import { Worker } from 'node:worker_threads';
import { exchangeLimits } from '../contract/exchange.ts';
import { asError, fault } from '../lib/errors.ts';
import type { Reading, Sheet } from './table.ts';
import * as words from './words.ts';
import type { FileAnswer, FileTask, TableOf } from './worker.ts';

/** A file is given up after this; the largest allowed takes a tenth of it. */
const patienceMs = 30_000;
const mostWaiting = 4;

/**
 * Spreadsheets are read and written in a worker of their own, one at a time: ten thousand rows take hundreds of milliseconds, and what
 * a stranger's file does to memory ends with its worker.
 */
export function createFiles() {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function run(task: FileTask): Promise<FileAnswer | 'too slow' | 'too large'> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: 768 },
    });
    let patience: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', (error: NodeJS.ErrnoException) =>
          error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? resolve('too large') : reject(error),
        );
        worker.once('exit', () =>
          reject(fault('internal', 'the spreadsheet worker ended without an answer')),
        );
        patience = setTimeout(() => resolve('too slow'), patienceMs);
      });
    } finally {
      clearTimeout(patience);
      await worker.terminate();
    }
  }

  function queued(task: FileTask): ReturnType<typeof run> {
    if (waiting >= mostWaiting)
      throw fault('queue.full', 'other files are being read and written; try again in a minute');
    waiting++;
    const mine = last.then(() => run(task)).finally(() => waiting--);
    last = mine.catch(() => undefined);
    return mine;
  }

  async function written(task: FileTask): Promise<Buffer> {
    const answer = await queued(task);
    if (typeof answer === 'object' && 'bytes' in answer) return Buffer.from(answer.bytes);
    const why = typeof answer === 'object' && 'failed' in answer ? answer.failed : String(answer);
    throw fault('internal', `the file could not be written: ${why}`);
  }

  return {
    /** Reads a file of either format. What is wrong with it as a whole is answered in words. */
    async read(bytes: Uint8Array, of: TableOf = 'devices'): Promise<Reading> {
      if (bytes.length > exchangeLimits.bytes) return { problem: words.tooLarge };
      const answer = await queued({ task: 'read', bytes, of });
      if (answer === 'too slow') return { problem: words.tooSlow };
      if (answer === 'too large') return { problem: words.inflates };
      if ('reading' in answer) return answer.reading;
      const why = 'failed' in answer ? answer.failed : 'no answer';
      throw fault('internal', `the file could not be read: ${why}`, { cause: asError(why) });
    },
    workbook: (sheets: Sheet[]): Promise<Buffer> => written({ task: 'write', format: 'xlsx', sheets }),
    csv: (sheet: Sheet): Promise<Buffer> => written({ task: 'write', format: 'csv', sheet }),
  };
}
export type Files = ReturnType<typeof createFiles>;
