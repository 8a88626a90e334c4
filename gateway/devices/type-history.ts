import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { versionOf, writeKept } from './type-files.ts';

// What `type.yaml` of each of the site's own types has said, in `.history/<id>/` beside them: a step back costs nothing.

/** So many texts of a type are kept. */
export const keptVersions = 20;

export const typeVersionSchema = z.object({
  version: z.string(),
  /** UTC ms. */
  at: z.number().int(),
  /** User, token, or null: somebody who wrote the file by hand. */
  who: z.string().nullable(),
  name: z.string().nullable(),
  how: z.enum(['saved', 'copied', 'imported', 'on-disk']),
});
export type TypeVersion = z.infer<typeof typeVersionSchema>;
const keptSchema = typeVersionSchema.extend({ text: z.string() });
type Kept = z.infer<typeof keptSchema>;

export interface TypeHistory {
  /** Newest first. */
  list(id: string): TypeVersion[];
  /** The text of a version; null when it is not kept. */
  text(id: string, version: string): string | null;
  /** Keeps a text; the same one twice in a row is kept once. */
  keep(id: string, text: string, entry: Omit<TypeVersion, 'version'>): void;
}

const fileName = /^(\d{13})-[0-9a-f]{16}\.json$/;

/** @param dir of the site's own types; ids are keys */
export function createTypeHistory(dir: string): TypeHistory {
  const root = join(dir, '.history');

  function names(id: string): string[] {
    const folder = join(root, id);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((each) => fileName.test(each))
      .sort()
      .reverse();
  }

  function read(id: string, file: string): Kept | null {
    try {
      return keptSchema.parse(JSON.parse(readFileSync(join(root, id, file), 'utf8')));
    } catch {
      return null;
    }
  }

  return {
    list: (id) =>
      names(id).flatMap((file) => {
        const kept = read(id, file);
        if (!kept) return [];
        const { text: _, ...version } = kept;
        return [version];
      }),
    text(id, version) {
      const file = names(id).find((each) => each.endsWith(`-${version}.json`));
      return file === undefined ? null : (read(id, file)?.text ?? null);
    },
    keep(id, text, entry) {
      const version = versionOf(text);
      const [newest] = names(id);
      if (newest?.endsWith(`-${version}.json`)) return;
      const kept: Kept = { version, ...entry, text };
      // Clocks step back: the order of the names is the order in which they were kept.
      const after = newest === undefined ? 0 : Number(fileName.exec(newest)?.[1]) + 1;
      const stamp = String(Math.max(entry.at, after)).padStart(13, '0');
      writeKept(dir, ['.history', id, `${stamp}-${version}.json`], `${JSON.stringify(kept)}\n`);
      for (const old of names(id).slice(keptVersions)) rmSync(join(root, id, old), { force: true });
    },
  };
}
