import { z } from 'zod';
import { askFaultSchema } from './ask-fault.ts';
import { type Misread, misreadLabel } from './misread.ts';
import { labelSchema } from './names.ts';

/** Why a value is bad, or only uncertain: a code and what it is about; `words` say it in English, a label in both languages. */
export const badReasonSchema = z.discriminatedUnion('code', [
  /** It was asked for in vain: the device refuses just this, or does not answer at all. */
  z.object({ code: z.literal('asked-in-vain'), fault: askFaultSchema, words: z.string() }),
  /** The device itself says that it has none: a sentinel, null, quality "bad". */
  z.object({ code: z.literal('declared') }),
  /** What came is no value of this point. */
  z.object({ code: z.literal('unusable'), label: labelSchema }),
  /** It is computed of another point, or bound to one, that has no usable value: `device.point`. */
  z.object({ code: z.literal('source'), from: z.string() }),
  /** While this point (`device.point`) reads as it does, nobody knows. */
  z.object({ code: z.literal('hidden'), by: z.string() }),
  /** A card reader is silent, or cannot be spoken with as it is set. */
  z.object({ code: z.literal('lost') }),
  /** Uncertain: the broker kept it, and nobody knows since when it holds. */
  z.object({ code: z.literal('kept') }),
  /** Uncertain: told before the gateway was started, and not since. */
  z.object({ code: z.literal('before-start') }),
]);
export type BadReason = z.infer<typeof badReasonSchema>;

export const unusable = (why: Misread): BadReason => ({
  code: 'unusable',
  label: misreadLabel(why),
});
