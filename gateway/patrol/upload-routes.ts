import { createHash } from 'node:crypto';
import { z } from 'zod';
import { keySchema, recordIdSchema } from '../contract/names.ts';
import { type Upload, uploadSchema } from '../contract/patrol.ts';
import type { Device } from '../contract/site.ts';
import type { BatchReading, WandBatch } from '../contract/wand.ts';
import { fault } from '../lib/errors.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import { pageOf, pageSchema } from './pages.ts';
import type { Patrol } from './patrol.ts';
import { readUpload, readUploadFile, readUploads } from './store.ts';

/** How a body becomes a batch; the protocols are not this room's business. */
export interface ReadBatches {
  json(body: unknown, receivedAt: number): BatchReading;
  csv(
    text: string,
    clocks: { readerClock?: string | undefined; hostClock?: string | undefined },
    receivedAt: number,
  ): BatchReading;
}

/** 5,000 records with room to spare. */
const largestBody = 2 * 1024 * 1024;
/** A host's clock may be as far ahead of ours. */
const hostAheadMs = 300_000;

const readerSchema = z.string().trim().min(1).max(80).describe('A patrol reader by its id or its address');
const momentSchema = z
  .union([z.string().max(40), z.number()])
  .describe('2026-03-01 08:07:30 by the clocks of the site, ISO 8601 with an offset, or UTC ms');
const batchSchema = z.strictObject({
  id: recordIdSchema
    .optional()
    .describe('Made by the client: repeating the upload with it stores nothing more'),
  reader: readerSchema.optional(),
  readerClock: momentSchema
    .optional()
    .describe("The reader's clock at the read-out, so that its reads can be corrected"),
  hostClock: momentSchema
    .optional()
    .describe('The clock of the machine that read it out, at the same moment; else ours'),
  reader_id: readerSchema.optional(),
  reader_clock: momentSchema.optional(),
  host_clock: momentSchema.optional(),
  records: z.array(
    z.strictObject({
      tag: z.union([z.string(), z.number()]).optional(),
      at: momentSchema.optional().describe("By the reader's own clock"),
      index: z.number().int().optional().describe("The reader's own number of it, when every record has one"),
      guard: z.string().optional().describe("A person's key or card"),
    }),
  ),
});
type Body = z.infer<typeof batchSchema> | string;

const querySchema = z.object({
  dryRun: z.enum(['true', 'false']).default('false').describe('Say what it would come to, and keep nothing'),
  id: recordIdSchema.optional().describe('Of a CSV file'),
  reader: readerSchema.optional().describe('Of a CSV file'),
  readerClock: z.string().max(40).optional().describe('Of a CSV file'),
  hostClock: z.string().max(40).optional().describe('Of a CSV file'),
});
type Asked = z.infer<typeof querySchema>;

const idParams = z.object({ id: recordIdSchema });
const tags = ['patrol'];

/**
 * `/patrol/uploads`: what wands bring home, as JSON or as a CSV file.
 * @param deps.readers devices of the kind `patrol-reader`, as committed
 */
