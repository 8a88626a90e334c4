import type { Compound } from '../compound.ts';
import { accountOf, heldDoor } from '../site/demo-security.ts';
import { zigbeeNames } from '../site/demo-zigbee.ts';

/** A scripted story that the compound plays on its real wires, and that leaves it as it was. Times in ms from its start. */
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
      // The guard on the spot puts the lamps out again.
      after(60_000, () => {
        perimeter.coils[2] = 0;
        perimeter.coils[3] = 0;
      });
    },
  },
  'home-panic': {
    title: { zh: '住户紧急求助', en: 'Panic in a home' },
    play({ receiver }, after) {
      const account = accountOf(7);
      const panic = (qualifier: 1 | 3) =>
        void receiver.report({ account, qualifier, event: '120', partition: '01', zoneOrUser: '005' });
      panic(1);
      after(30_000, () => panic(3));
    },
  },
  'tank-overflow': {
    title: { zh: '水箱溢流与水泵故障', en: 'Tank overflow with pump fault' },
    play(compound, after) {
      const { levels, held, plant, natives, zigbee } = compound;
      const wet = (water_leak: boolean) => zigbee.tell(zigbeeNames.floor, { water_leak });
      held.add('domestic');
      plant.inputs[1] = 1;
      plant.inputs[0] = 0;
      const rise = (level: number) => {
        levels.domestic = level;
        natives.tell('tank-domestic', { level });
      };
      for (const [i, level] of [2.2, 2.45, 2.6, 2.75, 2.85, 2.92].entries())
        after(i * 1_000, () => rise(level));
      after(8_000, () => wet(true));
      after(45_000, () => {
        rise(2.2);
        wet(false);
        plant.inputs[1] = 0;
        held.delete('domestic');
      });
    },
  },
  'fire-alarm': {
    title: { zh: '1 号楼火警，屋面门未释放', en: 'Fire in building 1, the roof door stays shut' },
    play({ natives }, after) {
      natives.setStuck('door-b1-roof', true);
      natives.event('fire-b1', 'fire');
      after(25_000, () => natives.setStuck('door-b1-roof', false));
      after(60_000, () => natives.event('fire-b1', 'fire.restore'));
      // Doors and lift stay as they are until the alarm is reset here, as with a real fire.
    },
  },
  'fire-call-point': {
    title: {
      zh: '地库手动报警按钮按下（消防传输装置上报）',
      en: 'A call point of the garage, told by the fire transmission device',
    },
    play({ farAway }, after) {
      farAway.firePart('callpoint-garage', 2);
      after(40_000, () => farAway.firePart('callpoint-garage', 1));
    },
  },
  'mains-failure': {
    title: { zh: '市电停电，发电机投切', en: 'Mains failure and standby generator' },
    play({ power, zigbee }, after) {
      power.setMains(false);
      // Somebody looks after it.
      after(6_000, () => zigbee.tell(zigbeeNames.hatch, { contact: false }));
      after(20_000, () => zigbee.tell(zigbeeNames.hatch, { contact: true }));
      after(30_000, () => power.setMains(true));
    },
  },
  'door-held-open': {
    title: { zh: '门长时间未关', en: 'Door held open' },
    play({ openDoor, closeDoor }, after) {
      openDoor(heldDoor);
      after(40_000, () => closeDoor(heldDoor));
    },
  },
  'missed-patrol': {
    title: { zh: '门岗漏检一个巡更点', en: 'A guard misses a checkpoint' },
    play({ guards }) {
      // The round after it goes as it should, and visits the place.
      guards.skipNext();
    },
  },
  'device-loss': {
    title: { zh: '周界模块与门禁控制器失联', en: 'Perimeter module and door controller lost' },
    play({ perimeter, natives }, after) {
      const controller = 'controller-b2';
      perimeter.dead = true;
      natives.cut(controller);
      after(40_000, () => {
        perimeter.dead = false;
        natives.join(controller);
      });
    },
  },
};
