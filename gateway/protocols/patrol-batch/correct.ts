import type { RefusedRead, WandBatch, WandRead } from '../../contract/wand.ts';

/** One record before its time is corrected. */
export interface RawRead {
  line: number;
  tag: string;
  guard: string | null;
  readerAt: number;
  /** The wand's own number of it; null when it gives none. */
  index: number | null;
}

export interface RawBatch {
  reader: string | null;
  /** By the wand, at the moment at which it was read out. UTC ms. */
  readerClock: number | null;
  /** At the same moment, by the machine that read it out. UTC ms. */
  hostClock: number;
  reads: RawRead[];
  refused: RefusedRead[];
}

/** A corrected time this far ahead of the read-out cannot be. */
const aheadMs = 300_000;
/** A clock read by the minute may lag behind the newest read. */
const clockSlackMs = 60_000;
/** More than anybody lets a wand gather. */
const longestListMs = 92 * 86_400_000;

/** In the order in which the wand read: by its own numbers where every record has one. Lists that begin with the newest are turned. */
function inReaderOrder(reads: readonly RawRead[]): RawRead[] {
  const indexOf = ({ index }: RawRead) => index ?? 0;
  if (reads.every(({ index }) => index !== null)) return reads.toSorted((a, b) => indexOf(a) - indexOf(b));
  const falls = reads.every((read, i) => i === 0 || read.readerAt <= (reads[i - 1]?.readerAt ?? 0));
  const spanMs = (reads[0]?.readerAt ?? 0) - (reads.at(-1)?.readerAt ?? 0);
  // A fall of years is no order of a list: the clock was reset.
  const isTurned = falls && spanMs > 0 && spanMs <= longestListMs;
  return isTurned ? reads.toReversed() : [...reads];
}

/**
 * Corrects every read by how far the wand's clock was off when it was read out (corrected = at + host − reader). That holds for
 * reads since the clock was last set: what was read before it went back, or lies ahead of the read-out, has a time in doubt.
 */
export function correctBatch({ reader, readerClock, hostClock, reads, refused }: RawBatch): WandBatch {
  const driftMs = readerClock === null ? null : readerClock - hostClock;
  const ordered = inReaderOrder(reads);
  let lastSet = -1;
  ordered.forEach(({ readerAt }, i) => {
    if (i > 0 && readerAt < (ordered[i - 1]?.readerAt ?? 0)) lastSet = i - 1;
  });
  const newest = ordered.at(-1);
  if (newest && readerClock !== null && newest.readerAt > readerClock + clockSlackMs)
    lastSet = ordered.length - 1;
  return {
    reader,
    driftMs,
    hostClock,
    refused,
    reads: ordered.map(({ line, tag, guard, readerAt }, i): WandRead => {
      const at = readerAt - (driftMs ?? 0);
      const doubt = i <= lastSet ? 'clock-set' : at > hostClock + aheadMs ? 'ahead' : null;
      return { line, tag, guard, readerAt, at, doubt };
    }),
  };
}
