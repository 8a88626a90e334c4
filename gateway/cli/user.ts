import { Option } from 'commander';
import type { UserView } from '../contract/account.ts';
import { roleSchema } from '../contract/permissions.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { askGateway } from './gateway-process.ts';
import { print, printTable } from './output.ts';
import { readPassword } from './password.ts';

export const userCommand: AddCommand = (program) => {
  const user = program.command('user').description('who may sign in');

  user
    .command('add')
    .description('add a user; the password is asked for, or read from standard input')
    .argument('<key>', 'what the user signs in with')
    .addOption(new Option('--role <role>').choices(roleSchema.options).makeOptionMandatory())
    .option('--name <name>', 'as shown to others')
    .action(async (id: string, options: { role: string; name?: string }, command) => {
      const password = await readPassword();
      await askGateway(chosenDataDir(command), 'user.add', { id, ...options, password });
      print(`user ${id} added`);
    });

  user
    .command('passwd')
    .description("set a user's password; it is asked for, or read from standard input")
    .argument('<key>')
    .action(async (id: string, _options: object, command) => {
      const password = await readPassword();
      await askGateway(chosenDataDir(command), 'user.passwd', { id, password });
      print(`password of ${id} set; other sessions of ${id} have ended`);
    });

  user
    .command('list')
    .description('list the users')
    .action(async (_options: object, command) => {
      const { users } = (await askGateway(chosenDataDir(command), 'user.list', {})) as { users: UserView[] };
      printTable([
        ['key', 'name', 'role', 'created', ''],
        ...users.map(({ id, name, role, createdAt, disabled }) => [
          id,
          name,
          role,
          new Date(createdAt).toISOString().slice(0, 10),
          disabled ? 'disabled' : '',
        ]),
      ]);
    });
};
