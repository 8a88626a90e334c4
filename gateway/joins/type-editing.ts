import type { DeviceType } from '../contract/device-type.ts';
import type { Device } from '../contract/site.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import { createTypeLibrary, type TypeLibrary } from '../devices/type-library.ts';
import { type TriedText, tryHeard } from '../devices/type-trial.ts';
import type { Clock } from '../lib/clock.ts';
import { fault } from '../lib/errors.ts';
import type { Site } from '../site/site.ts';
import type { Operate } from '../store/operate.ts';
import { devicePlace, type Overhearing } from './overhear.ts';

/** What is waited for at the least and at the most until a device sends something; browsers give up after 15 s. */
const waitMs = { least: 5_000, most: 12_000 };

/** Editing of device types, with the site's devices to try them on. */
export interface TypeEditing {
  library: TypeLibrary;
  devicesOf(type: string): string[];
  tryText(id: string, device: string, text: string, gone: AbortSignal): Promise<TriedText>;
}

export function createTypeEditing(deps: {
  catalogue: Catalogue;
  clock: Clock;
  operate: Operate;
  site: Site;
  overhearing: Pick<Overhearing, 'next'>;
  changed(): void;
}): TypeEditing {
  const { catalogue, site, overhearing } = deps;

  /** A device with those that stand between it and its line, or behind it. */
  function withRelatives(doc: Device): Device[] {
    const relatives = [...site.all('devices')].filter(
      ({ id, parent }) =>
        id === doc.parent || (parent !== undefined && (parent === doc.id || parent === doc.parent)),
    );
    return [doc, ...relatives.filter(({ id }) => id !== doc.id)];
  }

  function checked(id: string, text: string): DeviceType {
    const { type, problems } = catalogue.check(id, text);
    if (type) return type;
    throw fault('type.invalid', `the text of "${id}" has errors: mend them first`, {
      errors: problems.map(({ line, column, message }) => ({ path: `type.yaml:${line}:${column}`, message })),
    });
  }

  return {
    library: createTypeLibrary(deps),
    devicesOf: (type) => [...site.all('devices')].filter((doc) => doc.type === type).map(({ id }) => id),
    async tryText(id, device, text, gone) {
      const doc = site.get('devices', device);
      if (!doc || doc.type !== id)
        throw fault('not.found', `there is no device "${device}" of the type "${id}"`);
      const type = checked(id, text);
      // A composed device sends nothing itself, and a panel's frames are opened by the receiver alone.
      if (['composed', 'none', 'child', 'sia-dc09'].includes(type.link))
        throw fault(
          'state.conflict',
          `a device with link: ${type.link} sends nothing that could be read anew: save a case of its frames instead`,
        );
      const pollMs = catalogue.types.get(id)?.pollMs ?? type.pollMs;
      const wait = Math.min(waitMs.most, Math.max(waitMs.least, 2 * pollMs));
      const heard = await overhearing.next(devicePlace(device), wait, gone);
      if (!heard) return { at: null, raw: [], reading: null, missing: Object.keys(type.points) };
      return tryHeard(type, catalogue, { device, docs: withRelatives(doc) }, heard);
    },
  };
}
