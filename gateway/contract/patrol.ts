import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';
import { readDoubts, readProblems } from './wand.ts';

/** 未到 pending, 正常 normal, 早到 early, 迟到 late, 漏检 missed, 乱序 out of order, 速度异常 sooner than anybody can walk there. */
export const checkResultSchema = z.enum([
  'pending',
  'normal',
  'early',
  'late',
  'missed',
  'out-of-order',
  'impossible-speed',
]);
export type CheckResult = z.infer<typeof checkResultSchema>;

export const roundCheckSchema = z.object({
  checkpoint: keySchema,
  dueAt: timeSchema,
  result: checkResultSchema,
  at: timeSchema.nullable(),
  guard: z.string().nullable(),
  reader: z.string().nullable(),
  /** Known only later than the round was judged (a wand's upload). */
  lateEvidence: z.boolean(),
});

export const roundSchema = z.object({
  id: recordIdSchema,
  plan: keySchema,
  route: keySchema,
  name: z.string(),
  state: z.enum(['running', 'done', 'missed']),
  startsAt: timeSchema,
  /** When it is judged. */
  endsAt: timeSchema,
  checks: z.array(roundCheckSchema),
  /** Set when it fell into an outage of the gateway: "gateway down HH:MM–HH:MM". */
  note: z.string().nullable(),
});
export type Round = z.infer<typeof roundSchema>;

export const checkinSchema = z.object({
  id: recordIdSchema,
  reader: keySchema,
  /** Normalised tag (contract/tag.ts). */
  tag: z.string(),
  checkpoint: keySchema.nullable(),
  guard: z.string().nullable(),
  /** When it was; of an upload corrected by how far the reader's clock was off. */
  at: timeSchema,
  receivedAt: timeSchema,
  /** By the reader's own clock; null for one that was sent at once. */
  readerAt: timeSchema.nullable(),
  /** The upload that brought it. */
  upload: recordIdSchema.nullable(),
  /** Why its time is in doubt: then it is on record and proves no round. */
  doubt: z.enum(readDoubts).nullable(),
});
export type Checkin = z.infer<typeof checkinSchema>;

/** What a patrol wand brought home in one go, and what became of it. */
export const uploadSchema = z.object({
  id: recordIdSchema,
  reader: keySchema,
  format: z.enum(['json', 'csv']),
  receivedAt: timeSchema,
  uploadedBy: z.string(),
  /** The reader's clock less the host's at the read-out, ms; positive: it is fast. Null: it was not measured. */
  driftMs: z.number().int().nullable(),
  /** Records in it. */
  count: z.number().int(),
  /** Span of the corrected times; null when no record could be used. */
  from: timeSchema.nullable(),
  to: timeSchema.nullable(),
  /** Check-ins that were new. */
  stored: z.number().int(),
  /** Of them: came more than a minute after they were made. */
  late: z.number().int(),
  /** Of them: of a tag that belongs to no checkpoint and no person. */
  unknown: z.number().int(),
  /** Of them: with a time in doubt. */
  doubtful: z.number().int(),
  /** Known already: from an upload before, or sent live, or the same tag held to the reader. */
  repeated: z.number().int(),
  refused: z.array(
    z.object({
      line: z.number().int(),
      problem: z.enum(readProblems),
      value: z.string(),
      message: z.string(),
    }),
  ),
  /** Rounds that were judged again, and what they were before. */
  rounds: z.array(
    z.object({
      id: recordIdSchema,
      name: z.string(),
      startsAt: timeSchema,
      missedBefore: z.number().int(),
      missed: z.number().int(),
    }),
  ),
});
export type Upload = z.infer<typeof uploadSchema>;
