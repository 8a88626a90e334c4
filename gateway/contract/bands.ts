import { z } from 'zod';

/**
 * Words for spans of a number, both ends included: the bands of a line with end-of-line resistors. A line that reads between
 * two of them is neither the one nor the other.
 */
export const bandsSchema = z
  .record(z.string(), z.tuple([z.number(), z.number()]))
  .superRefine((bands, context) => {
    const spans = Object.entries(bands).sort(([, [a]], [, [b]]) => a - b);
    for (const [index, [word, [from, to]]] of spans.entries()) {
      if (from > to)
        context.addIssue({
          code: 'custom',
          path: [word],
          message: `the lower end stands first: write [${to}, ${from}]`,
        });
      const next = spans[index + 1];
      if (next && next[1][0] <= to)
        context.addIssue({
          code: 'custom',
          path: [next[0]],
          message: `it begins at ${next[1][0]}, within "${word}" which ends at ${to}: a number has one word`,
        });
    }
  });
export type Bands = z.infer<typeof bandsSchema>;
