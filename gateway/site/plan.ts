import { isDeepStrictEqual } from 'node:util';
import { type SiteClass, type SiteFile, type SiteSettings, siteClasses } from '../contract/site.ts';
import { type Doc, docsOf, type SiteState } from './docs.ts';

/** One thing before and after: `before` null is new, `after` null is removed. */
export type SiteChange =
  | { class: SiteClass; id: string; before: Doc | null; after: Doc | null }
  | { class: 'site'; id: string; before: SiteSettings | null; after: SiteSettings };

export interface PlanItem {
  class: SiteClass | 'site';
  id: string;
  name: string;
}

export interface FieldDiff {
  /** `address`, `settings.highM`, `cameras`. */
  field: string;
  from: unknown;
  to: unknown;
}

export interface SitePlan {
  add: PlanItem[];
  change: (PlanItem & { fields: FieldDiff[] })[];
  /** Only with `prune`. */
  remove: PlanItem[];
  unchanged: number;
  /** In the gateway and not in the file: they stay, unless `prune` is asked for. */
  kept: number;
}

/**
 * Fields that only those with `households.private` may see; a plan says that they change, not to what. Where a file is silent about
 * them they stay as they are, so that nobody loses a medical note by applying a file that was not allowed to hold it.
 */
export const privateFields: Partial<Record<SiteClass | 'site', readonly string[]>> = {
  households: ['contacts', 'notes', 'medical'],
  people: ['phone'],
};

/** The document as it will come back from the database. */
function stored<T>(doc: T): T {
  return JSON.parse(JSON.stringify(doc)) as T;
}

/**
 * What has to change for the site to become what the file says. Additions and changes come in the order in which things depend on
 * each other, removals (only with `prune`) in the reverse order after them. Pure.
 */
export function planSite(
  current: SiteState,
  desired: SiteFile,
  options: { prune: boolean; silent?: ReadonlySet<string> },
): SiteChange[] {
  const changes: SiteChange[] = [];
  const settings = stored(desired.site);
  if (!isDeepStrictEqual(current.settings, settings))
    changes.push({ class: 'site', id: settings.id, before: current.settings, after: settings });
  for (const name of siteClasses)
    for (const doc of desired[name]) {
      const before = current.docs[name].get(doc.id) ?? null;
      const after = { ...stored(doc), ...kept(name, before, options.silent) };
      if (!isDeepStrictEqual(before, after)) changes.push({ class: name, id: doc.id, before, after });
    }
  if (options.prune)
    for (const name of siteClasses.toReversed()) {
      const wanted = new Set(desired[name].map((doc) => doc.id));
      for (const [id, before] of current.docs[name])
        if (!wanted.has(id)) changes.push({ class: name, id, before, after: null });
    }
  return changes;
}

/** The private fields of a thing about which the file is silent. */
function kept(name: SiteClass, before: Doc | null, silent: ReadonlySet<string> | undefined): object {
  if (!before) return {};
  return Object.fromEntries(
    Object.entries(before).filter(([field]) => silent?.has(privateKey(name, before.id, field))),
  );
}

export function privateKey(name: SiteClass, id: string, field: string): string {
  return `${name}/${id}/${field}`;
}

/** The site as it will stand after the changes. */
export function afterChanges(current: SiteState, changes: readonly SiteChange[]): SiteState {
  let { settings } = current;
  const docs = docsOf((name) => new Map(current.docs[name]));
  for (const change of changes) {
    if (change.class === 'site') settings = change.after;
    else {
      const map = docs[change.class] as Map<string, Doc>;
      if (change.after) map.set(change.id, change.after);
      else map.delete(change.id);
    }
  }
  return { settings, docs };
}

/** The plan in words for people: what is added, which fields change, what goes. */
export function describePlan(
  current: SiteState,
  changes: readonly SiteChange[],
  desired: SiteFile,
): SitePlan {
  const plan: SitePlan = { add: [], change: [], remove: [], unchanged: 0, kept: 0 };
  for (const change of changes) {
    const item = { class: change.class, id: change.id, name: nameOf(change.after ?? change.before) };
    if (!change.before) plan.add.push(item);
    else if (!change.after) plan.remove.push(item);
    else {
      const hidden = privateFields[change.class] ?? [];
      const fields = fieldDiffs(change.before, change.after, '').map((diff) =>
        hidden.includes(diff.field.split('.')[0] ?? '') ? { ...diff, from: '…', to: '…' } : diff,
      );
      plan.change.push({ ...item, fields });
    }
  }
  const named = siteClasses.reduce((sum, name) => sum + desired[name].length, 1);
  const existing = siteClasses.reduce((sum, name) => sum + current.docs[name].size, current.settings ? 1 : 0);
  plan.unchanged = named - plan.add.length - plan.change.length;
  plan.kept = existing - plan.unchanged - plan.change.length - plan.remove.length;
  return plan;
}

export function nameOf(doc: Doc | SiteSettings | null): string {
  if (!doc) return '';
  if ('room' in doc) return doc.room;
  return doc.name ?? doc.id;
}

function fieldDiffs(before: object, after: object, prefix: string): FieldDiff[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].flatMap((field): FieldDiff[] => {
    const from: unknown = (before as Record<string, unknown>)[field];
    const to: unknown = (after as Record<string, unknown>)[field];
    if (isDeepStrictEqual(from, to)) return [];
    if (isPlain(from) && isPlain(to)) return fieldDiffs(from, to, `${prefix}${field}.`);
    return [{ field: `${prefix}${field}`, from: from ?? null, to: to ?? null }];
  });
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
