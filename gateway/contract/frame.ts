import { z } from 'zod';
import { keptMisreadSchema } from './kept-misread.ts';
import { labelSchema } from './names.ts';
import { pointValueSchema, qualitySchema } from './reading.ts';

/** One field of a frame: where it stands, and what it says. */
export const frameFieldSchema = z.object({
  /** The standard's term in one word: `unit`, `byte_count`, `crc`. */
  name: z.string(),
  /** First byte, 0 the first of the frame; null where the codec does not tell where the value stands. */
  offset: z.number().int().nullable(),
  /** Bytes; null with `offset`. */
  length: z.number().int().nullable(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  unit: z.string().optional(),
  /** What the value means. */
  note: labelSchema.optional(),
});
export type FrameField = z.infer<typeof frameFieldSchema>;

/** How a frame proves that it came whole. */
export const checkMethodSchema = z.enum([
  'crc16-modbus',
  'crc16-arc',
  'sum8',
  'xor8',
  'mod15',
  'crc8-maxim',
  'parity',
]);
export type CheckMethod = z.infer<typeof checkMethodSchema>;

export const frameCheckSchema = z.object({
  method: checkMethodSchema,
  offset: z.number().int(),
  length: z.number().int(),
  /** As it stands in the frame, upper-case hex or the digit itself. */
  found: z.string(),
  /** What the bytes before it give. */
  computed: z.string(),
  holds: z.boolean(),
});
export type FrameCheck = z.infer<typeof frameCheckSchema>;

/** How surely bytes are a frame of a protocol. */
export const certaintySchema = z.enum([
  /** Its check sum holds, and no other protocol's does. */
  'sure',
  /** Its form is one that other bytes seldom have. */
  'likely',
  /** Nothing speaks against it. */
  'possible',
  /** It has the form, and its check sum fails. */
  'broken',
]);
export type Certainty = z.infer<typeof certaintySchema>;

export const frameCandidateSchema = z.object({
  protocol: z.string(),
  /** How the pasted words were read: as hex digits, as text, or as text around which start and end were put back. */
  as: z.enum(['hex', 'text', 'framed']),
  /** 0 to 1; candidates are in its order. */
  score: z.number(),
  certainty: certaintySchema,
  why: labelSchema,
});
export type FrameCandidate = z.infer<typeof frameCandidateSchema>;

/** A frame taken apart. */
export const explainedFrameSchema = z.object({
  protocol: z.string(),
  as: frameCandidateSchema.shape.as,
  /** The bytes that were looked at. */
  hex: z.string(),
  valid: z.boolean(),
  /** What the codec says is wrong. */
  error: z.string().nullable(),
  check: frameCheckSchema.nullable(),
  fields: z.array(frameFieldSchema),
  /** All that the codec says, as `gatehouse decode` prints it. */
  decoded: z.record(z.string(), z.unknown()),
});
export type ExplainedFrame = z.infer<typeof explainedFrameSchema>;

/** What a device type makes of a frame or message. */
export const typeReadingSchema = z.object({
  type: z.string(),
  label: labelSchema,
  /** The address by which a device of this type would be found. */
  address: z.string().nullable(),
  readings: z.array(
    z.object({
      point: z.string(),
      label: labelSchema,
      value: pointValueSchema,
      unit: z.string().nullable(),
      quality: qualitySchema,
    }),
  ),
  events: z.array(
    z.object({ device: z.string(), type: z.string(), data: z.record(z.string(), z.unknown()) }),
  ),
  /** The words in which parts of it were refused. */
  refused: z.array(z.string()),
  /** The same by codes, for other languages, in the order of `refused`; empty where there are words alone. */
  refusedWhy: z.array(z.array(keptMisreadSchema)),
  /** Why nothing could be read. */
  problem: z.string().nullable(),
  /** The same by codes; empty where there are words alone. */
  problemWhy: z.array(keptMisreadSchema),
  /** The frame as a case of the type keeps it; null when it cannot be one. */
  story: z.record(z.string(), z.unknown()).nullable(),
});
export type TypeReading = z.infer<typeof typeReadingSchema>;
