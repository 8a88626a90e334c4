import { inflateRawSync } from 'node:zlib';
import { bufferOf, rowsIn } from './batch.ts';
import { ByteReader } from './bytes.ts';
import { readTimes } from './chunk.ts';
import { type Column, GrowingColumn } from './column.ts';
import type { SealedReadings } from './sealed.ts';

const chunksAtOnce = 256;

/**
 * Lays down anew what history.db held in its first layout, a slice a transaction: killed at any moment, a reading is in the old place or
 * in the new one. A store that has been adopted, or never had one, is left at once.
 * @throws RangeError when a chunk is damaged
 */
export function adopt(sealed: SealedReadings): void {
  const { db } = sealed;
  const words: string[] = [];
  const wordRows = db.prepare('SELECT id, text FROM word_001').raw().all() as [number, string][];
  for (const [id, text] of wordRows) words[id] = text;
  const names = new Map(
    (db.prepare('SELECT id, device, point FROM series').raw().all() as [number, string, string][]).map(
      ([series, device, point]) => [series, { series, device, point }] as const,
    ),
  );
  const lay = (columns: Iterable<[number, Column]>) =>
    sealed.seal(
      [...columns].flatMap(([series, column]) => {
        const name = names.get(series);
        return name ? [{ ...name, column }] : [];
      }),
    );

  const chunks = db.prepare<[number], { series: number; from_at: number; id: number; data: Buffer }>(
    'SELECT series, from_at, id, data FROM chunk_001 LIMIT ?',
  );
  const dropChunk = db.prepare('DELETE FROM chunk_001 WHERE series = ? AND from_at = ? AND id = ?');
  for (let some = chunks.all(chunksAtOnce); some.length > 0; some = chunks.all(chunksAtOnce))
    db.transaction(() => {
      lay(some.map(({ series, data }) => [series, decodeFirstLayout(data, words)]));
      for (const { series, from_at, id } of some) dropChunk.run(series, from_at, id);
    })();

  db.transaction(() => {
    const open = new Map<number, GrowingColumn>();
    for (const batch of db.prepare('SELECT batch FROM journal_001 ORDER BY id').pluck().all() as Buffer[]) {
      const rows = rowsIn(bufferOf(batch));
      for (let i = 0; i < rows.at.length; i++) {
        const series = rows.series[i] ?? 0;
        const growing = open.get(series) ?? new GrowingColumn();
        open.set(series, growing);
        growing.add(rows.at[i] ?? 0, rows.values[i] ?? 0, rows.flags[i] ?? 0, words);
      }
    }
    lay([...open].map(([series, growing]) => [series, growing.column()]));
    db.exec('DELETE FROM journal_001');
  })();
}

/** Version 1: every reading has a number, whole after × 10^k or a double; texts are numbered over all the store. */
function decodeFirstLayout(data: Buffer, words: readonly string[]): Column {
  const input = new ByteReader(inflateRawSync(data));
  const version = input.byte();
  if (version !== 1) throw new RangeError(`chunk version ${version} is not known`);
  const { at, flags } = readTimes(input);
  const decimals = input.byte();
  const growing = new GrowingColumn();
  const differences = new Float64Array(decimals === 255 ? 0 : at.length);
  input.signedRun(differences);
  let whole = 0;
  for (let i = 0; i < at.length; i++) {
    whole += differences[i] ?? 0;
    const value = decimals === 255 ? Buffer.from(input.raw(8)).readDoubleLE() : whole / 10 ** decimals;
    growing.add(at[i] ?? 0, value, flags[i] ?? 0, words);
  }
  return growing.column();
}
