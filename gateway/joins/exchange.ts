import type { Catalogue } from '../devices/catalogue.ts';
import type { Devices } from '../devices/devices.ts';
import { createExchange, type DeviceChange } from '../exchange/exchange.ts';
import type { ExportedType } from '../exchange/export.ts';
import { createFiles } from '../exchange/files.ts';
import { createSheets } from '../exchange/sheets.ts';
import type { SiteNow } from '../exchange/site-now.ts';
import type { SiteState } from '../site/docs.ts';
import type { Site } from '../site/site.ts';

/** Spreadsheets of devices, joined to the site that they are of. */
export function joinExchange(deps: { site: Site; devices: Devices; catalogue: Catalogue }) {
  const { site, devices, catalogue } = deps;
  const now = ({ docs }: SiteState): SiteNow => ({
    devices: docs.devices,
    areas: docs.areas,
    links: docs.links,
    households: docs.households,
    wasRemoved: (id) => site.wasRemoved('devices', id),
  });
  const stateAt = (moment: 'committed' | 'present') => (moment === 'present' ? site.present() : site.state());
  const ofDevices = (changes: readonly DeviceChange[]) =>
    changes.map((change) => ({ ...change, class: 'devices' as const }));
  const exchange = createExchange({
    types: catalogue,
    site: {
      committed: () => now(site.state()),
      present: () => now(site.present()),
      freshProblems: (moment, changes) => site.freshProblems(stateAt(moment), ofDevices(changes)),
      change: (turn, changes) => site.put(turn, ofDevices(changes)),
    },
  });
  const files = createFiles();
  const sheets = createSheets({
    files,
    site: () => now(site.state()),
    types: () =>
      [...catalogue.types].flatMap(([id, { label }]): ExportedType[] => {
        const summary = catalogue.type(id);
        return summary ? [{ id, label, ...summary }] : [];
      }),
    points: (device) => devices.views.points(device) ?? [],
    timeZone: site.timeZone,
  });
  return { exchange, files, sheets };
}
export type JoinedExchange = ReturnType<typeof joinExchange>;
