import type { BatchReading, RefusedRead } from '../../contract/wand.ts';
import { type Decoded, type FrameInput, refused } from '../frame.ts';
import { correctBatch, type RawRead } from './correct.ts';
import { latest, parseReadTime, writeWallTime } from './read-time.ts';
import { isRefused, momentOf, readRecord, type Zoned } from './record.ts';

/** A night's reads fit many times over; what is larger is sent in parts. */
export const mostReads = 5_000;

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field by either of its names: as the API spells it, and as the neutral file does. */
function field(value: Json, ...names: string[]): unknown {
  const name = names.find((each) => Object.hasOwn(value, each));
  return name === undefined ? undefined : value[name];
}

interface ClockReading {
  at: number | null;
  /** It is there, and no time. */
  wrong: boolean;
}

function clockOf(value: unknown, zoned: Zoned): ClockReading {
  if (value === undefined || value === null || value === '') return { at: null, wrong: false };
  const time = parseReadTime(value);
  return time ? { at: momentOf(time, zoned), wrong: false } : { at: null, wrong: true };
}

/** What a batch says of itself beside its records. */
export interface BatchHead {
  reader?: unknown;
  readerClock?: unknown;
  hostClock?: unknown;
}

/** @param receivedAt UTC ms; the host's clock where the batch names none */
export function assemble(
  head: BatchHead,
  reads: readonly (RawRead | RefusedRead)[],
  context: { receivedAt: number; zoned: Zoned },
): BatchReading {
  const readerClock = clockOf(head.readerClock, context.zoned);
  const hostClock = clockOf(head.hostClock, context.zoned);
  for (const [name, clock] of [
    ['readerClock', readerClock],
    ['hostClock', hostClock],
  ] as const)
    if (clock.wrong)
      return {
        ok: false,
        message: `${name} is no time: write it as 2026-03-01 08:07:30, or as UTC milliseconds`,
      };
  if (reads.length > mostReads)
    return {
      ok: false,
      message: `there are ${reads.length} records, at most ${mostReads} are taken at a time: send them in parts`,
    };
  const { reader } = head;
  return {
    ok: true,
    batch: correctBatch({
      reader: typeof reader === 'string' && reader.trim() !== '' ? reader.trim() : null,
      readerClock: readerClock.at,
      hostClock: hostClock.at ?? context.receivedAt,
      reads: reads.filter((read): read is RawRead => !isRefused(read)),
      refused: reads.filter(isRefused),
    }),
  };
}

/** A batch as JSON: `{reader, readerClock, hostClock?, records: [{tag, at, index?, guard?}]}`, or with the neutral file's names. */
export function readBatch(value: unknown, context: { receivedAt: number; zoned: Zoned }): BatchReading {
  if (!isObject(value)) return { ok: false, message: 'a batch is a JSON object with "records"' };
  const { records } = value;
  if (!Array.isArray(records))
    return { ok: false, message: '"records" is missing: a list of {"tag": …, "at": …}' };
  return assemble(
    {
      reader: field(value, 'reader', 'reader_id'),
      readerClock: field(value, 'readerClock', 'reader_clock'),
      hostClock: field(value, 'hostClock', 'host_clock'),
    },
    records.slice(0, mostReads + 1).map((record: unknown, i) => {
      const { tag, at, index, guard } = isObject(record) ? record : {};
      return readRecord({ line: i + 1, tag, at, index, guard }, context.zoned);
    }),
    context,
  );
}

/**
 * `patrol-batch`: the neutral form of a wand's read-out, for readers whose makers publish none. Times on the wall have no zone
 * here: they are corrected and shown as they are.
 */
export function inspectPatrolBatch(input: FrameInput): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(input.text ?? new TextDecoder('utf-8', { fatal: true }).decode(input.bytes));
  } catch {
    return refused('format');
  }
  const asShown: Zoned = (wallMs) => wallMs;
  const clock = (...names: string[]) =>
    isObject(value) ? clockOf(field(value, ...names), asShown).at : null;
  const hostClock = clock('hostClock', 'host_clock');
  // Without a host's clock there is nothing to measure the reader's against.
  const receivedAt = hostClock ?? clock('readerClock', 'reader_clock') ?? latest;
  const reading = readBatch(value, { receivedAt, zoned: asShown });
  if (!reading.ok) return refused('fields', { message: reading.message });
  const { reader, driftMs, reads, refused: wrong } = reading.batch;
  if (reads.length === 0) return refused('records', { refused: wrong });
  return {
    valid: true,
    reader_id: reader,
    offset_seconds: hostClock === null || driftMs === null ? null : 0 - driftMs / 1_000,
    corrected: reads.map(({ at }) => writeWallTime(at)),
    records: reads.map(({ tag, guard, readerAt, doubt }) => ({
      tag,
      ...(guard === null ? {} : { guard }),
      at: writeWallTime(readerAt),
      ...(doubt === null ? {} : { doubt }),
    })),
    refused: wrong,
  };
}
