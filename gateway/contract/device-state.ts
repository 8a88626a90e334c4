import { z } from 'zod';
import { linkTroubleSchema } from './link-trouble.ts';
import { keySchema, timeSchema } from './names.ts';

/** What supervision knows of a device. `unknown` until it is first heard. */
export const deviceStateSchema = z.object({
  id: keySchema,
  state: z.enum(['unknown', 'online', 'offline', 'stale']),
  since: timeSchema,
  /**
   * In words: `will`, `silence`, `poll timeout`, `poll garbled`, `no channel`, `link down`, `parent lost` …; of stale ones `bad
   * values`, `poll refused`, `no change: level`, `no value: tripped`, `source stale`.
   */
  why: z.string().nullable(),
  /** The device whose loss took this one along: its receiver, its controller, the module that a composed one is bound to. */
  cause: keySchema.optional(),
});
export type DeviceState = z.infer<typeof deviceStateSchema>;
/** What supervision says of a device. */
export type Supervised = Pick<DeviceState, 'state' | 'why' | 'cause'>;

/** Health of a link for the integrator and the overview. */
export const linkStateSchema = z.object({
  id: z.string(),
  state: z.enum(['up', 'down', 'connecting']),
  since: timeSchema,
  /** Why it is down, in plain English as the system says it; null while it is not. */
  error: z.string().nullable(),
  /** The same as a code. */
  trouble: linkTroubleSchema.nullable(),
  /** How long asking all devices once takes at most, reckoned with one of them timing out, ms; 0 while none is on it, null where nobody can be asked. */
  worstCycleMs: z.number().nullable(),
  /** How often the devices that are asked most were asked last, measured, ms: their period, or longer where the line does not keep up. */
  lastCycleMs: z.number().nullable(),
});
export type LinkState = z.infer<typeof linkStateSchema>;
