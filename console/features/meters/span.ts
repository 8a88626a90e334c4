import type { Period } from '../../../gateway/contract/meter.ts';

/** A span of local days, the last not included; dates as `2026-03-29`. */
export interface DateSpan {
  from: string;
  to: string;
}

function dateOf(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
}

function partsOf(date: string): [year: number, month: number, day: number] {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number);
  return [year, month - 1, day];
}

/** What is looked at as one: the hours of a day, the days of a month, the months of a year. */
export function spanAround(by: Period, date: string): DateSpan {
  const [year, month, day] = partsOf(date);
  switch (by) {
    case 'hour':
      return { from: dateOf(year, month, day), to: dateOf(year, month, day + 1) };
    case 'day':
      return { from: dateOf(year, month, 1), to: dateOf(year, month + 1, 1) };
    case 'month':
      return { from: dateOf(year, 0, 1), to: dateOf(year + 1, 0, 1) };
  }
}

/** The date so many spans on; from the 31st a month on is in the next month, not in the one after. */
export function stepFrom(by: Period, date: string, steps: number): string {
  const [year, month, day] = partsOf(spanAround(by, date).from);
  switch (by) {
    case 'hour':
      return dateOf(year, month, day + steps);
    case 'day':
      return dateOf(year, month + steps, 1);
    case 'month':
      return dateOf(year + steps, 0, 1);
  }
}

/** How a span is called: `2026-03-29`, `2026-03`, `2026`. */
export function spanName(by: Period, date: string): string {
  return date.slice(0, { hour: 10, day: 7, month: 4 }[by]);
}
