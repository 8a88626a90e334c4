import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileProblem } from '../lib/yaml-file.ts';
import { runCases } from './cases.ts';
import { builtInDir } from './catalogue.ts';
import { readKinds, readTypes } from './definition-files.ts';

export interface TypesCheck {
  problems: FileProblem[];
  /** Ids of the sound types. */
  types: string[];
  casesPassed: number;
}

/**
 * Checks the device types of a folder — one folder a type, or a single type's own — with all their cases.
 * Used by `gatehouse types check` and by the tests.
 */
export function checkTypes(dir: string): TypesCheck {
  const single = existsSync(join(dir, 'type.yaml'));
  const root = single ? dirname(resolve(dir)) : dir;
  const builtInKinds = readKinds(join(builtInDir, 'kinds'));
  const ownKinds = readKinds(join(root, 'kinds'));
  const sameTree = existsSync(join(root, 'kinds', 'tank.yaml'));
  const kinds = new Map([...builtInKinds.sound, ...ownKinds.sound]);
  const builtIn = readTypes(builtInDir, kinds, { except: ['kinds'] });
  const read = readTypes(root, kinds, {
    blockDirs: [join(root, '_blocks'), join(builtInDir, '_blocks')],
    taken: sameTree
      ? new Map()
      : new Map([...builtIn.sound.keys()].map((id) => [id, `the built-in type ${join(builtInDir, id)}`])),
    except: ['kinds'],
  });
  const wanted = single ? basename(resolve(dir)) : null;
  const types = new Map([...builtIn.sound, ...read.sound]);
  const inside = ({ file }: FileProblem) => resolve(file).startsWith(`${resolve(dir)}/`);
  // A type whose own file is in order may have been refused for a block that it shares.
  const ofBlocks = ({ file }: FileProblem) => basename(dirname(file)) === '_blocks';
  const own = read.problems.filter(inside);
  const problems =
    wanted === null
      ? [...ownKinds.problems, ...read.problems]
      : own.length > 0 || read.sound.has(wanted)
        ? own
        : read.problems.filter(ofBlocks);
  const checked: string[] = [];
  let casesPassed = 0;
  for (const [id, type] of read.sound) {
    if (wanted !== null && id !== wanted) continue;
    const folder = read.folders.get(id) ?? join(root, id);
    const warn = (file: string, message: string) =>
      problems.push({ file: join(folder, file), line: 1, column: 1, severity: 'warning', message });
    if (!existsSync(join(folder, 'README.md')))
      warn(
        'README.md',
        'a type has a README.md: what the product is, how it is wired and set, what is not covered',
      );
    if (type.link !== 'none' && !existsSync(join(folder, 'cases')))
      warn('cases', 'a type has at least one case: frames of the device, and what they must become');
    const run = runCases(type, folder, { kinds, types });
    problems.push(...run.problems);
    casesPassed += run.passed;
    checked.push(id);
  }
  return { problems, types: checked, casesPassed };
}
