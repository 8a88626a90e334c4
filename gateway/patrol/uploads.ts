import type { Checkin, Upload } from '../contract/patrol.ts';
import { normaliseTag, tagFormOf } from '../contract/tag.ts';
import type { WandBatch } from '../contract/wand.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { SortedReads, TagRead } from './checkins.ts';
import type { KeptRound } from './machine.ts';
import { type KeptUpload, readKeysBetween, readUpload, writeUpload } from './store.ts';

/** A check-in that comes this much after it was made is late; ms. */
const lateMs = 60_000;
const dayMs = 86_400_000;

/** What somebody uploads, decoded. */
export interface UploadRequest {
  /** A client-made UUIDv7: repeating the request with it stores nothing more. */
  id?: string;
  format: Upload['format'];
  /** As it was sent. */
  raw: string;
  /** SHA-256 of all that was asked, beside the id. */
  digest: string;
  /** A patrol reader of the site. */
  reader: string;
  batch: WandBatch;
  receivedAt: number;
}

/** What the database knows of a request before its turn. */
export interface UploadGround {
  stored: KeptUpload | undefined;
  /** Keys of older check-ins than are in memory. */
  known: ReadonlySet<string>;
}

interface Assessed {
  upload: Upload;
  fresh: Checkin[];
  changed: KeptRound[];
}

/**
 * Wands' uploads. What an upload comes to is worked out before anything is kept, so that it can be tried first; then all of it is
 * kept in one turn.
 */
export function createUploads(deps: {
  memory: Memory;
  query: Query;
  /** Older check-ins than this, ms, are not in memory. */
  keepMs: number;
  /** A reader that sends the lowest byte first. */
  isReversed(reader: string): boolean;
  sort(reads: readonly TagRead[], known: ReadonlySet<string>): SortedReads;
  provedBy(fresh: readonly Checkin[]): KeptRound[];
  missedNow(round: string): number;
  /** Keeps the check-ins and rounds, and returns the alarms of checkpoints that are proved now. */
  keep(turn: Turn, fresh: readonly Checkin[], changed: readonly KeptRound[]): void;
  /** A reader's clock was measured: positive is fast. */
  measured(turn: Turn, reader: string, driftMs: number): void;
}) {
  /** Of this run: a repeat may come before the database can be asked. */
  const uploads = deps.memory.table<KeptUpload>('patrol-uploads');

  /** @param idOf draws the ids of its check-ins */
  function assess(
    { format, reader, batch, receivedAt }: UploadRequest,
    id: string,
    uploadedBy: string,
    known: ReadonlySet<string>,
    idOf: () => string,
  ): Assessed {
    const form = tagFormOf({ hex: false, reversed: deps.isReversed(reader) });
    const reads = batch.reads.map(
      ({ tag: text, guard, readerAt, at, doubt }): TagRead => ({
        ...{ id: idOf(), reader, tag: normaliseTag(text, form), guard, at, receivedAt },
        ...{ readerAt, upload: id, doubt },
      }),
    );
    const { fresh, repeated } = deps.sort(reads, known);
    const changed = deps.provedBy(fresh);
    const times = reads.filter(({ doubt }) => doubt === null).map(({ at }) => at);
    const count = (fits: (checkin: Checkin) => boolean) => fresh.filter(fits).length;
    const upload: Upload = {
      ...{ id, reader, format, receivedAt, uploadedBy, repeated },
      driftMs: batch.driftMs,
      count: batch.reads.length + batch.refused.length,
      from: times.length === 0 ? null : Math.min(...times),
      to: times.length === 0 ? null : Math.max(...times),
      stored: fresh.length,
      late: count(({ at, doubt }) => doubt === null && receivedAt - at > lateMs),
      unknown: count(({ checkpoint, guard }) => checkpoint === null && guard === null),
      doubtful: count(({ doubt }) => doubt !== null),
      refused: batch.refused,
      rounds: changed
        .filter(({ round }) => round.state !== 'running')
        .map(({ round }) => ({
          id: round.id,
          name: round.name,
          startsAt: round.startsAt,
          missedBefore: deps.missedNow(round.id),
          missed: round.checks.filter(({ result }) => result === 'missed').length,
        }))
        .sort((a, b) => a.startsAt - b.startsAt),
    };
    return { upload, fresh, changed };
  }

  return {
    /** What must be asked of the database before the turn. */
    async ground({ id, reader, batch, receivedAt }: UploadRequest): Promise<UploadGround> {
      const times = batch.reads.map(({ at }) => at);
      const oldest = Math.min(...times);
      const reachesBack = times.length > 0 && oldest < receivedAt - deps.keepMs + dayMs;
      return {
        stored: id === undefined ? undefined : await readUpload(deps.query, id),
        known: reachesBack
          ? await readKeysBetween(deps.query, reader, oldest - dayMs, Math.max(...times) + dayMs)
          : new Set(),
      };
    },

    /** What it would come to. Nothing is kept. */
    dryRun(request: UploadRequest, by: string, { known }: UploadGround): Upload {
      let drawn = 0;
      return assess(request, request.id ?? '', by, known, () => String(drawn++)).upload;
    },

    /**
     * Stores it, once.
     * @throws id.conflict when the id stands for another upload
     */
    take(turn: Turn, request: UploadRequest, { stored, known }: UploadGround): Upload {
      const { id: asked, digest } = request;
      const taken = asked === undefined ? undefined : (uploads.get(asked) ?? stored);
      if (taken) {
        if (taken.request === digest) return taken.upload;
        throw fault('id.conflict', `upload ${asked} holds something else; draw a new id`);
      }
      const by = turn.actor?.who ?? 'gateway';
      const { upload, fresh, changed } = assess(request, asked ?? turn.id(), by, known, () => turn.id());
      const keptUpload = { upload, request: digest };
      uploads.set(upload.id, keptUpload);
      writeUpload(turn, keptUpload, request.raw);
      deps.keep(turn, fresh, changed);
      if (upload.driftMs !== null) deps.measured(turn, upload.reader, upload.driftMs);
      turn.audit({
        action: 'patrol.uploaded',
        subject: `upload:${upload.id}`,
        detail: {
          reader: upload.reader,
          count: upload.count,
          stored: upload.stored,
          driftMs: upload.driftMs,
        },
      });
      return upload;
    },

    /** Within a turn: lets go of what the database answers for as well. */
    forget(before: number): void {
      for (const { upload } of [...uploads.values()])
        if (upload.receivedAt < before) uploads.set(upload.id, undefined);
    },
  };
}
export type Uploads = ReturnType<typeof createUploads>;
