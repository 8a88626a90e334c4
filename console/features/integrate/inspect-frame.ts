import type { ExplainedFrame, FrameCandidate, FrameField } from '../../../gateway/contract/frame.ts';
import { type FrameFault, frameFaultWords } from '../../../gateway/contract/frame-faults.ts';
import { filled } from '../../../gateway/contract/misread.ts';
import type { Language } from '../../app/language.ts';

/** A run of bytes that belong to one field, or to none. */
export interface ByteRun {
  hex: string[];
  /** Index of its field; null where no field tells of these bytes. */
  field: number | null;
  offset: number;
}

/** Bytes of a frame in runs, in their order. Where fields overlap the first one that begins there has the byte. */
export function byteRuns(hex: string, fields: readonly FrameField[]): ByteRun[] {
  const pairs = hex.match(/../g) ?? [];
  const owner: (number | null)[] = pairs.map(() => null);
  fields.forEach(({ offset, length }, index) => {
    if (offset === null || length === null) return;
    for (let at = offset; at < offset + length && at < owner.length; at++) owner[at] ??= index;
  });
  const runs: ByteRun[] = [];
  pairs.forEach((pair, at) => {
    const field = owner[at] ?? null;
    const last = runs.at(-1);
    if (last && last.field === field) last.hex.push(pair);
    else runs.push({ hex: [pair], field, offset: at });
  });
  return runs;
}

/** The hex digits of a field. */
export function fieldHex(hex: string, { offset, length }: FrameField): string {
  if (offset === null || length === null) return '';
  return (hex.slice(2 * offset, 2 * (offset + length)).match(/../g) ?? []).join(' ');
}

/** `12` or `12–15`, 0 the first byte. */
export function placeOf({ offset, length }: Pick<FrameField, 'offset' | 'length'>): string {
  if (offset === null || length === null) return '';
  return length === 1 ? String(offset) : `${offset}–${offset + length - 1}`;
}

const isFault = (error: string): error is FrameFault => Object.hasOwn(frameFaultWords, error);

/** What is wrong with a frame and how to mend it, in a language; null: nothing is. */
export function faultOf(
  { error, hex, decoded }: Pick<ExplainedFrame, 'error' | 'hex' | 'decoded'>,
  language: Language,
): string | null {
  if (error === null || !isFault(error)) return error;
  const bytes = hex.match(/../g) ?? [];
  return filled(frameFaultWords[error][language], {
    first: bytes[0] ?? '—',
    last: bytes.at(-1) ?? '—',
    count: String(bytes.length),
    detail: String(decoded.detail ?? decoded.message ?? ''),
  });
}

const believed = (candidate: FrameCandidate | undefined) =>
  candidate?.certainty === 'sure' || candidate?.certainty === 'likely';

/** What bytes are far more likely than the protocol by which they were read; null: it fits, or nothing fits better. */
export function likelier(protocol: string, candidates: readonly FrameCandidate[]): string | null {
  const [first] = candidates;
  if (first === undefined || !believed(first)) return null;
  return believed(candidates.find((each) => each.protocol === protocol)) ? null : first.protocol;
}

/** Something inspected before, as this browser keeps it. */
export interface Inspected {
  input: string;
  protocol: string | null;
  topic: string;
  type: string | null;
}

const recentKey = 'gatehouse.inspected';
const mostRecent = 12;
const longestKept = 4_000;

export function readRecent(): Inspected[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(recentKey) ?? '[]');
    return Array.isArray(kept) ? (kept as Inspected[]).filter(({ input }) => typeof input === 'string') : [];
  } catch {
    return [];
  }
}

/** The list with this one first, each only once. */
export function withInspected(list: readonly Inspected[], one: Inspected): Inspected[] {
  if (one.input.length > longestKept) return [...list];
  const others = list.filter(({ input, topic }) => input !== one.input || topic !== one.topic);
  return [one, ...others].slice(0, mostRecent);
}

export function keepRecent(list: readonly Inspected[]): void {
  try {
    localStorage.setItem(recentKey, JSON.stringify(list));
  } catch {
    // A browser that keeps nothing still inspects.
  }
}
