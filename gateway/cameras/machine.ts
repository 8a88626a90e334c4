import type { PictureFailure, Snapshot } from '../contract/snapshot.ts';

/** What becomes of a picture that a camera was asked for. */
export type SnapshotInput =
  | { type: 'kept'; takenAt: number; bytes: number; sha256: string }
  | { type: 'failed'; failure: PictureFailure; error: string };

/**
 * One step in the life of an alarm's picture. The answer counts once: what is kept or has failed stays so.
 * @returns the same object when nothing changes
 */
export function stepSnapshot(snapshot: Snapshot, input: SnapshotInput): Snapshot {
  if (snapshot.state !== 'pending') return snapshot;
  if (input.type === 'failed')
    return { ...snapshot, state: 'failed', failure: input.failure, error: input.error };
  const { takenAt, bytes, sha256 } = input;
  return { ...snapshot, state: 'kept', takenAt, bytes, sha256 };
}

/** So many pictures in a row that did not come, and the camera is lost: as an asked device is after as many polls. */
export const lostAfterPictures = 3;
/** A camera that nobody says more of is lost after so long without a picture, s. */
const silenceS = 90;

/** How often a camera is asked whether it lives, ms: often enough that its loss is known within its silence. */
export function watchMs(settings: Readonly<Record<string, unknown>>): number {
  const own = settings.silenceS;
  const seconds = typeof own === 'number' && own > 0 ? own : silenceS;
  return (seconds * 1_000) / lostAfterPictures;
}

/** An alarm of which a picture is worth keeping: one that somebody hears of, and that was not over before it was told. */
export function isWorthAPicture(
  alarm: { shelved?: unknown; suppressed?: unknown; late: boolean; state: string },
  cause: string,
): boolean {
  return (
    (cause === 'raised' || cause === 'retripped') &&
    alarm.shelved === undefined &&
    alarm.suppressed === undefined &&
    !(alarm.late && alarm.state === 'returned')
  );
}
