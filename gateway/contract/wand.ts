/** Why a read's time is in doubt: the reader's clock was set after it, or it would lie in the future. */
export const readDoubts = ['clock-set', 'ahead'] as const;
export type ReadDoubt = (typeof readDoubts)[number];

/** What can be wrong with one record of a wand's batch. */
export const readProblems = [
  'tag-missing',
  'tag-bad',
  'tag-check',
  'time-missing',
  'time-bad',
  'index-bad',
  'other-reader',
] as const;
export type ReadProblem = (typeof readProblems)[number];

/** One read of a patrol wand, its time corrected by how far the wand's clock was off. Times are UTC ms. */
export interface WandRead {
  /** Where it stands in what was sent: the line of the file, the number of the record (from 1). */
  line: number;
  /** As the wand spells it. */
  tag: string;
  guard: string | null;
  /** By the wand's own clock. */
  readerAt: number;
  /** Corrected. */
  at: number;
  doubt: ReadDoubt | null;
}

/** A record that could not be used; the others can. */
export interface RefusedRead {
  line: number;
  problem: ReadProblem;
  /** What stood there. */
  value: string;
  /** What is wrong and how to mend it. */
  message: string;
}

/** What a wand brought home, in the order in which it read. */
export interface WandBatch {
  /** The wand as the batch names it: a device, or the number on its case. Null: it does not say. */
  reader: string | null;
  /** The wand's clock less the host's when it was read out, ms; positive: it is fast. Null: it was not measured. */
  driftMs: number | null;
  /** When it was read out, by the host's clock. */
  hostClock: number;
  reads: WandRead[];
  refused: RefusedRead[];
}

/** A batch, or why nothing of it can be used. */
export type BatchReading = { ok: true; batch: WandBatch } | { ok: false; message: string };
