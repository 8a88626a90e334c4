import type { Compound } from '../compound.ts';
import { accountOf } from '../site/demo-site.ts';

/** A scripted story that the compound plays on its real wires. Times in ms from its start. */
export interface Scene {
  title: { zh: string; en: string };
  play(compound: Compound, after: (ms: number, act: () => void) => void): void;
}

export const scenes: Record<string, Scene> = {
  'perimeter-intrusion': {
    title: { zh: '周界入侵', en: 'Perimeter intrusion' },
    play({ perimeter }, after) {
      perimeter.inputs[2] = 1;
      after(4_000, () => {
        perimeter.inputs[3] = 1;
      });
      after(10_000, () => {
        perimeter.inputs[2] = 0;
        perimeter.inputs[3] = 0;
      });
    },
  },
  'home-panic': {
    title: { zh: '住户紧急求助', en: 'Panic in a home' },
    play({ receiver }, after) {
      const account = accountOf(7);
      void receiver.report({ account, qualifier: 1, event: '120', partition: '01', zoneOrUser: '005' });
      after(
        30_000,
        () =>
          void receiver.report({ account, qualifier: 3, event: '120', partition: '01', zoneOrUser: '005' }),
      );
    },
  },
  'tank-overflow': {
    title: { zh: '水箱溢流与水泵故障', en: 'Tank overflow with pump fault' },
    play(compound, after) {
      const { levels, held, plant, devices } = compound;
      held.add('domestic');
      plant.inputs[1] = 1;
      plant.inputs[0] = 0;
      const rise = (level: number) => {
        levels.domestic = level;
        devices.get('tank-domestic')?.readings({ level });
      };
      for (const [i, level] of [2.2, 2.45, 2.6, 2.75, 2.85, 2.92].entries())
        after(i * 1_000, () => rise(level));
      after(45_000, () => {
        rise(2.2);
        plant.inputs[1] = 0;
        held.delete('domestic');
      });
    },
  },
  'fire-alarm': {
    title: { zh: '1 号楼火警，屋面门未释放', en: 'Fire in building 1, the roof door stays shut' },
    play({ devices, stuck }, after) {
      stuck.add('door-b1-roof');
      devices.get('fire-b1')?.event('fire');
      after(25_000, () => stuck.delete('door-b1-roof'));
      after(60_000, () => devices.get('fire-b1')?.event('fire.restore'));
    },
  },
};
