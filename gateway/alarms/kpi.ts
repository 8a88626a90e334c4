import { z } from 'zod';
import type { Alarm } from '../contract/alarm.ts';
import { labelSchema, prioritySchema, timeSchema } from '../contract/names.ts';
import type { Query } from '../store/store.ts';
import { idFrom, idTo } from './store.ts';

const hourMs = 3_600_000;
const tenMinutesMs = 600_000;
/** EEMUA 191, ISA-18.2 §16: a flood begins above 10 alarms in ten minutes and ends below 5. */
const floodBegins = 10;
const floodEnds = 5;
/** An alarm that stands longer than this is standing (stale), ms. */
const standingMs = 24 * hourMs;
const listed = 10;

const countedSchema = z.object({
  device: z.string(),
  deviceName: z.string(),
  definition: z.string(),
  title: labelSchema,
  count: z.number().int(),
});
const openCountedSchema = countedSchema.extend({ id: z.string(), raisedAt: timeSchema });

/** The figures of EEMUA 191 / ISA-18.2 §16 for alarms raised within a span. Times UTC ms, latencies ms. */
export const kpiSchema = z.object({
  from: timeSchema,
  to: timeSchema,
  raised: z.number().int(),
  averagePerHour: z.number(),
  perHour: z.array(z.object({ at: timeSchema, count: z.number().int() })),
  peakPerTenMinutes: z.object({ at: timeSchema, count: z.number().int() }).nullable(),
  floods: z.array(z.object({ from: timeSchema, to: timeSchema, count: z.number().int() })),
  byPriority: z.array(z.object({ priority: prioritySchema, count: z.number().int() })),
  /** By trips, with the share of all trips. */
  topTen: z.array(countedSchema.extend({ share: z.number() })),
  /** Open now. */
  chattering: z.array(openCountedSchema),
  /** Open now and not returned for more than 24 h. */
  standing: z.array(openCountedSchema),
  unacknowledged: z.object({ count: z.number().int(), oldestMs: z.number(), medianMs: z.number() }),
  latency: z.object({
    /** Alarms that some console has confirmed to show, and those that none has. */
    shown: z.number().int(),
    notShown: z.number().int(),
    over2s: z.number().int(),
    /** Received → painted. */
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
    maxMs: z.number().nullable(),
    /** Received → live message sent. */
    sentP99Ms: z.number().nullable(),
  }),
});
export type Kpi = z.infer<typeof kpiSchema>;
type Bucket = { at: number; count: number };

/** Adjacent ten-minute buckets that make up a flood. */
export function floodsIn(buckets: readonly Bucket[]): Kpi['floods'] {
  const floods: Kpi['floods'] = [];
  let running: Kpi['floods'][number] | undefined;
  for (const { at, count } of buckets) {
    const goesOn = running !== undefined && at === running.to && count >= floodEnds;
    if (running && goesOn) {
      running.to = at + tenMinutesMs;
      running.count += count;
    } else {
      running = count > floodBegins ? { from: at, to: at + tenMinutesMs, count } : undefined;
      if (running) floods.push(running);
    }
  }
  return floods;
}

function hoursOf(buckets: readonly Bucket[]): Bucket[] {
  const hours = new Map<number, number>();
  for (const { at, count } of buckets) {
    const hour = at - (at % hourMs);
    hours.set(hour, (hours.get(hour) ?? 0) + count);
  }
  return Array.from(hours, ([at, count]) => ({ at, count }));
}

function counted({ id, device, deviceName, definition, title, count, raisedAt }: Alarm) {
  return { id, device, deviceName, definition, title, count, raisedAt };
}

/** What is open now, from memory. */
function openFigures(
  open: Iterable<Alarm>,
  now: number,
): Pick<Kpi, 'chattering' | 'standing' | 'unacknowledged'> {
  const alarms = [...open];
  const ages = alarms
    .filter(({ state }) => state === 'unacknowledged' || state === 'returned')
    .map(({ raisedAt }) => now - raisedAt)
    .sort((a, b) => b - a);
  return {
    chattering: alarms.filter(({ chattering }) => chattering === true).map(counted),
    standing: alarms
      .filter(({ returnedAt, raisedAt }) => returnedAt === undefined && now - raisedAt > standingMs)
      .map(counted),
    unacknowledged: { count: ages.length, oldestMs: ages[0] ?? 0, medianMs: ages[ages.length >> 1] ?? 0 },
  };
}

