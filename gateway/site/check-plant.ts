import type { Schedule } from '../contract/site.ts';
import { has, type Report, type SiteDocs, type SiteTypes } from './docs.ts';
import { missing } from './references.ts';

/** Schedules, and the supplies that generators back up. */
export function checkPlant(docs: SiteDocs, types: SiteTypes, report: Report): void {
  const kindOf = (id: string): string | undefined => types.type(docs.devices.get(id)?.type ?? '')?.kind;
  for (const device of docs.devices.values()) {
    const mains = device.settings?.mains;
    if (typeof mains !== 'string' || mains === '' || kindOf(device.id) !== 'generator') continue;
    const kind = kindOf(mains);
    const wrong = !docs.devices.has(mains)
      ? missing(docs, 'devices', mains)
      : kind !== undefined && kind !== 'mains-supply'
        ? `"${mains}" is a ${kind}, not a mains-supply`
        : undefined;
    if (wrong) report({ class: 'devices', id: device.id, path: ['settings', 'mains'], message: wrong });
  }
  const owners = new Map<string, string>();
  for (const schedule of docs.schedules.values()) {
    checkDevices(schedule, docs, types, report, owners);
    checkTimes(schedule, report);
    if (!schedule.light) continue;
    const { sensor, onBelowLx, offAboveLx } = schedule.light;
    const at = { class: 'schedules', id: schedule.id } as const;
    const kind = kindOf(sensor);
    if (!docs.devices.has(sensor))
      report({ ...at, path: ['light', 'sensor'], message: missing(docs, 'devices', sensor) });
    else if (kind !== undefined && kind !== 'light-sensor')
      report({ ...at, path: ['light', 'sensor'], message: `"${sensor}" is a ${kind}, not a light-sensor` });
    if (offAboveLx <= onBelowLx)
      report({
        ...at,
        path: ['light', 'offAboveLx'],
        message: `it must be above onBelowLx (${onBelowLx}), else the lights would go on and off at once; leave a margin, for example ${Math.max(1, onBelowLx) * 2}`,
      });
  }
}

function checkDevices(
  schedule: Schedule,
  docs: SiteDocs,
  types: SiteTypes,
  report: Report,
  owners: Map<string, string>,
): void {
  schedule.devices.forEach((id, index) => {
    const at = { class: 'schedules' as const, id: schedule.id, path: ['devices', index] };
    const device = docs.devices.get(id);
    if (!device) {
      report({ ...at, message: missing(docs, 'devices', id) });
      return;
    }
    const type = types.type(device.type);
    if (type && !has(type.alarms, 'againstPlan'))
      report({
        ...at,
        message: `"${id}" is a ${type.kind}; a schedule switches light circuits and water features`,
      });
    if (!schedule.enabled) return;
    const owner = owners.get(id);
    if (owner !== undefined)
      report({
        ...at,
        message: `"${id}" is in schedule "${owner}" already, and two plans would switch it against each other; give one schedule both periods, or its exceptions`,
      });
    else owners.set(id, schedule.id);
  });
}

function checkTimes(schedule: Schedule, report: Report): void {
  const at = { class: 'schedules', id: schedule.id } as const;
  if (schedule.periods.length === 0 && schedule.exceptions.length === 0 && !schedule.light)
    report({
      ...at,
      path: ['periods'],
      message: 'it would never switch anything; give it periods, or light',
    });
  const checkPeriods = (periods: readonly { on: string; off: string }[], path: PropertyKey[]) =>
    periods.forEach(({ on, off }, index) => {
      if (on === '24:00')
        report({ ...at, path: [...path, index, 'on'], message: 'a period begins at 00:00 of the next day' });
      else if (on === off)
        report({
          ...at,
          path: [...path, index, 'off'],
          message: `it begins and ends at ${on}; a whole day is 00:00 to 24:00`,
        });
    });
  checkPeriods(schedule.periods, ['periods']);
  schedule.exceptions.forEach(({ dates, periods }, index) => {
    checkPeriods(periods, ['exceptions', index, 'periods']);
    dates.forEach((span, place) => {
      const wrong = dateProblem(span);
      if (wrong) report({ ...at, path: ['exceptions', index, 'dates', place], message: wrong });
    });
  });
}

/** Why a day or a span of days cannot be used, or undefined. */
function dateProblem(span: string): string | undefined {
  const [first = '', last = first] = span.split('/');
  for (const date of [first, last]) {
    // A yearly 29 February is a day, in leap years.
    const full = date.length === 5 ? `2028-${date}` : date;
    const day = new Date(full);
    if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== full)
      return `there is no day ${date}; write it as year-month-day, or month-day for every year`;
  }
  if (first.length !== last.length)
    return `"${span}" has a year on one side only; give it to both or neither`;
  if (first.length > 5 && last < first) return `"${span}" ends before it begins`;
  return undefined;
}
