import { readFileSync, writeFileSync } from 'node:fs';
import { asError, fault } from '../lib/errors.ts';
import { type FileProblem, formatProblem } from '../lib/yaml-file.ts';
import type { SitePlan } from '../site/plan.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { askGateway, askWithoutTrace } from './gateway-process.ts';
import { print, printError } from './output.ts';
import { addDeviceFiles } from './site-devices.ts';

export const siteCommand: AddCommand = (program, done) => {
  const site = program.command('site').description('what exists on the site, as a file');

  site
    .command('check')
    .description('tell everything that is wrong with a site file; changes nothing')
    .argument('<file>')
    .option('--prune', 'as if what the file does not name were removed')
    .action(async (file: string, { prune = false }: { prune?: boolean }, command) => {
      const args = { yaml: readText(file), file, prune };
      const { problems } = (await askWithoutTrace(chosenDataDir(command), 'site.check', args)) as {
        problems: FileProblem[];
      };
      for (const problem of problems) printError(formatProblem(problem));
      const errors = problems.filter(({ severity }) => severity === 'error').length;
      if (errors > 0) done(2);
      else print(`${file}: in order${problems.length > 0 ? `, ${problems.length} warnings` : ''}`);
    });

  for (const act of ['plan', 'apply'] as const)
    site
      .command(act)
      .description(
        act === 'plan' ? 'tell what applying a file would change' : 'bring the site to what the file says',
      )
      .argument('<file>')
      .option('--prune', 'remove what the file does not name')
      .action(async (file: string, { prune = false }: { prune?: boolean }, command) => {
        const plan = (await askGateway(chosenDataDir(command), `site.${act}`, {
          yaml: readText(file),
          file,
          prune,
        })) as SitePlan;
        printPlan(plan);
        if (act === 'apply' && plan.add.length + plan.change.length + plan.remove.length > 0)
          print('applied');
      });

  site
    .command('export')
    .description('write the site to a file that can be applied again; - is standard output')
    .argument('<file>')
    .action(async (file: string, _options: object, command) => {
      const { yaml } = (await askGateway(chosenDataDir(command), 'site.export', {})) as { yaml: string };
      if (file === '-') process.stdout.write(yaml);
      else {
        // It may hold contacts and medical notes.
        writeFileSync(file, yaml, { mode: 0o600 });
        print(`${file}: written`);
      }
    });

  addDeviceFiles(site, done);
};

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw fault('request.invalid', `${file} cannot be read: ${asError(error).message}`, { cause: error });
  }
}

function printPlan(plan: SitePlan): void {
  for (const item of plan.add) print(`+ ${item.class} ${item.id} ${item.name}`);
  for (const item of plan.change) {
    print(`~ ${item.class} ${item.id} ${item.name}`);
    for (const { field, from, to } of item.fields)
      print(`    ${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`);
  }
  for (const item of plan.remove) print(`- ${item.class} ${item.id} ${item.name}`);
  const kept = plan.kept > 0 ? `; ${plan.kept} not in the file stay` : '';
  print(
    `${plan.add.length} to add, ${plan.change.length} to change, ${plan.remove.length} to remove, ${plan.unchanged} unchanged${kept}`,
  );
}
