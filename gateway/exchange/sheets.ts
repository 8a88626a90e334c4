import type { ExchangeFormat } from '../contract/exchange.ts';
import type { Language } from './columns.ts';
import { exampleDevices } from './examples.ts';
import {
  choicesSheet,
  devicesSheet,
  type ExportedPoint,
  type ExportedType,
  notesSheet,
  pointsSheet,
  templateSheet,
} from './export.ts';
import type { Files } from './files.ts';
import type { SiteNow } from './site-now.ts';

/** The files that are given out. */
export function createSheets(deps: {
  files: Files;
  site(): SiteNow;
  types(): ExportedType[];
  points(device: string): readonly ExportedPoint[];
  timeZone(): string;
}) {
  const { files } = deps;
  return {
    /** All devices, with the newest values beside them in a workbook. */
    devices(format: ExchangeFormat, language: Language): Promise<Buffer> {
      const devices = [...deps.site().devices.values()];
      const sheet = devicesSheet(devices, language);
      if (format === 'csv') return files.csv(sheet);
      return files.workbook([sheet, pointsSheet(devices, deps.points, language, deps.timeZone())]);
    },
    /** Examples, which an import passes over, and what there is to choose from. */
    template(format: ExchangeFormat, language: Language): Promise<Buffer> {
      const site = deps.site();
      const types = deps.types();
      const sheet = templateSheet(exampleDevices(types, site), language);
      if (format === 'csv') return files.csv(sheet);
      return files.workbook([
        sheet,
        choicesSheet(site.areas.values(), site.links.values(), types, language),
        notesSheet(language),
      ]);
    },
  };
}
export type Sheets = ReturnType<typeof createSheets>;
