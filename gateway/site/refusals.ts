import { isDeepStrictEqual } from 'node:util';
import { fault } from '../lib/errors.ts';
import { formatProblem } from '../lib/yaml-file.ts';
import type { Turn } from '../store/turn.ts';
import { nouns, type SiteProblem } from './docs.ts';
import type { CheckedSite, SiteDraft } from './file.ts';
import { privateFields, type SiteChange } from './plan.ts';

/**
 * The site and its changes, when the file is in order.
 * @throws site.invalid naming file:line:column of everything wrong
 */
export function accepted(
  draft: SiteDraft,
  checked: CheckedSite,
): Required<Pick<CheckedSite, 'site' | 'changes'>> {
  if (checked.site) return { site: checked.site, changes: checked.changes };
  const errors = checked.problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  throw fault(
    'site.invalid',
    `${draft.yaml.file} has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}; the first is ${first ? formatProblem(first) : 'unknown'}`,
    {
      errors: errors.map((problem) => ({
        path: `${problem.file}:${problem.line}:${problem.column}`,
        message: problem.message,
      })),
    },
  );
}

/** Who may not see private fields may not write them blindly either. */
export function forbidPrivate(turn: Turn, changes: readonly SiteChange[]): void {
  if (turn.actor === null || turn.actor.permissions.has('households.private')) return;
  for (const { class: name, id, before, after } of changes) {
    if (name === 'site') continue;
    for (const field of privateFields[name] ?? []) {
      const from: unknown = before?.[field as keyof typeof before];
      const to: unknown = after?.[field as keyof typeof after];
      const empty = to === undefined || (Array.isArray(to) && to.length === 0);
      if (after && !isDeepStrictEqual(from, to) && !(before === null && empty))
        throw fault(
          'auth.forbidden',
          `the file changes "${field}" of ${nouns[name]} "${id}", which needs the right households.private; leave the field out`,
        );
    }
  }
}

/** What is wrong with the site after a change, by field of the thing that was changed. */
export function invalid(problems: SiteProblem[], subject?: string): Error {
  const where = (problem: SiteProblem) =>
    problem.id === subject || problem.class === 'site'
      ? problem.path.map(String).join('.')
      : [problem.class, problem.id, ...problem.path.map(String)].join('.');
  const errors = problems.map((problem) => ({ path: where(problem), message: problem.message }));
  return fault(
    'site.invalid',
    errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
    {
      errors,
    },
  );
}
