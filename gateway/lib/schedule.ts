import { Cron } from 'croner';

/**
 * The first start of a plan after `after`, in UTC ms; null when the pattern is wrong or never comes due.
 *
 * A pattern that names hours (`30 2 * * *`, `0 22-23,0-6/2 * * *`) means times on the wall: across a change to summer time and
 * back each of them happens exactly once. One that the spring change leaves out happens at the first moment after it, one that
 * autumn repeats happens the first time. A pattern for every hour (`*`) means "again and again": it keeps its distance through
 * both changes.
 *
 * @param pattern cron, five fields
 * @param timeZone IANA name
 */
export function nextStart(pattern: string, timeZone: string, after: number): number | null {
  try {
    const cron = new Cron(wallTimes(pattern), {
      timezone: timeZone,
      mode: '5-part',
      fixedTimeRule: 'no-wildcard',
      paused: true,
    });
    return cron.nextRun(new Date(after))?.getTime() ?? null;
  } catch {
    // The site check has said what is wrong with it; a plan without a next start simply rests.
    return null;
  }
}

/**
 * Writes steps out as lists: croner counts only lists and ranges as times on the wall, a step it would leave out in spring and
 * repeat in autumn.
 */
function wallTimes(pattern: string): string {
  const [minute = '', hour = '', ...days] = pattern.trim().split(/\s+/);
  if (hour.split(',').includes('*')) return pattern;
  return [listed(minute, 59), listed(hour, 23), ...days].join(' ');
}

function listed(field: string, top: number): string {
  return field
    .split(',')
    .map((part) => {
      const match = /^(?:\*|(\d+)-(\d+))(?:\/(\d+))?$/.exec(part);
      if (!match) return part;
      const [, from = '0', to = String(top), step = '1'] = match;
      const values: number[] = [];
      for (
        let value = Number(from);
        value <= Math.min(Number(to), top) && Number(step) > 0;
        value += Number(step)
      )
        values.push(value);
      // A range of nothing (5-3) stays as written, for croner to refuse.
      return values.length > 0 && Number(to) <= top ? values.join(',') : part;
    })
    .join(',');
}
