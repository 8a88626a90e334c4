import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Category, categorySchema, type Priority } from '../contract/names.ts';
import type { TicketState } from '../contract/ticket.ts';
import { asError, fault } from '../lib/errors.ts';

const minutes = z.number().positive().max(525_600);
const figuresSchema = z.strictObject({
  dispatch: minutes,
  accept: minutes,
  arrive: minutes,
  resolve: minutes,
  verify: minutes,
  close: minutes,
  escalate: minutes,
});
type Figures = z.infer<typeof figuresSchema>;

const partialSchema = z.strictObject({
  '1': figuresSchema.partial().optional(),
  '2': figuresSchema.partial().optional(),
  '3': figuresSchema.partial().optional(),
  '4': figuresSchema.partial().optional(),
});
const limitsSchema = z.strictObject({
  default: z.strictObject({ '1': figuresSchema, '2': figuresSchema, '3': figuresSchema, '4': figuresSchema }),
  categories: z.partialRecord(categorySchema, partialSchema).default({}),
});

/** The step that a ticket in this state waits for; a closed one waits for none. */
const awaited = {
  registered: 'dispatch',
  dispatched: 'accept',
  accepted: 'arrive',
  'on-site': 'resolve',
  resolved: 'verify',
  verified: 'close',
  closed: null,
} as const satisfies Record<TicketState, keyof Figures | null>;

/** Response times as data (DOMAIN 17): how long a ticket may rest in a state, and how long between two levels of escalation. */
export interface TicketLimits {
  /** ms until the step after `state` is due; null for a closed ticket. */
  stepMs(category: Category, priority: Priority, state: TicketState): number | null;
  /** ms from one level of escalation to the next. */
  escalateMs(category: Category, priority: Priority): number;
}

/** @throws config.invalid naming the file and each wrong field */
export function readTicketLimits(
  path: string = fileURLToPath(new URL('./limits.yaml', import.meta.url)),
): TicketLimits {
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw fault('config.invalid', `${path}: ${asError(error).message}`, { cause: error });
  }
  const checked = limitsSchema.safeParse(document);
  if (!checked.success)
    throw fault('config.invalid', `${path} does not hold the response times of tickets`, {
      errors: checked.error.issues.map((issue) => ({
        path: `${path}: ${issue.path.join('.')}`,
        message: issue.message,
      })),
    });
  const limits = checked.data;
  const figure = (category: Category, priority: Priority, name: keyof Figures): number =>
    (limits.categories[category]?.[priority]?.[name] ?? limits.default[priority][name]) * 60_000;
  return {
    stepMs(category, priority, state) {
      const name = awaited[state];
      return name && figure(category, priority, name);
    },
    escalateMs: (category, priority) => figure(category, priority, 'escalate'),
  };
}
