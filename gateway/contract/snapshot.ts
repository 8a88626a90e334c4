import { z } from 'zod';
import { keySchema, recordIdSchema, timeSchema } from './names.ts';
import { positionSchema } from './site.ts';

/** Why there is no picture. */
export const pictureFailureSchema = z.enum([
  /** Nothing, or not all of it, came in time. */
  'timeout',
  'unreachable',
  /** Its address is none that may be asked (gatehouse.yaml, `cameras.allow`). */
  'not-allowed',
  'unauthorized',
  /** It answered with an error of HTTP. */
  'status',
  'redirect',
  'not-jpeg',
  'too-large',
  'cut-short',
  /** More alarms asked this camera than can wait. */
  'busy',
  /** The gateway ended before the picture came. */
  'interrupted',
  /** It came, and could not be written to the disk. */
  'not-stored',
]);
export type PictureFailure = z.infer<typeof pictureFailureSchema>;

/** A picture that one camera was asked for when an alarm was raised. */
export const snapshotSchema = z.object({
  alarm: recordIdSchema,
  /** 1, 2 … within its alarm. */
  n: z.number().int(),
  camera: keySchema,
  cameraName: z.string(),
  askedAt: timeSchema,
  /** `removed`: it was kept, and went for want of room. */
  state: z.enum(['pending', 'kept', 'failed', 'removed']),
  takenAt: timeSchema.nullable(),
  bytes: z.number().int().nullable(),
  /** Hex, of the file. */
  sha256: z.string().nullable(),
  failure: pictureFailureSchema.nullable(),
  /** The failure in a sentence: what, where and how to mend it. */
  error: z.string().nullable(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** A camera as the API shows it. */
export const cameraViewSchema = z.object({
  id: keySchema,
  type: keySchema,
  name: z.string(),
  area: keySchema,
  position: positionSchema.optional(),
  /** Whether it can be asked for a picture. */
  pictures: z.boolean(),
  liveUrl: z.string().nullable(),
  /** With `{time}` or `{unix}` in it, for the time that is wanted. */
  recordingUrl: z.string().nullable(),
  /** Of the newest picture it was asked for; null before the first. */
  newest: z
    .object({ at: timeSchema, failure: pictureFailureSchema.nullable(), error: z.string().nullable() })
    .nullable(),
});
export type CameraView = z.infer<typeof cameraViewSchema>;
