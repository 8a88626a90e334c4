import { existsSync } from 'node:fs';
import { checkTypes } from '../devices/types-check.ts';
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
      const { problems, types, casesPassed } = checkTypes(dir);
      for (const problem of problems) printError(formatProblem(problem));
      if (problems.some(({ severity }) => severity === 'error')) done(2);
      else
        print(
          `${dir}: ${types.length} ${types.length === 1 ? 'type' : 'types'} in order, ${casesPassed} cases pass`,
        );
    });
};
