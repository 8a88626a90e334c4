import { z } from 'zod';
import type { KeptMisread } from './misread.ts';

/** Apart from `misread.ts`, which the console runs: zod may not run there. */
export const keptMisreadSchema: z.ZodType<KeptMisread> = z.object({
  code: z.string(),
  params: z.record(z.string(), z.string()),
});
