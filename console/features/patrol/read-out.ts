import type { Upload } from '../../../gateway/contract/patrol.ts';
import { api, queryString } from '../../app/api.ts';

/** A file of a wand's program, as text. */
export interface ReadOut {
  name: string;
  text: string;
  /** Its records as JSON; null: a CSV file. */
  batch: Record<string, unknown> | null;
}

/** Programs of wands are Windows programs: what is no UTF-8 is GB18030. */
export function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}

export function readOutOf(name: string, bytes: ArrayBuffer): ReadOut {
  const text = textOf(bytes);
  try {
    const batch: unknown = JSON.parse(text);
    if (typeof batch === 'object' && batch !== null && !Array.isArray(batch))
      return { name, text, batch: batch as Record<string, unknown> };
  } catch {
    // No JSON: a CSV file.
  }
  return { name, text, batch: null };
}

/** What goes along with a file. */
export interface Beside {
  reader: string | null;
  /** As the wand showed it, in the site's time, and when that was read; UTC ms. */
  readerClock: number | undefined;
  hostClock: number | undefined;
}

/** Sends a read-out to be taken under an id, or only to be tried. What was read off the wand stands above what the file says. */
export function sendReadOut(readOut: ReadOut, beside: Beside, id: string | null): Promise<Upload> {
  const dryRun = id === null ? 'true' : undefined;
  const { reader, readerClock, hostClock } = beside;
  const clocks = readerClock === undefined ? {} : { readerClock, hostClock };
  if (readOut.batch === null)
    return api.postText(
      `/patrol/uploads${queryString({ dryRun, id, reader, ...clocks })}`,
      'text/csv',
      readOut.text,
    );
  const batch = { ...readOut.batch };
  if (readerClock !== undefined)
    for (const name of ['reader_clock', 'host_clock', 'hostClock']) delete batch[name];
  return api.post(`/patrol/uploads${queryString({ dryRun, reader })}`, {
    ...batch,
    ...clocks,
    ...(id === null ? {} : { id }),
  });
}

/** How far a wand's clock was off, in whole seconds; null when it was not measured. */
export function driftSeconds({ driftMs }: Pick<Upload, 'driftMs'>): number | null {
  return driftMs === null ? null : Math.round(driftMs / 1_000);
}
