import { z } from 'zod';
import type { LivePoint } from './reading.ts';

/** Things whose changes are numbered and pushed; each belongs to one permission (permissions.ts). */
export const entities = [
  'site',
  'areas',
  'links',
  'devices',
  'households',
  'people',
  'checkpoints',
  'routes',
  'plans',
  'linkages',
  'schedules',
  'linkage-runs',
  'device-states',
  'link-states',
  'zones',
  'alarms',
  'snapshots',
  'tickets',
  'rounds',
  'access-events',
  'doors',
  'commands',
  'sequences',
  'schedule-states',
  'run-hours',
  'system',
] as const;
export type Entity = (typeof entities)[number];

/** One entity's new state; `data: null` means it is gone (a closed alarm leaves the live list). */
export interface Change {
  entity: Entity;
  id: string;
  data: unknown;
}

/** Values of points, unnumbered, coalesced: `[device, point, value, quality, at]`. */
export type ValueRow = [string, string, LivePoint['value'], LivePoint['quality'], number];

export type LiveMessage =
  | { type: 'hello'; epoch: string; seq: number; serverTime: number }
  | { type: 'snapshot'; seq: number; part: number; last: boolean; changes: Change[]; values: ValueRow[] }
  | { type: 'change'; seq: number; prev: number; serverTime: number; changes: Change[] }
  | { type: 'values'; serverTime: number; values: ValueRow[] }
  | { type: 'unrecorded'; serverTime: number; changes: Change[] }
  /** Once a second, so that a console knows within 5 s that the gateway stands still. */
  | { type: 'beat'; serverTime: number };

/** What a console sends: which alarms it has painted, and whether it could be heard. */
export const clientMessageSchema = z.strictObject({
  type: z.literal('shown'),
  alarms: z.array(z.strictObject({ id: z.string(), revision: z.number().int() })).max(1_000),
  audible: z.boolean(),
  visible: z.boolean(),
});
export type ClientMessage = z.infer<typeof clientMessageSchema>;
