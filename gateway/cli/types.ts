import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { checkTypes } from '../devices/types-check.ts';
import { asError, fault } from '../lib/errors.ts';
import { formatProblem } from '../lib/yaml-file.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { askGateway } from './gateway-process.ts';
import { print, printError } from './output.ts';
import { addPointFiles } from './type-points.ts';

export const typesCommand: AddCommand = (program, done) => {
  const types = program.command('types').description('device types');

  types
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

  types
    .command('export')
    .description('write a device type with its README and cases to one file; - is standard output')
    .argument('<id>')
    .argument('<file>')
    .action(async (id: string, file: string, _options: object, command) => {
      const bundle = await askGateway(chosenDataDir(command), 'types.export', { id });
      const text = `${JSON.stringify(bundle, null, 1)}\n`;
      if (file === '-') process.stdout.write(text);
      else {
        writeFileSync(file, text);
        print(`${file}: written`);
      }
    });

  types
    .command('import')
    .description("take a device type that was exported into the site's own")
    .argument('<file>')
    .option('--id <id>', 'another id than it has')
    .option('--replace', "put it in the place of the site's own type of the same id")
    .action(async (file: string, options: { id?: string; replace?: boolean }, command) => {
      const { id, replace = false } = options;
      const args = { bundle: readBundleFile(file), replace, ...(id === undefined ? {} : { id }) };
      const taken = (await askGateway(chosenDataDir(command), 'types.import', args)) as {
        id: string;
        cases: number;
      };
      print(`${taken.id}: taken, with ${taken.cases} ${taken.cases === 1 ? 'case' : 'cases'}`);
    });

  addPointFiles(types, done);
};

function readBundleFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw fault('request.invalid', `${file} cannot be read: ${asError(error).message}`, { cause: error });
  }
}
