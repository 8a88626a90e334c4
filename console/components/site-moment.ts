/** What the clocks of a time zone show at a moment, taken as if it were UTC; ms. */
function shownAt(ms: number, timeZone: string | undefined): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(ms);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((each) => each.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/**
 * The moment at which the site's clocks show this, as a field of type `datetime-local` or `date` gives it; UTC ms. Undefined for
 * what is no time. Of a time that daylight saving leaves out, the moment of the leap.
 */
export function momentOf(text: string, timeZone: string | undefined): number | undefined {
  const wanted = Date.parse(`${text.length === 10 ? `${text}T00:00` : text}Z`);
  if (!Number.isFinite(wanted)) return undefined;
  // The first try may fall on the other side of a change of the offset; the second knows the right one.
  const first = wanted - (shownAt(wanted, timeZone) - wanted);
  return first + (wanted - shownAt(first, timeZone));
}
