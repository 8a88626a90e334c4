const quarterMs = 900_000;
const formats = new Map<string, Intl.DateTimeFormat>();
/** How far a zone's clocks are ahead of UTC in a quarter of an hour: no zone changes within one. */
const offsets = new Map<string, number>();
const mostOffsets = 10_000;

function offsetMs(utcMs: number, timeZone: string): number {
  const key = `${timeZone} ${Math.floor(utcMs / quarterMs)}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    });
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  if (offsets.size >= mostOffsets) offsets.clear();
  const offset = shown - Math.floor(utcMs / 1_000) * 1_000;
  offsets.set(key, offset);
  return offset;
}

/**
 * The moment at which the clocks of a zone show `wallMs` (what they show, taken as if it were UTC); UTC ms. Of a time that they
 * show twice, the first; of one that daylight saving leaves out, the moment as far after the leap.
 */
export function utcOfWall(wallMs: number, timeZone: string): number {
  // The first try may fall on the other side of a change of the offset; the second knows the right one.
  const before = wallMs - offsetMs(wallMs - 86_400_000, timeZone);
  if (before + offsetMs(before, timeZone) === wallMs) return before;
  const after = wallMs - offsetMs(before, timeZone);
  return after + offsetMs(after, timeZone) === wallMs ? after : before;
}