export function uploadRoutes(deps: {
  operate: Operate;
  query: Query;
  patrol: Patrol;
  batches: ReadBatches;
  readers(): Iterable<Device>;
  now(): number;
}): Routes {
  const { operate, query, batches } = deps;
  const { uploads } = deps.patrol;

  /** By its key, or by the number on its case, which the site has as its address. */
  function readerNamed(name: string): Device {
    const readers = [...deps.readers()];
    const number = name.toUpperCase();
    const reader =
      readers.find(({ id }) => id === name) ??
      readers.find(({ address }) => address !== undefined && String(address).toUpperCase() === number);
    if (reader) return reader;
    throw fault(
      'not.found',
      `there is no patrol reader "${name}": add it to the site with type patrol-wand and address "${name}"; the site has ${readers.map(({ id }) => id).join(', ') || 'none'}`,
    );
  }

  /** The reader that was chosen must be the one that the batch is of. */
  function readerOf(chosen: string | undefined, named: string | null): string {
    const own = named === null ? undefined : readerNamed(named).id;
    const wanted = chosen === undefined ? own : readerNamed(chosen).id;
    if (wanted === undefined)
      throw fault(
        'request.invalid',
        'whose reads are these? Name the reader: "reader", or a column "reader"',
      );
    if (own !== undefined && own !== wanted)
      throw fault(
        'request.invalid',
        `the file says that it is of "${named}" (${own}), not of ${wanted}: choose the reader that it is of`,
      );
    return wanted;
  }

  function batchIn(reading: BatchReading, receivedAt: number): WandBatch {
    if (!reading.ok) throw fault('message.invalid', reading.message);
    const { batch } = reading;
    if (batch.hostClock > receivedAt + hostAheadMs)
      throw fault(
        'message.invalid',
        'hostClock lies in the future: set the clock of the machine that read the wand out, and read it out again',
      );
    if (batch.reads.length > 0) return batch;
    throw fault(
      'message.invalid',
      batch.refused.length === 0
        ? 'there is no record in it: read the wand out before it is cleared'
        : 'none of its records can be used; correct them and upload it again',
      {
        errors: batch.refused.slice(0, 100).map(({ line, message }) => ({ path: `line ${line}`, message })),
      },
    );
  }

  async function take(body: Body, asked: Asked, by: Parameters<Operate>[1]): Promise<Upload> {
    const receivedAt = deps.now();
    const isFile = typeof body === 'string';
    const { readerClock, hostClock } = asked;
    const batch = batchIn(
      isFile ? batches.csv(body, { readerClock, hostClock }, receivedAt) : batches.json(body, receivedAt),
      receivedAt,
    );
    const { id: _, ...content } = isFile
      ? { id: undefined, body, readerClock, hostClock, of: asked.reader }
      : body;
    const request = {
      id: isFile ? asked.id : (body.id ?? asked.id),
      format: isFile ? ('csv' as const) : ('json' as const),
      raw: isFile ? body : JSON.stringify(body),
      digest: createHash('sha256')
        .update(JSON.stringify([asked.reader, content]))
        .digest('hex'),
      reader: readerOf(asked.reader, batch.reader),
      batch,
      receivedAt,
    };
    const ground = await uploads.ground(request);
    if (asked.dryRun === 'true') return uploads.dryRun(request, by?.who ?? '', ground);
    return operate('patrol.upload', by, (turn) => uploads.take(turn, request, ground));
  }

  return async (app) => {
    app.post(
      '/patrol/uploads',
      {
        bodyLimit: largestBody,
        config: { permission: 'patrol.write' },
        schema: {
          summary:
            "A wand's whole night, as JSON or as a CSV file; rounds it concerns are judged again, without a siren",
          tags,
          consumes: ['application/json', 'text/csv'],
          querystring: querySchema,
          body: z.union([batchSchema, z.string()]),
          response: { 200: uploadSchema.extend({ id: z.string() }), 201: uploadSchema },
        },
      },
      async (request, reply) => {
        const upload = await take(request.body, request.query, request.actor);
        return reply.code(request.query.dryRun === 'true' ? 200 : 201).send(upload);
      },
    );

    app.get(
      '/patrol/uploads',
      {
        config: { permission: 'patrol.read' },
        schema: {
          summary: "Wands' uploads, newest first",
          tags,
          querystring: pageSchema.extend({ reader: keySchema.optional() }),
          response: { 200: z.object({ items: z.array(uploadSchema), next: z.string().nullable() }) },
        },
      },
      async (request) => {
        const { limit, cursor, reader } = request.query;
        const found = await readUploads(query, { reader }, limit, cursor);
        return pageOf(found, limit, (upload) => upload.receivedAt);
      },
    );

    app.get(
      '/patrol/uploads/:id',
      {
        config: { permission: 'patrol.read' },
        schema: {
          summary: 'One upload with what became of it',
          tags,
          params: idParams,
          response: { 200: uploadSchema },
        },
      },
      async (request) => {
        const kept = await readUpload(query, request.params.id);
        if (!kept) throw fault('not.found', `there is no upload ${request.params.id}`);
        return kept.upload;
      },
    );

    app.get(
      '/patrol/uploads/:id/file',
      {
        config: { permission: 'patrol.read' },
        schema: { summary: 'What was uploaded, as it was sent', tags, params: idParams },
      },
      async (request, reply) => {
        const kept = await readUploadFile(query, request.params.id);
        if (!kept) throw fault('not.found', `there is no upload ${request.params.id}`);
        const { id, format } = kept.upload;
        return reply
          .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
          .header('content-disposition', `attachment; filename="upload-${id}.${format}"`)
          .serializer((raw: string) => raw)
          .send(kept.raw);
      },
    );
  };
}
