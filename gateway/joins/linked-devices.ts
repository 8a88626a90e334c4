import type { AlarmInput, Devices } from '../devices/devices.ts';
import type { LinkageDeps, LinkedDevice } from '../linkage/linkage.ts';

/** The devices as linkages see them: which there are, what they take, what became of it. */
export function createLinkedDevices(deps: {
  devices: Devices;
  isInside(area: string, around: string): boolean;
}): Pick<
  LinkageDeps,
  'device' | 'devicesOf' | 'isOwn' | 'requestCommand' | 'isRunning' | 'proofOf' | 'unreachable'
> {
  const { devices } = deps;
  const { commands } = devices;

  function linked({ device: { id, name } }: AlarmInput): LinkedDevice {
    return { id, name, takes: (command) => commands.proofOf(id, command) !== undefined };
  }

  return {
    device(id) {
      const input = devices.alarmInput(id);
      return input && linked(input);
    },
    devicesOf: (kind, area) =>
      [...devices.alarmInputs()]
        .filter((input) => input.kind.id === kind && deps.isInside(input.device.area, area))
        .map(linked),
    requestCommand: commands.request,
    isRunning: (id) => commands.running(id) !== undefined,
    proofOf: (device, command, args) => commands.proofOf(device, command, args) ?? null,
    unreachable: devices.unreachable,
    isOwn({ device, definition }) {
      const on = devices.alarmInput(device)?.alarms[definition]?.on;
      return on?.rule === 'finding' && on.finding === 'not-confirmed';
    },
  };
}
