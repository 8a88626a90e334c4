import { askSimulators } from '../joins/simulation.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { print, printTable } from './output.ts';

export const simulateCommand: AddCommand = (program) => {
  program
    .command('simulate')
    .description('play a scene in a running demo, or list the scenes')
    .option('--scene <id>', 'the scene to play')
    .action(async ({ scene }: { scene?: string }, command) => {
      const dataDir = chosenDataDir(command);
      if (scene === undefined) {
        const { scenes = [] } = await askSimulators(dataDir, {});
        printTable(scenes.map(({ id, title }) => [id, title.zh, title.en]));
        return;
      }
      await askSimulators(dataDir, { scene });
      print(`scene ${scene} plays`);
    });
};
