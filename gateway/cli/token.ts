import { Option } from 'commander';
import { roleSchema } from '../contract/permissions.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { askGateway } from './gateway-process.ts';
import { print, printError } from './output.ts';

export const tokenCommand: AddCommand = (program) => {
  program
    .command('token')
    .description('API tokens')
    .command('create')
    .description('create a token and print its secret; it is shown this once')
    .addOption(new Option('--role <role>').choices(roleSchema.options).makeOptionMandatory())
    .option('--name <name>', 'its key, for lists and the audit trail')
    .action(async (options: { role: string; name?: string }, command) => {
      const { name, secret } = (await askGateway(chosenDataDir(command), 'token.create', options)) as {
        name: string;
        secret: string;
      };
      printError(`token "${name}" with the role ${options.role}; this is the only time that it is shown:`);
      print(secret);
    });
};
