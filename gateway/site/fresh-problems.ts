import { type CheckContext, checkSite } from './check.ts';
import type { SiteProblem, SiteState } from './docs.ts';
import { afterChanges, type SiteChange } from './plan.ts';

/** What changes would bring about that is not wrong with the site already. Pure. */
export function freshProblems(
  before: SiteState,
  changes: readonly SiteChange[],
  context: CheckContext,
): SiteProblem[] {
  const found = checkSite(afterChanges(before, changes), context);
  if (found.length === 0) return [];
  const known = new Set(checkSite(before, context).map((problem) => JSON.stringify(problem)));
  return found.filter((problem) => !known.has(JSON.stringify(problem)));
}
