import type { Device } from '../contract/site.ts';
import type { Site } from '../site/site.ts';

/** A device with those that stand between it and its line, or behind it, and those that it is bound to. */
export function withRelatives(doc: Device, site: Pick<Site, 'all'>): Device[] {
  const sources = new Set(
    Object.values(doc.bind ?? {}).map((binding) => {
      const from = typeof binding === 'string' ? binding : binding.from;
      return from.slice(0, from.indexOf('.'));
    }),
  );
  const relatives = [...site.all('devices')].filter(
    ({ id, parent }) =>
      id === doc.parent ||
      sources.has(id) ||
      (parent !== undefined && (parent === doc.id || parent === doc.parent)),
  );
  return [doc, ...relatives.filter(({ id }) => id !== doc.id)];
}
