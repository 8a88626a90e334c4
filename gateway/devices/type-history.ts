import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { typeLimits, versionOf, writeKept } from './type-files.ts';

// What the files of each of the site's own types have said, in `.history/<id>/` beside them: a step back costs nothing. The texts
// of `type.yaml` stand in that folder itself, those of the other files in one that is called like the file.

/** So many texts of a file are kept. */
export const keptVersions = 20;

/** Of so many cases of a type texts are kept, those that are gone included. */
const keptCases = 2 * typeLimits.cases;

export const typeVersionSchema = z.object({
  version: z.string(),
  /** UTC ms. */
  at: z.number().int(),
  /** User, token, or null: somebody who wrote the file by hand. */
  who: z.string().nullable(),
  name: z.string().nullable(),
  /** `on-disk`: found there, written by hand; `before`: as it was before the first change that is known of. */
  how: z.enum(['saved', 'copied', 'imported', 'on-disk', 'before']),
});
export type TypeVersion = z.infer<typeof typeVersionSchema>;
const keptSchema = typeVersionSchema.extend({ text: z.string() });
type Kept = z.infer<typeof keptSchema>;

/** Of a file of a type: its path in the type's folder, as `type.yaml` or `cases/half-full/expected.json`. */
export interface TypeHistory {
  /** Newest first. */
  list(id: string, path: string): TypeVersion[];
  /** The text of a version; null when it is not kept. */
  text(id: string, path: string, version: string): string | null;
  /** Keeps a text; the same one twice in a row is kept once. */
  keep(id: string, path: string, text: string, entry: Omit<TypeVersion, 'version'>): void;
}

const fileName = /^(\d{13})-[0-9a-f]{16}\.json$/;

/** @param dir of the site's own types; ids are keys, paths those of a type's files */
export function createTypeHistory(dir: string): TypeHistory {
  const folderOf = (id: string, path: string): string[] => [
    '.history',
    id,
    ...(path === 'type.yaml' ? [] : path.split('/')),
  ];

  function names(folder: readonly string[]): string[] {
    const path = join(dir, ...folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((each) => fileName.test(each))
      .sort()
      .reverse();
  }

  function read(folder: readonly string[], file: string): Kept | null {
    try {
      return keptSchema.parse(JSON.parse(readFileSync(join(dir, ...folder, file), 'utf8')));
    } catch {
      return null;
    }
  }

  /** Names of cases are chosen freely, and each leaves its texts behind: those left alone longest go. */
  function forgetCases(id: string): void {
    const root = ['.history', id, 'cases'];
    const path = join(dir, ...root);
    const cases = existsSync(path) ? readdirSync(path) : [];
    if (cases.length <= keptCases) return;
    const newest = (name: string) =>
      ['frames.json', 'expected.json'].map((file) => names([...root, name, file])[0] ?? '').sort()[1] ?? '';
    const byAge = cases.map((name) => ({ name, at: newest(name) })).sort((a, b) => (a.at < b.at ? -1 : 1));
    for (const { name } of byAge.slice(0, cases.length - keptCases))
      rmSync(join(path, name), { recursive: true, force: true });
  }

  return {
    list(id, path) {
      const folder = folderOf(id, path);
      return names(folder).flatMap((file) => {
        const kept = read(folder, file);
        if (!kept) return [];
        const { text: _, ...version } = kept;
        return [version];
      });
    },
    text(id, path, version) {
      const folder = folderOf(id, path);
      const file = names(folder).find((each) => each.endsWith(`-${version}.json`));
      return file === undefined ? null : (read(folder, file)?.text ?? null);
    },
    keep(id, path, text, entry) {
      const folder = folderOf(id, path);
      const version = versionOf(text);
      const [newest] = names(folder);
      if (newest?.endsWith(`-${version}.json`)) return;
      const kept: Kept = { version, ...entry, text };
      // Clocks step back: the order of the names is the order in which they were kept.
      const after = newest === undefined ? 0 : Number(fileName.exec(newest)?.[1]) + 1;
      const stamp = String(Math.max(entry.at, after)).padStart(13, '0');
      writeKept(dir, [...folder, `${stamp}-${version}.json`], `${JSON.stringify(kept)}\n`);
      for (const old of names(folder).slice(keptVersions)) rmSync(join(dir, ...folder, old), { force: true });
      if (path.startsWith('cases/')) forgetCases(id);
    },
  };
}
