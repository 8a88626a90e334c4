import { useMemo } from 'react';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Kind } from '../../../gateway/contract/kind.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useEntities } from '../../app/live.ts';
import { type Face, faceOf, type System } from './plant-kinds.ts';

/** A device of the plant with what it is and what the screen shows of it. */
export interface PlantDevice {
  device: Device;
  kind: Kind;
  type: DeviceType | undefined;
  face: Face;
}

const compareNames = new Intl.Collator(['zh-CN', 'en'], { numeric: true }).compare;

/** The plant by its systems; one without devices has an empty list. */
export function usePlantDevices(): ReadonlyMap<System, PlantDevice[]> {
  const devices = useEntities('devices');
  const { types, kindOf } = useCatalogue();
  return useMemo(() => {
    const found = new Map<System, PlantDevice[]>();
    for (const device of devices) {
      const kind = kindOf(device.type);
      const face = faceOf(kind);
      if (kind === undefined || face === undefined) continue;
      const each = { device, kind, type: types.get(device.type), face };
      const list = found.get(face.system);
      if (list === undefined) found.set(face.system, [each]);
      else list.push(each);
    }
    for (const list of found.values())
      list.sort((a, b) => a.face.rank - b.face.rank || compareNames(a.device.name, b.device.name));
    return found;
  }, [devices, kindOf, types]);
}
