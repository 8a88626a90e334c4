import { type Schedule, type SchedulePeriod, weekdays } from '../contract/site.ts';
import { nextStart } from '../lib/schedule.ts';

const dayMs = 86_400_000;
/** No clock on earth is further from UTC. */
const farthestOffsetMs = 15 * 3_600_000;
/** How far ahead a switching is looked for; a weekly plan has one within it. */
const lookAheadDays = 8;

/** From the first moment that is in it to the first that is not; UTC ms. */
export type Stretch = readonly [from: number, to: number];

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day that the clocks of the site show, `2026-03-29` (which is how Swedes write it). */
function localDate(timeZone: string, at: number): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone });
  formats.set(timeZone, format);
  return format.format(at);
}

function followingDate(date: string, days = 1): string {
  return new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10);
}

/** A plan is asked at every reading of its light sensor, and its moments are dear to find. */
const moments = new Map<string, number>();
const mostMoments = 5_000;

/** When the clocks of the site show this; of a time that spring leaves out the first moment after, of one that autumn repeats the first. */
function momentOf(date: string, time: string, timeZone: string): number {
  if (time === '24:00') return momentOf(followingDate(date), '00:00', timeZone);
  const key = `${date} ${time} ${timeZone}`;
  const known = moments.get(key);
  if (known !== undefined) return known;
  const [, month = 1, day = 1] = date.split('-').map(Number);
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const pattern = `${minute} ${hour} ${day} ${month} *`;
  const at = nextStart(pattern, timeZone, Date.parse(date) - farthestOffsetMs);
  if (at === null) throw new Error(`there is no ${time} on ${date} in ${timeZone}`);
  if (moments.size >= mostMoments) moments.clear();
  moments.set(key, at);
  return at;
}

/** Whether `2027-02-06`, `02-06`, or a span of either (also over the turn of the year) means this day. */
function names(dates: string, date: string): boolean {
  const [first = '', last = first] = dates.split('/');
  const day = first.length === 5 ? date.slice(5) : date;
  return first <= last ? first <= day && day <= last : day >= first || day <= last;
}

function periodsOn(schedule: Schedule, date: string): readonly SchedulePeriod[] {
  const exception = schedule.exceptions.find(({ dates }) => dates.some((span) => names(span, date)));
  if (exception) return exception.periods;
  const weekday = weekdays[(new Date(date).getUTCDay() + 6) % 7] ?? 'mon';
  return schedule.periods.filter(({ days }) => days === undefined || days.includes(weekday));
}

/** The stretches that begin on a day; one that ends before it begins ends on the next. */
function stretchesOf(schedule: Schedule, date: string, timeZone: string): Stretch[] {
  return periodsOn(schedule, date).map(({ on, off }) => [
    momentOf(date, on, timeZone),
    momentOf(off > on ? date : followingDate(date), off, timeZone),
  ]);
}

/** Whether a schedule goes by its light level alone, on days that no exception names. */
function isAllDay(schedule: Schedule, date: string): boolean {
  return (
    schedule.light !== undefined &&
    schedule.periods.length === 0 &&
    !schedule.exceptions.some(({ dates }) => dates.some((span) => names(span, date)))
  );
}

/** What the clock says at a moment; with `light` the light level has its say besides. */
export function clockWants(schedule: Schedule, timeZone: string, at: number): boolean {
  const date = localDate(timeZone, at);
  if (isAllDay(schedule, date)) return true;
  return [followingDate(date, -1), date].some((day) =>
    stretchesOf(schedule, day, timeZone).some(([from, to]) => from <= at && at < to),
  );
}

/** The stretches of a site's day, the one with this moment in it, in which the clock wants it on; in order, and apart from each other. */
export function stretchesOfDay(schedule: Schedule, timeZone: string, at: number): Stretch[] {
  const date = localDate(timeZone, at);
  const begin = momentOf(date, '00:00', timeZone);
  const end = momentOf(date, '24:00', timeZone);
  if (isAllDay(schedule, date)) return [[begin, end]];
  const found: [number, number][] = [];
  for (const [from, to] of [followingDate(date, -1), date]
    .flatMap((day) => stretchesOf(schedule, day, timeZone))
    .sort(([a], [b]) => a - b)) {
    const stretch: [number, number] = [Math.max(from, begin), Math.min(to, end)];
    const last = found.at(-1);
    if (stretch[0] >= stretch[1]) continue;
    if (last !== undefined && stretch[0] <= last[1]) last[1] = Math.max(last[1], stretch[1]);
    else found.push(stretch);
  }
  return found;
}

/** When the clock's word may change next after a moment, UTC ms; null: not within eight days. */
export function nextSwitching(schedule: Schedule, timeZone: string, after: number): number | null {
  const today = localDate(timeZone, after);
  let first: number | null = null;
  for (let n = -1; n <= lookAheadDays; n++) {
    const date = followingDate(today, n);
    const edges = stretchesOf(schedule, date, timeZone).flat();
    // A day without an exception in a schedule of light alone begins and ends with the day itself.
    if (isAllDay(schedule, date) !== isAllDay(schedule, followingDate(date)))
      edges.push(momentOf(date, '24:00', timeZone));
    for (const edge of edges) if (edge > after && (first === null || edge < first)) first = edge;
    // What begins on a later day comes later.
    if (first !== null && n >= 0 && first <= momentOf(date, '24:00', timeZone)) return first;
  }
  return first;
}
