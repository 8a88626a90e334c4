import type { FaultCode } from '../lib/errors.ts';
import type { TrendRow } from './steps.ts';

/** What history.ts asks of the journal's worker, and its answers. */
export type JournalRequest =
  | {
      do: 'append';
      id: number;
      rows: ArrayBuffer;
      words: readonly string[];
      /** Series that were not known before: number, device, point. */
      series: [number, string, string][];
    }
  /** Everything up to this batch is in the store. */
  | { do: 'trim'; upTo: number }
  | { do: 'close' };
export type JournalReply =
  | { did: 'ready'; series: [number, string, string][] }
  /** Every batch up to this one is on disk. */
  | { did: 'saved'; upTo: number }
  /** An append could not be written for now; it is tried again. */
  | { did: 'failed'; id: number; error: string }
  /** It was full, and these are gone without having been in the store. */
  | { did: 'dropped'; readings: number; from: number; to: number };

/** A question for readings of `device.point`, both ends included, UTC ms. */
export interface TrendQuery {
  device: string;
  point: string;
  from: number;
  to: number;
  /** Length of a step, ms; null: every reading. */
  stepMs: number | null;
}

/** What history.ts asks of the worker of either store, and its answers. */
export type StoreRequest =
  | { do: 'query'; id: number; query: TrendQuery }
  | { do: 'grown' }
  | { do: 'upkeep'; now: number }
  | { do: 'close' };
export type StoreReply =
  | { did: 'ready' }
  | { did: 'query'; id: number; rows: TrendRow[] }
  | { did: 'failed'; id: number; code: FaultCode; detail: string }
  | { did: 'grown' }
  | { did: 'upkeep' }
  | { did: 'trim'; upTo: number }
  /** Why the store takes nothing for now, or null when it does. */
  | { did: 'trouble'; words: string | null }
  /** The store refused these for good. */
  | { did: 'refused'; words: string };
