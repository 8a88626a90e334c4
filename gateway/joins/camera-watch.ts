import type { Alarms } from '../alarms/alarms.ts';
import type { CamerasDeps } from '../cameras/cameras.ts';
import { lostAfterPictures } from '../cameras/machine.ts';
import type { Devices } from '../devices/devices.ts';
import type { Turn } from '../store/turn.ts';
import type { Field } from './field.ts';

/** The cameras among the devices, and where word of them goes. */
export function createCameraWatch(rooms: {
  devices: Devices;
  alarms: Alarms;
  field(): Field;
  act(what: string, run: (turn: Turn) => void): void;
}): Pick<CamerasDeps, 'cameras' | 'camera' | 'submit' | 'told' | 'onProblem'> {
  const { devices, alarms } = rooms;
  return {
    cameras: () =>
      [...devices.alarmInputs()].filter(({ kind }) => kind.id === 'camera').map(({ device }) => device),
    camera(id) {
      const input = devices.alarmInput(id);
      return input?.kind.id === 'camera' ? input.device : undefined;
    },
    submit: (what, run) =>
      rooms.field().act(what, (turn) => {
        run(turn);
        return {};
      }),
    told: (camera, good, failures) =>
      rooms.field().act('picture', (turn) => {
        const active = failures >= lostAfterPictures;
        if (good || active) alarms.onFinding(turn, { device: camera, finding: 'no-picture', active });
        return devices.onPicture(turn, camera, good, failures);
      }),
    onProblem: (problem) =>
      rooms.act('snapshots', (turn) => {
        const alarm = { definition: 'disk-low', instance: 'snapshots' } as const;
        if (problem === null) alarms.clearSystem(turn, alarm.definition, alarm.instance);
        else alarms.raiseSystem(turn, { ...alarm, detail: { zh: problem, en: problem } });
      }),
  };
}
