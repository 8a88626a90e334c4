import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DeviceType } from '../contract/device-type.ts';
import type { Kind } from '../contract/kind.ts';
import { fault } from '../lib/errors.ts';
import { formatProblem } from '../lib/yaml-file.ts';
import { readKinds, readTypes } from './definition-files.ts';

/** The kinds and types that come with Gatehouse, read and checked. */
export interface BuiltIn {
  kinds: ReadonlyMap<string, Kind>;
  types: ReadonlyMap<string, DeviceType>;
}

/** Kinds and types as they stand in the cache. */
interface Kept {
  kinds: [string, Kind][];
  types: [string, DeviceType][];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The code that reads and judges them, and the versions of the libraries that it uses. */
const judges = ['gateway/contract', 'gateway/devices', 'gateway/lib', 'package.json', 'package-lock.json'];
const known = new Map<string, BuiltIn>();

/**
 * Reads them once in a process.
 * @throws type.invalid when one is broken, with file, line and column
 */
export function readBuiltIn(dir: string): BuiltIn {
  let builtIn = known.get(dir);
  if (builtIn === undefined) {
    builtIn = keptDefinitions(dir, getCompileCacheDir());
    known.set(dir, builtIn);
  }
  return builtIn;
}

/**
 * Half a second of a start is theirs, and they change with a release only: where Node keeps its compiled code, what was read is
 * kept, too. The name of the file says what it was made from.
 * @param cache folder; undefined: nothing is kept
 * @throws type.invalid when one is broken, with file, line and column
 */
export function keptDefinitions(dir: string, cache: string | undefined): BuiltIn {
  if (cache === undefined || !isOwn(cache)) return readFiles(dir);
  const path = join(cache, `gatehouse-types-${fingerprint(dir)}.json`);
  try {
    const { kinds, types } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Kept>;
    if (kinds?.length && types?.length) return { kinds: new Map(kinds), types: new Map(types) };
  } catch {
    // Not there yet, or broken: made anew.
  }
  const builtIn = readFiles(dir);
  try {
    mkdirSync(cache, { recursive: true });
    const kept: Kept = { kinds: [...builtIn.kinds], types: [...builtIn.types] };
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(kept));
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // A cache that cannot be written saves nothing and harms nobody.
  }
  return builtIn;
}

/** Whether nobody but this user could have put something there; a folder that is not there yet will be made by it. */
function isOwn(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  // Where there are no user ids the temporary folder is each user's own.
  if (found === undefined || process.getuid === undefined) return true;
  return found.uid === process.getuid() && (found.mode & 0o002) === 0;
}

function readFiles(dir: string): BuiltIn {
  const kinds = readKinds(join(dir, 'kinds'));
  const types = readTypes(dir, kinds.sound, { except: ['kinds'] });
  const broken = [...kinds.problems, ...types.problems].filter(({ severity }) => severity === 'error');
  if (broken.length > 0)
    throw fault('type.invalid', broken.map(formatProblem).join('\n'), {
      errors: broken.map((problem) => ({
        path: `${problem.file}:${problem.line}:${problem.column}`,
        message: problem.message,
      })),
    });
  return { kinds: kinds.sound, types: types.sound };
}

/** Of every definition and of all that judges them. */
function fingerprint(dir: string): string {
  const hash = createHash('sha256');
  const add = (path: string) => hash.update(`${path}\n`).update(readFileSync(path)).update('\n');
  const addAll = (folder: string, ending: string) => {
    for (const name of readdirSync(folder).sort()) if (name.endsWith(ending)) add(join(folder, name));
  };
  for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (entry.isDirectory()) addAll(join(dir, entry.name), '.yaml');
  for (const judge of judges) {
    const path = join(root, judge);
    if (!existsSync(path)) continue;
    if (judge.startsWith('gateway/')) addAll(path, '.ts');
    else add(path);
  }
  return hash.digest('hex').slice(0, 32);
}
