import { z } from 'zod';
import { categorySchema, keySchema, prioritySchema, recordIdSchema, timeSchema } from './names.ts';

export const ticketStateSchema = z.enum([
  'registered',
  'dispatched',
  'accepted',
  'on-site',
  'resolved',
  'verified',
  'closed',
]);
export type TicketState = z.infer<typeof ticketStateSchema>;

export const ticketStepSchema = z.object({
  at: timeSchema,
  action: z.enum([
    'register',
    'dispatch',
    'accept',
    'arrive',
    'resolve',
    'verify',
    'close',
    'reopen',
    'escalate',
    'comment',
  ]),
  from: ticketStateSchema.nullable(),
  to: ticketStateSchema,
  who: z.string(),
  comment: z.string().nullable(),
  /** Made by the client with a comment, so that repeating it adds nothing. */
  id: recordIdSchema.optional(),
  /** Whom a dispatch sent it to. */
  assignee: z.string().optional(),
  /** The level that an escalation reached. */
  escalation: z.number().int().min(1).max(2).optional(),
});
export type TicketStep = z.infer<typeof ticketStepSchema>;

export const ticketSchema = z.object({
  id: recordIdSchema,
  title: z.string(),
  description: z.string().optional(),
  category: categorySchema,
  priority: prioritySchema,
  state: ticketStateSchema,
  area: keySchema.optional(),
  device: keySchema.optional(),
  household: keySchema.optional(),
  alarm: recordIdSchema.optional(),
  assignee: z.string().optional(),
  createdAt: timeSchema,
  createdBy: z.string(),
  /** When the running step is due; escalates then, and stays as it is while it escalates further. */
  dueAt: timeSchema.optional(),
  /** 0 the receiver, 1 department head, 2 deputy general manager (三级). */
  escalation: z.number().int().min(0).max(2),
  steps: z.array(ticketStepSchema),
});
export type Ticket = z.infer<typeof ticketSchema>;
