import type { SiteClass } from '../contract/site.ts';
import { privateFields } from './plan.ts';

/** What is never in a live message or a list: what only some may see, and the numbers of cards, which open doors. */
const hiddenFields: Partial<Record<SiteClass, readonly string[]>> = {
  ...privateFields,
  people: [...(privateFields.people ?? []), 'cards'],
};

/** A document without what only some may see. */
export function publicDoc<T extends object>(name: SiteClass, doc: T): Partial<T> {
  const hidden = hiddenFields[name];
  if (!hidden) return doc;
  return Object.fromEntries(Object.entries(doc).filter(([field]) => !hidden.includes(field))) as Partial<T>;
}
