import { z } from 'zod';
import { fault } from '../lib/errors.ts';
import { caseFileSchemas, caseFileText, readCaseFile } from './cases.ts';
import { caseOfPath, checkSize, isTypePath, type TypeFolder, typeLimits, versionOf } from './type-files.ts';

/** A file of a type beside `type.yaml`, as an editor shows it. */
export const typeFileSchema = z.object({
  path: z.string(),
  /** Null: there is no such file. */
  text: z.string().nullable(),
  /** What a change says that it is based on; null: there is no such file. */
  version: z.string().nullable(),
});
export type TypeFile = z.infer<typeof typeFileSchema>;

/** What one file is to say, and on what this is based; null: it is to be removed, or there is none yet. */
export interface FileChange {
  text: string | null;
  base: string | null;
}

/** Files that are changed beside `type.yaml`: READMEs and cases. @throws request.invalid */
function checkPath(path: string): void {
  if (!isTypePath(path) || path === 'type.yaml')
    throw fault(
      'request.invalid',
      `${JSON.stringify(path)} is none of a type's READMEs and cases: README.md, README.zh.md, cases/NAME/frames.json, cases/NAME/expected.json`,
    );
}

/** @throws request.invalid, not.found */
export function readTypeFile(folder: TypeFolder, id: string, path: string): TypeFile {
  checkPath(path);
  const text = folder.read(id, path);
  return { path, text, version: text === null ? null : versionOf(text) };
}

/** A text as it is kept: of a case it is JSON, whatever form of YAML it was typed in. @throws type.invalid */
function soundText(path: string, text: string): string {
  checkSize(path, text);
  const ofCase = caseOfPath(path);
  if (!ofCase) return text;
  const { sound, problems } = readCaseFile<unknown>(text, path, caseFileSchemas[ofCase.file]);
  if (!sound)
    throw fault('type.invalid', `${path} has errors; nothing was saved`, {
      errors: problems.map(({ file, line, column, message }) => ({
        path: `${file}:${line}:${column}`,
        message,
      })),
    });
  try {
    JSON.parse(text);
    return text;
  } catch {
    return caseFileText(sound.file.value);
  }
}

/**
 * Checks changes of files against what stands in the folder now.
 * @returns what is to be written, null where a file is to be removed
 * @throws request.invalid, type.invalid, state.conflict
 */
export function checkChanges(
  folder: TypeFolder,
  id: string,
  changes: Readonly<Record<string, FileChange>>,
): Map<string, string | null> {
  const texts = new Map<string, string | null>();
  for (const [path, { text, base }] of Object.entries(changes)) {
    const { version } = readTypeFile(folder, id, path);
    if (version !== base)
      throw fault(
        'state.conflict',
        `${path} of "${id}" was changed since you opened it: look at what it says now, and put your change into that`,
        { errors: [{ path, message: version ?? 'it is gone' }] },
      );
    texts.set(path, text === null ? null : soundText(path, text));
  }
  checkCases(folder, id, texts);
  return texts;
}

/** Cases stay whole, and are not too many. */
function checkCases(folder: TypeFolder, id: string, texts: ReadonlyMap<string, string | null>): void {
  const present = new Set(folder.cases(id));
  const touched = new Set([...texts.keys()].flatMap((path) => caseOfPath(path)?.name ?? []));
  for (const name of touched) {
    const stands = (file: string) => {
      const path = `cases/${name}/${file}.json`;
      return texts.has(path) ? texts.get(path) !== null : folder.read(id, path) !== null;
    };
    if (stands('frames') !== stands('expected'))
      throw fault(
        'request.invalid',
        `the case "${name}" would have ${stands('frames') ? 'frames.json' : 'expected.json'} alone: a case has both, or none of them`,
      );
    if (stands('frames')) present.add(name);
    else present.delete(name);
  }
  if (present.size > typeLimits.cases)
    throw fault(
      'state.conflict',
      `"${id}" would have ${present.size} cases, at most ${typeLimits.cases} are run: remove one first`,
    );
}
