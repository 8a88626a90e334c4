/** What a clock on the wall of the site counts in. */
export type LocalUnit = 'hour' | 'day' | 'month';

const hourMs = 3_600_000;
/** Every time zone of our days changes its offset at a quarter of an hour of UTC. */
const steadyMs = 900_000;
const formats = new Map<string, Intl.DateTimeFormat>();
/**
 * Devices with a dead clock send years such as 0100. Before this moment the offset is that of this moment: calendars of `Date` and
 * `Intl` count years below 100 each in its own way, and there is no clock to be right about.
 */
const earliest = 0;
/** The newest answer of each zone: readings ask for the same quarter of an hour again and again. */
const newest = new Map<string, { quarter: number; offsetMs: number }>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  });
  formats.set(timeZone, made);
  return made;
}

/**
 * How far the wall clocks of a zone are ahead of UTC at a moment, ms.
 * @param timeZone IANA name
 */
export function offsetMsAt(timeZone: string, at: number): number {
  const quarter = Math.floor(at / steadyMs);
  const known = newest.get(timeZone);
  if (known?.quarter === quarter) return known.offsetMs;
  const start = Math.max(quarter * steadyMs, earliest);
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(start)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  newest.set(timeZone, { quarter, offsetMs: shown - start });
  return shown - start;
}

/**
 * The moment at which the wall clocks show this (a time as if it were UTC). Of one that they show twice, the first; of one that is
 * left out, the first moment after.
 */
export function momentShowing(timeZone: string, shown: number): number {
  const before = shown - offsetMsAt(timeZone, shown - 24 * hourMs);
  const after = shown - offsetMsAt(timeZone, shown + 24 * hourMs);
  // Both offsets are those of the day around it: the earlier moment that really shows it, so that a repeated time is its first.
  for (const moment of [Math.min(before, after), Math.max(before, after)])
    if (moment + offsetMsAt(timeZone, moment) === shown) return moment;
  return changeBetween(timeZone, Math.min(before, after), Math.max(before, after));
}

/** The first moment with the offset of the end of the span, to the quarter of an hour; UTC ms. */
function changeBetween(timeZone: string, from: number, to: number): number {
  const offsetMs = offsetMsAt(timeZone, to);
  let at = Math.ceil(from / steadyMs) * steadyMs;
  while (at < to && offsetMsAt(timeZone, at) !== offsetMs) at += steadyMs;
  return at;
}

/** The day of a moment as the wall clocks show it: `2026-03-29`. */
export function localDate(timeZone: string, at: number): string {
  return new Date(at + offsetMsAt(timeZone, at)).toISOString().slice(0, 10);
}

/** `2026-03-29 14:05` by the wall clocks. */
export function localMinute(timeZone: string, at: number): string {
  return new Date(at + offsetMsAt(timeZone, at)).toISOString().slice(0, 16).replace('T', ' ');
}

/** The hour that the wall clocks show, 0 to 23. */
export function localHour(timeZone: string, at: number): number {
  return new Date(at + offsetMsAt(timeZone, at)).getUTCHours();
}

/** The start of the local hour, day or month that a moment lies in. UTC ms; a moment that is a start is its own. */
export function startOfLocal(timeZone: string, unit: LocalUnit, at: number): number {
  const shown = at + offsetMsAt(timeZone, at);
  if (unit === 'hour') return at - (((shown % hourMs) + hourMs) % hourMs);
  const day = new Date(shown);
  const first = unit === 'month' ? 1 : day.getUTCDate();
  return momentShowing(timeZone, Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), first));
}

/** The first start of a local hour, day or month after a moment; UTC ms. Days of 23 and 25 hours are what they are. */
export function nextLocal(timeZone: string, unit: LocalUnit, at: number): number {
  if (unit === 'hour') return startOfLocal(timeZone, 'hour', at) + hourMs;
  const day = new Date(at + offsetMsAt(timeZone, at));
  const [year, month, date] = [day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()];
  return momentShowing(
    timeZone,
    unit === 'month' ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, date + 1),
  );
}

/** All starts from the one that `from` lies in to the first at or after `to`: the edges of the periods that touch the span. */
export function localEdges(timeZone: string, unit: LocalUnit, from: number, to: number): number[] {
  const edges = [startOfLocal(timeZone, unit, from)];
  for (let edge = edges[0] ?? from; edge < to; ) {
    edge = nextLocal(timeZone, unit, edge);
    edges.push(edge);
  }
  return edges;
}
