import type { AccessSite } from '../access/access.ts';
import type { Device } from '../contract/site.ts';
import type { Devices } from '../devices/devices.ts';
import type { Site } from '../site/site.ts';

/** The doors of the site, their controllers and the people, as the access room sees them. */
export function createAccessSite({ site, devices }: { site: Site; devices: Devices }): AccessSite {
  function ofKind(kind: string, id: string): Device | undefined {
    const input = devices.alarmInput(id);
    return input?.kind.id === kind ? input.device : undefined;
  }
  /** A setting of a door in seconds, as ms. */
  function settingMs(door: string, name: string): number {
    const value = devices.alarmInput(door)?.settings[name];
    return typeof value === 'number' ? Math.round(value * 1_000) : 0;
  }
  return {
    doors: () => devices.ofKind('door'),
    door: (id) => ofKind('door', id),
    controller: (id) => ofKind('door-controller', id),
    nameAtController: devices.nameAtParent,
    doorRule: (id) => ({ heldAfterMs: settingMs(id, 'heldAfterS'), permitMs: settingMs(id, 'permitS') }),
    locked(door) {
      const reading = devices.newest(`${door}.locked`);
      return reading?.quality === 'good' && typeof reading.value === 'boolean' ? reading.value : null;
    },
    person: (id) => site.get('people', id),
    personByCard: site.personByCard,
    checkpointByTag: site.checkpointByTag,
  };
}
