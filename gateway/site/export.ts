import { stringify } from 'yaml';
import { type SiteFile, type SiteSettings, siteClasses } from '../contract/site.ts';
import type { Doc, SiteState } from './docs.ts';
import { privateFields } from './plan.ts';

/**
 * The site as a file that `site apply` takes back without a change. No secret is in it: device secrets are kept apart, and settings name
 * theirs as `env:NAME`.
 * @param withPrivate contacts, notes and telephone numbers too; a file without them says so, and applying it leaves them as they are
 */
export function exportSite(state: SiteState, settings: SiteSettings, withPrivate: boolean): string {
  const file: Partial<Record<keyof SiteFile, unknown>> = { site: settings };
  for (const name of siteClasses) {
    const hidden = withPrivate ? [] : (privateFields[name] ?? []);
    const docs = [...state.docs[name].values()].map((doc: Doc) =>
      Object.fromEntries(Object.entries(doc).filter(([field]) => !hidden.includes(field))),
    );
    if (docs.length > 0) file[name] = docs.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  }
  const head = withPrivate
    ? ''
    : '# Without contacts, notes, medical notes and telephone numbers: your role may not see them. Applying this file leaves them as they are.\n';
  return head + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}
