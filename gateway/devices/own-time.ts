import type { OwnTime } from '../contract/device-type.ts';

/** UTC ms that a device's own time stands for; null when it says none that can be placed. */
export type ReadTime = (raw: unknown) => number | null;

const zoned = /(Z|[+-]\d{2}:?\d{2})$/;
const fields = ['YYYY', 'MM', 'DD', 'HH', 'mm', 'ss'] as const;

/**
 * Reads times such as `HH:mm:ss MM/DD/YYYY`, in UTC.
 * @returns null when the format lacks a field, or has one twice
 */
export function compileTimeFormat(format: string): ReadTime | null {
  const order: string[] = format.match(/YYYY|MM|DD|HH|mm|ss/g) ?? [];
  if (order.length !== fields.length || fields.some((field) => !order.includes(field))) return null;
  const pattern = format
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/YYYY|MM|DD|HH|mm|ss/g, (field) => `(?<${field}>\\d{${field.length}})`);
  const whole = new RegExp(`^${pattern}$`);
  return (raw) => {
    const found = typeof raw === 'string' ? whole.exec(raw)?.groups : undefined;
    if (!found) return null;
    const { YYYY, MM, DD, HH, mm, ss } = found;
    const at = Date.parse(`${YYYY}-${MM}-${DD}T${HH}:${mm}:${ss}Z`);
    return Number.isNaN(at) ? null : at;
  };
}

function numberIn(unitMs: number): ReadTime {
  return (raw) => (typeof raw === 'number' && Number.isFinite(raw) ? Math.trunc(raw * unitMs) : null);
}

function iso8601(raw: unknown): number | null {
  // Without its zone a time says nothing: Tasmota sends its local one.
  if (typeof raw !== 'string' || !zoned.test(raw)) return null;
  const at = Date.parse(raw);
  return Number.isNaN(at) ? null : at;
}

export function compileOwnTime(source: OwnTime): ReadTime {
  const { unit = 'ms', format = undefined } = typeof source === 'string' ? {} : source;
  const number = numberIn(unit === 's' ? 1_000 : 1);
  const text = (format === undefined ? null : compileTimeFormat(format)) ?? iso8601;
  return (raw) => (typeof raw === 'number' ? number(raw) : text(raw));
}
