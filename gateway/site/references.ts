import type { SiteClass } from '../contract/site.ts';
import { suggestion } from '../lib/nearest.ts';
import { nouns, type SiteDocs, type SiteTypes } from './docs.ts';

/** "there is no area "x"; did you mean "y"?" */
export function missing(docs: SiteDocs, name: SiteClass, id: string): string {
  const near = suggestion(id, docs[name].keys());
  return `there is no ${nouns[name]} "${id}"${near || '; add it, or correct the key'}`;
}

/** Why a key does not name a camera, or undefined. */
export function notACamera(docs: SiteDocs, types: SiteTypes, id: string): string | undefined {
  const device = docs.devices.get(id);
  if (!device) return missing(docs, 'devices', id);
  const kind = types.type(device.type)?.kind;
  return kind === undefined || kind === 'camera' ? undefined : `"${id}" is a ${kind}, not a camera`;
}

/** Reports every thing whose chain of `next` leads back to itself, once for each ring. */
export function reportRings(
  ids: Iterable<string>,
  next: (id: string) => readonly string[],
  found: (id: string, ring: string[]) => void,
): void {
  const done = new Set<string>();
  for (const start of ids) {
    const trail: { id: string; rest: string[] }[] = [{ id: start, rest: [...next(start)] }];
    const onTrail = new Set([start]);
    if (done.has(start)) continue;
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const id = top.rest.shift();
      if (id === undefined) {
        done.add(top.id);
        onTrail.delete(top.id);
        trail.pop();
      } else if (onTrail.has(id)) {
        found(id, [...trail.slice(trail.findIndex((step) => step.id === id)).map((step) => step.id), id]);
      } else if (!done.has(id)) {
        onTrail.add(id);
        trail.push({ id, rest: [...next(id)] });
      }
    }
  }
}

/** The id as a list of one, or none. */
export function listed(id: string | undefined): string[] {
  return id === undefined ? [] : [id];
}
