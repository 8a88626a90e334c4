import { type SiteClass, siteClasses, siteSettingsSchema } from '../contract/site.ts';
import { fault } from '../lib/errors.ts';
import type { Query, Statements } from '../store/store.ts';
import { type Doc, docSchemas } from './docs.ts';

export const siteStatements: Statements = {
  put: `INSERT INTO thing (class, id, doc, changed_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (class, id) DO UPDATE SET doc = excluded.doc, changed_at = excluded.changed_at`,
  // The row stays without its document: its key is never used again, and nothing personal is kept.
  remove: 'UPDATE thing SET doc = NULL, changed_at = ? WHERE class = ? AND id = ?',
  putSettings: `INSERT INTO fact (name, value) VALUES ('site', ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  putSecret: `INSERT INTO device_secret (device, sha256, created_at) VALUES (?, ?, ?)
              ON CONFLICT (device) DO UPDATE SET sha256 = excluded.sha256, created_at = excluded.created_at`,
  dropSecret: 'DELETE FROM device_secret WHERE device = ?',
};

export type ThingRow =
  | { class: SiteClass; id: string; doc: Doc }
  | { class: SiteClass; id: string; doc: null; removedAt: number };

/** All named things, those that were removed included; a document that no longer fits its schema stops the start with words. */
export async function readThings(query: Query): Promise<ThingRow[]> {
  const rows = await query<{ class: string; id: string; doc: string | null; changed_at: number }>(
    'SELECT class, id, doc, changed_at FROM thing',
  );
  return rows.flatMap((row): ThingRow[] => {
    const name = siteClasses.find((known) => known === row.class);
    if (!name) return [];
    if (row.doc === null) return [{ class: name, id: row.id, doc: null, removedAt: row.changed_at }];
    const parsed = docSchemas[name].safeParse(JSON.parse(row.doc));
    if (!parsed.success)
      throw fault(
        'storage.unusable',
        `${name} "${row.id}" in the database does not fit this release: ${parsed.error.message}; restore a backup, or run the release that wrote it`,
      );
    return [{ class: name, id: row.id, doc: parsed.data }];
  });
}

export async function readSettings(query: Query) {
  const [row] = await query<{ value: string }>("SELECT value FROM fact WHERE name = 'site'");
  return row ? siteSettingsSchema.parse(JSON.parse(row.value)) : null;
}

export async function readSecrets(query: Query): Promise<{ device: string; sha256: Uint8Array }[]> {
  return query('SELECT device, sha256 FROM device_secret');
}
