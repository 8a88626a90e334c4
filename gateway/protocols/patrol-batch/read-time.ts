/** A moment, or what a clock on the wall showed (taken as if it were UTC); ms. */
export type ReadTime = { utc: number } | { wall: number };

/** The end of the year 9999; UTC ms. */
export const latest = 253_402_300_799_999;
const wallPattern =
  /^(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * A time as wands and spreadsheets write it: `2026-03-01 02:07:30`, `2026/3/1 2:07`, `2026年3月1日 2:07:30`, ISO 8601 with its
 * offset, or UTC milliseconds. Null for what is none (31 February, 25:00).
 */
export function parseReadTime(value: unknown): ReadTime | null {
  if (typeof value === 'number')
    return Number.isInteger(value) && value > 0 && value <= latest ? { utc: value } : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^\d{13}$/.test(text)) return { utc: Number(text) };
  const match = wallPattern.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const made = new Date(wall);
  // 31 February would become 3 March, and the year 20 the year 1920.
  if (made.getUTCFullYear() !== year || made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day)
    return null;
  const offset = match[7];
  if (offset === undefined) return { wall };
  if (offset === 'Z') return { utc: wall };
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return { utc: wall - offsetMs };
}

/** `2026-03-01 02:07:30` of ms that stand for what a clock showed. */
export function writeWallTime(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ');
}
