import { Cron } from 'croner';
import type { Report, SiteState, SiteTypes } from './docs.ts';
import { missing, notACamera } from './references.ts';

/** Checkpoints, routes and plans. */
export function checkPatrol({ settings, docs }: SiteState, types: SiteTypes, report: Report): void {
  for (const checkpoint of docs.checkpoints.values()) {
    const at = { class: 'checkpoints', id: checkpoint.id } as const;
    if (!docs.areas.has(checkpoint.area))
      report({ ...at, path: ['area'], message: missing(docs, 'areas', checkpoint.area) });
    if (checkpoint.camera !== undefined) {
      const message = notACamera(docs, types, checkpoint.camera);
      if (message) report({ ...at, path: ['camera'], message });
    }
  }
  for (const route of docs.routes.values()) {
    let last = 0;
    route.checkpoints.forEach(({ checkpoint, dueMin }, index) => {
      const at = { class: 'routes', id: route.id } as const;
      if (!docs.checkpoints.has(checkpoint))
        report({
          ...at,
          path: ['checkpoints', index, 'checkpoint'],
          message: missing(docs, 'checkpoints', checkpoint),
        });
      if (route.ordered && dueMin < last)
        report({
          ...at,
          path: ['checkpoints', index, 'dueMin'],
          message: `"${checkpoint}" is due at minute ${dueMin}, before the one ahead of it (${last}); put them in walking order, or say "ordered: false"`,
        });
      last = Math.max(last, dueMin);
    });
  }
  for (const plan of docs.plans.values()) {
    const at = { class: 'plans', id: plan.id } as const;
    if (!docs.routes.has(plan.route))
      report({ ...at, path: ['route'], message: missing(docs, 'routes', plan.route) });
    plan.guards.forEach((guard, index) => {
      const person = docs.people.get(guard);
      if (!person) report({ ...at, path: ['guards', index], message: missing(docs, 'people', guard) });
      else if (person.role !== 'guard')
        report({
          ...at,
          path: ['guards', index],
          severity: 'warning',
          message: `"${guard}" has the role ${person.role}, not guard`,
        });
    });
    const wrong = scheduleProblem(plan.schedule, settings?.timeZone);
    if (wrong) report({ ...at, path: ['schedule'], message: wrong });
  }
}

/** Why a cron pattern cannot be used, or undefined. */
function scheduleProblem(pattern: string, timeZone: string | undefined): string | undefined {
  const mend =
    'write five fields: minute hour day month weekday, for example "0 22 * * *" for 22:00 each day';
  const fields = pattern.trim().split(/\s+/).length;
  if (fields !== 5)
    return `the schedule "${pattern}" has ${fields} ${fields === 1 ? 'field' : 'fields'}; ${mend}`;
  try {
    const cron = new Cron(pattern, {
      paused: true,
      timezone: timeZone !== undefined && knowsTimeZone(timeZone) ? timeZone : 'UTC',
    });
    if (!cron.nextRun()) return `the schedule "${pattern}" never comes due; ${mend}`;
  } catch (error) {
    return `the schedule "${pattern}" is not a cron pattern (${error instanceof Error ? error.message : String(error)}); ${mend}`;
  }
  return undefined;
}

/** Whether this Node knows an IANA time zone. */
export function knowsTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
