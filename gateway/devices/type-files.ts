import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { asError, fault } from '../lib/errors.ts';
import { writing } from './watch-types.ts';

// The files of device types: `<id>/type.yaml`, `<id>/README.md` and `README.zh.md`, `<id>/cases/<name>/{frames,expected}.json`,
// and the blocks `_blocks/<name>.yaml`. Nothing else in a folder is read or written, and nothing outside of it.

const name = '[a-z0-9][a-z0-9-]{0,62}';
/** Paths inside of a type's folder. */
const inType = new RegExp(`^(type\\.yaml|README(\\.zh)?\\.md|cases/${name}/(frames|expected)\\.json)$`);
const folderName = new RegExp(`^${name}$`);

/** Whether a path is one of a type's files, as a bundle names them. */
export const isTypePath = (path: string): boolean => inType.test(path);

/** The case that a path is a file of, and which of its files; null for others. */
export function caseOfPath(path: string): { name: string; file: 'frames' | 'expected' } | null {
  const [folder, name, file] = path.split('/');
  return folder === 'cases' && name !== undefined && file !== undefined && isTypePath(path)
    ? { name, file: file === 'frames.json' ? 'frames' : 'expected' }
    : null;
}

/** Largest of one file, of a type with all its files, and how many cases a type may have. */
export const typeLimits = { fileBytes: 256 * 1024, bundleBytes: 2 * 1024 * 1024, cases: 100 } as const;

/** The version of a text: what a change says that it is based on. */
export function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** @throws request.invalid when a text is larger than a file may be */
export function checkSize(what: string, text: string, most: number = typeLimits.fileBytes): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > most)
    throw fault(
      'request.invalid',
      `${what} has ${bytes} bytes, at most ${most} are kept: shorten or split it`,
    );
}

/** A folder with device types. */
export interface TypeFolder {
  readonly dir: string;
  /** Ids of the folders that have a `type.yaml`, in order. */
  ids(): string[];
  has(id: string): boolean;
  /** A file of a type; null when there is none. */
  read(id: string, path: string): string | null;
  /** Names of the cases that have their files. */
  cases(id: string): string[];
  /** All files of a type, by their paths. */
  files(id: string): Record<string, string>;
  block(block: string): string | null;
}

function lstatOf(path: string): ReturnType<typeof lstatSync> | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

const isFolder = (path: string) => lstatOf(path)?.isDirectory() === true;
const isFile = (path: string) => lstatOf(path)?.isFile() === true;

/** Where a file of a type stands. @throws request.invalid when the path is none of a type's, or leads elsewhere by a link */
function placeOf(dir: string, id: string, path: string): string {
  if (!folderName.test(id) || !inType.test(path))
    throw fault('request.invalid', `${id}/${path} is no file of a device type`);
  const folder = join(dir, id);
  const parts = path.split('/').slice(0, -1);
  for (const at of [folder, ...parts.map((_, index) => join(folder, ...parts.slice(0, index + 1)))]) {
    const stat = lstatOf(at);
    if (stat && !stat.isDirectory())
      throw fault('request.invalid', `${at} is no folder of its own; a link to elsewhere is not followed`);
  }
  return join(folder, path);
}

function readIf(path: string): string | null {
  const stat = lstatOf(path);
  if (!stat?.isFile()) return null;
  if (Number(stat.size) > typeLimits.fileBytes)
    throw fault(
      'request.invalid',
      `${path} has ${stat.size} bytes, at most ${typeLimits.fileBytes} are read: shorten or split it`,
    );
  return readFileSync(path, 'utf8');
}

/** Reads the types of a folder. */
export function typeFolder(dir: string): TypeFolder {
  const cases = (id: string): string[] => {
    const folder = join(dir, id, 'cases');
    if (!folderName.test(id) || !isFolder(join(dir, id)) || !isFolder(folder)) return [];
    return readdirSync(folder)
      .filter((each) => folderName.test(each) && isFile(join(folder, each, 'frames.json')))
      .sort()
      .slice(0, typeLimits.cases);
  };
  const read = (id: string, path: string) => readIf(placeOf(dir, id, path));
  const has = (id: string) =>
    folderName.test(id) && isFolder(join(dir, id)) && isFile(join(dir, id, 'type.yaml'));
  return {
    dir,
    has,
    ids: () => (isFolder(dir) ? readdirSync(dir).filter(has).sort() : []),
    read,
    cases,
    files(id) {
      const paths = ['type.yaml', 'README.md', 'README.zh.md'];
      for (const each of cases(id)) paths.push(`cases/${each}/frames.json`, `cases/${each}/expected.json`);
      const texts = paths.map((path): [string, string | null] => [path, read(id, path)]);
      return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== null));
    },
    block: (block) => (folderName.test(block) ? readIf(join(dir, '_blocks', `${block}.yaml`)) : null),
  };
}

/** Writes a whole file or nothing, and answers when it is on disk. @throws data.unwritable */
function writeWhole(path: string, text: string): void {
  const draft = `${path}${writing}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(draft, 'w', 0o644);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // A link that stands there is replaced, not followed.
    renameSync(draft, path);
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (error) {
    rmSync(draft, { force: true });
    throw fault('data.unwritable', `${path} cannot be written: ${asError(error).message}`, { cause: error });
  }
}

/** Writes a file of one of the site's own types. @throws request.invalid, data.unwritable */
export function writeTypeFile(dir: string, id: string, path: string, text: string): void {
  checkSize(`${id}/${path}`, text);
  writeWhole(placeOf(dir, id, path), text);
}

/** Removes a file of one of the site's own types, and the folder of a case that has no file left. */
export function removeTypeFile(dir: string, id: string, path: string): void {
  const place = placeOf(dir, id, path);
  try {
    rmSync(place, { force: true });
    const folder = dirname(place);
    if (caseOfPath(path) && isFolder(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  } catch (error) {
    throw fault('data.unwritable', `${place} cannot be removed: ${asError(error).message}`, { cause: error });
  }
}

/** Writes a block of the site's own. */
export function writeBlock(dir: string, block: string, text: string): void {
  if (!folderName.test(block)) throw fault('request.invalid', `"${block}" is no name of a block`);
  checkSize(`_blocks/${block}.yaml`, text);
  writeWhole(join(dir, '_blocks', `${block}.yaml`), text);
}

/** Writes a file that we keep for ourselves beside the types. */
export function writeKept(dir: string, path: readonly string[], text: string): void {
  writeWhole(join(dir, ...path), text);
}

/** Removes a type with all its files. */
export function removeType(dir: string, id: string): void {
  if (!folderName.test(id) || !existsSync(join(dir, id))) return;
  try {
    rmSync(join(dir, id), { recursive: true });
  } catch (error) {
    throw fault('data.unwritable', `${join(dir, id)} cannot be removed: ${asError(error).message}`, {
      cause: error,
    });
  }
}

/** Takes a block away again that was written for a type which then was refused. */
export function removeBlock(dir: string, block: string): void {
  if (folderName.test(block)) rmSync(join(dir, '_blocks', `${block}.yaml`), { force: true });
}
