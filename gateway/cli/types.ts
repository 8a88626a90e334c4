import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { builtInDir } from '../devices/catalogue.ts';
import { readKinds, readTypes } from '../devices/definition-files.ts';
import { fault } from '../lib/errors.ts';
import { formatProblem } from '../lib/yaml-file.ts';
import type { AddCommand } from './command.ts';
import { print, printError } from './output.ts';

export const typesCommand: AddCommand = (program, done) => {
  program
    .command('types')
    .description('device types')
    .command('check')
    .description('tell everything that is wrong with device types, each with line, column and mend')
    .argument('<dir>', 'a folder of types, or the folder of one type')
    .action(async (dir: string) => {
      if (!existsSync(dir)) throw fault('request.invalid', `there is no folder ${dir}`);
      const { problems, types } = checkTypes(dir);
      for (const problem of problems) printError(formatProblem(problem));
      if (problems.some(({ severity }) => severity === 'error')) done(2);
      else print(`${dir}: ${types} ${types === 1 ? 'type' : 'types'} in order`);
    });
};

function checkTypes(dir: string) {
  const kinds = readKinds(join(builtInDir, 'kinds'));
  if (resolve(dir) === resolve(builtInDir)) {
    const own = readTypes(dir, kinds.sound, { except: ['kinds'] });
    return { problems: [...kinds.problems, ...own.problems], types: own.sound.size };
  }
  const one = existsSync(join(dir, 'type.yaml')) ? basename(resolve(dir)) : undefined;
  const folder = one === undefined ? dir : dirname(resolve(dir));
  const builtIn = readTypes(builtInDir, kinds.sound, { except: ['kinds'] });
  const taken =
    resolve(folder) === resolve(builtInDir)
      ? undefined
      : new Map([...builtIn.folders].map(([id, path]) => [id, `the built-in type ${path}`]));
  const read = readTypes(folder, kinds.sound, {
    blockDirs: [join(folder, '_blocks'), join(builtInDir, '_blocks')],
    taken,
  });
  if (one === undefined) return { problems: read.problems, types: read.sound.size };
  const inside = read.problems.filter(({ file }) => resolve(file).startsWith(`${resolve(dir)}/`));
  const blocks = read.problems.filter(({ file }) => basename(dirname(file)) === '_blocks');
  // A type whose own file is sound was refused for one of its blocks.
  const others = read.sound.has(one) ? [] : blocks;
  return { problems: inside.length > 0 ? inside : others, types: read.sound.has(one) ? 1 : 0 };
}
