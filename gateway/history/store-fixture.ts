import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PointValue, Quality } from '../contract/reading.ts';
import { EmbeddedStore, type HistoryRetention } from './embedded.ts';
import { embeddedHistory } from './history.ts';
import { type Batch, type Journal, openJournal } from './journal.ts';
import { JournalReader } from './journal-reader.ts';
import type { TrendQuery } from './messages.ts';
import { SealedReadings } from './sealed.ts';

export type TestReading = [device: string, point: string, at: number, value: PointValue, quality?: Quality];

export function batchOf(rows: readonly TestReading[]): Batch {
  return {
    devices: rows.map(([device]) => device),
    points: rows.map(([, point]) => point),
    at: rows.map(([, , at]) => at),
    values: rows.map(([, , , value]) => value),
    qualities: rows.map(([, , , , quality]) => quality ?? 'good'),
  };
}

const folders: string[] = [];

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-history-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** The embedded store with its journal in this thread, where each of its steps can be taken alone. */
export interface OpenStore {
  journal: Journal;
  store: EmbeddedStore;
  sealed: SealedReadings;
  /** What the store has told so far. */
  told: { trims: number[]; trouble: string | null };
  append(rows: readonly TestReading[]): Promise<void>;
  ask(span: Partial<TrendQuery> & { point?: string }): ReturnType<EmbeddedStore['query']>;
  close(): Promise<void>;
}

/** @param options.trims whether the journal hears what it may forget; else it is as after a crash at that moment */
export async function openStore(
  folder: string,
  options: { retention?: Partial<HistoryRetention>; trims?: boolean } = {},
): Promise<OpenStore> {
  const path = join(folder, 'journal.db');
  const journal = await openJournal({ path, limitBytes: null, saved() {}, dropped() {} });
  const sealed = new SealedReadings(join(folder, 'history.db'));
  const told: OpenStore['told'] = { trims: [], trouble: null };
  const store = new EmbeddedStore({
    journal: new JournalReader(path),
    sealed,
    retention: { ...embeddedHistory.retention, ...options.retention },
    tells: {
      trim(upTo) {
        told.trims.push(upTo);
        if (options.trims !== false) journal.trim(upTo);
      },
      trouble(words) {
        told.trouble = words;
      },
      refused() {},
    },
  });
  return {
    journal,
    store,
    sealed,
    told,
    append: (rows) => journal.append(batchOf(rows)).durable,
    ask: (span) =>
      store.query({ device: 'tank-1', point: 'level', from: 0, to: 4e12, stepMs: null, ...span }),
    async close() {
      store.close();
      await journal.close();
    },
  };
}
