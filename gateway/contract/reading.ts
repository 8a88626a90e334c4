import { z } from 'zod';
import type { BadReason } from './bad-value.ts';

/** OPC-style quality: only `good` may raise or clear an alarm. */
export const qualitySchema = z.enum(['good', 'uncertain', 'bad']);
export type Quality = z.infer<typeof qualitySchema>;

export const pointValueSchema = z.union([z.number(), z.boolean(), z.string(), z.null()]);
export type PointValue = z.infer<typeof pointValueSchema>;

/** One timestamped value of a point. `at` is device time when it was sane, else arrival time; both UTC ms. */
export interface Reading {
  device: string;
  point: string;
  value: PointValue;
  quality: Quality;
  at: number;
  receivedAt: number;
  /** Of a value that is not good. */
  why?: BadReason;
}

/** A device's own time is believed within −7 days … +5 min of arrival, else the arrival time counts. */
export const deviceTimeBehindMs = 7 * 86_400_000;
export const deviceTimeAheadMs = 300_000;

/** What `GET /devices/{id}/points` and `/live` values show of one point. */
export const livePointSchema = z.object({
  point: z.string(),
  value: pointValueSchema,
  quality: qualitySchema,
  at: z.number(),
  receivedAt: z.number(),
});
export type LivePoint = z.infer<typeof livePointSchema>;
