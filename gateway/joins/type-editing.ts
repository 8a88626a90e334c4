import type { DeviceType } from '../contract/device-type.ts';
import { createTypeLibrary, type TypeLibrary } from '../devices/type-library.ts';
import { type TriedText, tryHeard } from '../devices/type-trial.ts';
import { fault } from '../lib/errors.ts';
import type { Site } from '../site/site.ts';
import type { Operate } from '../store/operate.ts';
import { panelSpeech } from './panels.ts';
import { withRelatives } from './relatives.ts';
import { createTypeHearing, type TypeHearingDeps } from './type-hearing.ts';

/** Editing of device types, with the site's devices to try them on. */
export interface TypeEditing {
  library: TypeLibrary;
  devicesOf(type: string): string[];
  tryText(id: string, device: string, text: string, gone: AbortSignal): Promise<TriedText>;
}

export function createTypeEditing(
  deps: TypeHearingDeps & {
    operate: Operate;
    site: Site;
    env: Readonly<Record<string, string | undefined>>;
    changed(): void;
  },
): TypeEditing {
  const { catalogue, clock, site } = deps;
  const hearing = createTypeHearing(deps);

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
      const { heard, failures } = await hearing.hear(type, doc, gone);
      if (heard.length === 0)
        return { at: null, raw: [], reading: null, missing: Object.keys(type.points), failures };
      const { settings = {} } = doc;
      const now = clock.now().wallMs;
      const panel = panelSpeech({ settings }, { env: deps.env, now, timeZone: site.timeZone() });
      const where = { device, docs: withRelatives(doc, site), links: [...site.all('links')], panel };
      return { ...tryHeard(type, catalogue, where, heard), failures };
    },
  };
}