async function latencyFigures(query: Query, from: number, to: number): Promise<Kpi['latency']> {
  const span = [from, to, idFrom(from), idTo(to)] as const;
  const percentile = (column: string) =>
    `WITH ordered AS (
       SELECT ${column} - received_at AS ms, row_number() OVER (ORDER BY ${column} - received_at) AS n,
         count(*) OVER () AS total
       FROM alarm_latency WHERE received_at >= ? AND received_at < ? AND alarm >= ? AND alarm < ? AND ${column} IS NOT NULL)
     SELECT count(*) AS measured, min(ms) FILTER (WHERE n >= total * 0.5) AS p50, min(ms) FILTER (WHERE n >= total * 0.95) AS p95,
       min(ms) FILTER (WHERE n >= total * 0.99) AS p99, max(ms) AS worst, count(*) FILTER (WHERE ms > 2000) AS slow FROM ordered`;
  type Row = {
    measured: number;
    p50: number | null;
    p95: number | null;
    p99: number | null;
    worst: number | null;
    slow: number;
  };
  const [[shown], [sent], [all]] = await Promise.all([
    query<Row>(percentile('shown_at'), ...span),
    query<Row>(percentile('sent_at'), ...span),
    query<{ total: number }>(
      'SELECT count(*) AS total FROM alarm_latency WHERE received_at >= ? AND received_at < ? AND alarm >= ? AND alarm < ?',
      ...span,
    ),
  ]);
  return {
    shown: shown?.measured ?? 0,
    notShown: (all?.total ?? 0) - (shown?.measured ?? 0),
    over2s: shown?.slow ?? 0,
    p50Ms: shown?.p50 ?? null,
    p95Ms: shown?.p95 ?? null,
    p99Ms: shown?.p99 ?? null,
    maxMs: shown?.worst ?? null,
    sentP99Ms: sent?.p99 ?? null,
  };
}

/**
 * The alarm system's own figures over [from, to), computed in the reader worker.
 * @param open open alarms of the moment `now`
 */
export async function alarmKpi(
  query: Query,
  open: Iterable<Alarm>,
  { from, to, now }: { from: number; to: number; now: number },
): Promise<Kpi> {
  const span = [from, to, idFrom(from), idTo(to)] as const;
  const within = 'raised_at >= ? AND raised_at < ? AND id >= ? AND id < ?';
  const [buckets, byPriority, top, [trips], latency] = await Promise.all([
    query<Bucket>(
      `SELECT raised_at / ${tenMinutesMs} * ${tenMinutesMs} AS at, count(*) AS count FROM alarm WHERE ${within} GROUP BY 1 ORDER BY 1`,
      ...span,
    ),
    query<Kpi['byPriority'][number]>(
      `SELECT priority, count(*) AS count FROM alarm WHERE ${within} GROUP BY priority ORDER BY priority`,
      ...span,
    ),
    // max(id) makes SQLite take doc from the newest alarm of the group.
    query<{ doc: string; count: number }>(
      `SELECT doc, max(id), sum(json_extract(doc, '$.count')) AS count FROM alarm WHERE ${within}
       GROUP BY device, json_extract(doc, '$.definition') ORDER BY count DESC LIMIT ${listed}`,
      ...span,
    ),
    query<{ total: number | null }>(
      `SELECT sum(json_extract(doc, '$.count')) AS total FROM alarm WHERE ${within}`,
      ...span,
    ),
    latencyFigures(query, from, to),
  ]);
  const raised = buckets.reduce((sum, { count }) => sum + count, 0);
  const peak = buckets.reduce<Bucket | null>(
    (most, one) => (most && most.count >= one.count ? most : one),
    null,
  );
  return {
    from,
    to,
    raised,
    averagePerHour: (raised * hourMs) / (to - from),
    perHour: hoursOf(buckets),
    peakPerTenMinutes: peak,
    floods: floodsIn(buckets),
    byPriority,
    topTen: top.map(({ doc, count }) => {
      const { device, deviceName, definition, title } = JSON.parse(doc) as Alarm;
      return { device, deviceName, definition, title, count, share: count / (trips?.total ?? count) };
    }),
    ...openFigures(open, now),
    latency,
  };
}
